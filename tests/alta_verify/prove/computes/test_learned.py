"""A learned block has boxes at each layer boundary, and keeps them or is refuted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.computes.context import Context
from alta_verify.prove.computes.learned import LearnedBlock
from alta_verify.prove.computes.theorem import Computes
from tests.alta_verify.boxes.learned_blocks import EXACT, LONGEST, MODEL, PROGRAM


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
    assert RIGHT.block.start is RIGHT.block.relations[0]
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
