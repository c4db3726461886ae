"""Files: a model as a directory of safetensors and a JSON manifest.

They may be a stranger's, so they are opened with care, and bounded before use.
"""

from __future__ import annotations

import hashlib
import json
import operator
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NoReturn

import jax
import numpy as np
import safetensors
import safetensors.numpy
from safetensors import SafetensorError

from alta.errors import AltaError, ModelError
from alta.lang.kinds import Numerical
from alta.lang.parsing import parse_program
from alta.lang.program import Program, program_hash, program_text
from alta.nn.layout import Layout
from alta.nn.sparse import Array, Matrix, Pattern, SparseMatrix
from alta.nn.weights import HeadWeights, MLPWeights, Weights, matrices
from alta.nn.wellformed import check_wellformed
from alta.output import whole_file

__all__ = ["MAX_MANIFEST", "MAX_SIDE", "MAX_WEIGHTS", "read", "scales", "write"]

MAX_MANIFEST: Final = 1 << 28
"""The most bytes of a model's manifest."""

MAX_WEIGHTS: Final = 1 << 36
"""The most bytes of a model's weights."""

MAX_SIDE: Final = 1 << 18
"""The most rows, and the most columns, of a matrix that is stored without its zeros."""

# A pipe is not waited for.
_READING: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)

# A manifest of another format is refused, and never read as if it were one of this.
_FORMAT: Final = "alta-model 1"
_WEIGHTS: Final = "weights.safetensors"
_MANIFEST: Final = "manifest.json"
_SAFETENSORS_NAMES: Final = {
    "float64": "F64",
    "float32": "F32",
    "bfloat16": "BF16",
    "float16": "F16",
    "int32": "I32",
}


def write(
    directory: Path, program: Program, weights: Weights, layout: Layout, max_len: int | None
) -> None:
    """Writes the parts of a model to a directory, which is made if needed."""
    _ = weights.compiled_mlp  # a learned block has files of its own
    directory.mkdir(parents=True, exist_ok=True)
    # safetensors silently writes the bytes of arrays that are not contiguous in the wrong order.
    arrays = {name: array.copy(order="C") for name, array in _parts(weights)}
    data = safetensors.numpy.save(arrays)
    manifest = {
        "format": _FORMAT,
        "program": program_text(program).splitlines(),
        "program_sha256": program_hash(program),
        "weights_sha256": hashlib.sha256(data).hexdigest(),
        "dtype": str(weights.token_embedding.dtype),
        "shapes": {name: list(array.shape) for name, array in arrays.items()},
        "sparse": {
            name: list(matrix.shape)
            for name, matrix in matrices(weights)
            if isinstance(matrix, SparseMatrix)
        },
        "max_len": max_len,
        "vocab": list(program.vocab),
        "layout": {
            "width": layout.width,
            "columns": {name: list(columns) for name, columns in layout.columns.items()},
        },
        "scales": scales(program, layout, weights),
    }
    # It covers everything else in the manifest, and so the digests of weights and program.
    manifest["manifest_sha256"] = _digest(manifest)
    places = directory / _WEIGHTS, directory / _MANIFEST
    # Written before either is put into its place, so that neither is there without the other.
    with whole_file(places[0]) as weights_file, whole_file(places[1]) as manifest_file:
        weights_file.write_bytes(data)
        manifest_file.write_text(json.dumps(manifest, indent=1) + "\n", encoding="ascii")


def _parts(weights: Weights) -> Iterator[tuple[str, Array]]:
    """Yields the arrays that a file holds: three of a sparse matrix."""
    for name, matrix in matrices(weights):
        if isinstance(matrix, SparseMatrix):
            yield f"{name}.data", matrix.data
            yield f"{name}.rows", matrix.pattern.rows
            yield f"{name}.columns", matrix.pattern.columns
        else:
            yield name, matrix


def read(directory: Path) -> tuple[Program, Weights, Layout, int | None]:
    """Reads what `write` wrote, and refuses what is missing, damaged, edited, or does not fit."""
    manifest = _manifest(directory)
    # Digests come first: nothing is made of files that were changed.
    data = _read_file(directory / _WEIGHTS, MAX_WEIGHTS)
    digest = hashlib.sha256(data).hexdigest()
    if digest != manifest["weights_sha256"]:
        raise ModelError(
            f"{directory / _WEIGHTS}: SHA-256 is {digest[:12]}…, the manifest says "
            f"{str(manifest['weights_sha256'])[:12]}…; the file was changed after it was saved"
        )
    arrays = _arrays(data, str(manifest["dtype"]), directory)
    program = _program(manifest, directory)
    shapes = {name: list(array.shape) for name, array in arrays.items()}
    if shapes != manifest["shapes"]:
        raise ModelError(f"{directory}: the arrays and the shapes in the manifest differ")
    layout = _layout(manifest["layout"], directory)
    layout.check(program)
    weights = _weights(_joined(arrays, manifest["sparse"], directory), program)
    check_wellformed(program, weights, layout)
    # The scales are there to be read by people, and have to be right all the same.
    expected = scales(program, layout, weights)
    if _digest(expected) != _digest(manifest["scales"]):
        raise ModelError(
            f"{directory / _MANIFEST}: scales: expected those of the weights, "
            f"{str(expected)[:60]}, got {str(manifest['scales'])[:60]}"
        )
    return program, weights, layout, manifest["max_len"]


