"""Constants: units and coordinates that are the constant number wherever values are in some sets.

The block is evaluated in scaled integers, as in `encode/firing.py`, with each name anywhere in the
set of its values: where both ends of an interval agree, there is one number, in the reals and in
the format, whatever the order of summation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from alta.limit import checkpoint
from alta_verify.arithmetic.scaled import GRID, UNIT, Bounds
from alta_verify.circuits.connections import LAYERS
from alta_verify.circuits.layer import Row
from alta_verify.encode.firing import ScaledMLP
from alta_verify.encode.first_layer import Boxes, FirstLayer
from alta_verify.obligation import NotShown
from alta_verify.prove.computes.context import Context
from alta_verify.universal import nonempty

__all__ = ["Constants"]

Flags = npt.NDArray[np.bool_]

# So many intervals are looked at side by side.
_CHUNK: Final = 1 << 21


@final
class Constants:
    """What of one layer is the constant number in all states, row by row of some sets of values.

    Attributes:
        coordinates: whether each coordinate is, between attention and feed-forward block.
        units: whether each unit of the block is, by layer.
    """

    def __init__(self, context: Context, rows: Iterable[Row]) -> None:
        """Takes the network and the rows.

        Raises:
            NotScalableError: when numbers do not fit.
            FormatOverflowError: when one may be too large for the format.
            NotShown: when nothing is known of the network.
        """
        self._layout, self._format = context.model.layout, context.task.format
        self._mlp = ScaledMLP.of(context.model.weights.compiled_mlp)
        self._boxes = {name: Boxes.of(codes) for name, codes in context.network.codes.items()}
        # Of no rows everything would be constant.
        states = nonempty(list(rows), "rows of sets of values")
        sets = {name: dict.fromkeys(row[name] for row in states) for name in self._boxes}
        self._first = FirstLayer(
            self._mlp.expand_in,
            self._layout,
            self._boxes,
            {name: list(values) for name, values in sets.items()},
            self._format,
        )
        self.coordinates = self._coordinates(sets)
        numbers = {
            name: {values: number for number, values in enumerate(known_sets)}
            for name, known_sets in sets.items()
        }
        size = max(1, _CHUNK // max(1, self._first.n_units))
        self.units: Mapping[str, Flags] = {}
        for start in range(0, len(states), size):
            checkpoint()
            for name, constant in self._units(states[start : start + size], numbers).items():
                self.units = {**self.units, name: self.units.get(name, True) & constant}

    def _coordinates(self, sets: Mapping[str, Iterable[frozenset[int]]]) -> Flags:
        constant = np.ones(self._layout.width, dtype=bool)
        for name, boxes in self._boxes.items():
            columns = list(self._layout.columns[name])
            for values in sets[name]:
                rows = boxes.rows(nonempty(values, f"values of {name}"))
                if len(rows) < len(values):
                    raise NotShown(f"not all values of {name!r} have a box in the relation")
                constant[columns] &= boxes.low[rows].min(axis=0) == boxes.high[rows].max(axis=0)
        return constant

    def _units(
        self, states: Sequence[Row], numbers: Mapping[str, Mapping[frozenset[int], int]]
    ) -> Mapping[str, Flags]:
        first, count = self._first, len(states)
        rows = {
            name: np.array(
                [len(self._boxes[name].values) + numbers[name][row[name]] for row in states]
            )
            for name in first.tables
        }
        entries = np.repeat(np.arange(count), first.n_units)
        low, high = first.entries(rows, entries, np.tile(np.arange(first.n_units), count))
        low, high = low.reshape(count, -1), high.reshape(count, -1)
        whole = ((low % UNIT == 0) & (high % UNIT == 0)).all(axis=0)
        exponents = np.where(whole, 0, -GRID).astype(np.int64)
        hidden = Bounds(sparse.csr_array(low), sparse.csr_array(high), exponents)
        expanded = self._mlp.expand_out.sums(hidden, self._format, storing=True)
        fired = self._mlp.lookup_in.sums(expanded, self._format).clipped(self._format)
        ends: list[tuple[Any, Any]] = [
            (low, high),
            (expanded.low, expanded.high),
            (fired.low, fired.high),
        ]
        return {
            name: (least == greatest).all(axis=0)
            for name, (least, greatest) in zip(LAYERS, ends, strict=True)
        }
