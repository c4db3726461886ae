"""The score of a selected key is far enough above all others."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import alta
from alta.compiler.attention import attention_scale, head_weights
from alta.nn.layout import Layout
from tests.alta.lang.toys import toy


@pytest.mark.parametrize(("accumulate", "lowest"), [("float32", 103.98), ("float64", 745.14)])
def test_a_score_gap_makes_the_softmax_exactly_one_hot(accumulate, lowest):
    scale = attention_scale(accumulate)
    assert scale**2 > lowest
    assert scale & (scale - 1) == 0
    with jax.enable_x64(accumulate == "float64"):
        assert float(jnp.exp(jnp.asarray(-float(scale**2), dtype=accumulate))) == 0


def test_a_head_scores_the_square_of_the_scale_where_key_and_query_are_equal():
    program = toy(heads={"same": alta.qkv("x", "y", "x")})
    layout, head = Layout.of(program), program.heads["same"]
    weights = head_weights("same", head, layout, scale=16)
    scores = np.eye(layout.width) @ weights.query.dense() @ weights.key.dense().T
    expected = np.zeros((layout.width, layout.width))
    expected[layout.columns["x"], layout.columns["y"]] = 256
    assert (scores == expected).all()
    # The value is copied as it is, to where the layout has the head's output.
    copied = weights.value.dense() @ weights.output.dense()
    assert copied[layout.columns["x"], layout.columns["same"]].tolist() == [1, 1, 1]
    assert np.count_nonzero(copied) == 3


def test_a_head_without_query_scores_nothing():
    program = toy(heads={"left": alta.v_relative("x", -1)})
    weights = head_weights("left", program.heads["left"], Layout.of(program), scale=16)
    assert weights.query.shape == weights.key.shape == (9, 0)
