"""A head may write the code of what it reads to its own coordinates, and nothing elsewhere."""

from __future__ import annotations

import pytest

import alta
from alta_verify.obligation import NotShown
from alta_verify.prove.computes.attention import search, show
from alta_verify.search.guided import GuidedFalsification
from tests.alta_verify.prove.contexts import HEAD, changed, context_of, model, right


def test_a_compiled_head_adds_codes():
    assert show(right(), HEAD) == "exact arithmetic over 2 values"


def test_a_head_that_writes_elsewhere_is_left_open():
    column = model().layout.columns["index"][0]
    with pytest.raises(NotShown, match=f"also writes to coordinate {column}, which is not its own"):
        show(changed(f"heads.{HEAD}.output", (0, column), 1), HEAD)


def test_codes_that_decode_to_nothing_are_left_open():
    context = changed(f"heads.{HEAD}.output", ..., 0)
    with pytest.raises(NotShown, match=r"reading 0 gives .*, which does not decode to it"):
        show(context, HEAD)


def test_a_counterexample_is_looked_for_head_by_head(monkeypatch):
    monkeypatch.setattr(GuidedFalsification, "head", lambda _, head: f"on an input {head} is wrong")
    assert str(search(right(), HEAD)) == f"on an input {HEAD} is wrong"


def test_a_head_that_averages_has_buckets():
    program = alta.programs.parity_sum_mod_2(max_length=3)
    context = context_of(program, alta.compile(program))
    assert show(context, "mean").startswith("means in ")
