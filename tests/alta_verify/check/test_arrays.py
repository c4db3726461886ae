"""Sparse arrays in a file are matrices with every place once, all of them inside."""

from __future__ import annotations

import numpy as np
import pytest
from safetensors.numpy import save

from alta_verify.check.weights import _Arrays


def arrays(*places: tuple[int, int]) -> _Arrays:
    """A file with a matrix of 2 rows and 3 columns that has numbers at some places."""
    rows, columns = np.array(places, dtype=np.int32).T.copy()
    data = np.arange(1, len(places) + 1, dtype=np.float32)
    return _Arrays(
        save({"m.data": data, "m.rows": rows, "m.columns": columns.copy()}),
        "float32",
        {"m": (2, 3)},
    )


def test_numbers_are_where_they_are_said_to_be():
    matrix = arrays((1, 2), (0, 0)).take("m")
    assert matrix.shape == (2, 3)
    assert matrix.entries == {(1, 2): 1, (0, 0): 2}


@pytest.mark.parametrize("place", [(1, 2), (2, 0), (0, 3), (-1, 0), (0, -1)], ids=str)
def test_places_that_are_there_twice_or_outside_are_refused(place):
    with pytest.raises(ValueError, match="places of m"):
        arrays((1, 2), place).take("m")
