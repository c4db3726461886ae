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
        rows: list[dict[int, Fraction]] = [{} for _ in range(self.shape[0])]
        for (row, column), entry in self.entries.items():
            rows[row][column] = entry
        return rows

    @cached_property
    def columns(self) -> list[dict[int, Fraction]]:
        """The entries that are not 0, column by column."""
        columns: list[dict[int, Fraction]] = [{} for _ in range(self.shape[1])]
        for (row, column), entry in self.entries.items():
            columns[column][row] = entry
        return columns


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
                {name: tuple(map(_count, cols)) for name, cols in layout["columns"].items()},
                None if manifest["max_len"] is None else _count(manifest["max_len"]),
                arrays.take("token_embedding"),
                arrays.take("position_embedding"),
                {
                    name: HeadWeights(*arrays.take_all(f"heads.{name}", HeadWeights))
                    for name in program.heads
                },
                MLPWeights(*arrays.take_all("mlp", MLPWeights)),
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
            raise Refused(
                f"the model cannot be read: {error!r:.200}; save it again, with Model.save"
            ) from error
        model._check_layout(program)
        model._check_shapes(program)
        return model

    def _check_layout(self, program: Program) -> None:
        widths = {name: variable.width for name, variable in program.variables.items()}
        widths |= {name: head.width for name, head in program.heads.items()}
        if self.width != sum(widths.values()):
            raise Refused(
                f"the layout has a width of {self.width!r:.40}, expected {sum(widths.values())}, "
                "the coordinates of the program"
            )
        for name in {**widths, **self.columns}:
            columns = self.columns.get(name, ())
            if len(columns) != widths.get(name):
                raise Refused(
                    f"the layout gives {name!r:.60} {len(columns)} coordinates, expected "
                    f"{widths.get(name, 'no such name')}"
                )
        used = sorted(column for columns in self.columns.values() for column in columns)
        if used != list(range(self.width)):
            raise Refused(
                "the layout does not give every name its own coordinates: expected each below "
                f"{self.width} once, got {used!r:.80}"
            )

    def _check_shapes(self, program: Program) -> None:
        # D coordinates, K and V units of a head, E and F units of the expansion, N neurons.
        d, mlp = self.width, self.mlp
        e, f, n = mlp.expand_in.shape[1], mlp.expand_out.shape[1], mlp.lookup_in.shape[1]
        expected = {
            "token_embedding": ((len(program.vocab), d), self.tokens),
            "position_embedding": ((self.positions.shape[0], d), self.positions),
        }
        shapes = ((d, e), (1, e), (e, f), (1, f), (f, n), (1, n), (n, d), (1, d))
        for (name, matrix), shape in zip(vars(mlp).items(), shapes, strict=True):
            expected[f"mlp.{name}"] = shape, matrix
        for name, head in self.heads.items():
            k, v = head.query.shape[1], head.value.shape[1]
            for (part, matrix), shape in zip(
                vars(head).items(), ((d, k), (d, k), (d, v), (v, d)), strict=True
            ):
                expected[f"heads.{name}.{part}"] = shape, matrix
        for name, (shape, matrix) in expected.items():
            if matrix.shape != shape:
                raise Refused(
                    f"the shapes of the weights do not fit one another: {name} has "
                    f"{matrix.shape}, expected {shape}"
                )


def program_of(manifest: Mapping[str, Any]) -> str:
    """Returns the text of the program that a model was made for, which is kept line by line."""
    lines = manifest.get("program")
    if not isinstance(lines, list):
        raise Refused(
            f"the model's program cannot be read: expected a list of lines, got {lines!r:.80}"
        )
    for line in lines:
        if not isinstance(line, str) or "\n" in line:
            raise Refused(f"the model's program cannot be read: expected a line, got {line!r:.80}")
    return "".join(f"{line}\n" for line in lines)


@final
class _Arrays:
    """Takes apart the bytes of a safetensors file."""

    def __init__(self, data: bytes, dtype: str, sparse: Mapping[str, Sequence[int]]) -> None:
        # The format: eight bytes with the length of a header, the header as JSON, the arrays.
        size = int.from_bytes(data[:8], "little")
        if not 8 <= 8 + size <= len(data):
            raise ValueError(f"a header of {size} bytes, in a file of {len(data)}")
        self._header: dict[str, Any] = json.loads(data[8 : 8 + size], object_pairs_hook=_distinct)
        self._header.pop("__metadata__", None)
        self._data = memoryview(data)[8 + size :]
        self._type = _TYPES[dtype]
        self._sparse = dict(sparse)
        self._check_places()

    def _check_places(self) -> None:
        """Checks that the arrays are one behind the other, without gaps and overlaps."""
        # So every byte behind the header is part of exactly one array.
        end = 0
        for offsets in sorted(entry["data_offsets"] for entry in self._header.values()):
            start, following = map(_count, offsets)
            if not start == end <= following:
                raise ValueError(f"expected an array from byte {end} on, got {offsets}")
            end = following
        if end != len(self._data):
            raise ValueError(f"arrays up to byte {end} of {len(self._data)}")

    def take_all(self, prefix: str, kind: Any) -> Iterator[Matrix]:
        """Yields the matrices that are named as the fields of a class, and forgets them."""
        return (self.take(f"{prefix}.{field.name}") for field in fields(kind))

    def take(self, name: str) -> Matrix:
        """Returns a matrix, and forgets it."""
        if name not in self._sparse:
            shape, numbers = self._numbers(name, self._type)
            rows, columns = shape if len(shape) == 2 else (1, *shape)
            _check_sides(name, rows, columns)
            everywhere = ((i, j) for i in range(rows) for j in range(columns))
            return Matrix((rows, columns), _nonzero(zip(everywhere, numbers, strict=True)))
        # Sparse: the numbers that are not 0, with their rows and columns beside them.
        rows, columns = map(_count, self._sparse.pop(name))
        _check_sides(name, rows, columns)
        _, numbers = self._numbers(f"{name}.data", self._type)
        (_, at_rows), (_, at_columns) = (
            self._numbers(f"{name}.{part}", "I32") for part in ("rows", "columns")
        )
        places = list(zip(at_rows, at_columns, strict=True))
        inside = all(0 <= i < rows and 0 <= j < columns for i, j in places)
        if len(set(places)) < len(places) or not inside:
            raise ValueError(
                f"places of {name}: expected each once, in a matrix {rows} × {columns}, got "
                f"{places!r:.80}"
            )
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
            raise ValueError(
                f"array {name}: expected {expected} for shape {shape}, got {kind} in "
                f"{end - start} bytes"
            )
        data: bytes | memoryview = self._data[start:end]
        if kind == "BF16":
            # Its sixteen bits are the upper half of a float32.
            words = struct.unpack(f"<{number}H", data)
            data, kind = struct.pack(f"<{number}I", *(word << 16 for word in words)), "F32"
        return shape, struct.unpack(f"<{number}{_CODES[kind]}", data)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError(f"a name is there twice among {[name for name, _ in pairs]!r:.80}")
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
    entries = {}
    for place, number in numbers:
        if not isfinite(number):
            raise ValueError(f"{number} among the weights, at {place}, expected a finite number")
        if number:
            # Exact: a finite float is a fraction with a power of two below.
            entries[place] = Fraction(number)
    return entries
