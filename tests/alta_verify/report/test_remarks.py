"""Lint over runs: what never fires, what never changes, and oracles that say something else."""

from __future__ import annotations

import json
import time
from io import StringIO

import pytest
from hypothesis import given
from rich.console import Console

import alta
from alta_verify import Verdict, verify
from alta_verify.deadline import Deadline
from alta_verify.report.remarks import Scope, remarks_on
from alta_verify.strategies import programs
from tests.alta.lang.toys import copied, counter, toy

MAX_LEN = 3


def remarks(program, max_len=MAX_LEN, timeout=None):
    return remarks_on(program, max_len, Deadline.after(timeout))


def kinds(program, max_len=MAX_LEN):
    return [remark.kind for remark in remarks(program, max_len)]


def said(program, kind, max_len=MAX_LEN):
    (text,) = (remark.text for remark in remarks(program, max_len) if remark.kind == kind)
    return text


# --- rules that never fire ------------------------------------------------------------------------

IDLE = alta.rule({"x": 0, "y": 2}, "y", 1)
IDLE_BY_VALUE_SETS = toy([alta.rule({"x": 0}, "y", 1), IDLE])
# y is 2 where x is 2 only, which value sets forget.
IDLE_BY_RUNS = toy([alta.rule({"x": 2, "y": 0}, "y", 2), IDLE], layers=2)


@pytest.mark.parametrize("program", [IDLE_BY_VALUE_SETS, IDLE_BY_RUNS])
def test_a_rule_that_never_fires_is_named(program):
    text = said(program, "idle-rules")
    assert "1 of 2 rules cannot fire on inputs of 1 to 3 tokens (first: 'x=0 & y=2 -> y :=" in text


def test_where_there_are_many_inputs_only_what_value_sets_know_is_said():
    assert kinds(IDLE_BY_RUNS, 10) == []
    assert kinds(IDLE_BY_VALUE_SETS, 10) == ["idle-rules"]


def test_a_trap_that_never_fires_is_as_it_should_be():
    assert kinds(toy([*copied("x"), alta.rule({"x": 0, "y": 2}, "y", 3)])) == []


def test_a_rule_for_longer_inputs_is_idle_only_where_nobody_knows_of_them():
    first = {"p": alta.position_var(6)}
    rules = [*copied("x"), alta.rule({"x": 0, "p": 5}, "y", 1)]
    assert kinds(toy(rules, variables=first, position_range=6)) == []
    where = alta.numeric_var([0, 0.3, 0.35, 1], input_init_fn=lambda token: token == 0)
    heads = {"mean": alta.qkv("q", "q", "zero")}
    variables = {"q": alta.var(2), "zero": where}
    # A mean that is nearest to 0.3 takes four tokens.
    low = toy([alta.rule({"mean": 1}, "y", 1)], variables=variables, heads=heads)
    assert "unless longer inputs need them" in said(low, "idle-rules", 2)
    assert "idle-rules" not in kinds(low, 4)


def test_a_program_that_is_meant_to_do_nothing_has_no_idle_rules():
    assert kinds(toy(copied("x"), layers=0)) == []


def test_a_rule_that_fires_at_a_single_place_is_not_idle():
    first = {"p": alta.position_var(6)}
    rules = [alta.rule({"x": 0, "p": place}, "y", 1) for place in range(6)]
    program = toy(rules, variables=first, position_range=6)
    assert kinds(program, 2) == kinds(program, 6) == []
    assert len(Scope.of(program, 2, None).idle_rules) == 4


@pytest.mark.parametrize("name", [name for name in alta.programs.names() if name != "scan"])
def test_a_shipped_program_has_nothing_odd(name):
    assert kinds(alta.programs.get(name), 20) == []


# --- outputs that never change --------------------------------------------------------------------


def test_an_output_that_value_sets_know_is_named():
    program = toy([alta.rule({"x": 1}, "y", 0)], variables={"y": alta.var(2, 1)}, layers=3)
    assert kinds(program) == []
    constant = toy([alta.rule({"x": 1}, "y", 3), alta.rule({"x": 2, "y": 1}, "y", 2)])
    assert "'y' is 0 at every position, on all inputs of 1 to 9" in said(
        constant, "constant-output", 9
    )


def test_an_output_that_all_runs_end_with_is_named():
    program = toy([alta.rule({"y": 0}, "y", 2)])
    assert "the output 'y' is 2 at every position" in said(program, "constant-output")
    # Only runs know that nothing else is ever left at the end.
    assert "constant-output" not in kinds(program, 10)


def test_of_runs_that_nothing_ends_no_output_is_known():
    assert "constant-output" not in kinds(toy([alta.rule({"y": 0}, "y", 2)], layers=None))


def test_an_output_on_one_input_alone_may_be_anything():
    program = toy([alta.rule({"y": 0}, "y", 2)], inputs=alta.inputs.sequences([[0]]))
    assert "constant-output" not in kinds(program)


def test_runs_that_take_long_say_nothing():
    program = counter(3000, layers=2500, inputs=alta.inputs.sequences([[0], [1]]))
    assert "idle-rules" not in kinds(program)


# --- oracles --------------------------------------------------------------------------------------

COPY = copied("x")


def with_oracle(oracle, rules=COPY, **options):
    return toy(rules, oracle=oracle, **options)


def fails_on_two(tokens):
    if 2 in tokens:
        raise KeyError("two")
    return tokens


