"""Lint: each remark is made where it belongs, is true of every run, and is not made elsewhere."""

import warnings
from dataclasses import replace

import pytest
from hypothesis import given

import alta
from alta.lang.build import build
from alta.lang.lint import lint
from alta_verify.strategies import programs
from tests.alta.lang.toys import copied, toy, toy_function

KINDS = ("categorical", "numerical", "set")


def kinds(program):
    return {remark.kind for remark in lint(program)}


def ticking(size=3, **options):
    """Builds a program without oddities: y counts the layers, and x matters where it wraps."""
    rules = [alta.rule({"x": token, "y": 0}, "y", 1) for token in range(size)]
    rules += [alta.rule({"x": 0, "y": 1}, "y", 2)]
    return toy(rules, **options)


CONSTANT = {"c": alta.var(2, default=1)}
ODD = {
    "no-rules": toy,
    "unassigned-output": lambda: toy(
        [alta.rule({"c": 0}, "c", 1)], variables={"c": alta.var(2)}, output_name="x"
    ),
    "unused-variable": lambda: ticking(variables={"c": alta.var(2)}),
    "unused-head": lambda: ticking(heads={"left": alta.v_relative("x", -1)}),
    "constant-variable": lambda: toy(
        [*copied("x"), alta.rule({"c": 0}, "y", 1)], variables=CONSTANT
    ),
    "constant-start": lambda: toy(
        [*copied("x"), alta.rule({"s": 1}, "y", 1)],
        variables={"s": alta.input_var(2, init_fn=lambda token: str(token) == "START")},
    ),
    "never-halts": lambda: toy(
        [*copied("x"), alta.rule({"x": 1}, "c", 0)],
        variables={"c": alta.var(3, default=1)},
        halt=alta.halt_spec("c", 2),
    ),
    "halts-at-once": lambda: ticking(halt=alta.halt_spec("y", 0)),
    "no-position-range": lambda: toy(
        [*copied("x"), alta.rule({"p": 1}, "y", 1)],
        variables={"p": alta.position_var(9, init_fn=lambda p: p % 9)},
    ),
    "no-inputs": lambda: ticking(inputs=alta.inputs.regex("[^0-2]")),
    "unused-token": lambda: ticking(inputs=alta.inputs.regex("(0|2)*")),
    "multiplied-rules": lambda: toy(
        [alta.rule({"x": x, "c": c}, "y", 1) for x in range(3) for c in range(5)],
        variables={"c": alta.input_var(5)},
    ),
    "contradiction": lambda: toy([*copied("x"), alta.rule([("x", 1), ("x", 2)], "y", 0)]),
}


@pytest.mark.parametrize("kind", ODD)
def test_what_is_odd_is_warned_of_by_kind_where_the_program_is_built(kind):
    with pytest.warns(alta.ProgramWarning, match=rf"^program 'toy': .* \[{kind}\]$") as caught:
        ODD[kind]()
    assert {str(remark.message)[-len(kind) - 1 : -1] for remark in caught} == {kind}
    assert all("try" in str(remark.message) or ";" in str(remark.message) for remark in caught)


def test_a_warning_points_at_the_line_that_builds_the_program():
    with pytest.warns(alta.ProgramWarning) as caught:
        alta.program_spec_from_rules({"x": alta.input_var(2)}, {}, [], "x", 2, layers=1)
    assert [remark.filename for remark in caught] == [__file__]


