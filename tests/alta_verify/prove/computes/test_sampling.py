"""Sampling refutes what is wrong on short inputs, and says what it ran."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from alta_verify.obligation import CutShort, NotShown, Refuted
from alta_verify.prove.computes import sampling
from alta_verify.prove.computes.sampling import show
from alta_verify.search.falsify import Sampling
from tests.alta_verify.prove.contexts import changed, right


def test_right_weights_agree_on_all_inputs_that_are_run():
    assert show(right(), "").endswith("inputs run on both sides, every state compared")


def test_wrong_weights_are_refuted():
    with pytest.raises(Refuted):
        show(changed("mlp.lookup_out", ..., 0), "")


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        ({"unconfirmed": (0, 1)}, "a batch differed, but no run on its own did"),
        ({"read_otherwise": (0, 1)}, "a head read something else in a batch"),
    ],
)
def test_what_only_a_batch_shows_is_left_open(sample, reason, monkeypatch):
    nothing = {"counterexample": None, "unconfirmed": None, "read_otherwise": None}
    monkeypatch.setattr(sampling, "falsify", lambda *_, **__: SimpleNamespace(**nothing | sample))
    with pytest.raises(NotShown, match=reason):
        show(right(), "")


def test_less_work_than_usual_is_said(monkeypatch):
    monkeypatch.setattr(sampling, "falsify", lambda *_, **__: Sampling(3, cut_short=True))
    assert isinstance(show(right(), ""), CutShort)
