"""Parquet: traces in files that are written and read piece by piece.

A row is a distinct transition. Its columns are

- ``in.NAME`` for each variable and head output and ``out.NAME`` for each variable: integers
  (values, or places of sets among the declared subsets) and floats, with null for UNDEFINED;
- ``count``, how often the transition came up, and ``sequence``, ``layer`` and ``position``, where
  it did so first;
- if vectors were asked for, ``input`` and ``output``, lists of floats, and ``undefined``, a list of
  the coordinates that belong to UNDEFINED head outputs.

The program, as canonical text, is in the metadata of the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from alta.errors import AltaError
from alta.extras import needed
from alta.lang.parsing import parse_program
from alta.lang.program import Program, program_text
from alta.learn.tracing.traces import Traces, joined
from alta.learn.tracing.vectors import Undefined, Vectors
from alta.learn.tracing.vectors import vectors as vectors_of
from alta.output import whole_file
from alta.progress import Progress

if TYPE_CHECKING:
    from alta.nn.model import Model

__all__ = ["read_traces", "stream_traces", "write_traces"]

# So many transitions are written, and read, together.
_ROWS: Final = 1 << 14

_KEY: Final = b"alta"
_VERSION: Final = 1
_PLACE: Final = ("sequence", "layer", "position")


def write_traces(
    traces: Traces,
    path: str | Path,
    *,
    vectors: bool = False,
    undefined: Undefined = "zeros",
    seed: int = 0,
    model: Model | None = None,
    sequences: Any = None,
    progress: Progress | None = None,
) -> None:
    """Writes traces to a Parquet file; vectors are made and written piece by piece.

    Args:
        traces: what to write.
        path: the file.
        vectors: whether to write vectors as well.
        undefined: what stands for UNDEFINED in them; this and the following as for `vectors`.
        seed: of the noise.
        model: the compiled model.
        sequences: what was run.
        progress: is told how many of the transitions have been written.

    Raises:
        AltaError: when pyarrow is not installed, or as `vectors` does.
    """
    parquet, arrow = needed("pyarrow.parquet", "write_traces"), needed("pyarrow", "write_traces")
    header = {
        "version": _VERSION,
        "program": program_text(traces.program),
        "sequences": traces.sequences,
        "undefined": undefined if vectors else None,
        "seed": seed if vectors else None,
    }
    # The schema is that of the first piece, which is there even where there are no transitions.
    writer = None
    with whole_file(Path(path)) as draft, ExitStack() as closing:
        for start in range(0, max(1, len(traces)), _ROWS):
            part = traces.select(slice(start, start + _ROWS))
            columns = _columns(arrow, part)
            if vectors:
                made = vectors_of(part, undefined, seed=seed, model=model, sequences=sequences)
                columns |= _lists(arrow, made)
            table = arrow.table(columns).replace_schema_metadata({_KEY: json.dumps(header)})
            if writer is None:
                writer = parquet.ParquetWriter(draft, table.schema, compression="zstd")
                closing.callback(writer.close)
            writer.write_table(table)
            if progress is not None:
                progress(min(start + _ROWS, len(traces)), len(traces))


def _columns(arrow: Any, traces: Traces) -> dict[str, Any]:
    masked = {
        f"in.{name}": arrow.array(column, mask=traces.undefined(name))
        for name, column in traces.before.items()
    }
    after = {f"out.{name}": column for name, column in traces.after.items()}
    places = dict(zip(_PLACE, traces.places.T, strict=True))
    plain = {**after, "count": traces.counts, **places}
    return {**masked, **{name: arrow.array(column) for name, column in plain.items()}}


def _lists(arrow: Any, vectors: Vectors) -> dict[str, Any]:
    width = vectors.inputs.shape[1]
    # Offsets of a list array: list i reaches from starts[i] to starts[i + 1].
    starts = np.concatenate([[0], np.cumsum(vectors.undefined.sum(axis=1))])
    offsets = (starts.astype(np.int32), np.nonzero(vectors.undefined)[1].astype(np.int32))
    fixed = arrow.FixedSizeListArray.from_arrays
    return {
        "input": fixed(arrow.array(vectors.inputs.ravel()), width),
        "output": fixed(arrow.array(vectors.outputs.ravel()), width),
        "undefined": arrow.ListArray.from_arrays(*map(arrow.array, offsets)),
    }


def stream_traces(path: str | Path) -> Iterator[Traces]:
    """Yields the traces of a file piece by piece, so that they need not fit into memory.

    Args:
        path: a file that `write_traces` wrote. Vectors in it are passed over: `vectors` makes them.

    Raises:
        AltaError: when pyarrow is not installed, or the file holds something else.
    """
    parquet = needed("pyarrow.parquet", "stream_traces")
    with parquet.ParquetFile(path) as file:
        header = _header(file.schema_arrow.metadata, path)
        program = parse_program(header["program"])
        columns = [f"in.{n}" for n in program.domains] + [f"out.{n}" for n in program.variables]
        names = [*columns, "count", *_PLACE]
        # A file without rows has no batches, but it has a program.
        if not file.metadata.num_rows:
            yield _traces(program, header["sequences"], file.read(columns=names))
        for batch in file.iter_batches(batch_size=_ROWS, columns=names):
            yield _traces(program, header["sequences"], batch)


def read_traces(path: str | Path) -> Traces:
    """Returns the traces of a file.

    Args:
        path: a file that `write_traces` wrote.

    Raises:
        AltaError: when pyarrow is not installed, or the file holds something else.
    """
    # The number of sequences is that of the whole file in every part.
    return joined(list(stream_traces(path)))


def _header(metadata: Any, path: str | Path) -> dict[str, Any]:
    if not metadata or _KEY not in metadata:
        raise AltaError(
            f"{path}: expected a file that write_traces or `alta traces` wrote, but it says "
            "nothing of a program"
        )
    header: dict[str, Any] = json.loads(metadata[_KEY])
    if header["version"] != _VERSION:
        raise AltaError(f"{path}: expected version {_VERSION}, got {header['version']!r}")
    return header


def _traces(program: Program, sequences: int, batch: Any) -> Traces:
    def column(name: str, kind: str) -> npt.NDArray[Any]:
        # null stands for UNDEFINED, which is NaN among numbers and -1 elsewhere, as in `Traces`.
        fill, dtype = (float("nan"), np.float64) if kind == "numerical" else (-1, np.int32)
        filled = batch.column(name).fill_null(fill)
        return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=dtype)

    return Traces(
        program,
        {name: column(f"in.{name}", domain.kind) for name, domain in program.domains.items()},
        {name: column(f"out.{name}", domain.kind) for name, domain in program.variables.items()},
        batch.column("count").to_numpy(),
        np.stack([batch.column(name).to_numpy() for name in _PLACE], axis=1),
        sequences,
    )