ORACLES = [
    (lambda tokens: [*tokens[:-1], 0], "on input '1' the oracle says [0], and the program gives"),
    (lambda tokens: tokens[:1], "on input '0 0' the oracle says [0], and the program gives [0, 0]"),
    (lambda tokens: tokens[0], "on input '0' the oracle gives 0; expected a list of 1 outputs"),
    (lambda tokens: None, "the oracle gives None; expected a list"),
    (fails_on_two, "the oracle raises KeyError on input '2': 'two'"),
    (lambda: 0, "the oracle raises TypeError on input '0'"),
]


@pytest.mark.parametrize(("oracle", "text"), ORACLES)
def test_an_oracle_that_says_something_else_is_shown_the_shortest_sample(oracle, text):
    assert text in said(with_oracle(oracle), "wrong-oracle")


@pytest.mark.parametrize("oracle", [list, tuple, iter])
def test_an_oracle_that_says_the_same_gets_no_word(oracle):
    assert kinds(with_oracle(oracle)) == []


def test_an_oracle_may_round_in_another_way():
    number = alta.numeric_var(default=0.1)
    rules = [alta.rule({"x": 1}, "number", 0.3)]
    options = {"variables": {"number": number}, "output_name": "number"}
    near = with_oracle(lambda tokens: [0.1 + 0.2 * (t == 1) for t in tokens], rules, **options)
    far = with_oracle(lambda tokens: [0.1 + 0.21 * (t == 1) for t in tokens], rules, **options)
    assert kinds(near) == ["unused-variable"]
    assert kinds(far) == ["unused-variable", "wrong-oracle"]


def test_an_oracle_is_not_asked_where_the_program_has_no_answer():
    rules = [*COPY, alta.rule({"x": 1, "y": 0}, "y", 2)]
    assert kinds(with_oracle(lambda tokens: [[], tokens][1 not in tokens], rules)) == []
    endless = counter(3, oracle=lambda tokens: 1 / 0)
    assert "wrong-oracle" not in kinds(endless)


def test_an_oracle_that_takes_its_time_is_not_asked_again(monkeypatch):
    monkeypatch.setattr("alta_verify.report.remarks._PATIENCE", 0.01)
    asked = []

    def slow(tokens):
        asked.append(tokens)
        time.sleep(0.02)
        return tokens

    assert kinds(with_oracle(slow)) == []
    assert asked == [[0]]


def test_an_oracle_of_long_inputs_is_tried_on_some():
    oracle = lambda tokens: [*tokens[:6], *(0 for _ in tokens[6:])]  # noqa: E731
    assert "on input '" in said(with_oracle(oracle), "wrong-oracle", 12)


# --- what is said is true, whatever happens -------------------------------------------------------


def index(program, name, value):
    return value if value is alta.UNDEFINED else program.domains[name].index_of(value)


def fired(program):
    """Returns the rules that fire in runs on short inputs, those that fail included."""
    rules = set()
    for word in filter(None, program.inputs.enumerate(MAX_LEN)):
        for state in longest_run(program, word).states:
            for row in state.after_attention:
                local = {name: index(program, name, value) for name, value in row.items()}
                rules |= {rule for rule in program.rules if rule.fires(local)}
    return rules


def longest_run(program, word):
    """Returns a run of five layers, or as many as there are before it ends or fails."""
    bound = program.layer_bound(len(word))
    for layers in reversed(range(min(5, 5 if bound is None else bound) + 1)):
        try:
            return alta.run(program, word, layers)
        except alta.ExecutionError:
            continue
    raise AssertionError(word)


@given(programs(kinds=("categorical", "numerical", "set"), max_length=MAX_LEN))
def test_a_rule_that_is_said_to_be_idle_never_fires(program):
    if any(program.inputs.lengths(MAX_LEN)) and all(
        variable.initial.table is not None for variable in program.variables.values()
    ):
        scope = Scope.of(program, MAX_LEN, None)
        assert fired(program).isdisjoint(scope.idle_rules)


@given(programs(max_length=MAX_LEN))
def test_an_output_that_is_said_to_be_constant_is_so(program):
    constant = "constant-output" in kinds(program)
    outputs = set()
    for word in filter(None, program.inputs.enumerate(MAX_LEN)):
        try:
            outputs |= set(alta.run(program, word, None if program.layers else 6).outputs)
        except alta.ExecutionError:
            constant = False
    assert not constant or len(outputs) == 1


def test_what_goes_wrong_on_the_way_is_said_and_harms_nothing():
    program = toy(COPY, variables={"p": alta.numeric_var(position_init_fn=lambda p: p)})
    assert kinds(program)[-1] == "no-lint"


def test_after_the_deadline_runs_are_not_looked_at():
    assert remarks(IDLE_BY_VALUE_SETS, timeout=0) == ()


# --- reports --------------------------------------------------------------------------------------


def test_a_report_has_the_warnings_in_every_form():
    report = verify(toy([alta.rule({"x": 0}, "y", 1), IDLE], oracle=lambda t: t), max_len=3)
    assert report.verdict is Verdict.PROVED
    first, second = report.warnings
    assert first.endswith("[idle-rules]")
    assert second.endswith("[wrong-oracle]")
    assert json.loads(report.to_json())["warnings"] == [first, second]
    printed = StringIO()
    Console(file=printed, width=200).print(report)
    for form in (str(report), printed.getvalue()):
        assert "Warnings" in form
        assert "[wrong-oracle]" in form


def test_a_report_about_a_program_without_oddities_has_no_warnings():
    report = verify(toy(COPY), max_len=2)
    assert report.warnings == ()
    assert "Warnings" not in str(report)


def test_a_report_about_no_input_has_the_warnings_about_the_parts():
    report = verify(toy(COPY, inputs=alta.inputs.sequences([])), max_len=2)
    assert report.verdict is Verdict.VACUOUS
    assert [warning[-11:] for warning in report.warnings] == ["[no-inputs]"]