def _layout(entry: Any, directory: Path) -> Layout:
    try:
        columns = {
            name: tuple(operator.index(column) for column in columns)
            for name, columns in entry["columns"].items()
        }
        return Layout(operator.index(entry["width"]), columns)
    except (AttributeError, KeyError, TypeError) as error:
        raise ModelError(
            f"{directory / _MANIFEST}: layout: expected a width and a list of columns for each "
            f"name, got {str(entry)[:60]}"
        ) from error


def _arrays(data: bytes, dtype: str, directory: Path) -> dict[str, Array]:
    """Returns the arrays of a safetensors file, all of one format, bfloat16 included."""
    try:
        entries = safetensors.deserialize(data)  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        raise ModelError(f"{directory / _WEIGHTS}: not a safetensors file: {error}") from error
    arrays = {}
    for name, entry in entries:
        # The places of a sparse matrix are of int32, all others of the model's one format.
        kind = "int32" if name.endswith((".rows", ".columns")) else dtype
        if entry["dtype"] != _SAFETENSORS_NAMES.get(kind):
            raise ModelError(
                f"{directory}: array {name:.60} is {entry['dtype']}, the manifest says {kind:.60}"
            )
        # `deserialize` hands on bytes and shapes as they are in the file.
        flat = np.frombuffer(bytes(entry["data"]), dtype=jax.numpy.dtype(kind))
        arrays[name] = flat.reshape(entry["shape"])
    return arrays


def _joined(
    arrays: dict[str, Array], shapes: Any, directory: Path
) -> dict[str, Array | SparseMatrix]:
    """Returns the matrices that the arrays of a file make up."""
    # A shape in a stranger's file is but a claim, so it is bounded before anything is made of it.
    joined: dict[str, Array | SparseMatrix] = dict(arrays)
    try:
        for name, shape in shapes.items():
            # `index` refuses the floats and strings that `int` would take.
            n_rows, n_columns = map(operator.index, shape)
            if not (0 <= n_rows <= MAX_SIDE and 0 <= n_columns <= MAX_SIDE):
                raise ValueError(f"{name}: expected at most {MAX_SIDE} rows and columns")
            data, rows, columns = (arrays[f"{name}.{part}"] for part in ("data", "rows", "columns"))
            for part in ("data", "rows", "columns"):
                del joined[f"{name}.{part}"]
            joined[name] = SparseMatrix(data, Pattern(rows, columns, (n_rows, n_columns)))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{directory / _MANIFEST}: sparse: expected a shape, of sides up to {MAX_SIDE}, for "
            f"each matrix whose data, rows and columns are in the file, got {str(shapes)[:60]}"
        ) from error
    return joined


def _digest(manifest: Any) -> str:
    """Returns the SHA-256 of a manifest's entries, whatever their order and spacing."""
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _manifest(directory: Path) -> dict[str, Any]:
    path = directory / _MANIFEST
    manifest = _read_object(path)
    needed = {"format", "program", "program_sha256", "weights_sha256", "dtype", "shapes"}
    needed |= {"sparse", "max_len", "vocab", "layout", "scales", "manifest_sha256"}
    if manifest.get("format") != _FORMAT:
        raise ModelError(f"{path}: expected a manifest of format {_FORMAT!r}")
    if missing := sorted(needed - set(manifest)):
        raise ModelError(f"{path}: missing: {', '.join(missing)}")
    if manifest.pop("manifest_sha256") != _digest(manifest):
        raise ModelError(
            f"{path}: its SHA-256 is not the one written in it; it was changed after it was saved"
        )
    longest = manifest["max_len"]
    if longest is not None and (type(longest) is not int or longest < 1):
        raise ModelError(
            f"{path}: max_len: expected null or an int of at least 1, got {longest!r:.60}"
        )
    return manifest


