"""Counting abstraction: value sets for all inputs with one Parikh vector at once, layer by layer.

Where a head selects by what tokens decide, a Parikh vector says how many positions it selects,
however the tokens are arranged; where it selects by what positions decide, the length says it. So
there are as many runs as Parikh vectors: 2^15 in place of 15! for fifteen distinct tokens, and
n + 1 in place of 2^n for n bits. The answers are one-sided: what is not in the sets does not occur.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias, final

from alta.lang.heads import Head
from alta.limit import checkpoint
from alta_verify.reach.sets.abstract_transformer import AbstractTransformer, Columns, Source
from alta_verify.reach.sets.parikh import ParikhVector
from alta_verify.reach.sets.value_bits import UNDEFINED_BIT, Row, ValueBits, bits_of
from alta_verify.reach.slices import DEFINED_VALUE
from alta_verify.universal import nonempty

__all__ = ["CountingAbstraction"]

_CELLS: Final = 5
"""In so many cells a name is followed through a layer by a unit of work."""

_DEFINED: Final = bits_of([DEFINED_VALUE])

_Possible: TypeAlias = tuple[ValueBits | None, ValueBits]
"""What the key may be at a position, and what may be read there."""


@final
class CountingAbstraction:
    """The run on all inputs of one Parikh vector.

    A *cell* is a position and a token that some input of the vector may have there. In every run
    on such an input, every name has at a position one of the values in the set of the cell of that
    position and its token.
    """

    def __init__(
        self, transformer: AbstractTransformer, vector: ParikhVector, live: Sequence[frozenset[int]]
    ) -> None:
        """Takes what is run.

        Args:
            transformer: the slice.
            vector: how often each token occurs.
            live: for each position, the tokens that occur there in some input of the length.
        """
        self._transformer = transformer
        self._program = transformer.program
        self._vector = dict(vector)
        self._by_position: list[list[int]] = []
        self._by_token: dict[int, list[int]] = {token: [] for token in self._vector}
        self._cells: list[tuple[int, int]] = []
        for position, tokens in enumerate(live):
            # Not empty: so there is a row a cell in every layer, and halted cells are some.
            own = sorted(nonempty(tokens & self._vector.keys(), f"tokens at position {position}"))
            self._by_position.append([len(self._cells) + i for i in range(len(own))])
            for token in own:
                self._by_token[token].append(len(self._cells))
                self._cells.append((position, token))
        nonempty(self._cells, "positions")

    def layers(self, bound: int | None) -> Iterator[tuple[set[Row], int]]:
        """Yields the rows after attention of every layer until halt, repetition or bound.

        With them, the units of work that the layer takes.
        """
        units = 1 + len(self._cells) * len(self._transformer.names) // _CELLS
        state: Columns = {
            name: [
                self._transformer.initial(name, token, position) for position, token in self._cells
            ]
            for name in self._transformer.variables
        }
        past = set()
        layer = 0
        while layer != bound and not self._halted(state):
            key = tuple(map(tuple, state.values()))
            if key in past:
                return
            past.add(key)
            layer += 1
            attended = state | {
                name: self._attend(name, head, state)
                for name, head in self._transformer.heads.items()
            }
            # Without names there is one row, which says nothing; zip would make none of it.
            columns = [attended[name] for name in self._transformer.names]
            yield set(zip(*columns, strict=True)) if columns else {()}, units
            state = {name: self._transformer.write(attended, name) for name in state}

    def _halted(self, state: Columns) -> bool:
        """Says whether all inputs of the Parikh vector have halted."""
        halt, index = self._program.halt, self._program.halt_index
        if halt is None or index is None:
            return False
        return all(mask == bits_of([index]) for mask in state[halt.variable])

    def _attend(self, name: str, head: Head, state: Columns) -> list[ValueBits]:
        """Returns what a head can give, cell by cell."""
        values = None if name in self._transformer.partly else state[head.value]
        keys = None if head.key is None else state[head.key]
        positions = [_source(keys, values, cells) for cells in self._by_position]
        if head.mask is not None:
            return self._attend_near(name, head, state, positions)
        tokens = [_source(keys, values, self._by_token[token]) for token in self._vector]
        views = [_grouped(tokens, self._vector.values()), _each_once(positions)]
        known: dict[ValueBits | None, ValueBits] = {}
        found = []
        for cell in range(len(self._cells)):
            query = None if head.query is None else state[head.query][cell]
            if query not in known:
                known[query] = self._read(name, head, query, views)
            found.append(known[query])
        return found

    def _attend_near(
        self, name: str, head: Head, state: Columns, positions: Sequence[_Possible]
    ) -> list[ValueBits]:
        known: dict[tuple[int, ValueBits | None], ValueBits] = {}
        found = []
        for cell, (position, _) in enumerate(self._cells):
            query = None if head.query is None else state[head.query][cell]
            if (position, query) not in known:
                near = [one for j, one in enumerate(positions) if head.allows(j - position)]
                view = _each_once(near)
                known[position, query] = self._read(name, head, query, [view])
            found.append(known[position, query])
        return found

    def _read(
        self, name: str, head: Head, query: ValueBits | None, views: Sequence[Sequence[Source]]
    ) -> ValueBits:
        """Returns what a head can give for the values of a query.

        Args:
            name: the head's.
            head: the head.
            query: the values of the query.
            views: ways of grouping all the positions that the mask allows, each complete.
        """
        asked: Iterable[ValueBits | None] = [None]
        if head.query is not None and query is not None:
            asked = self._transformer.asked(head.query, query)
        found = 0
        for keys in asked:
            found |= self._answer(name, keys, views)
        return nonempty(found, f"values of {name}")

    def _answer(
        self, name: str, asked: ValueBits | None, views: Sequence[Sequence[Source]]
    ) -> ValueBits:
        checkpoint()
        # Each view bounds how many are selected, and what is read; all bounds hold together.
        least, most, values = 0, len(self._by_position), -1
        for view in views:
            surely = perhaps = read = 0
            for source in view:
                if source.perhaps(asked):
                    perhaps += source.number
                    read |= source.values
                    if source.surely(asked):
                        surely += source.number
            least = max(least, surely)
            most = min(most, perhaps)
            values &= read
        if not self._transformer.abstraction.averages(name):
            found = values if least <= 1 <= most else 0
            return found if least == most == 1 else found | UNDEFINED_BIT
        found = 0 if least else UNDEFINED_BIT
        if not most:
            return found
        if name in self._transformer.partly:
            return found | _DEFINED
        means = -1
        for view in views:
            means &= self._transformer.means(name, view, asked, least, most)
            if means.bit_count() == 1:
                break
        return found | means


def _source(
    keys: Sequence[ValueBits] | None, values: Sequence[ValueBits] | None, cells: Sequence[int]
) -> _Possible:
    """Returns what there may be in some cells; without values, only that there is one."""
    own_keys = own_values = 0
    for cell in cells:
        own_values |= _DEFINED if values is None else values[cell]
        if keys is not None:
            own_keys |= keys[cell]
    return None if keys is None else own_keys, own_values


def _each_once(positions: Sequence[_Possible]) -> list[Source]:
    """Puts together the positions that may have the same, each of which is one."""
    return _grouped(positions, [1] * len(positions))


def _grouped(found: Iterable[_Possible], numbers: Iterable[int]) -> list[Source]:
    """Puts together the positions that may have the same."""
    groups: dict[_Possible, int] = {}
    for one, number in zip(found, numbers, strict=True):
        groups[one] = groups.get(one, 0) + number
    return [Source(*one, number) for one, number in groups.items()]
