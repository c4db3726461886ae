"""What is said of the scores of a head that selects, or does not."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

import alta
from alta_verify.abstraction import Abstraction
from alta_verify.arithmetic.formats import FORMATS
from alta_verify.encode.embedding import encode_embedding
from alta_verify.encode.network import Network
from alta_verify.encode.softmax import Softmax
from alta_verify.obligation import NotShown, Obligation
from tests.alta_verify.mutants import with_arrays, with_heads

LENGTH = 4


def network(factor: float, spill: float = 0) -> Network:
    """A layer whose scores are multiplied by something, with a head that may write elsewhere."""
    program = alta.programs.parity_sequential_absolute(max_length=LENGTH)
    model = alta.compile(program, max_len=LENGTH)
    head = model.weights.heads["parity_left"]
    output = np.array(head.output)
    output[0, model.layout.columns["parity"][0]] = spill
    scaled = replace(head, query=head.query * np.float32(factor), output=output)
    pairs = [(t, p) for t in range(program.input_range) for p in range(LENGTH)]
    relation = encode_embedding(model, Abstraction.of(program), pairs).relation
    changed = with_heads(model, {"parity_left": scaled})
    return Network(changed, relation, LENGTH, FORMATS["float32"])


def test_scores_that_are_further_apart_leak_less():
    gaps = [network(factor).scores["parity_left"].gap for factor in (1, 2)]
    assert gaps[1] == 2 * gaps[0] > 0
    assert isinstance(network(1).softmax("parity_left"), Softmax)


@pytest.mark.parametrize("factor", [0, -1])
def test_scores_that_do_not_select_are_turned_away(factor):
    layer = network(factor)
    with pytest.raises(NotShown, match=re.escape(layer.gap_text("parity_left"))) as caught:
        layer.softmax("parity_left")
    assert caught.value.owner == Obligation("softmax", "parity_left")


def test_a_head_that_writes_to_what_is_not_its_own_is_turned_away_before_the_block_is_read():
    network(1).check_spill()
    for read in (Network.check_spill, lambda layer: layer.mlp):
        with pytest.raises(NotShown, match="parity_left writes to coordinates") as caught:
            read(network(1, spill=1))
        assert caught.value.owner == Obligation("attention", "parity_left")


def clearing(*, writes: bool, takes_away: bool) -> Network:
    """A layer whose head may write to a coordinate, and whose block may take that away."""
    layer = network(1)
    model, column = layer._model, layer._model.layout.columns["parity_left"][1]
    head = model.weights.heads["parity_left"]
    output = np.array(head.output)
    output[:, column] *= writes
    model = with_heads(model, {"parity_left": replace(head, output=output)})
    lookup_out = np.array(model.dense().weights.compiled_mlp.lookup_out)
    lookup_out[:, column] *= takes_away
    model = with_arrays(model.dense(), {"mlp.lookup_out": lookup_out})
    return Network(model, layer.relation, LENGTH, FORMATS["float32"])


def test_head_outputs_that_are_taken_away_are_cleared():
    assert clearing(writes=True, takes_away=True).clears("parity_left")


def test_a_coordinate_that_the_head_never_writes_to_needs_nobody_to_take_it_away():
    layer = clearing(writes=False, takes_away=False)
    assert layer.mlp.output(layer._model.layout.columns["parity_left"][1]).kept
    assert layer.clears("parity_left")


def test_a_coordinate_that_the_head_writes_to_and_nothing_takes_away_is_not_cleared():
    assert not clearing(writes=True, takes_away=False).clears("parity_left")
