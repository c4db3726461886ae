"""Files: a model as a directory of safetensors and a JSON manifest."""

from __future__ import annotations

import hashlib
import json
import operator
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import safetensors.numpy

from alta.errors import ModelError
from alta.lang.kinds import Numerical
from alta.lang.program import Program, program_hash, program_text
from alta.nn import storage
from alta.nn.layout import Layout
from alta.nn.sparse import Array, Matrix, Pattern, SparseMatrix
from alta.nn.weights import HeadWeights, MLPWeights, Weights, matrices
from alta.nn.wellformed import check_wellformed
from alta.output import whole_file

__all__ = ["MANIFEST", "read", "scales", "write"]

MANIFEST: Final = "manifest.json"
"""The file that tells a directory with a model."""

# A manifest of another format is refused, and never read as if it were one of this.
_FORMAT: Final = "alta-model 1"
_WEIGHTS: Final = "weights.safetensors"
_EXPECTED: Final = "a directory written by Model.save or by 'alta compile'"


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
        "layout": storage.layout_entry(layout),
        "scales": scales(program, layout, weights),
    }
    # It covers everything else in the manifest, and so the digests of weights and program.
    manifest["manifest_sha256"] = storage.digest(manifest)
    places = directory / _WEIGHTS, directory / MANIFEST
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
    data = storage.read_file(directory / _WEIGHTS, storage.MAX_WEIGHTS, _EXPECTED)
    digest = hashlib.sha256(data).hexdigest()
    if digest != manifest["weights_sha256"]:
        raise ModelError(
            f"{directory / _WEIGHTS}: SHA-256 is {digest[:12]}…, the manifest says "
            f"{str(manifest['weights_sha256'])[:12]}…; the file was changed after it was saved"
        )
    arrays = storage.read_arrays(data, directory / _WEIGHTS)
    _check_formats(arrays, str(manifest["dtype"]), directory)
    program = storage.read_program(manifest, directory / MANIFEST)
    shapes = {name: list(array.shape) for name, array in arrays.items()}
    if shapes != manifest["shapes"]:
        raise ModelError(f"{directory}: the arrays and the shapes in the manifest differ")
    layout = storage.read_layout(manifest["layout"], directory / MANIFEST)
    layout.check(program)
    weights = _weights(_joined(arrays, manifest["sparse"], directory), program)
    check_wellformed(program, weights, layout)
    # The scales are there to be read by people, and have to be right all the same.
    expected = scales(program, layout, weights)
    if storage.digest(expected) != storage.digest(manifest["scales"]):
        raise ModelError(
            f"{directory / MANIFEST}: scales: expected those of the weights, "
            f"{str(expected)[:60]}, got {str(manifest['scales'])[:60]}"
        )
    return program, weights, layout, manifest["max_len"]


def _check_formats(arrays: dict[str, Array], dtype: str, directory: Path) -> None:
    for name, array in arrays.items():
        # The places of a sparse matrix are of int32, all others of the model's one format.
        kind = "int32" if name.endswith((".rows", ".columns")) else dtype
        if str(array.dtype) != kind:
            raise ModelError(
                f"{directory}: array {name:.60} is {array.dtype}, the manifest says {kind:.60}"
            )


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
            if not (0 <= n_rows <= storage.MAX_SIDE and 0 <= n_columns <= storage.MAX_SIDE):
                raise ValueError(f"{name}: expected at most {storage.MAX_SIDE} rows and columns")
            data, rows, columns = (arrays[f"{name}.{part}"] for part in ("data", "rows", "columns"))
            for part in ("data", "rows", "columns"):
                del joined[f"{name}.{part}"]
            joined[name] = SparseMatrix(data, Pattern(rows, columns, (n_rows, n_columns)))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{directory / MANIFEST}: sparse: expected a shape, of sides up to "
            f"{storage.MAX_SIDE}, for each matrix whose data, rows and columns are in the file, "
            f"got {str(shapes)[:60]}"
        ) from error
    return joined


def _manifest(directory: Path) -> dict[str, Any]:
    path = directory / MANIFEST
    text = storage.read_file(path, storage.MAX_MANIFEST, _EXPECTED)
    manifest = storage.parse_object(text, path)
    needed = {"format", "program", "program_sha256", "weights_sha256", "dtype", "shapes"}
    needed |= {"sparse", "max_len", "vocab", "layout", "scales", "manifest_sha256"}
    if manifest.get("format") != _FORMAT:
        raise ModelError(f"{path}: expected a manifest of format {_FORMAT!r}")
    if missing := sorted(needed - set(manifest)):
        raise ModelError(f"{path}: missing: {', '.join(missing)}")
    if manifest.pop("manifest_sha256") != storage.digest(manifest):
        raise ModelError(
            f"{path}: its SHA-256 is not the one written in it; it was changed after it was saved"
        )
    storage.read_max_len(manifest["max_len"], path)
    return manifest


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