@pytest.mark.parametrize("name", alta.programs.names())
def test_a_shipped_program_has_nothing_odd(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert lint(alta.programs.get(name)) == ()


SIZES = [
    ("subleq", {"cells": 3, "max_value": 1}),
    ("sort_unique", {"max_value": 1}),
    ("parity_sequential_absolute", {"max_length": 2}),
    ("parity_sum_mod_2", {"max_length": 2}),
    ("scan", {"max_words": 1, "max_actions": 1, "short_length": 8}),
    ("scan_parser", {"max_words": 1}),
]


@pytest.mark.parametrize(("name", "sizes"), SIZES)
def test_a_small_shipped_program_has_nothing_odd(name, sizes):
    assert lint(alta.programs.get(name, **sizes)) == ()


def test_a_program_that_is_made_from_another_is_not_warned_of_again():
    with pytest.warns(alta.ProgramWarning):
        program = toy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = alta.parse_program(alta.program_text(alta.replace(program, name="again")))
    assert kinds(again) == {"no-rules"}


def test_a_remark_is_made_once_a_program():
    with pytest.warns(alta.ProgramWarning) as caught:
        toy_function(lambda z: [z["x"] == 9 for _ in range(3)] and None)
    assert len({str(remark.message) for remark in caught}) == len(caught) == 2


@pytest.mark.parametrize(
    "build_program",
    [
        ticking,
        # Meant to do nothing.
        lambda: toy(layers=0),
        # A constant query asks for the same key everywhere.
        lambda: toy(
            copied("h"), variables={"q": alta.var(3, 1)}, heads={"h": alta.qkv("q", "x", "x")}
        ),
        lambda: ticking(variables={"c": alta.var(2)}, observed=("c",)),
        lambda: ticking(inputs=alta.inputs.sequences([[0, 1]])),
    ],
)
def test_what_is_common_is_not_odd(build_program):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        build_program()


def test_a_variable_is_named_with_those_that_read_it():
    rules = [*copied("x"), alta.rule({"left": 1, "c": 0}, "c", 1)]
    program = toy(rules, variables={"c": alta.var(2)}, heads={"left": alta.v_relative("c", -1)})
    (remark,) = lint(program)
    assert "on variable 'c': it is read by rules for 'c' and head 'left' only" in remark.text


def test_of_a_function_with_too_many_paths_only_what_it_was_seen_to_do_is_said():
    def function(z):
        if z["number"] == 0.5:
            z["y"] = 1

    program = toy_function(function, variables={"number": alta.numeric_var()})
    assert kinds(program) == set()


def test_of_a_language_whose_automaton_is_too_large_nothing_is_said():
    large = alta.inputs.regex("(0|1)* 0 (0|1){40}")
    assert kinds(ticking(inputs=large)) == set()


@pytest.mark.parametrize("names", ["y", ("nothing",), ("left",)])
def test_what_is_observed_is_a_list_of_variables(names):
    with pytest.raises(alta.ProgramError, match="observed: "):
        ticking(observed=names, heads={"left": alta.v_relative("x", -1)})


# --- a remark is true of every run ----------------------------------------------------------------

LAYERS = 4


def runs(program):
    """Returns the runs on all short inputs; None where a run fails."""
    outcomes: dict[tuple[int, ...], alta.Run | None] = {}
    for word in program.inputs.enumerate(3):
        try:
            outcomes[word] = alta.run(program, word, LAYERS)
        except alta.ExecutionError:
            outcomes[word] = None
    return outcomes


def answers(program):
    return {
        word: None if run is None else (run.outputs, run.halted, run.n_layers)
        for word, run in runs(program).items()
    }


def without(program, name):
    """Returns a program in which a variable, or a head, and all that it does is gone."""
    rules = [
        rule
        for rule in program.rules
        if rule.variable != name and name not in {atom.variable for atom in rule.atoms}
    ]
    heads = {
        key: head
        for key, head in program.heads.items()
        if key != name and name not in {head.query, head.key, head.value}
    }
    gone = program.heads.keys() - heads.keys()
    rules = [rule for rule in rules if not gone & {atom.variable for atom in rule.atoms}]
    variables = {key: variable for key, variable in program.variables.items() if key != name}
    return alta.replace(program, variables=variables, heads=heads, rules=rules)


def same_where_neither_fails(first, second):
    left, right = answers(first), answers(second)
    return (
        all(left[word] == right[word] for word in left if left[word] and right[word])
        and left.keys() == right.keys()
    )


def values_of(program, name):
    """Returns all values that a variable has in the states of short runs, the first included."""
    values = set()
    for word, run in runs(program).items():
        variable = program.variables[name]
        values |= {variable.initial_value(t, p, name=name) for p, t in enumerate(word)}
        values |= {row[name] for state in (run.states if run else ()) for row in state.after_mlp}
    return values


def multiplies(program, name):
    """Says whether a rule has twins for all other values of something that it tests."""
    rules = {(frozenset(rule.atoms), rule.value) for rule in program.rules_by_variable[name]}
    return any(
        all(
            (atoms - {tested} | {replace(tested, value=index)}, value) in rules
            for index in range(program.domains[tested.variable].size)
        )
        for atoms, value in rules
        for tested in atoms
    )


TRUE = {
    "multiplied-rules": multiplies,
    "no-rules": lambda p, _: all(
        len(values_of(p, name)) <= len(set(variable.initial.table or ()))
        or variable.initial.table is None
        for name, variable in p.variables.items()
    ),
    "unassigned-output": lambda p, name: all(
        run is None
        or run.outputs
        == tuple(p.variables[name].initial_value(t, i, name=name) for i, t in enumerate(word))
        for word, run in runs(p).items()
    ),
    "unused-variable": lambda p, name: same_where_neither_fails(p, without(p, name)),
    "unused-head": lambda p, name: same_where_neither_fails(p, without(p, name)),
    "constant-variable": lambda p, name: len(values_of(p, name)) <= 1,
    "constant-start": lambda p, name: (
        len({p.variables[name].initial_value(t, 0, name=name) for t in range(p.input_range)}) == 1
    ),
    "never-halts": lambda p, _: not any(w and run and run.halted for w, run in runs(p).items()),
    "halts-at-once": lambda p, _: all(run.n_layers == 0 for run in runs(p).values()),
    "no-position-range": lambda p, name: p.variables[name].initial.source == "position",
    "no-inputs": lambda p, _: not any(p.inputs.enumerate(3)),
    "unused-token": lambda p, names: (
        not any(
            {p.vocab[token] for token in word} & set(names.split())
            for word in p.inputs.enumerate(3)
        )
    ),
}


@given(programs(kinds=KINDS, max_length=3))
def test_what_is_said_of_a_program_is_true_of_its_runs(program):
    for remark in lint(program):
        assert TRUE[remark.kind](program, remark.subject), remark


def test_an_untrue_remark_would_be_noticed():
    program = ticking(variables={"c": alta.var(2)}, heads={"left": alta.v_relative("x", -1)})
    assert not TRUE["unused-variable"](program, "x")
    assert not TRUE["multiplied-rules"](toy(copied("x")), "y")
    assert not TRUE["constant-variable"](program, "y")
    assert not TRUE["unassigned-output"](program, "y")
    assert not TRUE["unused-token"](program, "1")
    assert not TRUE["never-halts"](alta.replace(program, halt=alta.halt_spec("y", 2)), None)


def test_a_program_that_is_made_rather_than_written_is_not_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        program = build(
            variables={"x": alta.input_var(2)}, heads={}, mlp=[], output_name="x", input_range=2
        )
    assert kinds(program) == {"no-rules"}
