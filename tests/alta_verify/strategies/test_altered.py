"""Altered programs differ from the program in the part that is said, and are well-formed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

import alta
from alta.errors import AltaError
from alta_verify.strategies import PARTS, program_mutations

FEW = settings(max_examples=10)

PROGRAM = alta.programs.parity_sequential_absolute(max_length=3)

FIELDS = {
    "rules": {"rules"},
    "heads": {"heads"},
    "defaults": {"variables"},
    "halting": {"halt", "layers"},
    "inputs": {"inputs"},
}


def parts_that_differ(program: alta.Program) -> set[str]:
    fields = {field for own in FIELDS.values() for field in own} - {"inputs"}
    return {field for field in fields if getattr(program, field) != getattr(PROGRAM, field)}


@pytest.mark.parametrize("part", PARTS)
def test_only_the_part_that_was_chosen_is_altered(part):
    descriptions = set()

    @FEW
    @given(program_mutations(PROGRAM, parts=[part]))
    def check(mutation):
        assert parts_that_differ(mutation.program) <= FIELDS[part]
        assert alta.parse_program(alta.program_text(mutation.program)) == mutation.program
        descriptions.add(mutation.description)

    check()
    assert len(descriptions) > 1


@FEW
@given(program_mutations(PROGRAM, parts=["rules"], max_edits=3, traps=False))
def test_without_traps_no_rule_assigns_what_its_variable_cannot_hold(mutation):
    assert not any(map(mutation.program.is_trap, mutation.program.rules))


def test_heads_of_a_program_without_heads_are_not_altered():
    headless = alta.replace(PROGRAM, heads={}, rules=[])
    with pytest.raises(AltaError, match="has no heads; allow other parts"):
        program_mutations(headless, parts=["heads"])
