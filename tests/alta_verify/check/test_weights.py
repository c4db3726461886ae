"""Files of weights have the arrays of the program, every place once, and nothing else."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from safetensors.numpy import load, save

from alta_verify.check.refused import Refused
from alta_verify.check.text import read_program
from alta_verify.check.weights import Matrix, _matrices
from alta_verify.check.weights import Model as Weights
from tests.alta_verify.check.theorems import (
    LONG,
    files_of,
    mutated,
    saved,
    theorem,
    theorem_of,
)


def written(*places: tuple[int, int], **arrays: np.ndarray) -> dict[str, Matrix]:
    """What is read of a matrix of 2 rows and 3 columns that has numbers at some places."""
    rows, columns = np.array(places, dtype=np.int32).T.copy()
    data = np.arange(1, len(places) + 1, dtype=np.float32)
    sparse = {"m.data": data, "m.rows": rows, "m.columns": columns.copy()}
    return _matrices(save({**sparse, **arrays}), "float32", {"m": (2, 3)})


def test_numbers_are_where_they_are_said_to_be():
    (matrix,) = written((1, 2), (0, 0)).values()
    assert matrix.shape == (2, 3)
    assert matrix.entries == {(1, 2): 1, (0, 0): 2}


@pytest.mark.parametrize("place", [(1, 2), (2, 0), (0, 3), (-1, 0), (0, -1)], ids=str)
def test_places_that_are_there_twice_or_outside_are_refused(place):
    with pytest.raises(ValueError, match="places of m"):
        written((1, 2), place)


def test_a_matrix_that_is_there_in_both_ways_is_refused():
    with pytest.raises(ValueError, match="m is there twice"):
        written((1, 2), m=np.zeros((2, 3), np.float32))


def with_header(data: bytes, change) -> bytes:
    (size,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + size])
    change(header)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data[8 + size :]


def _more(header):
    header["more"] = dict(header["token_embedding"])


def _shape(header):
    header["token_embedding"]["shape"] = header["token_embedding"]["shape"][::-1]


def _start(header):
    start, end = header["token_embedding"]["data_offsets"]
    header["token_embedding"]["data_offsets"] = (
        [start - 8, end - 8] if start >= 8 else [-8, end - start - 8]
    )


def _kind(header):
    header["token_embedding"]["dtype"] = "I32"


def _short(header):
    header["token_embedding"]["data_offsets"][1] -= 4


def _none(header):
    del header["token_embedding"]


@pytest.mark.parametrize("change", [_more, _shape, _kind, _short, _none])
def test_a_file_of_weights_with_something_else_in_it_is_refused(change):
    data, _ = saved("sorting")
    theorem("sorting", weights=with_header(data, lambda header: None))
    with pytest.raises(Refused):
        theorem("sorting", weights=with_header(data, change))


def test_arrays_that_nothing_reads_are_refused():
    data, _ = saved("sorting")
    with pytest.raises(Refused, match="more arrays than expected"):
        theorem("sorting", weights=save({**load(data), "more": np.ones((1, 1), np.float32)}))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(number):
    data, manifest = saved("sorting")
    program = read_program("\n".join(manifest["program"]) + "\n")
    (size,) = struct.unpack_from("<Q", data)
    start, _ = json.loads(data[8 : 8 + size])["token_embedding"]["data_offsets"]
    at = 8 + size + start
    wrong = data[:at] + struct.pack("<f", number) + data[at + 4 :]
    Weights.read(data, manifest, program)
    with pytest.raises(Refused, match="among the weights"):
        Weights.read(wrong, manifest, program)


def test_a_layout_in_which_coordinates_are_shared_is_refused():
    _, manifest = saved("relative")
    for columns in ([0, 0], [0], [0, 99], [0, 1, 2]):
        layout = json.loads(json.dumps(manifest["layout"]))
        layout["columns"]["done"] = columns
        with pytest.raises(Refused, match="layout"):
            theorem("relative", model={**manifest, "layout": layout})


@pytest.mark.parametrize("cut", [0, 7, 8, 100])
def test_weights_that_are_cut_short_are_refused(cut):
    program, model = mutated("relative")
    weights, _ = files_of(model)
    with pytest.raises(Refused, match="cannot be read"):
        theorem_of(program, model, LONG, weights=weights[:cut])
