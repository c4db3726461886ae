"""What a run has is seen where it is, and what it has not is not."""

from __future__ import annotations

from alta_verify.abstraction import Abstraction
from alta_verify.reach.answer import Reachable
from alta_verify.reach.replay import occurrence
from tests.alta_verify.reach.examples import BROKEN, UNDEFINED, chasing

EQUAL = (0, 3, 3)


def test_a_local_state_is_seen_where_it_is_first():
    abstraction = Abstraction.of(BROKEN["numbers may be equal"])
    assert occurrence(abstraction, EQUAL, 2, UNDEFINED) == Reachable(EQUAL, 2, 1)
    assert occurrence(abstraction, EQUAL, 1, UNDEFINED) is None
    assert occurrence(abstraction, (0, 3, 4), 2, UNDEFINED) is None


def test_the_layer_in_which_a_run_fails_is_part_of_it_and_the_last_one():
    abstraction = Abstraction.of(BROKEN["numbers may be equal"])
    ranked = {"rank": frozenset({2}), "index": frozenset({1})}
    assert occurrence(abstraction, EQUAL, 5, ranked) == Reachable(EQUAL, 2, 1)
    # What a third layer would make of the ranks of others is not seen.
    assert occurrence(abstraction, EQUAL, 5, {"sorted": frozenset({2})}) is None


def test_a_run_ends_where_it_halts():
    abstraction = Abstraction.of(chasing())
    assert occurrence(abstraction, (1, 0), None, {"count": frozenset({1})}) is not None
    assert occurrence(abstraction, (1, 0), None, {"count": frozenset({2})}) is None