def _program(manifest: dict[str, Any], directory: Path) -> Program:
    lines = manifest["program"]
    if not isinstance(lines, list) or any(type(line) is not str or "\n" in line for line in lines):
        raise ModelError(
            f"{directory / _MANIFEST}: program: expected a list of lines, got {str(lines)[:60]!r}"
        )
    try:
        program = parse_program("".join(f"{line}\n" for line in lines))
    except AltaError as error:
        raise ModelError(f"{directory / _MANIFEST}: {error}") from error
    digest = program_hash(program)
    if digest != manifest["program_sha256"]:
        raise ModelError(
            f"{directory / _MANIFEST}: the program's SHA-256 is {digest[:12]}…, the manifest says "
            f"{str(manifest['program_sha256'])[:12]}…; the program was changed after it was saved"
        )
    # The program's text has the vocabulary, too: who reads the manifest alone is told no other one.
    if list(program.vocab) != manifest["vocab"]:
        raise ModelError(f"{directory / _MANIFEST}: the vocabulary is not the program's")
    return program


def _weights(arrays: dict[str, Array | SparseMatrix], program: Program) -> Weights:
    def part(prefix: str, names: tuple[str, ...]) -> dict[str, Any]:
        if missing := [prefix + name for name in names if prefix + name not in arrays]:
            raise ModelError(f"weights: the file lacks the array {missing[0]}")
        return {name: arrays[prefix + name] for name in names}

    heads = {
        name: HeadWeights(**part(f"heads.{name}.", ("query", "key", "value", "output")))
        for name in program.heads
    }
    # Names in the file are those in the tree, with a dot between levels.
    mlp_names = tuple(MLPWeights.__dataclass_fields__)
    weights = Weights(
        **part("", ("token_embedding", "position_embedding")),
        heads=heads,
        mlp=MLPWeights(**part("mlp.", mlp_names)),
    )
    # All that the program asks for was taken above, so that a difference is an array too many.
    if len(list(matrices(weights))) != len(arrays):
        raise ModelError("weights: the file has arrays that the program does not")
    return weights


def scales(program: Program, layout: Layout, weights: Weights) -> dict[str, dict[str, float]]:
    """Returns how sharply heads select and units tell numbers apart, read off the weights.

    Under ``"attention"`` is, for each head with a query, the largest weight of its query matrix: of
    compiled weights that is s, so that a selected key scores s². Under ``"thresholds"`` is, for
    each numerical name, the largest weight with which the first layer reads it: of compiled weights
    that is the steepest step between two of its values.
    """
    attention = {
        name: _largest(weights.heads[name].query)
        for name, head in program.heads.items()
        if head.query is not None
    }
    thresholds = {
        name: _largest(weights.compiled_mlp.expand_in, layout.columns[name][0])
        for name, domain in program.domains.items()
        if isinstance(domain, Numerical)
    }
    return {"attention": attention, "thresholds": thresholds}


def _largest(matrix: Matrix, row: int | None = None) -> float:
    """Returns the largest weight of a matrix, or of one of its rows."""
    if isinstance(matrix, SparseMatrix):
        entries = matrix.data if row is None else matrix.data[matrix.pattern.rows == row]
    else:
        entries = matrix if row is None else matrix[row]
    return float(np.abs(np.asarray(entries, dtype=np.float64)).max(initial=0))


def _read_file(path: Path, limit: int) -> bytes:
    """Returns the bytes of a regular file, of which there may be so many."""
    try:
        # Opened once and then asked what it is: the path may lead elsewhere at a second look.
        descriptor = os.open(path, _READING)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise ModelError(f"{path}: expected a file, got a folder, a pipe or a device")
            # Bounded before anything is read: a stranger's file may be as large as the disk.
            if status.st_size > limit:
                raise ModelError(
                    f"{path}: expected at most {limit} bytes, got {status.st_size}; the "
                    "documentation has the limits of files"
                )
            return file.read(status.st_size)
    except OSError as error:
        raise ModelError(
            f"{path}: {error.strerror}; expected a directory written by Model.save or by "
            "'alta compile'"
        ) from error


def _read_object(path: Path) -> dict[str, Any]:
    """Returns the JSON object in a file; a key that is there twice is refused."""
    try:
        content = json.loads(
            _read_file(path, MAX_MANIFEST),
            parse_constant=_no_number,
            object_pairs_hook=_distinct,
        )
    except ModelError:
        raise
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path}: not JSON: {error}") from error
    if not isinstance(content, dict):
        raise ModelError(f"{path}: expected a JSON object, got {str(content)[:60]!r}")
    return content


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # JSON leaves open which of two equal keys counts, and readers would differ.
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key is there twice")
    return dict(pairs)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
