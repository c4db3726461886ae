"""The embedding has to give every variable its initial value, and head outputs nothing."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.computes.embedding import show
from tests.alta_verify.prove.contexts import ABSOLUTE, HEAD, changed, model, right

PARITY = list(model().layout.columns["parity"])


def test_the_compiled_embedding_gives_the_codes():
    method = show(right(), "")
    assert method.startswith(f"exact arithmetic, {len(right().task.pairs)} pairs of token and pos")
    assert method.endswith("equal to the codes")


def test_another_initial_value_is_refuted():
    with pytest.raises(Refuted):
        show(changed("token_embedding", (1, PARITY), [1, 0]), "")


def test_a_head_output_that_does_not_start_at_0_is_named():
    column = model().layout.columns[HEAD][0]
    token = ABSOLUTE.vocab[1]
    with pytest.raises(NotShown, match=f"{HEAD} does not start at 0 for token '{token}' at pos"):
        show(changed("token_embedding", (1, column), 0.25), "")


def test_a_relation_that_the_embedding_is_not_in_is_no_relation(monkeypatch):
    context = right()
    start = context.relation.start["parity"]
    swapped = {**context.relation.start, "parity": {0: start[1], 1: start[0]}}
    other = SimpleNamespace(start=swapped, residue={})
    monkeypatch.setattr(type(context.block), "relations", [other])
    with pytest.raises(NotShown, match=r"parity=. starts at .*, not in "):
        show(context, "")
