"""After the MLP a variable has to have the code of its next value, in every state of a run."""

from __future__ import annotations

import pytest

from alta_verify.encode.network import Network
from alta_verify.encode.relation import widened
from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.computes import ffn
from alta_verify.prove.computes.ffn import show
from alta_verify.universal import Empty
from tests.alta_verify.prove.contexts import ABSOLUTE, changed, model, right


def NOT_SEEN(*_):  # noqa: N802 - in place of a method
    """Cases by the rule that fires show nothing, so that z3 is asked."""


WRITTEN = [name for name in ABSOLUTE.variables if ABSOLUTE.rules_by_variable[name]]


@pytest.mark.parametrize("variable", WRITTEN)
def test_a_compiled_block_keeps_every_variable_whatever_rule_fires(variable):
    assert show(right(), variable).startswith("whole numbers, by the rule that fires; ")


@pytest.mark.parametrize("variable", WRITTEN)
def test_what_is_not_seen_from_the_rule_that_fires_is_asked_of_z3(variable, monkeypatch):
    monkeypatch.setattr(Network, "firing_cases", NOT_SEEN)
    assert show(right(), variable).startswith("z3, over ")


@pytest.mark.parametrize("variable", WRITTEN)
def test_without_a_step_of_a_run_nothing_is_concluded_from_rules_that_fire(variable, monkeypatch):
    monkeypatch.setitem(vars(right().runs), "some_step", None)
    assert show(right(), variable).startswith("z3, over ")


def test_what_nothing_writes_needs_no_solver():
    assert show(right(), "index") == "nothing writes to it, neither rules nor neurons"


def test_a_neuron_that_writes_something_else_is_refuted():
    column = model().layout.columns["parity"][1]
    with pytest.raises(Refuted):
        show(changed("mlp.lookup_out", (..., column), 0), "parity")


def test_boxes_that_are_too_small_are_left_open_with_the_coordinate(monkeypatch):
    def shifted(codes, layers, drift):
        return widened(dict.fromkeys(codes, codes[0]), layers, drift)

    monkeypatch.setattr(Network, "firing_cases", NOT_SEEN)
    monkeypatch.setattr(ffn, "widened", shifted)
    with pytest.raises(NotShown, match=r"coordinate . of parity may become .*, not within"):
        show(right(), "parity")


def test_a_split_into_no_cases_shows_nothing(monkeypatch):
    monkeypatch.setattr(Network, "firing_cases", NOT_SEEN)
    monkeypatch.setattr(ffn, "split", lambda _: [])
    with pytest.raises(Empty, match="there are no local states"):
        show(right(), "parity")
