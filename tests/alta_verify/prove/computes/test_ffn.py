"""After the MLP a variable has to have the code of its next value, in every state of a run."""

from __future__ import annotations

import pytest

from alta_verify.encode.relation import widened
from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.computes import ffn
from alta_verify.prove.computes.ffn import show
from alta_verify.universal import Empty
from tests.alta_verify.prove.contexts import ABSOLUTE, changed, model, right


@pytest.mark.parametrize("variable", ABSOLUTE.variables)
def test_a_compiled_block_keeps_every_variable(variable):
    assert show(right(), variable)


def test_what_nothing_writes_needs_no_solver():
    assert show(right(), "index") == "nothing writes to it, neither rules nor neurons"


def test_a_neuron_that_writes_something_else_is_refuted():
    column = model().layout.columns["parity"][1]
    with pytest.raises(Refuted):
        show(changed("mlp.lookup_out", (..., column), 0), "parity")


def test_boxes_that_are_too_small_are_left_open_with_the_coordinate(monkeypatch):
    def shifted(codes, layers, drift):
        return widened(dict.fromkeys(codes, codes[0]), layers, drift)

    monkeypatch.setattr(ffn, "widened", shifted)
    with pytest.raises(NotShown, match=r"coordinate . of parity may become .*, not within"):
        show(right(), "parity")


def test_a_split_into_no_cases_shows_nothing(monkeypatch):
    monkeypatch.setattr(ffn, "split", lambda _: [])
    with pytest.raises(Empty, match="there are no local states"):
        show(right(), "parity")
