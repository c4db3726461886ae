"""A compiled block has one relation for all layers."""

from __future__ import annotations

import pytest

from alta_verify.obligation import NotShown
from alta_verify.prove.computes import compiled
from alta_verify.prove.computes.compiled import CompiledBlock
from tests.alta_verify.prove.contexts import HEAD, right


def test_the_relation_of_compiled_weights_is_their_codes():
    assert isinstance(right().block, CompiledBlock)
    assert right().block.relation.exact
    assert right().block.start is right().relation
    assert right().block.relations == ()
    assert right().block.boxes is None


def test_what_a_head_adds_has_to_decode(monkeypatch):
    assert right().block.reads(HEAD) == "exact arithmetic over 2 values"
    monkeypatch.setattr(compiled, "decodes", lambda *_: None)
    with pytest.raises(NotShown, match="does not decode to it"):
        right().block.reads(HEAD)


def test_every_coordinate_is_encoded_where_sums_are_checked(monkeypatch):
    columns = []
    monkeypatch.setattr(right().network.mlp, "output", columns.append)
    right().block.check_sums()
    assert columns == [*range(right().model.layout.width)]
