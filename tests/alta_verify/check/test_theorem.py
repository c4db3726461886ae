"""The checker's own proof: shown for compiled weights, and for nothing that makes a difference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import alta
from alta.lang.program import program_text
from alta.lang.rules import Atom, Rule
from alta.nn.model import Model
from alta_verify.abstraction import is_categorical
from alta_verify.check.refused import Refused
from tests.alta_verify.check.theorems import (
    LONG,
    MUTATED,
    RUNS,
    compiled,
    evidence_of,
    is_shown,
    mutated,
    saved,
    theorem,
    theorem_of,
)
from tests.alta_verify.exhaustive import Exhaustive, record
from tests.alta_verify.mutants import (
    filled_zeros,
    sampled,
    swapped_columns,
    weight_mutants,
    with_arrays,
)
from tests.cases import CASES
from tests.properties.running import courses, differences

SHORTEST = 5
"""The bound where inputs are run one by one."""


MUTANTS = {"changed": weight_mutants, "filled": filled_zeros, "exchanged": swapped_columns}


@cache
def oracle(name: str) -> Callable[[Model], bool]:
    """Says whether a model does what the program does on every input, in all layers."""
    program, _ = mutated(name)
    if is_categorical(program):
        exhaustive = Exhaustive(program, LONG)
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
    assert is_shown(theorem_of(program, alta.compile(program, max_len=LONG, dtype=dtype), LONG))


@pytest.mark.parametrize("name", alta.programs.names())
def test_shipped_programs_are_shown(name):
    max_len = {"sort_unique": 5, "subleq": 4}.get(name, 20)
    sizes = {"subleq": {"cells": 4, "max_value": 3}}.get(name, {})
    program = alta.programs.get(name, **sizes)
    assert is_shown(theorem_of(program, None, max_len, RUNS.get(name, ())))


def check_mutants(name, kind, count, record_property):
    """What is shown makes no difference on any input; most of the rest does."""
    program, model = mutated(name)
    outcomes: Counter[str] = Counter()
    for mutant in sampled(MUTANTS[kind](model), count):
        equal = oracle(name)(mutant.model)
        shown = is_shown(theorem_of(program, mutant.model, LONG))
        assert equal or not shown, mutant.name
        outcomes[f"{'equal' if equal else 'different'}, {'shown' if shown else 'refused'}"] += 1
    record(f"checked: {name}, {kind}", outcomes, record_property)
    assert outcomes["different, refused"]


@pytest.mark.parametrize("kind", MUTANTS)
@pytest.mark.parametrize("name", MUTATED)
def test_no_weights_that_make_a_difference_are_shown(name, kind, record_property):
    check_mutants(name, kind, 6 if kind == "exchanged" else 8, record_property)


@pytest.mark.campaign
@pytest.mark.parametrize("kind", MUTANTS)
@pytest.mark.parametrize("name", MUTATED)
def test_none_of_many_weights_that_make_a_difference_are_shown(name, kind, record_property):
    check_mutants(name, kind, 1500, record_property)


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
        theorem_of(alta.replace(program, rules=(*program.rules, extra)), model, LONG)
    )


def test_without_inputs_there_is_nothing_to_show():
    program, model = mutated("relative")
    empty = replace(program, inputs=alta.inputs.sequences([[]]).bind(program.vocab))
    evidence = evidence_of(program, model, LONG)
    with pytest.raises(Refused, match="no inputs"):
        theorem_of(empty, model, LONG, evidence=evidence)


@pytest.mark.parametrize("where", ["program", "model", "its program"])
def test_longer_inputs_than_program_or_model_take_are_refused(where):
    text, manifest = program_text(compiled("sum")[0]), dict(saved("sum")[1])
    limits = {"program": "positions 3", "model": "positions -", "its program": "positions 4"}
    text = text.replace("positions 4", limits[where])
    manifest["program"] = text.splitlines()
    if where == "model":
        manifest["max_len"] = 3
    if where == "its program":
        manifest["program"] = text.replace("positions 4", "positions 3").splitlines()
    with pytest.raises(Refused, match="take no more than 3 tokens, not 4"):
        theorem("sum", program=text, model=manifest)


def test_subnormal_weights_and_numbers_that_overflow_are_refused():
    _, model = compiled("relative")
    for number in (2.0**-140, -(2.0**-127), 2.0**127):
        out = np.array(model.weights.mlp.lookup_in)
        out[0, :] = np.float32(number)
        subject = theorem("relative", with_arrays(model, {"mlp.lookup_in": out}))
        with pytest.raises(Refused, match="subnormal" if abs(number) < 1 else "too large"):
            subject.show("rounding")


def test_there_are_no_other_obligations():
    with pytest.raises(Refused, match="there is no obligation"):
        theorem("relative").show("ffn[nothing]")
