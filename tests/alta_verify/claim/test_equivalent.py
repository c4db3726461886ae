"""A pair says which inputs two programs have in common, and its claim says so in words."""

from __future__ import annotations

import pytest

import alta
from alta.errors import AltaError
from alta_verify.claim.equivalent import SIDES, Pair
from alta_verify.deadline import Deadline
from tests.alta_verify.prove.pairs_of_programs import COPY, NEGATION


def pair(first: alta.Program, second: alta.Program, max_len: int = 3, **options) -> Pair:
    deadline = Deadline.after(None)
    return Pair.of(first, second, max_len=max_len, max_layers=None, deadline=deadline, **options)


def test_inputs_are_those_that_both_are_meant_for():
    ones = alta.replace(NEGATION, inputs=alta.inputs.regex("1+ 0?"))
    common = pair(COPY, ones)
    assert common.lengths == (1, 2, 3)
    assert [common.count(length) for length in common.lengths] == [1, 2, 2]
    assert common.number == 5
    assert common.live[0] == {1}
    assert common.live[1] == {0, 1}


def test_the_claim_names_the_language_once_where_it_is_the_same():
    assert "inputs of '" in pair(COPY, NEGATION).statement(3)
    ones = alta.replace(NEGATION, inputs=alta.inputs.regex("1+ 0?"))
    text = pair(COPY, ones).statement(5)
    assert "have in common, of 1 to 3 tokens (asked for 5; the programs take no more)" in text


def test_bounds_are_each_programs_own():
    slow = alta.replace(NEGATION, layers=4)
    bounds = pair(COPY, slow).bounds
    assert [bounds[side][2] for side in SIDES] == [1, 4]


def test_programs_over_other_tokens_are_not_compared():
    named = alta.replace(NEGATION, vocab=("no", "yes"))
    with pytest.raises(AltaError, match="token 0 is '0' in the one and 'no' in the other"):
        pair(COPY, named)


def test_a_run_that_nothing_ends_is_refused():
    with pytest.raises(AltaError, match="max_layers"):
        pair(COPY, alta.replace(NEGATION, layers=None))
