"""The counting engine: one counting abstraction for each length of the inputs.

A run depends on tokens through the values with which the variables of the slice start. Tokens that
all of them start alike with count as one, so that a slice that looks at few tokens is run quickly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, final

from alta_verify.deadline import Clock, Work
from alta_verify.reach.answer import Pattern, Undecided, Unfinished, Unreachable
from alta_verify.reach.sets.arrangement import arrangements
from alta_verify.reach.sets.counting import CountingAbstraction, Layer
from alta_verify.reach.slices import SlicedProgram

__all__ = ["CountingEngine"]

# So many Parikh vectors may an automaton of the language tell apart, first and at last.
_FIRST_VECTORS: Final = 1 << 8
_VECTORS: Final = 1 << 16
_GROWTH: Final = 4
# So many inputs are suspected, in so many places at most.
_SUSPECTS: Final = 8
_PLACES: Final = 16


@final
class CountingEngine:
    """The local states that are possible for no Parikh vector, one length after the other."""

    def __init__(self, program: SlicedProgram, lengths: Iterable[int], work: Work) -> None:
        self._program = program
        self._lengths = sorted(lengths)
        self._work = work
        # The layers that runs have had so far, and what yields further ones.
        self._layers: list[Layer] = []
        self._runs = self._all_layers()
        self._vectors = 0
        self._limit = _FIRST_VECTORS
        self._complete = self._stopped = False

    @property
    def method(self) -> str:
        """How the answers are found, for the report."""
        return f"value sets of all {self._vectors:,} Parikh vectors at once"

    def find(self, pattern: Pattern, clock: Clock) -> Unreachable | Undecided | Unfinished:
        """Says that no run of the slice has a local state, or that nothing is known.

        Layers are looked at only as long as none of them leaves the pattern possible, until the
        clock says stop; a later call goes on there.
        """
        layer = self._possible_in(pattern, clock)
        if layer is not None:
            reason = "the value sets of some Parikh vector leave it possible"
            suspects = dict.fromkeys(islice(self._suspects(layer, pattern), _SUSPECTS))
            return Undecided(reason, tuple(suspects))
        if self._complete:
            # Lemma 5 (counting): it is possible in no layer for any vector, so no run has it.
            return Unreachable()
        if self._limit > _VECTORS:
            return Undecided("too many Parikh vectors")
        if self._stopped:
            return Undecided("runs stopped before their ends")
        return Unfinished()

    def _possible_in(self, pattern: Pattern, clock: Clock) -> Layer | None:
        """Returns a layer in which a local state of a pattern is possible, if one is seen."""
        # Layers that have been seen answer at once; else runs go on, and only new ones are asked.
        for layer in self._layers:
            if any(layer.places_of(pattern)):
                return layer
        if self._complete or self._stopped or clock.expired:
            return None
        for following in self._runs:
            if following is not None:
                self._layers.append(following)
                if any(following.places_of(pattern)):
                    return following
            if clock.expired:
                return None
        # What raised once yields nothing more, although not all runs were seen.
        self._stopped = not self._complete
        return None

    def _suspects(self, layer: Layer, pattern: Pattern) -> Iterator[tuple[int, ...]]:
        """Yields inputs with a Parikh vector for which a layer leaves a pattern possible."""
        inputs, alike = self._program.abstraction.concrete.inputs, self._program.alike
        for cell, vectors in islice(layer.places_of(pattern), _PLACES):
            numbers = layer.numbers.vector(vectors)
            automaton = inputs.automaton(sum(numbers.values()))
            yield from arrangements(automaton, numbers, alike, cell)

    def _all_layers(self) -> Iterator[Layer | None]:
        """Yields every layer of every length, and None in between; notes that these were all."""
        program = self._program
        for length in self._lengths:
            while (run := CountingAbstraction.of(program, length, self._limit, self._work)) is None:
                self._limit *= _GROWTH
                if self._limit > _VECTORS:
                    return
                yield None
            self._vectors += run.number
            yield from run.layers(program.layer_bound(length))
        self._complete = True
