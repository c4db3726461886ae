"""The counting engine: one counting abstraction for each Parikh vector of the inputs.

A run depends on tokens through the values with which the variables of the slice start. Tokens that
all of them start alike with count as one, so that a slice that looks at few tokens has few Parikh
vectors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, final

from alta_verify.deadline import Clock, Work
from alta_verify.reach.answer import Pattern, Undecided, Unfinished, Unreachable
from alta_verify.reach.sets.abstract_transformer import (
    AbstractTransformer,
    Row,
    ValueBits,
    bits_of,
)
from alta_verify.reach.sets.counting import CountingAbstraction, ParikhVector, parikh_image
from alta_verify.reach.slices import SlicedProgram
from alta_verify.universal import nonempty

__all__ = ["CountingEngine"]

# So many Parikh vectors are looked at, over all lengths.
_VECTORS: Final = 1 << 16
# A Parikh vector takes at least so many units of work.
_LEAST: Final = 8


@final
class CountingEngine:
    """The local states that value sets exclude, one Parikh vector after the other."""

    def __init__(self, program: SlicedProgram, lengths: Iterable[int], work: Work) -> None:
        self._program = program
        # The longest inputs have the most vectors, and each of these takes the most work.
        self._lengths = sorted(lengths, reverse=True)
        self._work = work
        self._vectors: Mapping[int, frozenset[ParikhVector]] | None = None
        # Cells of the vectors that are still to be run and that were, and what these took.
        self._cells_left = self._cells_run = self._spent = 0
        # The rows that runs have had so far, and what yields further ones.
        self._rows: set[Row] = set()
        self._runs = self._all_layers()
        self._complete = self._stopped = False

    @property
    def method(self) -> str:
        """How the answers are found, for the report."""
        number = sum(map(len, (self._vectors or {}).values()))
        return f"value sets of each of {number:,} Parikh vectors"

    def find(self, pattern: Pattern, clock: Clock) -> Unreachable | Undecided | Unfinished:
        """Says that no run of the slice has a local state, or that nothing is known.

        Vectors are looked at only as long as none of them leaves the pattern possible, and as long
        as there is hope to come to the end before the clock says stop; a later call goes on there.
        """
        if self._vectors is None:
            # What is counted takes at least so much work a vector: more would not end in time.
            limit = min(_VECTORS, int(min(clock.units, 1 << 60)) // _LEAST)
            self._vectors = self._images(limit)
            if self._vectors is None:
                return Undecided("too many Parikh vectors") if limit == _VECTORS else Unfinished()
            self._cells_left = sum(
                length * len(vector) for length, image in self._vectors.items() for vector in image
            )
        if self._may_meet(pattern, clock):
            return Undecided("the value sets of some Parikh vector leave it possible")
        if self._complete:
            # Lemma 5 (counting): no row of any vector has such a state, so no run has.
            return Unreachable()
        if self._stopped:
            return Undecided("runs stopped before their ends")
        return Unfinished()

    def _images(self, limit: int) -> Mapping[int, frozenset[ParikhVector]] | None:
        """Returns the Parikh image of each length; None where there are more vectors than that."""
        images: dict[int, frozenset[ParikhVector]] = {}
        for length in self._lengths:
            automaton = self._program.abstraction.concrete.inputs.automaton(length)
            image = parikh_image(automaton, length, limit, self._program.alike)
            if image is None or len(image) > limit:
                return None
            limit -= len(image)
            images[length] = nonempty(image, f"Parikh vectors of {length} tokens")
        return images

    def _may_meet(self, pattern: Pattern, clock: Clock) -> bool:
        """Says whether some row has one of the pattern's values in each of its columns."""
        columns = {name: column for column, name in enumerate(self._program.names)}
        wanted = [(columns[name], bits_of(values)) for name, values in pattern.items()]
        # Rows that have been seen answer at once; else runs go on, and only new ones are looked at.
        fresh = self._rows
        while not _meets(fresh, wanted):
            if self._complete or self._stopped or clock.expired or self._hopeless(clock):
                return False
            rows = next(self._runs, None)
            if rows is None:
                # What raised once yields nothing more, although not all runs were seen.
                self._stopped = not self._complete
                return False
            fresh = rows - self._rows
            self._rows |= fresh
        return True

    def _hopeless(self, clock: Clock) -> bool:
        """Says whether the vectors that are left take more work than may be done."""
        # The rule of three without a division: left · spent / run units of work are still to come.
        return (
            self._cells_run > 0 and self._cells_left * self._spent > clock.units * self._cells_run
        )

    def _all_layers(self) -> Iterator[set[Row]]:
        """Yields the rows of every layer of every vector, and notes that these were all."""
        transformer, alike = AbstractTransformer(self._program), self._program.alike
        for length in self._lengths:
            bound = self._program.layer_bound(length)
            # Tokens that start alike count as one, here as in the vectors.
            live = [
                frozenset(alike[token] for token in tokens)
                for tokens in self._program.abstraction.concrete.inputs.live_tokens(length)
            ]
            for vector in sorted(nonempty(self._vectors or {}, "Parikh vectors")[length]):
                run = CountingAbstraction(self._program, transformer, vector, live)
                for rows, units in run.layers(bound):
                    self._work.units += units
                    self._spent += units
                    yield rows
                self._cells_run += length * len(vector)
                self._cells_left -= length * len(vector)
        self._complete = True


def _meets(rows: set[Row], wanted: list[tuple[int, ValueBits]]) -> bool:
    """Says whether some row has one of the wanted values in each column."""
    for column, values in wanted:
        rows = {row for row in rows if row[column] & values}
    return bool(rows)
