"""Heads: what their masks are, and which are refused."""

import pytest

import alta
from tests.alta.lang.toys import case, refuses

MASKS = [
    case(
        "with an empty mask",
        lambda: alta.qkv("x", "y", "y", relative_position_mask=[]),
        "relative_position_mask of a head that reads 'y' is empty: it would select nothing",
        "pass None to attend everywhere",
    ),
    case(
        "made by hand with an empty mask",
        lambda: alta.Head(None, None, "y", ()),
        "relative_position_mask of a head that reads 'y' is empty",
    ),
    case(
        "with an offset that is no int",
        lambda: alta.qkv("x", "y", "y", relative_position_mask=[-1, 0.5]),
        "relative_position_mask of a head that reads 'y': expected an int, got 0.5 (float)",
    ),
    case(
        "whose mask is no collection",
        lambda: alta.qkv("x", "y", "y", relative_position_mask=-1),
        "relative_position_mask of a head that reads 'y': expected offsets such as [-1, 0], got -1",
    ),
    case(
        "at a distance that is no int",
        lambda: alta.v_relative("y", "left"),
        "offset of a head that reads 'y': expected an int, got 'left' (str)",
    ),
]


@pytest.mark.parametrize(("build", "fragments"), MASKS)
def test_a_head_by_itself_is_refused(build, fragments):
    refuses(build, fragments)


def test_a_mask_is_a_sorted_set_of_offsets():
    assert alta.qkv("x", "x", "y", relative_position_mask=[2, -1, 2]).mask == (-1, 2)
    assert alta.v_relative("x", 4).mask == (4,)
    assert alta.qkv("x", "x", "y").mask is None
