"""An invariant is believed if no pattern is there at first, comes with a layer, or is missing."""

from __future__ import annotations

import pytest

from alta.lang.program import halt_spec
from alta.lang.rules import rule
from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Deadline, SolverCalls
from alta_verify.reach.windows.induction import NotInductive, check_invariant
from alta_verify.reach.windows.patterns import Invariant
from alta_verify.reach.windows.system import Case, Hazard, System
from alta_verify.universal import Empty
from tests.alta_verify.reach.windows.systems import (
    PARITY_INVARIANT,
    WRONG,
    of,
    parity_system,
    program_of,
)


def check(system: System, invariant: Invariant, *hazards: Hazard, context: int = 0) -> None:
    pairs = [(hazard, context) for hazard in hazards]
    check_invariant(system, invariant, pairs, SolverCalls(), Deadline.after(60))


def without(number: int) -> Invariant:
    patterns = PARITY_INVARIANT.patterns
    return Invariant(patterns[:number] + patterns[number + 1 :])


def test_an_invariant_by_hand_is_one():
    system = parity_system()
    check(system, PARITY_INVARIANT, WRONG, *system.failures)


@pytest.mark.parametrize("number", range(len(PARITY_INVARIANT.patterns)))
def test_no_pattern_of_it_can_be_spared(number):
    with pytest.raises(NotInductive, match=r"layer|safety"):
        check(parity_system(), without(number), WRONG, *parity_system().failures)


def test_a_pattern_that_first_configurations_have_is_refused():
    with pytest.raises(NotInductive, match="start: it may be that position has done = 0"):
        check(parity_system(), Invariant((of({"done": {0}}),)))


def test_a_pattern_that_a_layer_leads_to_is_refused():
    with pytest.raises(NotInductive, match="layer: it may be that position has done = 1"):
        check(parity_system(), Invariant((of({"done": {1}, "first": {0}}),)))


def test_what_occurs_in_an_invariant_is_refused():
    with pytest.raises(NotInductive, match="safety: a wrong parity"):
        check(parity_system(), Invariant(()), WRONG)


def test_the_ends_of_inputs_are_seen():
    # At the last position of every input is a c, and nowhere else.
    program = program_of([], inputs="(a|b)* c", layers=2)
    system = System(Abstraction.of(program), None)
    check(system, Invariant((of({"x": {2}, "last": {0}}), of({"x": {0, 1}, "last": {1}}))))
    check(system, Invariant((of({"x": {2}}, {}),)))
    with pytest.raises(NotInductive, match="start"):
        check(system, Invariant((of({"x": {1}}, {}),)))


def test_a_neighbour_that_is_not_there_is_read_as_undefined():
    # The last position reads UNDEFINED, and so does no other.
    program = program_of([rule({"right": 1}, "x", 1)], layers=1)
    system = System(Abstraction.of(program), None)
    undefined = {"right": frozenset({-1})}
    inner = Hazard("inside", (Case({**undefined, "last": frozenset({0})}),))
    check(system, Invariant(()), inner)
    with pytest.raises(NotInductive, match="safety: at the end"):
        check(system, Invariant(()), Hazard("at the end", (Case(undefined),)))


def test_a_run_that_is_seen_to_have_halted_takes_no_layer():
    # With one position alone, which starts halted, no layer is taken.
    program = program_of([rule({"x": 0}, "x", 1)], inputs="a|a a b*", halt=halt_spec("x", 0))
    system = System(Abstraction.of(program), None)
    alone = {"x": frozenset({0}), "first": frozenset({1}), "last": frozenset({1})}
    check(system, Invariant(()), Hazard("a layer of it", (Case(alone),)))
    with pytest.raises(NotInductive):
        check(system, Invariant(()), Hazard("a state of it", (Case(alone),), running=False))


def test_a_run_goes_on_where_those_that_have_not_halted_are_out_of_sight():
    program = program_of([rule({"x": 1}, "x", 0)], halt=halt_spec("x", 0))
    system = System(Abstraction.of(program), None)
    halted = {"x": frozenset({0})}
    among = Hazard("a layer of it", (Case(halted, {}, {-1: halted, 1: halted}),))
    with pytest.raises(NotInductive, match="safety: a layer of it"):
        check(system, Invariant(()), among)


def test_layers_that_are_counted_are_those_of_all_positions():
    program = program_of([rule({"x": 0}, "x", 1)], layers=2)
    system = System(Abstraction.of(program), None)
    # After a layer no a is left, and with the second one the run has ended.
    later = Invariant((of({"x": {0}, "layer": {1, 2}}), of({"layer": {0}}, {"layer": {1, 2}})))
    check(system, later)
    last = Hazard("an a at the end", (Case({"x": frozenset({0})}),), running=False, ended=True)
    check(system, later, last)
    with pytest.raises(NotInductive, match="safety"):
        check(system, Invariant(()), last)


def test_layers_that_are_not_counted_end_a_run_at_any_time():
    program = program_of([rule({"x": 0}, "x", 1)], layers=1000)
    system = System(Abstraction.of(program), None)
    assert system.layers is None
    last = Hazard("an a at the end", (Case({"x": frozenset({0})}),), running=False, ended=True)
    with pytest.raises(NotInductive, match="safety"):
        check(system, Invariant(()), last)


def test_nothing_is_concluded_where_no_window_is_one_of_an_input():
    program = program_of([], inputs="a", layers=1)
    with pytest.raises(Empty, match="windows of 2 positions"):
        check(System(Abstraction.of(program), None), Invariant((of({"x": {0}}, {"x": {0}}),)))


def test_without_time_nothing_is_shown():
    with pytest.raises(NotInductive):
        check_invariant(
            parity_system(), PARITY_INVARIANT, [(WRONG, 0)], SolverCalls(), Deadline.after(0)
        )
