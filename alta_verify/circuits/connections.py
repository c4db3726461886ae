"""Connections: which parts of a network are joined to its outputs by weights that are not 0.

A weight of 0 adds 0 to whatever it is added to, in the reals and in every format. So what has no
path of other weights to the output's coordinates, or to those that tell when to halt, through any
number of layers, can be replaced by anything finite without a trace.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from alta.nn.model import Model
from alta.nn.sparse import Matrix, as_sparse
from alta_verify.circuits.layer import ROLES

__all__ = ["LAYERS", "Connections"]

Flags = npt.NDArray[np.bool_]

LAYERS: Final = ("hidden", "expanded", "fired")
"""The units of a compiled feed-forward block, from the first layer to the last."""


@final
class Connections:
    """The paths of weights that are not 0, through a layer and through all layers."""

    def __init__(self, model: Model) -> None:
        self._layout = model.layout
        mlp = model.weights.compiled_mlp
        matrices = (mlp.expand_in, mlp.expand_out, mlp.lookup_in, mlp.lookup_out)
        self._mlp = [_nonzero(matrix) for matrix in matrices]
        self._heads = {
            name: {part: _nonzero(getattr(head, part)) for part in (*ROLES, "output")}
            for name, head in model.weights.heads.items()
        }
        self._owners = {
            column: name for name, columns in model.layout.columns.items() for column in columns
        }
        program = model.program
        shown = [program.output_name, *([] if program.halt is None else [program.halt.variable])]
        self._shown = np.zeros(model.layout.width, dtype=bool)
        self._shown[[column for name in shown for column in model.layout.columns[name]]] = True

    @cached_property
    def before(self) -> Flags:
        """Whether each coordinate before a layer is joined to what a run shows."""
        live = self._shown
        # A coordinate stays where it is in the residual stream. They only become more.
        while True:
            within = self._within(live)
            before = within.copy()
            for name in self._heads:
                for role in ROLES:
                    before |= self._read(name, role, within).any(axis=1)
            if (before == live).all():
                return live
            live = before

    @cached_property
    def within(self) -> Flags:
        """Whether each coordinate between attention and feed-forward block is."""
        return self._within(self.before)

    @cached_property
    def units(self) -> Mapping[str, Flags]:
        """Whether each unit of the feed-forward block is, by layer."""
        return dict(zip(LAYERS, self._units(self.before), strict=True))

    def head(self, name: str) -> bool:
        """Says whether something that a head adds is."""
        return bool(self._values(name, self.within).any())

    def reads(self) -> Iterator[tuple[str, str, str]]:
        """Yields each head with what it reads and as what, where that is joined to the outputs."""
        for name in self._heads:
            for role in ROLES:
                rows = np.flatnonzero(self._read(name, role, self.within).any(axis=1))
                for read in dict.fromkeys(self._owners[row] for row in rows.tolist()):
                    yield name, read, role

    def writes(self) -> Iterator[tuple[str, str]]:
        """Yields each variable with what the block reads to write it, itself apart.

        Without what is not joined to the outputs.
        """
        expand_in, expand_out, lookup_in, lookup_out = self._mlp
        paths = (expand_in @ expand_out @ lookup_in @ lookup_out).tocoo()
        joined = self.before[paths.col]
        pairs = zip(paths.row[joined].tolist(), paths.col[joined].tolist(), strict=True)
        owners = self._owners
        named = dict.fromkeys((owners[column], owners[row]) for row, column in pairs)
        yield from ((written, read) for written, read in named if written != read)

    def _within(self, after: Flags) -> Flags:
        hidden, _, _ = self._units(after)
        reads: Flags = _reading(self._mlp[0], hidden)
        return after | reads

    def _units(self, after: Flags) -> tuple[Flags, Flags, Flags]:
        fired = _reading(self._mlp[3], after)
        expanded = _reading(self._mlp[2], fired)
        return _reading(self._mlp[1], expanded), expanded, fired

    def _values(self, name: str, within: Flags) -> Flags:
        """Returns the components of a head's values that are written to such coordinates."""
        return _reading(self._heads[name]["output"], within)

    def _read(self, name: str, role: str, within: Flags) -> Any:
        """Returns the weights by which a head reads, of those parts that are joined so."""
        matrix = self._heads[name][role].toarray() != 0
        values = self._values(name, within)
        return matrix & values if role == "value" else matrix & values.any()


def _nonzero(matrix: Matrix) -> Any:
    """Returns a matrix of ones where a matrix of weights is not 0."""
    entries = as_sparse(matrix)
    kept = entries.data != 0
    present = np.ones(int(kept.sum()), dtype=np.int64)
    places = entries.pattern.rows[kept], entries.pattern.columns[kept]
    return sparse.csr_array((present, places), shape=entries.shape)


def _reading(matrix: Any, units: Flags) -> Flags:
    """Returns the inputs that some of the units read."""
    read: Flags = matrix @ units.astype(np.int64) > 0
    return read
