"""Readings: what the heads of one selection read together, as one number."""

from __future__ import annotations

from typing import Any, Protocol, final

import numpy as np
import numpy.typing as npt

from alta.interp.batch.codes import UNDEFINED_CODE, Codes, Means
from alta.interp.batch.interning import Ids, PairInterner, Projection
from alta.interp.batch.plan import Selection
from alta.interp.batch.selected import NOWHERE, Selected
from alta.interp.batch.states import StateRows, States

__all__ = ["AverageReadings", "Readings", "SingleReadings"]

Array = npt.NDArray[Any]


class Readings(Protocol):
    """A numbering of what the heads of one selection read together; 0 is UNDEFINED.

    Attributes:
        selection: the heads.
    """

    selection: Selection

    def read(self, selected: Selected, states: States) -> Array:
        """Returns what is read: (batch,) for a uniform selection, else (batch, length)."""
        ...

    def column(self, head: str, numbers: Array, uniform: Ids) -> Array:
        """Returns the codes of what one head reads, given the states of the uniform variables."""
        ...

    def keys(self, numbers: Array, uniform: Ids) -> Array:
        """Returns what of the readings the MLP can tell apart, as numbers; 0 is UNDEFINED."""
        ...

    def key_column(self, head: str, keys: Array, uniform: Ids | None) -> Array:
        """Returns codes that the MLP cannot tell from what one head reads.

        The states of the uniform variables are given for a uniform selection.
        """
        ...


@final
class SingleReadings:
    """A numbering of what categorical heads read, from one position each.

    Values of uniform variables make no difference to the number: what is read from any position is
    what the sequence has. They do to the keys of a selection that is not uniform.
    """

    def __init__(self, selection: Selection, rows: StateRows) -> None:
        self.selection = selection
        self._rows = rows
        self._positional = Projection(rows.positional, selection.values)
        self._uniform = Projection(rows.uniform, selection.values)
        self._whole = PairInterner()

    def read(self, selected: Selected, states: States) -> Array:
        """Returns the numbers of what is read; as for `Readings`."""
        # A uniform value is the same wherever it is read, so it is left out of the number.
        only = selected.only(self.selection, states)
        by_row = self._positional.by_row()
        # NOWHERE is -1 and would read the last position; what is read there is replaced at the end.
        if self.selection.uniform:
            read = by_row[states.positional[np.arange(len(only)), only]]
        elif len(only) == 1:
            read = by_row[states.positional][:, only[0]]
        else:
            read = np.take_along_axis(by_row[states.positional], only, axis=1)
        return np.where(only == NOWHERE, 0, read)

    def column(self, head: str, numbers: Array, uniform: Ids) -> Array:
        """Returns the codes of what one head reads; as for `Readings`."""
        name = self._read_by(head)
        if name in self._uniform.names:
            values = self._rows.uniform.column(name)[uniform]
        else:
            values = self._positional.column(name)[np.maximum(numbers - 1, 0)]
        return np.where(numbers == 0, UNDEFINED_CODE, values)

    def keys(self, numbers: Array, uniform: Ids) -> Array:
        """Returns what of the readings the MLP can tell apart; as for `Readings`."""
        # A uniform selection is part of the state of uniform names, which knows those values.
        if self.selection.uniform or not self._uniform.names:
            return numbers
        values = self._uniform.by_row()[uniform][:, None]
        return np.where(numbers == 0, 0, self._whole.intern(numbers, values) + 1)

    def key_column(self, head: str, keys: Array, uniform: Ids | None) -> Array:
        """Returns the codes of what one head reads; as for `Readings`."""
        if uniform is not None:
            return self.column(head, keys, uniform)
        name, numbers = self._read_by(head), np.maximum(keys - 1, 0)
        if not self._uniform.names:
            values = self._positional.column(name)[numbers]
        # Nothing was read so far, so that every key is 0.
        elif not len(self._whole):
            return np.full(keys.shape, UNDEFINED_CODE)
        elif name in self._uniform.names:
            values = self._uniform.column(name)[self._whole.parts(numbers)[1] - 1]
        else:
            values = self._positional.column(name)[self._whole.parts(numbers)[0] - 1]
        return np.where(keys == 0, UNDEFINED_CODE, values)

    def _read_by(self, head: str) -> str:
        return self.selection.values[self.selection.heads.index(head)]


@final
class AverageReadings:
    """A numbering of what a numerical head reads: the mean over the selected positions.

    To the MLP it makes a difference in which bucket the mean is, and nothing else, unless the MLP
    is a function.
    """

    def __init__(self, selection: Selection, rows: StateRows, codes: Codes, *, exact: bool) -> None:
        self.selection = selection
        self._rows = rows
        (head,), (self._value,) = selection.heads, selection.values
        self._numbers = codes.numbers[head]
        self._means = Means(codes.numbers[self._value], self._numbers)
        self._exact = exact

    def read(self, selected: Selected, states: States) -> Array:
        """Returns the numbers of what is read; as for `Readings`."""
        # Sums of limbs are exact in float64, so that the order of summing does not matter.
        values = self._rows.column(self._value, states)
        weights = [limb[values] for limb in self._means.limbs()]
        return self._means.codes(*selected.sums(self.selection, states, weights)) + 1

    def column(self, head: str, numbers: Array, uniform: Ids) -> Array:  # noqa: ARG002
        """Returns the codes of the means; as for `Readings`."""
        return np.asarray(numbers - 1)

    def keys(self, numbers: Array, uniform: Ids) -> Array:  # noqa: ARG002
        """Returns what of the means the MLP can tell apart; as for `Readings`."""
        # Rules test buckets, so that all means of one bucket lead to the same.
        if self._exact or not self._numbers.floats:
            return numbers
        return np.where(numbers == 0, 0, self._numbers.indices()[numbers - 1] + 1)

    def key_column(self, head: str, keys: Array, uniform: Ids | None) -> Array:  # noqa: ARG002
        """Returns codes of numbers in the same buckets as the means; as for `Readings`."""
        if self._exact:
            return np.asarray(keys - 1)
        return np.where(keys == 0, UNDEFINED_CODE, self._numbers.representatives()[keys - 1])
