"""The context encodes once, keeps that there was no time, and begins anew when there is."""

from __future__ import annotations

import pytest

from alta.limit import OutOfTime
from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.computes.blocks import CompiledBlock
from alta_verify.prove.computes.context import Context
from alta_verify.reach.sets.value_sets import ValueSets
from tests.alta_verify.prove.contexts import ABSOLUTE, changed, context_of, model, right


def test_the_network_is_encoded_once():
    assert right().network is right().network
    assert right().networks == [right().network]


def test_that_there_was_no_time_is_kept_until_it_is_renewed(monkeypatch):
    tries = []

    def late(block: CompiledBlock):
        tries.append(block)
        raise OutOfTime

    context = context_of(ABSOLUTE, model())
    with monkeypatch.context() as patch:
        patch.setattr(CompiledBlock, "relation", property(late))
        for _ in range(2):
            with pytest.raises(OutOfTime, match="cut short in encoding the network"):
                _ = context.network
    assert len(tries) == 1
    context.renew()
    assert context.network.relation.exact


def test_a_value_without_a_box_is_named(monkeypatch):
    context = context_of(ABSOLUTE, model())
    _ = context.network.codes
    names = {name: frozenset(codes) for name, codes in context.network.codes.items()}
    monkeypatch.setattr(ValueSets, "anywhere", lambda _: names | {"parity": frozenset({0, 1, 2})})
    monkeypatch.setattr(type(context.task.abstraction), "shown", lambda *_: "two")
    with pytest.raises(NotShown, match="value two of 'parity' is reachable, but the"):
        _ = context.cubes


def test_an_input_refutes_where_both_sides_differ_and_only_there():
    word = next(iter(ABSOLUTE.inputs.enumerate(2)))
    right().refute(word)
    wrong: Context = changed("mlp.lookup_out", ..., 0)
    with pytest.raises(Refuted):
        wrong.refute((1, 1, 1))
