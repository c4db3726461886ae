"""Readings: which positions heads select, and what they read there together, as one number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from alta.interp.batch.codes import UNDEFINED_CODE, Codes, Means
from alta.interp.batch.interning import PairInterner, Places, Projection
from alta.interp.batch.states import Plan, Selection, StateRows, States
from alta.lang.kinds import SetVariable
from alta.lang.program import Program

__all__ = ["NOWHERE", "AverageReadings", "Readings", "Selected", "SingleReadings"]

Array = npt.NDArray[Any]

NOWHERE: Final = -1
"""Stands for the only selected position where there is none, or several."""

# Keys are looked up by value while a variable has at most so many values a position.
_WIDE: Final = 16


@final
class Selected:
    """The positions that the heads of a program select.

    What stays the same from layer to layer is worked out once: what a lasting selection selects,
    and for a lasting key where each of its values is to be found.
    """

    def __init__(self, program: Program, plan: Plan, rows: StateRows, length: int) -> None:
        self._program = program
        self._plan = plan
        self._rows = rows
        self._length = length
        self._kept: dict[object, Array] = {}

    def keep(self, rows: Places) -> None:
        """Goes on with some of the sequences."""
        # A row that stands for all sequences stays as it is.
        self._kept = {
            key: kept if len(kept) == 1 else kept[rows] for key, kept in self._kept.items()
        }

    def only(self, selection: Selection, states: States) -> Array:
        """Returns the only position that is selected, else NOWHERE.

        It is of shape (batch,) where uniform; else (batch, length), or (1, length) where all agree.
        """
        # What no rule writes selects the same in every layer; where no token decides it, it selects
        # the same in every sequence as well, and one row stands for all.
        if not selection.lasting:
            return self._only(selection, states)
        if selection not in self._kept:
            seen = states.restricted(slice(1)) if selection.blind else states
            self._kept[selection] = self._only(selection, seen)
        kept = self._kept[selection]
        return np.broadcast_to(kept, len(states.uniform)) if selection.uniform else kept

    def sums(
        self, selection: Selection, states: States, weights: Sequence[Array]
    ) -> tuple[Array, list[Array]]:
        """Returns how many positions are selected, and sums of weights over them.

        Weights are integers, as floats, so small that their sums are exact.
        """
        batch, length = len(states.uniform), self._length
        everywhere = [np.broadcast_to(weight, (batch, length)) for weight in weights]
        if selection.uniform:
            selected = np.broadcast_to(self._matches(selection, states), (batch, length))
            counts = np.count_nonzero(selected, axis=1)
            return counts, [(weight * selected).sum(axis=1) for weight in everywhere]
        # By key it takes n + k steps for n positions and k values of the key; by distance n steps
        # for each distance of the mask.
        if selection.mask.everywhere and self._is_narrow(selection):
            return self._sums_by_key(selection, states, everywhere)
        return self._sums_by_distance(selection, states, everywhere)

    def _only(self, selection: Selection, states: States) -> Array:
        batch = len(states.uniform)
        if selection.uniform and self._has_lasting_key(selection):
            places = self._places_of(selection, states)
            query = self._column(selection.query, states)[:, 0]
            return np.asarray(places[np.arange(batch) if len(places) > 1 else 0, query])
        if selection.uniform:
            matches = self._matches(selection, states)
            # Key and query are both uniform: of several positions all are selected, or none.
            if matches.shape[1] < self._length:
                return np.full(batch, NOWHERE)
            once = np.count_nonzero(matches, axis=1) == 1
            return np.broadcast_to(np.where(once, matches.argmax(axis=1), NOWHERE), batch)
        if selection.mask.everywhere and self._is_narrow(selection) and not self._by_set(selection):
            places = self._places_of(selection, states)
            query = self._column(selection.query, states)
            batch = max(len(places), len(query))
            places = np.broadcast_to(places, (batch, places.shape[1]))
            return np.take_along_axis(places, np.broadcast_to(query, (batch, self._length)), 1)
        # Where one position is selected, the sum of the places of all that are is its place.
        counts, (sums,) = self.sums(selection, states, [np.arange(self._length)[None, :]])
        return np.where(counts == 1, sums, NOWHERE).astype(np.intp)

    def _sums_by_distance(
        self, selection: Selection, states: States, weights: list[Array]
    ) -> tuple[Array, list[Array]]:
        shape = (len(states.uniform), self._length)
        counts = np.zeros(shape, dtype=np.int64)
        sums = [np.zeros(shape) for _ in weights]
        for targets, sources, selected in self._by_distance(selection, states):
            counts[:, targets] += selected
            for total, weight in zip(sums, weights, strict=True):
                total[:, targets] += weight[:, sources] * selected
        return counts, sums

    def _by_distance(
        self, selection: Selection, states: States
    ) -> Iterator[tuple[slice, slice, Array]]:
        """Yields positions, those at a distance from them, and which match, for every distance."""
        length = self._length
        query = key = np.zeros((1, length), dtype=np.intp)
        if selection.query is not None:
            shape = (len(states.uniform), length)
            query, key = (
                np.broadcast_to(self._column(name, states), shape)
                for name in (selection.query, selection.key)
            )
        for distance in selection.mask.offsets(length):
            # Each i for which i + distance is in the sequence, and beside it i + distance.
            targets = slice(max(0, -distance), length - max(0, distance))
            sources = slice(max(0, distance), length - max(0, -distance))
            yield targets, sources, self._match(selection, query[:, targets], key[:, sources])

    def _sums_by_key(
        self, selection: Selection, states: States, weights: list[Array]
    ) -> tuple[Array, list[Array]]:
        """Adds up what belongs to each value of the key, and then what each query asks for."""
        batch, length = len(states.uniform), self._length
        size = self._size(selection.key)
        key = np.broadcast_to(self._column(selection.key, states), (batch, length))
        query = np.broadcast_to(self._column(selection.query, states), (batch, length))
        # One histogram counts for all sequences: sequence b has the bins from b * size on.
        flat = (key + np.arange(batch)[:, None] * size).reshape(-1)

        def asked(weight: Array | None) -> Array:
            flattened = None if weight is None else np.ascontiguousarray(weight).reshape(-1)
            by_key: Array = np.bincount(flat, flattened, batch * size).reshape(batch, size)
            if self._by_set(selection):
                # Column q adds up the keys that are members of subset q: integers, so exactly.
                by_key = by_key.astype(np.float64) @ self._members(selection).T.astype(np.float64)
            return np.take_along_axis(by_key, query, axis=1)

        return asked(None).astype(np.int64), [asked(weight) for weight in weights]

    def _matches(self, selection: Selection, states: States) -> Array:
        """Says for a uniform selection which positions are selected; (…, 1) for a uniform key."""
        if selection.query is None:
            return np.ones((1, self._length), dtype=bool)
        query, key = (self._column(name, states) for name in (selection.query, selection.key))
        return self._match(selection, query, key)

    def _match(self, selection: Selection, query: Array, key: Array) -> Array:
        if self._by_set(selection):
            return np.asarray(self._members(selection)[query, key])
        return np.asarray(query == key)

    def _members(self, selection: Selection) -> Array:
        """Returns which subsets have which members."""
        query = self._program.variables[str(selection.query)]
        assert isinstance(query, SetVariable)  # noqa: S101 - the caller has asked
        table = np.zeros((query.size, query.range), dtype=bool)
        for index, subset in enumerate(query.values):
            table[index, sorted(subset)] = True
        return table

    def _places_of(self, selection: Selection, states: States) -> Array:
        """Returns the only position where a key has each value; one row where all agree."""
        name = str(selection.key)
        if name not in self._plan.lasting:
            return self._places(name, states)
        if name not in self._kept:
            blind = self._program.variables[name].initial.source != "token"
            self._kept[name] = self._places(name, states.restricted(slice(1)) if blind else states)
        return self._kept[name]

    def _places(self, name: str, states: States) -> Array:
        batch, length, size = len(states.uniform), self._length, self._size(name)
        keys = np.broadcast_to(self._column(name, states), (batch, length))
        flat = (keys + np.arange(batch)[:, None] * size).reshape(-1)
        counts = np.bincount(flat, minlength=batch * size)
        places = np.full(batch * size, NOWHERE, dtype=np.intp)
        # Of several positions the last would win; those values are struck out below.
        places[flat] = np.tile(np.arange(length), batch)
        places[counts != 1] = NOWHERE
        return places.reshape(batch, size)

    def _has_lasting_key(self, selection: Selection) -> bool:
        return (
            selection.key in self._plan.lasting
            and selection.key in self._plan.positional
            and not self._by_set(selection)
            and self._is_narrow(selection)
        )

    def _by_set(self, selection: Selection) -> bool:
        return selection.query is not None and isinstance(
            self._program.variables[selection.query], SetVariable
        )

    def _is_narrow(self, selection: Selection) -> bool:
        return selection.key is not None and self._size(selection.key) <= _WIDE * self._length

    def _size(self, name: str | None) -> int:
        return self._program.variables[str(name)].size

    def _column(self, name: str | None, states: States) -> Array:
        return self._rows.column(str(name), states)


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
