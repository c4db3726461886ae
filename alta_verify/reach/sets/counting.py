"""Counting abstraction: value sets for all inputs with one Parikh vector at once, layer by layer.

As where processes are counted instead of told apart (German and Sistla, "Reasoning about systems
with many processes", 1992), positions with the same token are. Where a head selects by what tokens
decide, a Parikh vector says how many positions it selects, however the tokens are arranged; where
it selects by what positions decide, the length says it. So there are as many runs as Parikh
vectors: 2^15 in place of 15! for fifteen distinct tokens, and n + 1 in place of 2^n for n bits. The
answers are one-sided: what is not in the sets does not occur.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Final, TypeAlias, final

from alta.inputs.dfa import Dfa
from alta.lang.heads import Head
from alta.limit import checkpoint
from alta_verify.reach.sets.abstract_transformer import (
    UNDEFINED_BIT,
    AbstractTransformer,
    Columns,
    Row,
    Source,
    ValueBits,
    bits_of,
)
from alta_verify.reach.slices import DEFINED_VALUE, SlicedProgram
from alta_verify.universal import nonempty

__all__ = ["CountingAbstraction", "ParikhVector", "parikh_image"]

ParikhVector: TypeAlias = tuple[tuple[int, int], ...]
"""Pairs of a token that occurs and how often it does, in the order of tokens."""

# In so many cells a name is followed through a layer by a unit of work.
_CELLS: Final = 5

_DEFINED: Final = bits_of([DEFINED_VALUE])

# What the key may be at a position, and what may be read there.
_Possible: TypeAlias = tuple[ValueBits | None, ValueBits]

# All the positions that a mask allows, in groups.
_View: TypeAlias = Sequence[Source]


@final
class CountingAbstraction:
    """The run on all inputs of one Parikh vector, from the tokens that live at each position.

    A *cell* is a position and a token that some input of the vector may have there. In every run
    on such an input, every name has at a position one of the values in the set of the cell of that
    position and its token.
    """

    # Lemma 5 (counting): this holds in every layer, as long as the input has not failed.

    def __init__(
        self,
        program: SlicedProgram,
        transformer: AbstractTransformer,
        vector: ParikhVector,
        live: Sequence[frozenset[int]],
    ) -> None:
        self._program = program
        self._transformer = transformer
        self._vector = dict(vector)
        self._by_position: list[list[int]] = []
        self._by_token: dict[int, list[int]] = {token: [] for token in self._vector}
        self._cells: list[tuple[int, int]] = []
        for position, tokens in enumerate(live):
            # Not empty: so there is a row a cell in every layer, and halted cells are some.
            possible = nonempty(tokens & self._vector.keys(), f"tokens at position {position}")
            self._by_position.append([len(self._cells) + i for i in range(len(possible))])
            for token in sorted(possible):
                self._by_token[token].append(len(self._cells))
                self._cells.append((position, token))
        nonempty(self._cells, "positions")

    def layers(self, bound: int | None) -> Iterator[tuple[set[Row], int]]:
        """Yields the rows after attention of every layer, with the units of work that it takes.

        That is until halt, repetition or bound.
        """
        program, transformer = self._program, self._transformer
        units = 1 + len(self._cells) * len(program.names) // _CELLS
        state: Columns = {
            name: [transformer.initial(name, token, position) for position, token in self._cells]
            for name in program.variables
        }
        # Value sets are a function of those before: a state that comes back comes back for ever.
        past = set()
        layer = 0
        while layer != bound and not self._halted(state):
            key = tuple(map(tuple, state.values()))
            if key in past:
                return
            past.add(key)
            layer += 1
            read = {name: self._attend(name, head, state) for name, head in program.heads.items()}
            attended = state | read
            # Without names there is one row, which says nothing; zip would make none of it.
            columns = [attended[name] for name in program.names]
            yield set(zip(*columns, strict=True)) if columns else {()}, units
            state = {name: transformer.write(attended, name) for name in state}

    def _halted(self, state: Columns) -> bool:
        """Says whether all inputs of the vector have halted."""
        halt, index = self._program.finite.halt, self._program.finite.halt_index
        if halt is None or index is None:
            return False
        return all(bits == bits_of([index]) for bits in state[halt.variable])

    def _attend(self, name: str, head: Head, state: Columns) -> list[ValueBits]:
        """Returns what a head can give, cell by cell."""
        values = None if name in self._program.defined else state[head.value]
        keys = None if head.key is None else state[head.key]
        positions = [_possible(keys, values, cells) for cells in self._by_position]
        everywhere: list[_View] = []
        # How often a token lies within a mask depends on the arrangement: there positions count.
        if head.mask.everywhere:
            tokens = [_possible(keys, values, self._by_token[token]) for token in self._vector]
            everywhere = [_grouped(tokens, self._vector.values()), _grouped(positions)]
        read: dict[tuple[int | None, ValueBits | None], ValueBits] = {}
        column = []
        for cell, (position, _) in enumerate(self._cells):
            query = None if head.query is None else state[head.query][cell]
            key = None if head.mask.everywhere else position, query
            if key not in read:
                near = [positions[j] for j in head.mask.sources(position, len(positions))]
                views = everywhere or [_grouped(near)]
                read[key] = self._read(name, head, query, views)
            column.append(read[key])
        return column

    def _read(
        self, name: str, head: Head, query: ValueBits | None, views: Sequence[_View]
    ) -> ValueBits:
        """Returns what a head can give for the values of a query."""
        # A run asks for the keys of one value of the query at a time, so each is answered alone.
        asked: Iterable[ValueBits | None] = [None]
        if head.query is not None and query is not None:
            asked = self._transformer.asked(head.query, query)
        answers = (self._answer(name, keys, views) for keys in asked)
        return nonempty(reduce(or_, answers, 0), f"values of {name}")

    def _answer(self, name: str, asked: ValueBits | None, views: Sequence[_View]) -> ValueBits:
        """Returns what a head can give when it selects some keys; None selects all."""
        checkpoint()
        # Each view bounds how many are selected, and what is read; all bounds hold together.
        # Lemma 5: Σ m_u over K_u ⊆ κ(q) ≤ selected positions ≤ Σ m_u over K_u ∩ κ(q) ≠ ∅, in tokens
        # as in positions.
        at_least, at_most, values = 0, len(self._by_position), -1
        for view in views:
            surely = perhaps = read = 0
            for source in view:
                if source.perhaps(asked):
                    perhaps += source.number
                    read |= source.values
                    if source.surely(asked):
                        surely += source.number
            at_least = max(at_least, surely)
            at_most = min(at_most, perhaps)
            values &= read
        if not self._program.abstraction.averages(name):
            # Without a mean: a value if exactly one is selected, UNDEFINED if none or several are.
            unique = values if at_least <= 1 <= at_most else 0
            return unique if at_least == at_most == 1 else unique | UNDEFINED_BIT
        # With a mean: UNDEFINED only if none is selected.
        undefined = 0 if at_least else UNDEFINED_BIT
        if not at_most:
            return undefined
        if name in self._program.defined:
            return undefined | _DEFINED
        # Each view alone has all means that a run can have, so that those in both are enough.
        means = -1
        for view in views:
            means &= self._transformer.means(name, view, asked, range(at_least, at_most + 1))
            # Further views could only take buckets away, and one is few enough.
            if means.bit_count() == 1:
                break
        return undefined | means


def _possible(
    keys: Sequence[ValueBits] | None, values: Sequence[ValueBits] | None, cells: Sequence[int]
) -> _Possible:
    """Returns what there may be in some cells; without values, only that there is one."""
    key = value = 0
    for cell in cells:
        value |= _DEFINED if values is None else values[cell]
        if keys is not None:
            key |= keys[cell]
    return None if keys is None else key, value


def _grouped(places: Sequence[_Possible], numbers: Iterable[int] | None = None) -> _View:
    """Puts together the places that may have the same, with how many positions they are."""
    groups: dict[_Possible, int] = {}
    for possible, number in zip(places, numbers or [1] * len(places), strict=True):
        groups[possible] = groups.get(possible, 0) + number
    return [Source(keys, values, number) for (keys, values), number in groups.items()]


def parikh_image(
    automaton: Dfa, length: int, limit: int, alike: Mapping[int, int]
) -> frozenset[ParikhVector] | None:
    """Returns the Parikh vector of every accepted word of a length; None where there are too many.

    The Parikh image of a language is the set of the vectors of its words (Parikh, "On context-free
    languages", 1966). It is found by a walk through the automaton that keeps, for each state, the
    vectors of the beginnings that lead there, so many at once at most. Tokens that are alike count
    as one.
    """
    # The counts are the digits of one number, so that a token more is an addition.
    names = sorted({alike[token] for moves in automaton.transitions for token in moves})
    digit = {name: (length + 1) ** place for place, name in enumerate(names)}
    steps = [
        {(digit[alike[token]], target) for token, target in moves.items()}
        for moves in automaton.transitions
    ]
    # Beginnings with the same state and vector have the same continuations: one stands for both.
    reached: dict[int, set[int]] = {automaton.start: {0}}
    for position in range(length):
        # States from which no word can be completed are left out.
        ends = automaton.completions(length - position - 1)
        following: dict[int, set[int]] = {}
        for state, codes in reached.items():
            checkpoint()
            for step, target in steps[state]:
                if target in ends:
                    following.setdefault(target, set()).update(code + step for code in codes)
            if sum(map(len, following.values())) > limit:
                return None
        reached = following
    complete = (codes for state, codes in reached.items() if state in automaton.accepting)
    return frozenset(
        _decoded(code, names, length + 1) for code in frozenset[int]().union(*complete)
    )


def _decoded(code: int, names: list[int], base: int) -> ParikhVector:
    vector = []
    for name in names:
        # Every count is less than the base.
        code, number = divmod(code, base)
        if number:
            vector.append((name, number))
    return tuple(vector)
