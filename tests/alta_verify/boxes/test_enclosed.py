"""Boxes hold all streams of models with noise, and are refused where they do not decode."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from alta.nn.model import Model
from alta_verify.boxes import enclosed as module
from alta_verify.boxes.enclosed import is_noisy
from alta_verify.boxes.rule_cases import Added, RuleCases
from alta_verify.encode.relation import Relation
from alta_verify.obligation import NotShown
from tests.alta_verify.boxes.noisy_models import LONGEST, MODEL, PROGRAM, bounded
from tests.alta_verify.mutants import with_arrays
from tests.alta_verify.weights.test_relations import outside
from tests.cases.noise import noisy
from tests.properties.running import words_of

DENSE = MODEL.dense()
HEADS, COLUMNS = DENSE.weights.heads, DENSE.layout.columns

STEP = np.float32(2.0**-7)


def moved(name: str, array: np.ndarray, index, by: np.float32 = STEP) -> Model:
    """The model with entries of an array a little changed, and with a little noise everywhere."""
    changed = np.array(array)
    changed[index] += by
    return noisy(with_arrays(DENSE, {name: changed}), 1e-6)


MODELS: dict[str, Callable[[], Model]] = {
    "noise": lambda: noisy(MODEL, 1e-5),
    # Each moves a coordinate by as much in every layer, and always in the same direction.
    "the block": lambda: moved(
        "mlp.lookup_out_bias", DENSE.weights.compiled_mlp.lookup_out_bias, COLUMNS["parity"][0]
    ),
    "a head elsewhere": lambda: moved(
        "heads.done_left.output", HEADS["done_left"].output, (0, COLUMNS["parity"][1])
    ),
    "the embedding of a head": lambda: moved(
        "token_embedding", DENSE.weights.token_embedding, (0, COLUMNS["done_left"][0])
    ),
    # Below 0 nothing takes it away.
    "the block, in a head": lambda: moved(
        "mlp.lookup_out_bias",
        DENSE.weights.compiled_mlp.lookup_out_bias,
        COLUMNS["done_left"][0],
        -STEP,
    ),
}


def escapes(model: Model, relation: Relation) -> bool:
    """Says whether some run leaves the boxes of a relation."""
    # After the last layer nobody reads head outputs.
    last = LONGEST - 1
    return any(
        layer < last or name in PROGRAM.variables
        for word in words_of(PROGRAM, LONGEST)
        for name, layer in outside(model, relation, word)
    )


@pytest.mark.parametrize("name", MODELS)
def test_streams_of_all_runs_stay_in_the_boxes(name):
    model = MODELS[name]()
    assert is_noisy(model)
    layers = bounded(model)
    assert all(layers.kept.values())
    assert layers.layers == LONGEST - 1
    assert layers.relation.decodable
    assert not escapes(model, layers.relation)


def test_what_is_exact_and_what_is_wrong_are_no_noise():
    assert not is_noisy(MODEL)
    wrong = np.array(HEADS["done_left"].output)
    wrong[0, COLUMNS["parity"][1]] = 0.5
    assert not is_noisy(with_arrays(DENSE, {"heads.done_left.output": wrong}))


def test_boxes_that_do_not_decode_are_named():
    with pytest.raises(NotShown, match=r"after layer [1-3], coordinate . of .* does not decode"):
        bounded(noisy(MODEL, 1e-2))


def test_boxes_that_layers_leave_are_not_kept(monkeypatch):
    # As if larger boxes were never presumed.
    monkeypatch.setattr(module, "_with_room", lambda first, *_: first)
    with pytest.raises(NotShown, match="no boxes were found that hold the residual streams of 3"):
        bounded(noisy(MODEL, 1e-5))


def test_a_value_without_a_box_is_not_shown(monkeypatch):
    monkeypatch.setattr(RuleCases, "added", lambda *_: None)
    with pytest.raises(NotShown, match="a value of which the relation has no box"):
        bounded(noisy(MODEL, 1e-5))


def test_a_layer_that_adds_nothing_is_noticed(monkeypatch):
    # The test of streams above is one of the boxes only if it fails for smaller ones.
    model = MODELS["the block"]()

    def still(added: Added, before, format_):
        zero = replace(added.boxes, low=np.rint(added.boxes.low), high=np.rint(added.boxes.high))
        return step(replace(added, boxes=zero), before, format_)

    step = Added.step
    monkeypatch.setattr(Added, "step", still)
    assert escapes(model, bounded(model).relation)
