"""The search finds an invariant, or a chain of windows from an input."""

from __future__ import annotations

import pytest

import alta
from alta.lang.program import Program
from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Deadline, SolverCalls
from alta_verify.reach.windows.induction import check_invariant
from alta_verify.reach.windows.search import Chain, Search, Stopped
from alta_verify.reach.windows.system import Case, Hazard, System
from tests.alta_verify.reach.windows.systems import PARITY, WRONG, parity_system


def search(system: System, seconds: float = 60) -> Search:
    return Search(system, SolverCalls(), Deadline.after(seconds))


def counting(limit: int) -> Program:
    """Counts positions from the left, up to a limit."""

    def count(z):
        if z["done"] == 0 and z["done_left"] == 1:
            z["count"] = min(limit, z["count_left"] + 1)
            z["done"] = 1

    return alta.program_spec(
        variables={
            "count": alta.var(limit + 1),
            "done": alta.input_var(2, init_fn=lambda token: int(token == 1)),
        },
        heads={
            "count_left": alta.v_relative("count", -1),
            "done_left": alta.v_relative("done", -1),
        },
        ffn_fn=count,
        output_name="count",
        input_range=2,
        vocab=("a", "START"),
        halt=alta.halt_spec("done", 1),
        inputs=alta.inputs.regex("START a*"),
    )


def test_what_is_found_is_an_invariant():
    system = parity_system()
    hazards = [(hazard, 0) for hazard in (*system.failures, WRONG)]
    engine = search(system)
    assert engine.exclude(hazards) is None
    assert 0 < len(engine.invariant.patterns) < 20
    assert engine.blocked
    check_invariant(system, engine.invariant, hazards, SolverCalls(), Deadline.after(60))


def test_a_chain_leads_from_the_shortest_way_to_what_is_bad():
    system = System(Abstraction.of(counting(5)), None)
    full = Hazard("full", (Case({"count": frozenset({5})}),), running=False)
    outcome = search(system).exclude([(full, 0)])
    assert outcome is not None
    hazard, chain = outcome
    assert hazard is full
    assert isinstance(chain, Chain)
    assert chain.layers == 5
    assert len(chain.sites) == 6
    assert [site["first"] for site in chain.sites] == [1, 0, 0, 0, 0, 0]


def test_what_was_blocked_is_kept_for_the_next_hazard():
    system = parity_system()
    engine = search(system)
    engine.exclude([(hazard, 0) for hazard in (*system.failures, WRONG)])
    blocked, patterns = engine.blocked, engine.invariant.patterns
    assert engine.exclude([(WRONG, 0)]) is None
    assert engine.blocked == blocked
    assert engine.invariant.patterns == patterns


def test_steps_of_a_variable_are_listed_unless_they_are_many():
    engine = search(System(Abstraction.of(PARITY), None))
    assert engine.steps(("done",), 10) == {((0,), (0,)), ((0,), (1,)), ((1,), (1,))}
    assert engine.steps(("done",), 2) is None


def test_without_time_it_stops():
    with pytest.raises(Stopped):
        search(parity_system(), 0).exclude([(WRONG, 0)])
