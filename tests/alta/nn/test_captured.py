"""What heads computed is taken apart by head, with nothing where the mask is."""

import numpy as np

from alta.lang.masks import Mask
from alta.nn.attention import Mixed
from alta.nn.captured import captured_heads, nonzero
from alta.nn.device import Group
from alta.nn.forward import Inside, Reads

# Two heads, three positions and one of padding; entry [.., h, i, j] tells where it stood.
PAIRS = np.arange(2 * 4 * 4, dtype=np.float32).reshape(2, 4, 4)
VECTORS = np.arange(2 * 2 * 4, dtype=np.float32).reshape(2, 2, 4)


def captured(mask, scores):
    reads = Reads(VECTORS, VECTORS, VECTORS, Mixed(VECTORS, scores, scores))
    return captured_heads(Inside((reads,), {}), [Group(mask, ("a", "b"), 2, 2)], 3)


def test_heads_of_a_group_get_their_own_rows_without_padding():
    heads = captured(Mask(), PAIRS)
    assert list(heads) == ["a", "b"]
    assert heads["b"].scores.tolist() == PAIRS[1, :3, :3].tolist()
    assert heads["b"].query.tolist() == VECTORS[:, 1, :3].T.tolist()


def test_what_a_mask_leaves_out_has_no_score_and_no_weight():
    head = captured(Mask(last=-1), PAIRS)["a"]
    outside = np.triu(np.ones((3, 3), bool))
    assert (np.isnan(head.scores) == outside).all()
    assert (head.pattern[outside] == 0).all()
    assert head.pattern[2, 1] == PAIRS[0, 2, 1]


def test_offsets_that_are_looked_at_one_by_one_are_put_at_their_pairs():
    by_offset = np.arange(2 * 2 * 4, dtype=np.float32).reshape(2, 2, 4)
    scores = captured(Mask((-1, 1)), by_offset)["b"].scores
    assert scores[1].tolist()[::2] == [by_offset[0, 1, 1], by_offset[1, 1, 1]]
    assert np.isnan(scores[0, 0])
    assert np.isnan(scores[0, 2])


def test_positions_without_weight_are_not_nonzero():
    pattern = np.array([[0.0, 0.25], [0.0, 0.0]], np.float32)
    assert nonzero(pattern) == (((1, 0.25),), ())
