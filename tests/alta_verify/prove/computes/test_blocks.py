"""A compiled block has one relation for all layers, a learned one boxes at each boundary."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.encode.network import Network
from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.computes import blocks
from alta_verify.prove.computes.blocks import CompiledBlock, LearnedBlock, NoisyBlock
from alta_verify.prove.computes.context import Context
from alta_verify.prove.computes.theorem import Computes
from tests.alta_verify.boxes import noisy_models
from tests.alta_verify.boxes.learned_blocks import EXACT, LONGEST, MODEL, PROGRAM
from tests.alta_verify.prove.contexts import HEAD, right
from tests.cases.noise import noisy


def test_the_relation_of_compiled_weights_is_their_codes():
    assert isinstance(right().block, CompiledBlock)
    assert right().block.relation.exact
    assert right().block.relations == ()
    assert right().block.boxes is None


def test_what_a_head_adds_has_to_decode(monkeypatch):
    assert right().block.reads(HEAD) == "exact arithmetic over 2 values"
    monkeypatch.setattr(blocks, "decodes", lambda *_: None)
    with pytest.raises(NotShown, match="does not decode to it"):
        right().block.reads(HEAD)


def test_every_coordinate_is_encoded_where_sums_are_checked(monkeypatch):
    columns = []
    monkeypatch.setattr(right().network.mlp, "output", columns.append)
    right().block.check_sums()
    # Those of variables are bounded where they are seen from the rule that fires.
    layout = right().model.layout.columns
    assert columns == [column for head in right().program.heads for column in layout[head]]
    columns.clear()
    monkeypatch.setattr(Network, "firing_cases", lambda *_: None)
    right().block.check_sums()
    assert columns == [*range(right().model.layout.width)]


def context_with(block) -> Context:
    task = Task(PROGRAM, MODEL.with_mlp(block), LONGEST, None, Deadline.after(None))
    return Computes(task).context


RIGHT = context_with(EXACT)


def test_the_right_block_is_shown_name_by_name():
    assert isinstance(RIGHT.block, LearnedBlock)
    for variable in PROGRAM.variables:
        assert RIGHT.block.keeps(variable).startswith("affine bounds over ")
    for head in PROGRAM.heads:
        assert RIGHT.block.resets(head) == RIGHT.block.keeps("parity")
        assert RIGHT.block.reads(head) == "boxes of 2 values"


def test_its_relations_begin_with_the_embeddings():
    embedded = RIGHT.embedding.relation
    assert RIGHT.block.relations[0].start == embedded.start
    assert len(RIGHT.networks) == len(RIGHT.block.relations) + 1


def test_a_wrong_weight_is_refuted_by_an_input_that_gets_to_the_escape():
    matrices = [np.array(matrix) for matrix in EXACT.matrices]
    matrices[-1][:, MODEL.layout.columns["parity"][1]] = 0
    wrong = context_with(replace(EXACT, matrices=tuple(matrices)))
    escape = wrong.block.boxes.layerwise.escape
    assert escape is not None
    with pytest.raises(Refuted):
        wrong.block.keeps(escape.name)
    rest = [name for name in PROGRAM.variables if name != escape.name]
    with pytest.raises(NotShown):
        wrong.block.keeps(rest[0])


def noise(deviation: float, max_layers: int | None = None) -> Context:
    return noisy_models.context_of(noisy(noisy_models.MODEL, deviation), max_layers)


NOISY = noise(1e-5)


def test_noise_on_every_weight_is_shown_name_by_name():
    block = NOISY.block
    assert isinstance(block, NoisyBlock)
    for variable in PROGRAM.variables:
        assert block.keeps(variable).startswith("boxes, by the rule that fires; ")
    for head in PROGRAM.heads:
        assert block.resets(head) == "affine bounds"
        assert block.reads(head) == "boxes of 2 values"
    assert not block.relation.exact
    assert block.relation.decodable
    assert not Computes(NOISY.task).reproducible


def test_a_name_that_is_not_kept_is_not_shown(monkeypatch):
    context = noise(1e-5)
    assert isinstance(context.block, NoisyBlock)
    layers = context.block._enclosed
    monkeypatch.setattr(NoisyBlock, "_enclosed", replace(layers, kept=dict.fromkeys(layers.kept)))
    with pytest.raises(NotShown, match="layers do not keep the boxes of parity"):
        context.block.keeps("parity")
    with pytest.raises(NotShown, match="layers do not keep the boxes of done_left"):
        context.block.resets("done_left")


def test_without_a_step_of_a_run_nothing_is_concluded_of_cases(monkeypatch):
    context = noise(1e-5)
    monkeypatch.setattr(type(context.runs), "some_step", None)
    with pytest.raises(NotShown, match="no run is seen to take a layer"):
        context.block.keeps("parity")


def test_too_much_noise_is_not_shown_and_the_reason_is_kept():
    context = noise(1e-2)
    for _ in range(2):
        with pytest.raises(NotShown, match="does not decode"):
            _ = context.block.relation


def test_noise_needs_a_bound_on_layers(monkeypatch):
    context = noise(1e-5)
    monkeypatch.setattr(type(context.runs), "most_layers", None)
    with pytest.raises(NotShown, match="nothing bounds how many there are"):
        _ = context.block.relation
