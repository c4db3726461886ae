"""Counted values: what counting knows of a run, as guards over the tokens of its inputs.

Ranks, and what is fetched by them, are hard for a SAT solver and plain to counting, which knows of
them as functions of the Parikh vector. How often tokens occur is a function of the tokens, made
here as a row of counters; so what counting knows becomes guards, in place of those that attention
and rules would give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Final, final

from alta.limit import checkpoint
from alta_verify.deadline import Clock
from alta_verify.reach.sets.abstract_transformer import Possible
from alta_verify.reach.sets.cells import Cell, Cells
from alta_verify.reach.sets.counting import Columns, CountingAbstraction, Layer
from alta_verify.reach.sets.diagrams import FALSE as NOWHERE
from alta_verify.reach.sets.diagrams import TRUE as EVERYWHERE
from alta_verify.reach.sets.diagrams import Diagram
from alta_verify.reach.slices import SlicedProgram
from alta_verify.reach.symbolic.graph import FALSE, TRUE, Literal
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.transformer import Known, Summary

__all__ = ["CountedRun"]

# So many Parikh vectors may an automaton of the language tell apart.
_VECTORS: Final = 1 << 16


@final
class CountedRun:
    """What counting knows of each layer of the runs on all inputs of a length.

    Attributes:
        complete: whether the runs were followed to their ends; before that nothing is known.
        layers: of all of them, what is possible.
    """

    # Lemma 16 (counted values): where each vector leaves one value possible in each cell, the
    # guards that say "this cell, and a vector for which it is this value" are those of the values,
    # on all inputs that take the layer and have not failed.

    def __init__(self, program: SlicedProgram, inputs: Inputs, length: int) -> None:
        self.complete = False
        self.layers: list[Layer] = []
        self._program, self._inputs, self._length = program, inputs, length
        self._following = self._followed()

    def _followed(self) -> Iterator[Layer | None]:
        work = self._inputs.graph.work
        run = CountingAbstraction.of(self._program, self._length, _VECTORS, work)
        if run is not None:
            yield from run.layers(self._program.layer_bound(self._length))

    def advance(self, clock: Clock) -> bool:
        """Follows the runs on until the clock says stop, and says whether to their ends."""
        while not self.complete and not clock.expired:
            layer = next(self._following, self._following)
            if isinstance(layer, Layer):
                self.layers.append(layer)
            elif layer is self._following:
                self.complete = True
                if self.layers:
                    # Each input has one of the Parikh vectors of its length, by a pigeonhole
                    # argument that no SAT solver should have to find.
                    self._inputs.sweeper.assume(self._counters.any_vector())
        return self.complete

    def attended(self, number: int) -> Known:
        """Returns what is known of heads in a layer, the first of which is 0."""
        return self._known(number, self._program.heads, lambda layer: layer.attended)

    def written(self, number: int) -> Known:
        """Returns what is known of variables that rules write, after the MLP of a layer."""
        written = [name for name, rules in self._program.rules.items() if rules]
        return self._known(number, written, lambda layer: layer.written)

    def _known(
        self, number: int, names: Iterable[str], columns: Callable[[Layer], Columns]
    ) -> Known:
        if not self.complete or number >= len(self.layers):
            return {}
        layer = self.layers[number]
        by_name = columns(layer)
        return {
            name: [self._summary(layer, by_name[name], place) for place in range(self._length)]
            for name in names
            if layer.is_function(by_name[name])
        }

    @cached_property
    def _counters(self) -> _Counters:
        cells = self.layers[0].cells
        return _Counters(self._inputs, cells, self._program.alike)

    def _summary(self, layer: Layer, column: Sequence[Possible], position: int) -> Summary:
        """Returns when a name has which value at a position."""
        checkpoint()
        graph, counters = self._inputs.graph, self._counters
        # Cells in which the same is possible are one.
        alike: dict[Possible, list[Cell]] = {}
        for number in layer.cells.at[position]:
            alike.setdefault(column[number], []).append(layer.cells.cells[number])
        cases = []
        for possible, cells in alike.items():
            here = TRUE if len(alike) == 1 else graph.any_of(map(counters.cell, cells))
            cases += [(v, graph.and_(here, counters.has(where))) for v, where in possible]
        return graph.union(cases)


@final
class _Counters:
    """How often tokens occur in the inputs of a length, and functions of that, as guards."""

    def __init__(self, inputs: Inputs, cells: Cells, alike: Mapping[int, int]) -> None:
        """Takes what counting tells apart, and for each token the one that stands for it."""
        self._graph, self._numbers, self._ordered = inputs.graph, cells.numbers, cells.ordered
        # For each position the tokens that stand for others, each with its guard.
        self._tokens = [
            inputs.graph.union((alike[token], guard) for token, guard in guards.items())
            for guards in inputs.tokens
        ]
        self.has = cache(self._has)
        self._counts = cache(self._counted)

    def cell(self, cell: Cell) -> Literal:
        """Returns which inputs have a cell: a token, and so many equal ones before it."""
        token = self._tokens[cell.position].get(cell.token, FALSE)
        if not self._ordered:
            return token
        before = self._counts(frozenset({cell.token}))[cell.position]
        return self._graph.and_(token, before.get(cell.before, FALSE))

    def any_vector(self) -> Literal:
        """Returns which inputs have one of all vectors."""
        graph, numbers = self._graph, self._numbers
        within = [
            graph.any_of(
                self._counts(numbers.first_tokens(level))[-1].get(n, FALSE) for n in range_
            )
            for level, range_ in enumerate(numbers.diagrams.ranges)
        ]
        return graph.all_of([self.has(numbers.vectors), *within])

    def _has(self, vectors: Diagram) -> Literal:
        """Returns which inputs have one of some vectors."""
        if vectors in (NOWHERE, EVERYWHERE):
            return TRUE if vectors == EVERYWHERE else FALSE
        level, children = self._numbers.diagrams.cases(vectors)
        counts = self._counts(self._numbers.first_tokens(level))[-1]
        numbers = self._graph.union((child, counts.get(n, FALSE)) for n, child in children)
        return self._graph.any_of(
            self._graph.and_(where, self.has(child)) for child, where in numbers.items()
        )

    def _counted(self, tokens: frozenset[int]) -> list[dict[int, Literal]]:
        """Returns when how many of the first positions have some tokens, for each beginning."""
        graph = self._graph
        rows = [{0: TRUE}]
        for guards in self._tokens:
            member = graph.any_of(guard for token, guard in guards.items() if token in tokens)
            missed = graph.not_(member)
            rows.append(
                graph.union(
                    (number + step, graph.and_(guard, taken))
                    for number, guard in rows[-1].items()
                    for step, taken in ((0, missed), (1, member))
                )
            )
        return rows
