"""Two programs side by side agree at their ends, or an input shows that they do not."""

from __future__ import annotations

import pytest

import alta
from alta.errors import AltaError
from alta.lang.program import halt_spec
from alta.lang.rules import rule
from alta_verify.reach.windows.joined import joined_with, missing_input
from alta_verify.reach.windows.reachability import Unblocked
from tests.alta_verify.reach.windows.systems import PARITY, program_of, windows_of


def agree(program, reference) -> None:
    system, hazards = joined_with(program, reference, None)
    windows_of(system).exclude([*system.failures, *hazards])


def test_a_program_agrees_with_itself():
    agree(PARITY, PARITY)


def test_programs_of_as_many_layers_are_compared_after_the_last():
    twice = program_of([rule({"x": 0}, "x", 1), rule({"x": 1}, "x", 2)], layers=2)
    kept = program_of([rule({"x": x}, "x", 2) for x in (0, 1)], layers=2)
    agree(twice, kept)
    once = program_of([rule({"x": 0}, "x", 1), rule({"x": 1}, "x", 2)], layers=1)
    other = program_of([rule({"x": 1}, "x", 2)], layers=1)
    with pytest.raises(Unblocked):
        agree(once, other)


def test_a_program_that_changes_after_its_end_is_not_followed_beyond():
    # All positions are 0 after a layer, and then the run has ended; one more would change them.
    program = program_of([rule({"x": 1}, "x", 0), rule({"x": 0}, "x", 2)], halt=halt_spec("x", 0))
    with pytest.raises(Unblocked) as refused:
        agree(program, program)
    assert refused.value.hazard.name in {"a position that changes after its end", "undefined"}


def test_a_program_that_takes_fewer_layers_waits_for_the_other():
    slow = program_of([rule({"x": 0}, "x", 1), rule({"x": 1}, "x", 2)], layers=2)
    fast = program_of([rule({"x": x}, "x", 2) for x in (0, 1)], layers=1)
    agree(slow, fast)
    agree(fast, slow)
    # It would be wrong with one layer more, or fail.
    once = program_of([rule({"x": x}, "x", 2) for x in (0, 1)] + [rule({"x": 2}, "x", 9)], layers=1)
    agree(slow, once)
    with pytest.raises(Unblocked):
        agree(slow, program_of([rule({"x": x}, "x", 2) for x in (0, 1)], layers=0))


def test_programs_that_do_not_end_alike_are_refused():
    with pytest.raises(AltaError, match="too many to count"):
        joined_with(program_of([], layers=1), program_of([], layers=100), None)
    with pytest.raises(AltaError, match="do not end alike"):
        joined_with(PARITY, program_of([], layers=2), None)


def test_names_that_those_of_the_other_could_be_are_refused():
    program = program_of([], layers=1, **{"other: x": alta.var(2)})
    with pytest.raises(AltaError, match="'other: x' of 'small' is how names"):
        joined_with(program, program_of([], layers=1), None)


def test_an_input_that_only_one_of_them_has_is_found():
    assert missing_input(program_of([], inputs="(a|b)*"), program_of([], inputs="a*")) == (1,)
    assert missing_input(program_of([], inputs="a*"), program_of([], inputs="(a|b)*")) is None
    assert missing_input(program_of([], inputs="a a*"), program_of([], inputs="a a a*")) == (0,)


def test_heads_that_average_are_refused():
    program = alta.program_spec_from_rules(
        name="mean",
        variables={"x": alta.numeric_var(values=(0.0, 1.0)), "y": alta.var(2)},
        heads={"m": alta.qkv(None, None, "x", [-1, 1])},
        rules=[],
        output_name="y",
        input_range=2,
        layers=1,
    )
    with pytest.raises(AltaError, match="head 'm' averages"):
        joined_with(program, program, None)
