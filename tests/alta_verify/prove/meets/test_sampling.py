"""Sampling refutes early, and says of a specification at once that it is not definite."""

from __future__ import annotations

import pytest

from alta_verify.obligation import Refuted
from alta_verify.prove.meets.sampling import show
from alta_verify.specs.specification import SpecificationError
from tests.alta_verify.prove.meets.meetings import PARITY, meeting, zeros


def test_inputs_are_run():
    assert show(meeting(), "") == "15 inputs run"


def test_what_is_wrong_is_refuted_by_the_shortest_input_that_was_run():
    with pytest.raises(Refuted) as refuted:
        show(meeting(zeros, max_len=40), "")
    assert refuted.value.counterexample.tokens == (2, 1)


def test_what_is_not_definite_on_long_inputs_is_refused_and_not_refuted_on_short_ones():
    def raising(tokens):
        if len(tokens) == 40:
            raise KeyError("no")
        return zeros(tokens)

    with pytest.raises(SpecificationError, match="raises KeyError"):
        show(meeting(raising, max_len=40), "")
    assert PARITY.oracle is not None
