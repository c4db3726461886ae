"""On the device the matrices of heads lie side by side, every number as it was."""

import numpy as np

import alta
from alta.nn.device import device_weights
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
    assert (groups["left", "near"].mask, groups["left", "near"].key_width) == ((-1,), 3)


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
