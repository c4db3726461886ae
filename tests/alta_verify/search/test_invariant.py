"""A template invariant has room for what weights do, and is the codes where that is all."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

import alta
from alta_verify import verify
from alta_verify.arithmetic.formats import FORMATS
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.encode.embedding import encode_embedding
from alta_verify.encode.network import Network
from alta_verify.encode.relation import Relation
from alta_verify.prove.computes.theorem import Computes
from alta_verify.search.invariant import _TemplateSearch, _uniform, invariant
from alta_verify.search.samples import sampled_transitions
from alta_verify.weights import pruned
from tests.alta_verify.search.damage import PARITY, compiled
from tests.alta_verify.weights.changes import CHANGES

LENGTH = 4


class Setting:
    """A changed model with what the search is given of it."""

    def __init__(self, change: str) -> None:
        task = Task(PARITY, CHANGES[change](compiled("parity")), LENGTH, None, Deadline.after(None))
        self.task = task
        self.first: Relation = encode_embedding(task.model, task.abstraction, task.pairs).relation
        self.sampled = sampled_transitions(task.abstraction, LENGTH, None)

    def network(self, relation: Relation) -> Network:
        return Network(self.task.model, relation, LENGTH, self.task.format)

    def invariant(self, layers: int | None = LENGTH, **changes: object) -> Relation:
        options = {"resets": True, "format_": FORMATS["float32"], **changes}
        return invariant(self.first, self.network, lambda: self.sampled, lambda: layers, **options)

    def search(self) -> _TemplateSearch:
        return _TemplateSearch(
            self.network, self.sampled, lambda: LENGTH, FORMATS["float32"], resets=True
        )


@cache
def setting(change: str) -> Setting:
    return Setting(change)


def test_units_that_are_0_or_1_keep_the_codes():
    assert setting("cast to float64").invariant() is setting("cast to float64").first


@pytest.mark.parametrize("change", ["in int8 by array", "sums times 0.7"])
def test_rounded_weights_get_room_and_every_sampled_transition_keeps_it(change):
    relation = setting(change).invariant()
    assert relation.decodable
    assert relation.residue or relation.drift
    assert list(setting(change).search()._excesses(setting(change).network(relation))) == []
    first = setting(change).network(setting(change).first)
    assert list(setting(change).search()._excesses(first)) != []


def test_without_a_last_layer_nothing_is_said_to_drift():
    assert not setting("in int8 by array").invariant(layers=None).drift


def test_slack_is_given_to_what_has_some_room_already():
    quantised = setting("in int8 by array")
    relation = quantised.invariant()
    roomy = quantised.search().with_slack(relation)
    wider = 0
    for name, codes in relation.start.items():
        for value, box in codes.items():
            for interval, outer in zip(box, roomy.start[name][value], strict=True):
                assert interval.within(outer)
                wider += interval != outer
    assert wider
    exact = quantised.first
    assert quantised.search().with_slack(exact).start == exact.start


def counting(values: int) -> tuple[alta.Program, alta.Model]:
    """A counter beside a head, so that one array has weights of 1 and of 2, in int8."""

    def step(z: Any) -> None:
        z["count"] = min(z["count"] + 1, values - 1)
        z["seen"] = z["left"]

    program = alta.program_spec(
        variables={"count": alta.var(values), "bit": alta.input_var(2), "seen": alta.var(2)},
        heads={"left": alta.v_relative("bit", 0)},
        ffn_fn=step,
        output_name="count",
        input_range=2,
        layers=values + 1,
    )
    return program, CHANGES["in int8 by array"](alta.compile(program))


def test_an_offset_that_passes_from_value_to_value_is_no_drift():
    program, model = counting(6)
    task = Task(program, model, 1, None, Deadline.after(None))
    relation = Computes(task).context.relation
    # Off by 1/127 where it was written, and not by as much in every layer.
    assert max(interval.magnitude for interval in relation.drift["count"]) < 2**-10
    assert max(interval.lo for box in relation.last["count"].values() for interval in box) < 1.02


@pytest.mark.campaign
def test_a_chain_of_values_that_is_longer_than_the_search_has_room_as_well():
    program, model = counting(40)
    assert verify(program, model, max_len=1).proved
    assert not verify(program, pruned(model, 1.5), max_len=1).proved


def test_values_of_a_variable_have_the_same_room():
    relation = _uniform(setting("in int8 by array").invariant())
    for codes in relation.start.values():
        assert len({interval for box in codes.values() for interval in box}) <= 2
    for box in (*relation.residue.values(), *relation.drift.values()):
        assert len(set(box)) == 1
