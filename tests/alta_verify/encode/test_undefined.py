"""What a head may add where it is UNDEFINED, in the prover and in the checker."""

from __future__ import annotations

from itertools import product

import jax.numpy as jnp
import numpy as np
import pytest

import alta
from alta.nn import forward
from alta_verify.arithmetic.formats import FORMATS
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.encode.attention import encode_head
from alta_verify.encode.embedding import encode_embedding
from alta_verify.encode.softmax import Softmax
from tests.alta_verify.check.theorems import theorem_of

LENGTH = 4

HEADS = {
    "one neighbour": alta.v_relative("token", -1),
    "one neighbour, if it is asked for": alta.qkv("token", "token", "token", {-1}),
    "neighbours that are asked for": alta.qkv("token", "token", "token", {-2, -1}),
    "all that are asked for": alta.qkv("token", "token", "token"),
}


def subject(name: str):
    program = alta.program_spec_from_rules(
        name="reading",
        variables={"token": alta.input_var(2), "read": alta.var(2)},
        heads={"head": HEADS[name]},
        rules=[alta.rule({"head": 1}, "read", 1)],
        output_name="read",
        input_range=2,
        layers=1,
    )
    return program, alta.compile(program, max_len=LENGTH)


def undefined(name: str) -> list[list[tuple]]:
    """The ends of what the head adds where it is UNDEFINED, for prover and checker."""
    program, model = subject(name)
    task = Task(program, model, LENGTH, None, Deadline.after(None))
    relation = encode_embedding(model, task.abstraction, product(range(2), range(LENGTH))).relation
    proved = encode_head(
        model,
        relation,
        "head",
        softmax=Softmax.by_mask(LENGTH),
        count=model.program.heads["head"].mask.most(LENGTH),
        format_=FORMATS["float32"],
    )
    theorem = theorem_of(program, model, LENGTH)
    checked = theorem._heads.output("head", None, LENGTH)
    return [[(one.lo, one.hi) for one in code[-1]] for code in (proved.codes, checked.codes)]


def test_a_head_with_one_neighbour_adds_nothing_where_there_is_none():
    assert undefined("one neighbour") == [[(0, 0)] * 2] * 2
    _, model = subject("one neighbour")
    tokens = np.array([[1, 1, 1]])
    with model.precision():
        x = forward.embed(model.device_weights, tokens)
        attended, _ = forward.layer(
            model.architecture, model.device_weights, x, jnp.ones((1, 3), dtype=bool)
        )
    columns = list(model.layout.columns["head"])
    assert (np.asarray(attended)[0, :, columns].T == [[0, 0], [0, 1], [0, 1]]).all()


@pytest.mark.parametrize("name", [name for name in HEADS if name != "one neighbour"])
def test_other_heads_may_add_a_mixture(name):
    for ends in undefined(name):
        assert all(low <= 0 and high >= 1 for low, high in ends)
