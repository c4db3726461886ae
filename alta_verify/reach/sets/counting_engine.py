"""A slice of a program, run on value sets: one run a Parikh vector.

A run depends on tokens through the values with which the variables of the slice start. Tokens that
all of them start alike with count as one, so that a slice that looks at few tokens has few
Parikh vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final, final

from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Clock, Work
from alta_verify.reach.answer import Pattern, Undecided, Unfinished, Unreachable
from alta_verify.reach.sets.abstract_transformer import AbstractTransformer
from alta_verify.reach.sets.counting import CountingAbstraction
from alta_verify.reach.sets.parikh import ParikhVector, parikh_image
from alta_verify.reach.sets.value_bits import Row, ValueBits, bits_of
from alta_verify.reach.slices import Slice
from alta_verify.universal import nonempty

__all__ = ["CountingEngine"]

_VECTORS: Final = 1 << 16
"""So many Parikh vectors are looked at, over all lengths."""

_LEAST: Final = 8
"""A Parikh vector takes at least so many units of work."""


@final
class CountingEngine:
    """Local states that the value sets of a slice exclude, one Parikh vector after the other."""

    def __init__(
        self,
        abstraction: Abstraction,
        slice_: Slice,
        lengths: Iterable[int],
        max_layers: int | None,
        work: Work,
    ) -> None:
        """Takes what is run; runs begin with the first question.

        Args:
            abstraction: the program.
            slice_: what is run of it.
            lengths: the lengths of the inputs.
            max_layers: the most layers; None for the program's own bound, or until all inputs of
                a Parikh vector have halted or their value sets repeat.
            work: counts what is done.
        """
        self._abstraction = abstraction
        self._slice = slice_
        # The longest inputs have the most Parikh vectors, and each of these takes the most work.
        self._lengths = sorted(lengths, reverse=True)
        self._max_layers = max_layers
        self._work = work
        self._vectors: Mapping[int, frozenset[ParikhVector]] | None = None
        # Cells of the Parikh vectors that are left and that were run, and what these took.
        self._left = self._done = self._spent = 0

    @property
    def method(self) -> str:
        """How the answers are found, for the report."""
        return f"value sets of each of {self._number:,} Parikh vectors"

    def find(self, pattern: Pattern, clock: Clock) -> Unreachable | Undecided | Unfinished:
        """Says that no run of the slice has a local state, or that nothing is known.

        Vectors are looked at only as long as none of them leaves the pattern possible, and as long
        as there is hope to come to the end before the clock says stop.

        Args:
            pattern: the local state, in names of the slice.
            clock: when to stop; a later call goes on from there.
        """
        if self._vectors is None:
            most = min(_VECTORS, int(min(clock.units, 1 << 60)) // _LEAST)
            self._vectors = self._counted(most)
            if self._vectors is None:
                return Undecided("too many Parikh vectors") if most == _VECTORS else Unfinished()
            self._left = sum(
                length * len(vector) for length, own in self._vectors.items() for vector in own
            )
        if self._seen.may_meet(pattern, clock, self._hopeless):
            return Undecided("the value sets of some Parikh vector leave it possible")
        if self._seen.complete:
            return Unreachable()
        if self._seen.stopped:
            return Undecided("runs stopped before their ends")
        return Unfinished()

    @cached_property
    def _transformer(self) -> AbstractTransformer:
        return AbstractTransformer(self._abstraction, self._slice)

    @cached_property
    def _alike(self) -> Mapping[int, int]:
        return self._transformer.alike()

    @property
    def _number(self) -> int:
        return sum(map(len, (self._vectors or {}).values()))

    def _counted(self, most: int) -> Mapping[int, frozenset[ParikhVector]] | None:
        """Returns the Parikh vectors of each length; None where there are more than so many."""
        found: dict[int, frozenset[ParikhVector]] = {}
        for length in self._lengths:
            automaton = self._abstraction.concrete.inputs.automaton(length)
            own = parikh_image(automaton, length, most, self._alike)
            if own is None or len(own) > most:
                return None
            most -= len(own)
            found[length] = nonempty(own, f"Parikh vectors of {length} tokens")
        return found

    def _hopeless(self, clock: Clock) -> bool:
        """Says whether the Parikh vectors that are left take more work than may be done."""
        return self._done > 0 and self._left * self._spent > clock.units * self._done

    @cached_property
    def _seen(self) -> _Seen:
        return _Seen(self._transformer.names, self._all_layers())

    def _all_layers(self) -> Iterator[set[Row] | None]:
        """Yields the rows of every layer of every Parikh vector, and None when that was all."""
        for length in self._lengths:
            yield from self._layers(length)
        yield None

    def _layers(self, length: int) -> Iterator[set[Row]]:
        """Yields the rows of every layer of every Parikh vector of a length."""
        program = self._abstraction.concrete
        bound = program.layer_bound(length) if self._max_layers is None else self._max_layers
        live = [
            frozenset(self._alike[token] for token in tokens)
            for tokens in program.inputs.live_tokens(length)
        ]
        for vector in sorted(nonempty(self._vectors or {}, "Parikh vectors")[length]):
            for rows, units in CountingAbstraction(self._transformer, vector, live).layers(bound):
                self._work.units += units
                self._spent += units
                yield rows
            self._done += length * len(vector)
            self._left -= length * len(vector)


@final
class _Seen:
    """Remembers the different rows that runs yield, as far as they were needed.

    Attributes:
        complete: whether there are no more; runs that merely stop do not make it so.
        stopped: whether runs stopped without coming to an end, as they do once one has raised.
    """

    def __init__(self, names: Sequence[str], runs: Iterator[set[Row] | None]) -> None:
        self.complete = self.stopped = False
        self._columns = {name: column for column, name in enumerate(names)}
        self._runs = runs
        self._rows: set[Row] = set()

    def may_meet(self, pattern: Pattern, clock: Clock, hopeless: Callable[[Clock], bool]) -> bool:
        """Says whether some row has one of the pattern's values in each of its columns."""
        wanted = [(self._columns[name], bits_of(values)) for name, values in pattern.items()]
        if _meets(self._rows, wanted):
            return True
        while not (self.complete or self.stopped or clock.expired or hopeless(clock)):
            try:
                rows = next(self._runs)
            except StopIteration:
                self.stopped = True
                break
            if rows is None:
                self.complete = True
                break
            fresh = rows - self._rows
            self._rows |= fresh
            if _meets(fresh, wanted):
                return True
        return False


def _meets(rows: set[Row], wanted: Sequence[tuple[int, ValueBits]]) -> bool:
    if not wanted:
        return bool(rows)
    for column, values in wanted:
        rows = {row for row in rows if row[column] & values}
    return bool(rows)
