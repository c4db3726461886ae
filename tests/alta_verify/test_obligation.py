"""An obligation is its kind and its subject, and its name says both."""

from __future__ import annotations

import pickle

import pytest

from alta_verify.obligation import CutShort, NotShown, Obligation, Refuted


@pytest.mark.parametrize(
    ("obligation", "name"),
    [(Obligation("decoding"), "decoding"), (Obligation("ffn", "a[0]"), "ffn[a[0]]")],
)
def test_a_name_has_the_subject_in_brackets(obligation, name):
    assert str(obligation) == name


def test_obligations_are_values():
    assert Obligation("ffn", "a") == Obligation("ffn", "a") != Obligation("ffn", "b")
    assert pickle.loads(pickle.dumps(Obligation("ffn", "a"))) == Obligation("ffn", "a")
    assert Obligation("ffn") != Obligation("ffn", "")


def test_a_reason_says_to_which_obligation_it_belongs():
    assert NotShown("too coarse").owner is None
    reason = NotShown("too coarse", owner=Obligation("softmax", "h"))
    assert (str(reason), str(reason.owner)) == ("too coarse", "softmax[h]")


def test_a_refutation_carries_the_counterexample():
    assert Refuted(found := object()).counterexample is found


def test_a_method_that_was_cut_short_is_a_method_all_the_same():
    assert CutShort("3 inputs") == "3 inputs"
    assert isinstance(CutShort("3 inputs"), str)
