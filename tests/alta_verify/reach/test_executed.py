"""What occurs in the runs on some inputs is found with its place, and no more is said."""

from __future__ import annotations

from alta_verify.abstraction import Abstraction
from alta_verify.reach.executed import ExecutedInputs
from tests.alta_verify.reach.examples import BROKEN, chasing, sorting

SEEN = {"found": frozenset({-1}), "count": frozenset({1})}


def test_a_local_state_is_found_where_it_first_occurs():
    executed = ExecutedInputs(Abstraction.of(chasing()))
    assert executed.find(SEEN) is None
    words = [word for word in chasing().inputs.enumerate(2) if len(word) == 2]
    executed.add(words, None)
    answer = executed.find(SEEN)
    assert answer is not None
    assert (answer.tokens in words, answer.layer) == (True, 2)
    assert executed.find({"found": frozenset({-1}), "count": frozenset({0})}) is None


def test_only_layers_within_the_bound_count():
    executed = ExecutedInputs(Abstraction.of(chasing()))
    executed.add([word for word in chasing().inputs.enumerate(2) if len(word) == 2], 1)
    assert executed.find(SEEN) is None


def test_a_run_that_fails_is_noticed():
    for program, fails in ((sorting(), False), (BROKEN["numbers may be equal"], True)):
        executed = ExecutedInputs(Abstraction.of(program))
        for length in (1, 2, 3):
            words = [word for word in program.inputs.enumerate(length) if len(word) == length]
            if words:
                executed.add(words, None)
        assert executed.failing == fails
