"""The obligation ``spec`` is shown by running all inputs, or stays open."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.meets import sampling
from alta_verify.prove.meets.specification import show
from tests.alta_verify.prove.meets.meetings import PARITY, meeting, zeros


def test_few_inputs_are_all_run():
    assert show(meeting(), "") == "enumeration of all 15 inputs"
    with pytest.raises(Refuted):
        show(meeting(zeros), "")


def test_what_is_wrong_on_a_few_of_many_inputs_is_found_by_running_all(monkeypatch):
    def rarely(tokens):
        right = [0, *(sum(tokens[1 : place + 1]) % 2 for place in range(1, len(tokens)))]
        return zeros(tokens) if tokens[1:] == [1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 0] else right

    monkeypatch.setattr(sampling, "show", lambda *_: "nothing was run")
    with pytest.raises(Refuted) as refuted:
        show(meeting(rarely, max_len=12), "")
    assert refuted.value.counterexample.tokens == (2, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 0)


def test_what_is_neither_run_nor_read_stays_open():
    oracle: Any = PARITY.oracle

    def unread(tokens):
        return list(itertools.islice(oracle(tokens), len(tokens)))

    with pytest.raises(NotShown, match=r"too many to run, .*:\d+: 'itertools.islice\("):
        show(meeting(unread, max_len=40), "")


def test_what_can_be_read_is_not_run():
    assert show(meeting(max_len=24), "").startswith("symbolic runs beside what was meant")
