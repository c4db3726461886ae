"""Rules that make runs fail are narrowed or left out, and no others."""

from __future__ import annotations

import pytest

import alta
from alta.programs import totality
from alta.programs.totality import Unfinished, totalised


def reading(*rules: alta.Rule, layers: int | None = None) -> alta.Program:
    """A program of two tokens that reads its left neighbour."""
    return alta.program_spec_from_rules(
        name="reading",
        variables={
            "token": alta.input_var(2),
            "place": alta.position_var(3),
            "seen": alta.var(2),
        },
        heads={"left": alta.v_relative("token", -1)},
        rules=rules,
        output_name="seen",
        input_range=2,
        position_range=3,
        layers=layers,
    )


GOOD = alta.rule({"token": 1}, "seen", 1)


def fails(program: alta.Program) -> bool:
    for length in program.inputs.lengths(3):
        for word in program.inputs.automaton(length).enumerate_words(length):
            try:
                alta.run(program, word, max_layers=3)
            except alta.ExecutionError:
                return True
    return False


def test_a_program_that_does_not_fail_is_left_as_it_is():
    assert totalised(reading(GOOD), max_len=3) == reading(GOOD)


@pytest.mark.parametrize(
    "wrong",
    [alta.rule({"token": 1}, "seen", 0), alta.rule({"token": 0}, "seen", 2)],
    ids=["conflict", "trap"],
)
def test_rules_that_conflict_or_trap_are_left_out(wrong):
    program = reading(GOOD, wrong)
    assert fails(program)
    total = totalised(program, max_len=3)
    assert not fails(total)
    assert GOOD in total.rules or wrong in total.rules
    assert len(total.rules) < 2


def test_a_rule_that_reads_what_is_undefined_at_the_end_is_kept_everywhere_else():
    program = reading(alta.rule({"left": 1}, "seen", 1))
    assert fails(program)
    total = totalised(program, max_len=3)
    assert not fails(total)
    # The leftmost position alone has no left neighbour.
    places = [atom.value for rule in total.rules for atom in rule.atoms if atom.variable == "place"]
    assert sorted(places) == [1, 2]


def test_runs_that_take_too_many_layers_are_not_followed(monkeypatch):
    monkeypatch.setattr(totality, "_LAYERS", 1)
    with pytest.raises(Unfinished):
        totalised(reading(GOOD), max_len=3)
