"""The checker's own proof: shown for compiled weights, and for nothing that makes a difference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import alta
from alta.lang.rules import Atom, Rule
from alta.nn.model import Model
from alta_verify.abstraction import is_categorical
from alta_verify.check import runs
from alta_verify.check.refused import Refused
from alta_verify.check.smtlib import smtlib
from tests.alta_verify.check.theorems import (
    evidence_of,
    files_of,
    is_shown,
    questions_of,
    theorem_of,
)
from tests.alta_verify.exhaustive import Exhaustive, record
from tests.alta_verify.mutants import (
    expansions_permuted,
    filled_zeros,
    neurons_permuted,
    sampled,
    swapped_columns,
    weight_mutants,
    with_heads,
    with_scale,
)
from tests.cases import CASES
from tests.properties.running import courses, differences

LONGEST = 8

SHORTEST = 5
"""The bound where inputs are run one by one."""

MUTATED = {
    "relative": alta.programs.parity_sequential_relative,
    "absolute": lambda: alta.programs.parity_sequential_absolute(max_length=LONGEST),
    "sum": lambda: alta.programs.parity_sum_mod_2(max_length=SHORTEST),
}

MUTANTS = {"changed": weight_mutants, "filled": filled_zeros, "exchanged": swapped_columns}

# Which slices to run for what value sets leave open.
RUNS = {
    "addition": [
        {
            "names": ["turn", "turn_right", "wanted"],
            "defined": ["carry_right", "other"],
            "by": "words",
        }
    ],
    "sort_unique": [
        {
            "names": ["mean", "rank", "token", "up_to", "bos", "index"],
            "defined": ["fetched"],
            "by": "censuses",
        }
    ],
}


@cache
def mutated(name: str):
    program = MUTATED[name]()
    return program, alta.compile(program, max_len=LONGEST)


@cache
def oracle(name: str) -> Callable[[Model], bool]:
    """Says whether a model does what the program does on every input, in all layers."""
    program, _ = mutated(name)
    if is_categorical(program):
        exhaustive = Exhaustive(program, LONGEST)
        return lambda model: exhaustive.difference(model) is None
    known = courses(program, SHORTEST)
    return lambda model: not any(differences(model, one) for one in known)


@pytest.mark.parametrize("name", MUTATED)
def test_the_oracle_finds_compiled_weights_right(name):
    assert oracle(name)(mutated(name)[1])


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16"])
@pytest.mark.parametrize("name", MUTATED)
def test_compiled_weights_are_shown_in_every_format(name, dtype):
    program, _ = mutated(name)
    assert is_shown(
        theorem_of(program, alta.compile(program, max_len=LONGEST, dtype=dtype), LONGEST)
    )


@pytest.mark.parametrize("name", alta.programs.names())
def test_shipped_programs_are_shown(name):
    max_len = {"sort_unique": 5, "subleq": 4}.get(name, 20)
    sizes = {"subleq": {"cells": 4, "max_value": 3}}.get(name, {})
    program = alta.programs.get(name, **sizes)
    assert is_shown(theorem_of(program, None, max_len, RUNS.get(name, ())))


@pytest.mark.parametrize("name", MUTATED)
def test_the_order_of_hidden_units_does_not_matter(name):
    program, model = mutated(name)
    mlp = model.weights.mlp
    model = neurons_permuted(model, reversed(range(mlp.lookup_in.shape[1])))
    e, f = mlp.expand_out.shape
    assert is_shown(
        theorem_of(program, expansions_permuted(model, range(e)[::-1], range(f)[::-1]), LONGEST)
    )


def check_mutants(name, kind, count, record_property):
    """What is shown makes no difference on any input; most of the rest does."""
    program, model = mutated(name)
    outcomes: Counter[str] = Counter()
    for mutant in sampled(MUTANTS[kind](model), count):
        equal = oracle(name)(mutant.model)
        shown = is_shown(theorem_of(program, mutant.model, LONGEST))
        assert equal or not shown, mutant.name
        outcomes[f"{'equal' if equal else 'different'}, {'shown' if shown else 'refused'}"] += 1
    record(f"checked: {name}, {kind}", outcomes, record_property)
    assert outcomes["different, refused"]


@pytest.mark.parametrize("kind", MUTANTS)
@pytest.mark.parametrize("name", MUTATED)
def test_no_weights_that_make_a_difference_are_shown(name, kind, record_property):
    check_mutants(name, kind, 6 if kind == "exchanged" else 25, record_property)


@pytest.mark.campaign
@pytest.mark.parametrize("kind", MUTANTS)
@pytest.mark.parametrize("name", MUTATED)
def test_none_of_many_weights_that_make_a_difference_are_shown(name, kind, record_property):
    check_mutants(name, kind, 1500, record_property)


def test_scores_that_are_too_close_are_refused():
    program = alta.programs.sort_unique(max_value=4)
    model = alta.compile(program, max_len=3)
    theorem = theorem_of(program, with_scale(model, 0.5), 3)
    with pytest.raises(Refused, match=r"close|gap"):
        theorem.show("softmax[fetched]")


def test_scores_of_keys_that_are_not_selected_are_equal_or_far_apart():
    program = alta.programs.parity_sequential_absolute(max_length=4)
    model = alta.compile(program, max_len=4)
    head = model.weights.heads["parity_left"]
    asked, _, other = model.layout.columns[program.heads["parity_left"].key][:3]
    (unit,) = np.flatnonzero(head.key[asked])
    key = head.key.copy()
    # Far below what is selected, and a little above all others.
    key[other, unit] = key[asked, unit] * 2.0**-10
    theorem = theorem_of(program, with_heads(model, {"parity_left": replace(head, key=key)}), 4)
    with pytest.raises(Refused, match="too close to each other"):
        theorem.show("softmax[parity_left]")


@pytest.mark.campaign
@pytest.mark.parametrize("name", CASES)
def test_broken_models_of_the_cases_are_refused(name):
    case = CASES[name]
    program = case.build()
    model = alta.compile(program, max_len=case.max_len)
    if not is_shown(theorem_of(program, model, case.max_len)):
        pytest.skip("what the value sets leave open has to be run")
    for broken in case.models:
        assert not is_shown(theorem_of(program, broken.change(model), case.max_len)), broken.name


def test_a_rule_that_the_weights_lack_is_missed():
    program, model = mutated("relative")
    extra = Rule((Atom("done", 0), Atom("parity", 1)), "parity", 0)
    assert not is_shown(
        theorem_of(alta.replace(program, rules=(*program.rules, extra)), model, LONGEST)
    )


def test_conflicts_are_found_without_the_weights():
    program, model = mutated("relative")
    again = Rule((), "parity", 0)
    theorem = theorem_of(alta.replace(program, rules=(*program.rules, again)), model, LONGEST)
    with pytest.raises(Refused, match="fire together"):
        theorem.show("program[conflict]")


def test_undefined_reads_are_found_unless_runs_exclude_them():
    theorem = theorem_of(alta.programs.addition(), None, 9)
    with pytest.raises(Refused, match="which is UNDEFINED"):
        theorem.show("program[undefined]")
    assert "runs of slices" in theorem_of(alta.programs.addition(), None, 9, RUNS["addition"]).show(
        "program[undefined]"
    )


def test_runs_need_a_slice():
    hint = {"names": ["turn"], "defined": ["other"], "by": "words"}
    theorem = theorem_of(alta.programs.addition(), None, 9, [hint])
    with pytest.raises(Refused, match="not a slice"):
        theorem.show("program[undefined]")


def test_runs_that_would_take_too_much_memory_are_refused(monkeypatch):
    monkeypatch.setattr(runs, "_BYTES", 1000)
    theorem = theorem_of(alta.programs.addition(), None, 9, RUNS["addition"])
    with pytest.raises(Refused, match="more layers, or has more states, than are kept"):
        theorem.show("program[undefined]")


@pytest.mark.parametrize("name", ["parity", "done", "parity_left", "done_left"])
def test_value_sets_that_lack_a_value_are_refused(name):
    program, model = mutated("relative")
    evidence = evidence_of(program, model, LONGEST)
    evidence["value_sets"][3][name].pop()
    with pytest.raises(Refused, match="value sets"):
        theorem_of(program, model, LONGEST, evidence=evidence).show("program[conflict]")


@pytest.mark.parametrize("indices", [[0, 2], [-1, 0], [0, 1, 7]])
def test_value_sets_with_indices_of_nothing_are_refused(indices):
    program, model = mutated("relative")
    evidence = evidence_of(program, model, LONGEST)
    evidence["value_sets"][3]["parity"] = indices
    with pytest.raises(Refused, match="parity has no value"):
        theorem_of(program, model, LONGEST, evidence=evidence).show("program[conflict]")


def test_value_sets_may_be_larger_than_needed():
    program, model = mutated("absolute")
    evidence = evidence_of(program, model, LONGEST)
    for row in evidence["value_sets"]:
        row["done"] = [0, 1]
        row["done_left"] = sorted({0, 1, *row["done_left"]})
    assert theorem_of(program, model, LONGEST, evidence=evidence).show("program[range]")


def test_every_question_is_settled_by_z3_too():
    import z3

    for name in ("addition", "parity_sum_mod_2"):
        for obligation, question in questions_of(
            theorem_of(alta.programs.get(name), None, 9, RUNS.get(name, ()))
        ):
            solver = z3.SolverFor("QF_LRA")
            solver.from_string(smtlib(question))
            assert solver.check() == z3.unsat, obligation


@pytest.mark.parametrize("name", MUTATED)
def test_z3_finds_the_questions_of_mutants_settled_exactly_if_the_checker_does(name):
    import z3

    program, model = mutated(name)
    outcomes: Counter[bool] = Counter()
    for mutant in sampled(weight_mutants(model), 40):
        try:
            for obligation, question in questions_of(theorem_of(program, mutant.model, LONGEST)):
                solver = z3.SolverFor("QF_LRA")
                solver.from_string(smtlib(question))
                settled = question.decide() is None
                assert settled == (solver.check() == z3.unsat), (mutant.name, obligation)
                outcomes[settled] += 1
        except Refused:
            continue
    assert outcomes[True]
    assert outcomes[False]


def test_a_model_of_another_program_is_refused_where_it_would_run_differently():
    program, model = mutated("relative")
    heads = dict(program.heads)
    heads["done_left"] = replace(heads["done_left"], mask=(-2,))
    theorem = theorem_of(replace(program, heads=heads), model, LONGEST)
    with pytest.raises(Refused, match="masks"):
        theorem.show("architecture")


def test_without_inputs_there_is_nothing_to_show():
    program, model = mutated("relative")
    empty = replace(program, inputs=alta.inputs.sequences([[]]).bind(program.vocab))
    evidence = evidence_of(program, model, LONGEST)
    with pytest.raises(Refused, match="no inputs"):
        theorem_of(empty, model, LONGEST, evidence=evidence)


@pytest.mark.parametrize("cut", [0, 7, 8, 100])
def test_weights_that_are_cut_short_are_refused(cut):
    program, model = mutated("relative")
    weights, _ = files_of(model)
    with pytest.raises(Refused, match="cannot be read"):
        theorem_of(program, model, LONGEST, weights=weights[:cut])
