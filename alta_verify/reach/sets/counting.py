"""Counting abstraction: what may be at each position of the inputs with each Parikh vector.

As where processes are counted instead of told apart (German and Sistla, "Reasoning about systems
with many processes", 1992), inputs are told apart by how often each token occurs, and positions by
their place, their token and how many equal tokens are before them. What may be there is a function
of the Parikh vector: for each value of a name a diagram says for which vectors it is possible. So
all vectors of a length are run at once. The answers are one-sided: what is possible for no vector
does not occur.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import TypeAlias, final

from alta.lang.heads import Head
from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.deadline import Work
from alta_verify.reach.answer import Pattern
from alta_verify.reach.sets.abstract_transformer import AbstractTransformer, Possible
from alta_verify.reach.sets.cells import Cell, Cells
from alta_verify.reach.sets.diagrams import FALSE, TRUE, Diagram
from alta_verify.reach.sets.parikh import Multiplicities, TooManyVectors
from alta_verify.reach.sets.selection import Selection, tells_order
from alta_verify.reach.slices import DEFINED_VALUE, SlicedProgram

__all__ = ["Columns", "CountingAbstraction", "Layer"]

Columns: TypeAlias = Mapping[str, Sequence[Possible]]
"""For each name what is possible, cell by cell."""

_DEFINED: Possible = ((DEFINED_VALUE, TRUE),)


@final
class Layer:
    """A layer of the runs on all inputs of a length.

    Attributes:
        cells: where there may be what.
        running: the vectors of which some input may take it.
        attended: what is possible after attention.
        written: what is possible of variables after the MLP.
        numbers: what vectors there are.
    """

    def __init__(self, cells: Cells, running: Diagram, attended: Columns, written: Columns) -> None:
        self.cells, self.running = cells, running
        self.attended, self.written = attended, written
        self.numbers = cells.numbers
        self._diagrams = cells.numbers.diagrams

    @cached_property
    def _holders(self) -> Mapping[str, Mapping[int, frozenset[int]]]:
        """For each name and value the cells that may have it."""
        holders: dict[str, dict[int, set[int]]] = {}
        for name, column in self.attended.items():
            by_value = holders.setdefault(name, {})
            for cell, possible in enumerate(column):
                for value, _ in possible:
                    by_value.setdefault(value, set()).add(cell)
        return {
            name: {value: frozenset(cells) for value, cells in by_value.items()}
            for name, by_value in holders.items()
        }

    def is_function(self, column: Sequence[Possible]) -> bool:
        """Says whether in every cell each vector leaves one value possible at most."""
        exists = (cell.exists for cell in self.cells.cells)
        return all(map(self._is_function, dict.fromkeys(zip(column, exists, strict=True))))

    def _is_function(self, cell: tuple[Possible, Diagram]) -> bool:
        possible, exists = cell
        diagrams, earlier = self._diagrams, FALSE
        vectors = diagrams.all_of([exists, self.running, self.numbers.vectors])
        for _, where in possible if len(possible) > 1 else ():
            fresh = diagrams.and_(where, vectors)
            if diagrams.and_(fresh, earlier) != FALSE:
                return False
            earlier = diagrams.or_(earlier, fresh)
        return True

    def places_of(self, pattern: Pattern) -> Iterator[tuple[Cell, Diagram]]:
        """Yields cells where a local state of a pattern is possible, with the vectors."""
        diagrams, seen = self._diagrams, set[tuple[Diagram, ...]]()
        candidates = frozenset(range(len(self.cells.cells)))
        for name, values in pattern.items():
            holders = self._holders[name]
            holding = (holders[value] for value in values if value in holders)
            candidates &= frozenset[int]().union(*holding)
        # A cell also counts where a slice has no names: then it says that a layer is taken.
        for number in sorted(candidates):
            cell = self.cells.cells[number]
            wanted = (
                diagrams.any_of(w for value, w in self.attended[name][number] if value in values)
                for name, values in pattern.items()
            )
            key = diagrams.all_of(wanted), cell.exists
            if key in seen:
                continue
            seen.add(key)
            vectors = diagrams.all_of([key[0], self.running, cell.exists])
            if vectors != FALSE:
                yield cell, vectors


@final
class CountingAbstraction:
    """The run of a slice on all inputs of a length, as a function of their Parikh vectors."""

    # Lemma 5 (counting): in every layer, as long as an input has not failed, each name has at each
    # position one of the values that are possible for its vector in the cell of that position.

    def __init__(
        self, program: SlicedProgram, numbers: Multiplicities, live: Sequence[frozenset[int]]
    ) -> None:
        """Takes the tokens that can be at each position; of those that are alike, the first."""
        self._program, self._diagrams = program, numbers.diagrams
        self._vectors = numbers.vectors
        self._filled = cache(self._fill)
        self._transformer = AbstractTransformer(program, numbers)
        # Where no mask tells before from behind, equal tokens at a position are one cell.
        ordered = any(tells_order(head.mask, len(live)) for head in program.heads.values())
        self._cells = Cells(numbers, live, ordered=ordered)

    @classmethod
    def of(
        cls, program: SlicedProgram, length: int, limit: int, work: Work
    ) -> CountingAbstraction | None:
        """Returns the run on all inputs of a length; None if that takes more vectors than a limit.

        There is an input of that length.
        """
        alike, language = program.alike, program.abstraction.concrete.inputs
        try:
            numbers = Multiplicities(language.factors(length), length, alike, limit, work)
        except TooManyVectors:
            work.units += limit
            return None
        # Tokens that start alike count as one, here as in the vectors.
        live = language.live_tokens(length)
        return cls(program, numbers, [frozenset(alike[t] for t in tokens) for tokens in live])

    @property
    def number(self) -> int:
        """How many vectors there are."""
        return self._diagrams.count(self._vectors)

    def layers(self, bound: int | None) -> Iterator[Layer | None]:
        """Yields every layer, until halt, repetition or bound; and None in between, to breathe."""
        program, diagrams, cells = self._program, self._diagrams, self._cells.cells
        work, state = diagrams.work, dict[str, list[Possible]]()
        for name in program.variables:
            variable = program.finite.variables[name]
            first = (variable.initial_value(c.token, c.position, name=name) for c in cells)
            state[name] = [((value, TRUE),) for value in first]
        # What is possible is a function of what was: a state that comes back does so for ever.
        past, layer, running = set(), 0, self._vectors
        while layer != bound:
            running = diagrams.and_(running, diagrams.not_(self._halted(state)))
            key = running, tuple(map(tuple, state.values()))
            if running == FALSE or key in past:
                return
            past.add(key)
            layer += 1
            attended: dict[str, list[Possible]] = dict(state)
            for name, head in program.heads.items():
                attended[name] = []
                for possible in self._attend(name, head, state):
                    attended[name].append(possible)
                    work.units += 1
                    yield None
            # Rules read what was there after attention, not what others write.
            written = dict(state)
            for name in program.variables:
                if program.rules[name]:
                    written[name] = []
                    tested = [attended[condition] for condition in program.tested[name]]
                    for cell, old in enumerate(attended[name]):
                        row = tuple(column[cell] for column in tested)
                        after = self._transformer.write(name, old, row)
                        written[name].append(self._filled(name, cells[cell].exists, after))
                        work.units += 1
                        yield None
            yield Layer(self._cells, running, attended, written)
            state = written

    def _halted(self, state: Columns) -> Diagram:
        """Returns the vectors of which all inputs have halted."""
        halt, index = self._program.finite.halt, self._program.finite.halt_index
        if halt is None or index is None:
            return FALSE
        diagrams = self._diagrams
        pairs = zip(self._cells.cells, state[halt.variable], strict=True)
        # At each cell that there is, nothing but the value of the halt is possible.
        running = {
            (cell.exists, where)
            for cell, possible in pairs
            for value, where in possible
            if value != index
        }
        return diagrams.all_of(diagrams.not_(diagrams.and_(*pair)) for pair in running)

    def _attend(self, name: str, head: Head, state: Columns) -> Iterator[Possible]:
        """Yields what a head may give, cell by cell."""
        cells, abstraction = self._cells.cells, self._program.abstraction
        defined = name in self._program.defined
        selection = Selection(
            self._cells,
            head.mask,
            None if head.key is None else state[head.key],
            [_DEFINED] * len(cells) if defined else state[head.value],
            averages=abstraction.averages(name),
        )
        for number, cell in enumerate(cells):
            reader = None if head.mask.everywhere else cell
            if head.query is None:
                possible = self._transformer.read(name, selection.views(None, reader))
                yield self._filled(name, cell.exists, possible)
                continue
            # A run asks for the keys of one value of the query at a time: each is answered alone.
            cases = []
            for query, where in state[head.query][number]:
                asked = abstraction.keys(head.query, query)
                answer = self._transformer.read(name, selection.views(asked, reader))
                cases += [(value, self._diagrams.and_(where, w)) for value, w in answer]
            possible = tuple(sorted(self._diagrams.union(cases).items()))
            yield self._filled(name, cell.exists, possible)

    def _fill(self, name: str, exists: Diagram, possible: Possible) -> Possible:
        """Returns what a name may have in a cell; anything where nothing is possible there."""
        # By Lemma 5 no input has such a cell: there may be some, as the factors of a language may
        # have a vector in common that no input has. From nothing, nothing is concluded.
        diagrams = self._diagrams
        vacant = diagrams.not_(diagrams.any_of(where for _, where in possible))
        vacant = diagrams.all_of([vacant, exists, self._vectors])
        if vacant == FALSE:
            return possible
        size = self._program.finite.domains[name].size
        least = UNDEFINED_VALUE if name in self._program.heads else 0
        values = ((value, vacant) for value in range(least, size))
        return tuple(sorted(diagrams.union([*possible, *values]).items()))
