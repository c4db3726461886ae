"""The weights, read from a safetensors file, as exact rationals."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cached_property
from math import isfinite, prod
from typing import Any, Final, final

from alta_verify.check.limits import MAX_SIDE
from alta_verify.check.program import Program
from alta_verify.check.refused import Refused

__all__ = ["HeadWeights", "MLPWeights", "Matrix", "Model", "program_of"]

_CODES: Final = {"F64": "d", "F32": "f", "F16": "e", "BF16": "H", "I32": "i"}
_TYPES: Final = {"float64": "F64", "float32": "F32", "bfloat16": "BF16", "float16": "F16"}


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
    """The model that a certificate is about."""

    dtype: str
    width: int  # the number of coordinates of the residual stream
    columns: Mapping[str, tuple[int, ...]]  # the coordinates of every variable and head output
    max_len: int | None  # the longest input that it takes; None for any
    tokens: Matrix
    positions: Matrix
    heads: Mapping[str, HeadWeights]
    mlp: MLPWeights

    @property
    def matrices(self) -> Iterator[Matrix]:
        """All matrices and biases."""
        yield from (self.tokens, self.positions)
        for part in (*self.heads.values(), self.mlp):
            yield from vars(part).values()

    @classmethod
    def read(cls, data: bytes, manifest: Mapping[str, Any], program: Program) -> Model:
        """Reads the weights and the manifest of a model, and checks that they fit a program."""
        try:
            matrices = _matrices(data, manifest["dtype"], manifest["sparse"])
            layout = manifest["layout"]

            def take_all(prefix: str, kind: Any) -> Any:
                return kind(*(matrices.pop(f"{prefix}.{field.name}") for field in fields(kind)))

            model = cls(
                manifest["dtype"],
                _count(layout["width"]),
                {name: tuple(map(_count, cols)) for name, cols in layout["columns"].items()},
                None if manifest["max_len"] is None else _count(manifest["max_len"]),
                matrices.pop("token_embedding"),
                matrices.pop("position_embedding"),
                {name: take_all(f"heads.{name}", HeadWeights) for name in program.heads},
                take_all("mlp", MLPWeights),
            )
            if matrices:
                raise ValueError(f"more arrays than expected: {[*matrices]}")
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
        for name in {**widths, **self.columns}:
            columns = self.columns.get(name, ())
            # Numbers are in one coordinate, or have one each.
            variable = program.variables.get(name)
            numbers = variable.values if variable and variable.kind == "values" else ()
            if len(columns) not in {widths.get(name), len(numbers) or None}:
                raise Refused(
                    f"the layout gives {name!r:.60} {len(columns)} coordinates, expected "
                    f"{widths.get(name, 'no such name')}"
                )
        used = sorted(column for columns in self.columns.values() for column in columns)
        if used != list(range(len(used))) or self.width != len(used):
            raise Refused(
                "the layout does not give every name its own coordinates: expected each below "
                f"{len(used)} once, got {used!r:.80}, of a width of {self.width!r:.40}"
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


def _matrices(data: bytes, dtype: str, sparse: Mapping[str, Sequence[int]]) -> dict[str, Matrix]:
    """Takes apart the bytes of a safetensors file, given the sides of matrices that are sparse."""
    # The format: eight bytes with the length of a header, the header as JSON, the arrays.
    size = int.from_bytes(data[:8], "little")
    if not 8 <= 8 + size <= len(data):
        raise ValueError(f"a header of {size} bytes, in a file of {len(data)}")
    header: dict[str, Any] = json.loads(data[8 : 8 + size], object_pairs_hook=_distinct)
    header.pop("__metadata__", None)
    body = memoryview(data)[8 + size :]
    # The arrays are one behind the other: every byte behind the header is part of exactly one.
    end = 0
    for offsets in sorted(entry["data_offsets"] for entry in header.values()):
        start, following = map(_count, offsets)
        if not start == end <= following:
            raise ValueError(f"expected an array from byte {end} on, got {offsets}")
        end = following
    if end != len(body):
        raise ValueError(f"arrays up to byte {end} of {len(body)}")
    matrices: dict[str, Matrix] = {}
    for name, sides in sparse.items():
        rows, columns = map(_count, sides)
        # Sparse: the numbers that are not 0, with their rows and columns beside them.
        _, numbers = _numbers(body, header, f"{name}.data", _TYPES[dtype])
        (_, at_rows), (_, at_columns) = (
            _numbers(body, header, f"{name}.{part}", "I32") for part in ("rows", "columns")
        )
        places = list(zip(at_rows, at_columns, strict=True))
        inside = all(0 <= i < rows and 0 <= j < columns for i, j in places)
        if len(set(places)) < len(places) or not inside:
            raise ValueError(
                f"places of {name}: expected each once, in a matrix {rows} × {columns}, got "
                f"{places!r:.80}"
            )
        matrices[name] = _matrix(name, rows, columns, zip(places, numbers, strict=True))
    for name in list(header):
        if name in matrices:
            raise ValueError(f"{name} is there twice, with zeros and without")
        shape, numbers = _numbers(body, header, name, _TYPES[dtype])
        rows, columns = shape if len(shape) == 2 else (1, *shape)
        everywhere = ((i, j) for i in range(rows) for j in range(columns))
        matrices[name] = _matrix(name, rows, columns, zip(everywhere, numbers, strict=True))
    return matrices


def _numbers(
    body: memoryview, header: dict[str, Any], name: str, expected: str
) -> tuple[list[int], Sequence[Any]]:
    """Returns the shape and the numbers of an array, and forgets it."""
    entry = header.pop(name)
    start, end = entry["data_offsets"]
    shape, kind = list(map(_count, entry["shape"])), entry["dtype"]
    form = f"<{prod(shape)}{_CODES[expected]}"
    if kind != expected or end - start != struct.calcsize(form):
        raise ValueError(
            f"array {name}: expected {expected} for shape {shape}, got {kind} in "
            f"{end - start} bytes"
        )
    numbers: Sequence[Any] = struct.unpack(form, body[start:end])
    if kind == "BF16":
        # Its sixteen bits are the upper half of a float32.
        words = struct.pack(f"<{len(numbers)}I", *(word << 16 for word in numbers))
        numbers = struct.unpack(f"<{len(numbers)}f", words)
    return shape, numbers


def _matrix(
    name: str, rows: int, columns: int, numbers: Iterable[tuple[tuple[int, int], float]]
) -> Matrix:
    if max(rows, columns) > MAX_SIDE:
        raise ValueError(f"{name!r} is {rows} × {columns}, and no side may be over {MAX_SIDE}")
    entries = {}
    for place, number in numbers:
        if not isfinite(number):
            raise ValueError(f"{number} among the weights, at {place}, expected a finite number")
        if number:
            # Exact: a finite float is a fraction with a power of two below.
            entries[place] = Fraction(number)
    return Matrix((rows, columns), entries)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError(f"a name is there twice among {[name for name, _ in pairs]!r:.80}")
    return dict(pairs)


def _count(number: object) -> int:
    if type(number) is not int or number < 0:
        raise ValueError(f"expected a number of at least 0, got {number!r:.40}")
    return number
