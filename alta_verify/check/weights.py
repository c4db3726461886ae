"""The weights, read from a safetensors file, as exact rationals."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cached_property
from math import isfinite, prod
from typing import Any, Final, final

from alta_verify.check.limits import MAX_SIDE
from alta_verify.check.program import Program
from alta_verify.check.refused import Refused

__all__ = ["HeadWeights", "MLPWeights", "Matrix", "Model", "program_of"]

_CODES: Final = {"F64": "d", "F32": "f", "F16": "e", "I32": "i"}
_TYPES: Final = {"float64": "F64", "float32": "F32", "bfloat16": "BF16", "float16": "F16"}
_SIZES: Final = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I32": 4}


@final
@dataclass(frozen=True)
class Matrix:
    """A matrix, or a bias as a matrix of one row."""

    shape: tuple[int, int]
    entries: Mapping[tuple[int, int], Fraction]

    @cached_property
    def rows(self) -> list[dict[int, Fraction]]:
        """The entries that are not 0, row by row."""
        found: list[dict[int, Fraction]] = [{} for _ in range(self.shape[0])]
        for (row, column), entry in self.entries.items():
            found[row][column] = entry
        return found

    @cached_property
    def columns(self) -> list[dict[int, Fraction]]:
        """The entries that are not 0, column by column."""
        found: list[dict[int, Fraction]] = [{} for _ in range(self.shape[1])]
        for (row, column), entry in self.entries.items():
            found[column][row] = entry
        return found


@final
@dataclass(frozen=True)
class HeadWeights:
    """The matrices of a head: D × K, D × K, D × V and V × D."""

    query: Matrix
    key: Matrix
    value: Matrix
    output: Matrix


@final
@dataclass(frozen=True)
class MLPWeights:
    """The matrices of the MLP, with their biases."""

    expand_in: Matrix
    expand_in_bias: Matrix
    expand_out: Matrix
    expand_out_bias: Matrix
    lookup_in: Matrix
    lookup_in_bias: Matrix
    lookup_out: Matrix
    lookup_out_bias: Matrix


@final
@dataclass(frozen=True)
class Model:
    """The model that a certificate is about.

    Attributes:
        dtype: the format of its weights.
        width: the number of coordinates of the residual stream.
        columns: the coordinates of every variable and head output.
        max_len: the longest input that it takes; None for any.
    """

    dtype: str
    width: int
    columns: Mapping[str, tuple[int, ...]]
    max_len: int | None
    tokens: Matrix
    positions: Matrix
    heads: Mapping[str, HeadWeights]
    mlp: MLPWeights

    @property
    def matrices(self) -> Iterator[Matrix]:
        """All matrices and biases."""
        yield from (self.tokens, self.positions)
        for head in self.heads.values():
            yield from (head.query, head.key, head.value, head.output)
        yield from vars(self.mlp).values()

    @classmethod
    def read(cls, data: bytes, manifest: Mapping[str, Any], program: Program) -> Model:
        """Reads the weights and the manifest of a model, and checks that they fit a program."""
        try:
            arrays = _Arrays(data, manifest["dtype"], manifest["sparse"])
            layout = manifest["layout"]
            model = cls(
                manifest["dtype"],
                _count(layout["width"]),
                {name: tuple(map(_count, own)) for name, own in layout["columns"].items()},
                None if manifest["max_len"] is None else _count(manifest["max_len"]),
                arrays.take("token_embedding"),
                arrays.take("position_embedding"),
                {
                    name: HeadWeights(
                        *(arrays.take(f"heads.{name}.{one.name}") for one in fields(HeadWeights))
                    )
                    for name in program.heads
                },
                MLPWeights(*(arrays.take(f"mlp.{one.name}") for one in fields(MLPWeights))),
            )
            arrays.check_empty()
        except (
            ArithmeticError,
            AttributeError,
            LookupError,
            RecursionError,
            TypeError,
            ValueError,
            struct.error,
        ) as error:
            raise Refused(f"the model cannot be read: {error!r:.200}") from error
        model._check_layout(program)
        model._check_shapes(program)
        return model

    def _check_layout(self, program: Program) -> None:
        widths = {name: v.width for name, v in program.variables.items()}
        widths |= {name: head.width for name, head in program.heads.items()}
        if self.width != sum(widths.values()):
            raise Refused(
                f"the layout has a width of {self.width!r:.40}, the program {sum(widths.values())} "
                "coordinates"
            )
        used = sorted(column for columns in self.columns.values() for column in columns)
        own = {name: len(columns) for name, columns in self.columns.items()}
        if own != widths or used != list(range(self.width)):
            raise Refused("the layout does not give every name its own coordinates")

    def _check_shapes(self, program: Program) -> None:
        d, mlp = self.width, self.mlp
        e, f, n = mlp.expand_in.shape[1], mlp.expand_out.shape[1], mlp.lookup_in.shape[1]
        expected = [((len(program.vocab), d), self.tokens), ((d, e), mlp.expand_in)]
        expected += [((1, e), mlp.expand_in_bias), ((e, f), mlp.expand_out)]
        expected += [((1, f), mlp.expand_out_bias), ((f, n), mlp.lookup_in)]
        expected += [((1, n), mlp.lookup_in_bias), ((n, d), mlp.lookup_out)]
        expected += [((1, d), mlp.lookup_out_bias), ((self.positions.shape[0], d), self.positions)]
        for head in self.heads.values():
            k, v = head.query.shape[1], head.value.shape[1]
            expected += [((d, k), head.query), ((d, k), head.key)]
            expected += [((d, v), head.value), ((v, d), head.output)]
        if any(matrix.shape != shape for shape, matrix in expected):
            raise Refused("the shapes of the weights do not fit one another")


def program_of(manifest: Mapping[str, Any]) -> str:
    """Returns the text of the program that a model was made for, which is kept line by line.

    Raises:
        Refused: when it is not.
    """
    lines = manifest.get("program")
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise Refused("the model's program cannot be read: expected a list of lines")
    if any("\n" in line for line in lines):
        raise Refused("the model's program cannot be read: a line is several")
    return "".join(f"{line}\n" for line in lines)


@final
class _Arrays:
    """Takes apart the bytes of a safetensors file."""

    def __init__(self, data: bytes, dtype: str, sparse: Mapping[str, Sequence[int]]) -> None:
        size = int.from_bytes(data[:8], "little")
        if not 8 <= 8 + size <= len(data):
            raise ValueError(f"a header of {size} bytes")
        self._header: dict[str, Any] = json.loads(data[8 : 8 + size], object_pairs_hook=_distinct)
        self._header.pop("__metadata__", None)
        self._data = memoryview(data)[8 + size :]
        self._type = _TYPES[dtype]
        self._sparse = dict(sparse)
        self._check_places()

    def _check_places(self) -> None:
        """Checks that the arrays are one behind the other, without gaps and overlaps."""
        end = 0
        for one in sorted(entry["data_offsets"] for entry in self._header.values()):
            start, following = map(_count, one)
            if not start == end <= following:
                raise ValueError(f"arrays from {end} and from {start}")
            end = following
        if end != len(self._data):
            raise ValueError(f"arrays up to {end} of {len(self._data)} bytes")

    def take(self, name: str) -> Matrix:
        """Returns a matrix, and forgets it."""
        if name not in self._sparse:
            shape, numbers = self._numbers(name, self._type)
            rows, columns = shape if len(shape) == 2 else (1, *shape)
            _check_sides(name, rows, columns)
            everywhere = ((i, j) for i in range(rows) for j in range(columns))
            return Matrix((rows, columns), _nonzero(zip(everywhere, numbers, strict=True)))
        rows, columns = map(_count, self._sparse.pop(name))
        _check_sides(name, rows, columns)
        _, numbers = self._numbers(f"{name}.data", self._type)
        (_, at_rows), (_, at_columns) = (
            self._numbers(f"{name}.{part}", "I32") for part in ("rows", "columns")
        )
        places = list(zip(at_rows, at_columns, strict=True))
        inside = all(0 <= i < rows and 0 <= j < columns for i, j in places)
        if len(set(places)) < len(places) or not inside:
            raise ValueError(f"places of {name}")
        return Matrix((rows, columns), _nonzero(zip(places, numbers, strict=True)))

    def check_empty(self) -> None:
        """Checks that every array was taken."""
        if self._header or self._sparse:
            raise ValueError(f"more arrays than expected: {[*self._header, *self._sparse]}")

    def _numbers(self, name: str, expected: str) -> tuple[list[int], Sequence[Any]]:
        entry = self._header.pop(name)
        start, end = entry["data_offsets"]
        shape, kind = list(map(_count, entry["shape"])), entry["dtype"]
        number = prod(shape)
        if kind != expected or end - start != number * _SIZES[kind]:
            raise ValueError(f"array {name}")
        data: bytes | memoryview = self._data[start:end]
        if kind == "BF16":
            # Its sixteen bits are the upper half of a float32.
            words = struct.unpack(f"<{number}H", data)
            data, kind = struct.pack(f"<{number}I", *(word << 16 for word in words)), "F32"
        return shape, struct.unpack(f"<{number}{_CODES[kind]}", data)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name is there twice")
    return dict(pairs)


def _count(number: object) -> int:
    if type(number) is not int or number < 0:
        raise ValueError(f"expected a number of at least 0, got {number!r:.40}")
    return number


def _check_sides(name: str, rows: int, columns: int) -> None:
    if max(rows, columns) > MAX_SIDE:
        raise ValueError(f"{name!r} is {rows} × {columns}, and no side may be over {MAX_SIDE}")


def _nonzero(
    numbers: Iterator[tuple[tuple[int, int], float]],
) -> dict[tuple[int, int], Fraction]:
    found = {}
    for place, number in numbers:
        if not isfinite(number):
            raise ValueError(f"{number} among the weights")
        if number:
            found[place] = Fraction(number)
    return found
