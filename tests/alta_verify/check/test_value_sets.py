"""Value sets that are not closed, or have other values than there are, are refused."""

from __future__ import annotations

import pytest

from alta.lang.program import program_text
from alta_verify.check.evidence import Evidence
from alta_verify.check.refused import Refused
from alta_verify.check.text import read_program
from alta_verify.check.value_sets import ValueSets, described
from tests.alta_verify.check.theorems import (
    LONG,
    evidence_of,
    mutated,
    theorem_of,
)


@pytest.mark.parametrize("name", ["parity", "done", "parity_left", "done_left"])
def test_value_sets_that_lack_a_value_are_refused(name):
    program, model = mutated("relative")
    evidence = evidence_of(program, model, LONG)
    evidence["value_sets"][3][name].pop()
    with pytest.raises(Refused, match="value sets"):
        theorem_of(program, model, LONG, evidence=evidence).show("program[conflict]")


@pytest.mark.parametrize("indices", [[0, 2], [-1, 0], [0, 1, 7]])
def test_value_sets_with_indices_of_nothing_are_refused(indices):
    program, model = mutated("relative")
    evidence = evidence_of(program, model, LONG)
    evidence["value_sets"][3]["parity"] = indices
    with pytest.raises(Refused, match="parity has no value"):
        theorem_of(program, model, LONG, evidence=evidence).show("program[conflict]")


def test_value_sets_may_be_larger_than_needed():
    program, model = mutated("absolute")
    evidence = evidence_of(program, model, LONG)
    for row in evidence["value_sets"]:
        row["done"] = [0, 1]
        row["done_left"] = sorted({0, 1, *row["done_left"]})
    assert theorem_of(program, model, LONG, evidence=evidence).show("program[range]")


@pytest.mark.parametrize(("name", "bits"), [("parity", 1), ("parity", 8), ("done_left", 8)])
def test_rows_have_bits_of_values_only(name, bits):
    program = read_program(program_text(mutated("relative")[0]))
    rows = Evidence.read(evidence_of(*mutated("relative"), 1), program).rows
    live = {1: [frozenset({2})]}
    ValueSets(program, live, rows)
    with pytest.raises(Refused, match=f"expected indices of values of {name}, which has 2, got"):
        ValueSets(program, live, [{**rows[0], name: rows[0][name] | bits}])


def test_suspects_are_pairs_of_rules_that_may_fire_together():
    program = read_program(program_text(mutated("relative")[0]))
    rows = Evidence.read(evidence_of(*mutated("relative"), 2), program).rows
    sets = ValueSets(program, {1: [frozenset({2})], 2: [frozenset({2}), frozenset({0, 1})]}, rows)
    assert list(sets.suspects("conflict")) == []
    assert described({}) == "any state"
    assert described({"done": 0b101}) == "done is in [-1, 1]"
