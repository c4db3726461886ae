"""Weights: a model from its files, or from the arrays that somebody has at hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors

from tests.judge.meaning import Program
from tests.judge.text import read

__all__ = ["Dense", "Model", "loaded"]

Matrix = npt.NDArray[np.float64]

_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I32": "<i4"}
_NAMES = {"float64": "F64", "float32": "F32", "bfloat16": "BF16", "float16": "F16"}


@dataclass(frozen=True)
class Dense:
    """A block with ReLU between its matrices."""

    matrices: tuple[Matrix, ...]
    biases: tuple[Matrix, ...]


@dataclass(frozen=True)
class Model:
    """A network.

    Attributes:
        program: what it runs as: masks, halt, output, kinds, bounds, token names.
        dtype: the format of its numbers.
        columns: the coordinates of every variable and head.
        arrays: the matrices, by their dotted names, as exact numbers.
        block: what stands in place of the arrays called ``mlp.…``, if anything does.
        max_len: the longest input that it takes.
    """

    program: Program
    dtype: str
    columns: Mapping[str, tuple[int, ...]]
    arrays: Mapping[str, Matrix]
    block: Dense | None = None
    max_len: int | None = None

    @property
    def width(self) -> int:
        """The coordinates of the residual stream."""
        return int(self.arrays["token_embedding"].shape[1])


def loaded(folder: Path) -> Model:
    """The model that a folder has."""
    manifest = json.loads((folder / "manifest.json").read_text())
    found = _arrays((folder / "weights.safetensors").read_bytes(), _NAMES[manifest["dtype"]])
    for name, (rows, columns) in manifest["sparse"].items():
        found[name] = _filled(found, name, (rows, columns))
    return Model(
        read("\n".join(manifest["program"]) + "\n"),
        manifest["dtype"],
        {name: tuple(own) for name, own in manifest["layout"]["columns"].items()},
        found,
        None,
        manifest["max_len"],
    )


def _arrays(data: bytes, expected: str) -> dict[str, Matrix]:
    return {
        name: _array(entry, "I32" if name.endswith((".rows", ".columns")) else expected)
        for name, entry in safetensors.deserialize(data)
    }


def _array(entry: Mapping[str, Any], expected: str) -> Matrix:
    if entry["dtype"] != expected:
        raise ValueError(f"an array of {entry['dtype']} among those of {expected}")
    data = bytes(entry["data"])
    if expected == "BF16":
        # The upper halves of float32 numbers.
        numbers = (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4")
    else:
        numbers = np.frombuffer(data, _TYPES[expected])
    return numbers.astype(np.float64).reshape(entry["shape"])


def _filled(found: dict[str, Matrix], name: str, shape: tuple[int, int]) -> Matrix:
    """A sparse matrix with its zeros: entries that come twice add up."""
    data, rows, columns = (found.pop(f"{name}.{part}") for part in ("data", "rows", "columns"))
    matrix = np.zeros(shape)
    np.add.at(matrix, (rows.astype(int), columns.astype(int)), data)
    return matrix
