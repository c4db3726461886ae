"""On the device the matrices of heads lie side by side, and what is compiled for it is kept.

Whoever waits for a compilation gives up in time.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import alta
from alta.lang.masks import Mask
from alta.limit import OutOfTime, limited
from alta.nn.device import device_weights, in_time
from alta.nn.weights import dense_weights
from tests.alta.lang.toys import toy

HEADS = {
    "left": alta.v_relative("x", -1),
    "same": alta.qkv("x", "y", "x"),
    "near": alta.qkv("x", "y", "y", [-1]),
}
MODEL = alta.compile(toy(heads=HEADS))
WEIGHTS = dense_weights(MODEL.weights)
ARRANGED = device_weights(WEIGHTS, {name: head.mask for name, head in HEADS.items()})


def test_heads_with_one_mask_are_one_group():
    groups = {group.heads: group for group in ARRANGED.groups}
    assert set(groups) == {("left", "near"), ("same",)}
    # The head without query and key is filled up with zeros to the width of its neighbour.
    assert (groups["left", "near"].mask, groups["left", "near"].key_width) == (Mask((-1,)), 3)


def test_columns_of_a_group_are_interleaved_and_keep_their_bits():
    read = np.asarray(ARRANGED.read)
    [group] = [group for group in ARRANGED.groups if "near" in group.heads]
    start = sum(
        len(before.heads) * (2 * before.key_width + before.value_width)
        for before in ARRANGED.groups[: ARRANGED.groups.index(group)]
    )
    count, place = len(group.heads), group.heads.index("near")
    query = read[:, start + place : start + count * group.key_width : count]
    assert query.tobytes() == WEIGHTS.heads["near"].query.tobytes()


def test_arranging_the_heads_loses_and_adds_no_weight():
    matrices = [
        np.asarray(matrix)
        for head in WEIGHTS.heads.values()
        for matrix in (head.query, head.key, head.value)
    ]
    together = sorted(np.concatenate([matrix[matrix != 0] for matrix in matrices]).tolist())
    read = np.asarray(ARRANGED.read)
    assert sorted(read[read != 0].tolist()) == together


# --- compilation ----------------------------------------------------------------------------------


@dataclass
class Looks:
    """A limit that passes after so many looks at it."""

    left: float

    @property
    def expired(self) -> bool:
        self.left -= 1
        return self.left < 0

    @property
    def remaining(self) -> float:
        return 1.0


@dataclass
class Slow:
    """A compiled function whose compilation ends when it is told to."""

    may_end: threading.Event
    compilations: int = 0

    def lower(self, *arguments: object) -> Slow:
        return self

    def compile(self) -> None:
        self.may_end.wait()
        self.compilations += 1

    def __call__(self, x: int) -> int:
        return x + 1

    __hash__ = object.__hash__


def test_a_compilation_that_takes_too_long_is_given_up_and_left_to_its_end():
    slow = Slow(threading.Event())
    before = threading.active_count()
    with limited(Looks(3)), pytest.raises(OutOfTime):
        in_time(slow, 1)
    slow.may_end.set()
    for thread in threading.enumerate():
        if thread.name == "compilation":
            thread.join()
    assert threading.active_count() == before
    assert slow.compilations == 1


def test_a_function_is_compiled_once_for_arguments_of_one_kind():
    slow = Slow(threading.Event())
    slow.may_end.set()
    with limited(Looks(1e9)):
        assert [in_time(slow, np.zeros(2)[0] + 1), in_time(slow, np.zeros(2)[0] + 1)] == [2, 2]
    assert slow.compilations == 1


def test_without_a_limit_nothing_is_compiled_beforehand():
    slow = Slow(threading.Event())
    assert in_time(slow, 1) == 2
    assert slow.compilations == 0


@pytest.mark.parametrize("limit", [None, Looks(1e9)])
def test_the_result_is_that_of_the_function(limit):
    @jax.jit
    def doubled(x):
        return 2 * x

    with limited(limit):
        assert in_time(doubled, jnp.arange(3)).tolist() == [0, 2, 4]
        assert in_time(doubled, jnp.arange(4)).tolist() == [0, 2, 4, 6]
