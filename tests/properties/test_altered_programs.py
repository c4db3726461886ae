"""Altered programs: one part is another, the rest as it was, and little is altered in the end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

import alta
from alta import Program
from alta.errors import AltaError, ExecutionError
from alta_verify.strategies import KINDS, PARTS, ProgramMutation, program_mutations, programs
from tests.properties.running import cases, courses, shown

PATIENT = settings(
    max_examples=1000,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

PROGRAM = alta.programs.parity_sequential_absolute(max_length=4)


def parts_of(program: Program) -> dict[str, object]:
    return {
        "rules": program.rules,
        "heads": program.heads,
        "defaults": {name: one.initial for name, one in program.variables.items()},
        "halting": (program.halt, program.layers),
        "inputs": program.inputs.spec,
    }


drawn = programs(kinds=KINDS, max_variables=3, max_heads=2, max_rules=6)


@cases(60)
@given(st.sampled_from(PARTS), drawn.flatmap(lambda one: st.tuples(st.just(one), st.data())))
def test_a_mutation_alters_the_part_that_was_chosen_and_no_other(part, pair) -> None:
    program, data = pair
    if part == "heads" and not program.heads:
        return
    mutation = data.draw(program_mutations(shown(program), parts=[part], max_edits=2))
    before, after = parts_of(program), parts_of(mutation.program)
    others = [name for name in PARTS if name != part]
    assert [before[name] for name in others] == [after[name] for name in others]
    assert mutation.description
    assert any(mutation.program.inputs.lengths(4))
    assert alta.parse_program(alta.program_text(mutation.program)) == mutation.program


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_altered(part) -> None:
    found = find(
        program_mutations(PROGRAM, max_edits=3),
        lambda one: parts_of(one.program)[part] != parts_of(PROGRAM)[part],
        settings=PATIENT,
    )
    assert "; " not in found.description


def outputs(program: Program) -> list[object]:
    """What a program gives on all inputs of the good one, or how it fails."""
    known: list[object] = []
    for word in PROGRAM.inputs.enumerate(4):
        try:
            known.append(alta.run(program, word, max_layers=6).outputs)
        except ExecutionError as error:
            known.append(error.kind)
    return known


RIGHT = outputs(PROGRAM)


@pytest.mark.parametrize("part", [part for part in PARTS if part != "inputs"])
def test_an_alteration_that_matters_shrinks_to_one(part) -> None:
    found = find(
        program_mutations(PROGRAM, parts=[part], max_edits=3),
        lambda one: outputs(one.program) != RIGHT,
        settings=PATIENT,
    )
    assert "; " not in found.description


FAILURES = ("conflict", pytest.param("range", marks=pytest.mark.campaign), "undefined")


@pytest.mark.parametrize("kind", FAILURES)
def test_a_program_comes_to_fail_in_every_way(kind) -> None:
    def fails(one: ProgramMutation) -> bool:
        errors = (known.error for known in courses(one.program))
        return any(error is not None and error.kind == kind for error in errors)

    found = find(program_mutations(PROGRAM, max_edits=3), fails, settings=PATIENT)
    assert "; " not in found.description


def test_without_traps_nothing_is_assigned_out_of_range() -> None:
    @settings(PATIENT, max_examples=100)
    @given(program_mutations(PROGRAM, parts=["rules"], max_edits=3, traps=False))
    def check(one: ProgramMutation) -> None:
        assert not any(one.program.is_trap(rule) for rule in one.program.rules)

    check()


WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "a part": (
        lambda: program_mutations(PROGRAM, parts=["rule"]),
        "parts: no 'rule'; did you mean 'rules'?",
    ),
    "no edits": (
        lambda: program_mutations(PROGRAM, max_edits=0),
        "max_edits: expected an int of at least 1, got 0",
    ),
    "no heads": (
        lambda: program_mutations(alta.replace(PROGRAM, heads={}, rules=[]), parts=["heads"]),
        "parts: program 'parity_sequential_absolute' has no heads; allow other parts",
    ),
}


@pytest.mark.parametrize(("call", "complaint"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_drawn_is_refused_at_once(call, complaint) -> None:
    with pytest.raises(AltaError) as raised:
        call()
    assert str(raised.value) == f"program_mutations: {complaint}"
