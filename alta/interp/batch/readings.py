"""Readings: what the heads of one selection read together, as one number."""

from __future__ import annotations

from typing import Any, final

import numpy as np
import numpy.typing as npt

from alta.interp.batch.codes import UNDEFINED_CODE, Codes, Means
from alta.interp.batch.interning import PairInterner, Projection
from alta.interp.batch.selected import NOWHERE, Selected
from alta.interp.batch.states import Selection, StateRows, States

__all__ = ["AverageReadings", "Readings", "SingleReadings"]

Array = npt.NDArray[Any]


@final
class SingleReadings:
    """A numbering of what categorical heads read, from one position each; 0 is UNDEFINED."""

    def __init__(self, selection: Selection, rows: StateRows) -> None:
        self.selection = selection
        self._positional = Projection(rows.positional, selection.values)
        self._uniform = Projection(rows.uniform, selection.values)
        self._whole = PairInterner()

    def read(self, selected: Selected, states: States) -> Array:
        """Returns what is read: (batch,) for a uniform selection, else (batch, length)."""
        only = selected.only(self.selection, states)
        by_row = self._positional.by_row()
        # NOWHERE is -1 and would read the last position; what is read there is replaced at the end.
        if self.selection.uniform:
            read = by_row[states.positional[np.arange(len(only)), only]]
        elif len(only) == 1:
            read = by_row[states.positional][:, only[0]]
        else:
            read = np.take_along_axis(by_row[states.positional], only, axis=1)
        # A uniform value is the same wherever it is read.
        if self._uniform.names:
            uniform = self._uniform.by_row()[states.uniform]
            uniform = uniform if self.selection.uniform else uniform[:, None]
            read = self._whole.intern(read, uniform) + 1
        return np.where(only == NOWHERE, 0, read)

    def column(self, head: str, numbers: Array) -> Array:
        """Returns the codes of what one head reads."""
        name = self.selection.values[self.selection.heads.index(head)]
        projection, places = self._positional, np.maximum(numbers - 1, 0)
        if self._uniform.names:
            # Nothing was read so far, so that every number is 0.
            if not len(self._whole):
                return np.full(numbers.shape, UNDEFINED_CODE)
            positional, uniform = self._whole.parts(places)
            is_uniform = name in self._uniform.names
            projection = self._uniform if is_uniform else self._positional
            places = (uniform if is_uniform else positional) - 1
        return np.where(numbers == 0, UNDEFINED_CODE, projection.column(name)[places])

    def keys(self, numbers: Array) -> Array:
        """Returns what of the readings the MLP can tell apart, as numbers; 0 is UNDEFINED."""
        return numbers

    def key_column(self, head: str, keys: Array) -> Array:
        """Returns codes that the MLP cannot tell from what one head reads."""
        return self.column(head, keys)


@final
class AverageReadings:
    """A numbering of what a numerical head reads: the mean over the selected positions.

    Its methods are those of `SingleReadings`. To the MLP it makes a difference in which bucket the
    mean is, and nothing else, unless the MLP is a function.
    """

    def __init__(self, selection: Selection, rows: StateRows, codes: Codes, *, exact: bool) -> None:
        self.selection = selection
        self._rows = rows
        (head,), (self._value,) = selection.heads, selection.values
        self._numbers = codes.numbers[head]
        self._means = Means(codes.numbers[self._value], self._numbers)
        self._exact = exact

    def read(self, selected: Selected, states: States) -> Array:
        """Returns the numbers of what is read."""
        # Sums of limbs are exact in float64, so that the order of summing does not matter.
        values = self._rows.column(self._value, states)
        weights = [limb[values] for limb in self._means.limbs()]
        return self._means.codes(*selected.sums(self.selection, states, weights)) + 1

    def column(self, head: str, numbers: Array) -> Array:  # noqa: ARG002
        """Returns the codes of the means."""
        return np.asarray(numbers - 1)

    def keys(self, numbers: Array) -> Array:
        """Returns what of the means the MLP can tell apart."""
        # Rules test buckets, so that all means of one bucket lead to the same.
        if self._exact or not self._numbers.floats:
            return numbers
        return np.where(numbers == 0, 0, self._numbers.indices()[numbers - 1] + 1)

    def key_column(self, head: str, keys: Array) -> Array:  # noqa: ARG002
        """Returns codes of numbers in the same buckets as the means."""
        if self._exact:
            return np.asarray(keys - 1)
        return np.where(keys == 0, UNDEFINED_CODE, self._numbers.representatives()[keys - 1])


Readings = SingleReadings | AverageReadings
"""A numbering of what the heads of one selection read together."""
