"""Selection: which positions a head may select, seen in two ways.

By *position*: at each of those within the mask there is one of its cells. By *occurrence*: of each
token there is a first, a second and so on, as many as the Parikh vector says, wherever they are.
Of those that are like a position's own token, it is known which are before it. Each way has all
positions that a run selects, so that what is possible is possible in both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import TypeAlias, final

from alta.lang.masks import Mask
from alta.limit import checkpoint
from alta_verify.reach.sets.abstract_transformer import Possible, Source, View
from alta_verify.reach.sets.cells import Cell, Cells, Occurrence
from alta_verify.reach.sets.diagrams import FALSE, TRUE, Diagram

__all__ = ["Asked", "Selection", "tells_order"]

Asked: TypeAlias = frozenset[int] | None
"""The keys that a value of a query selects; None selects all."""


def tells_order(mask: Mask, length: int) -> bool:
    """Says whether a mask tells how many equal tokens are before, or behind, a position."""
    # It does for all positions or only near the ends, so that the one in the middle tells.
    middle = length // 2
    allowed = sum(1 << position for position in mask.sources(middle, length))
    return not mask.everywhere and _splits(allowed, middle, length)


def _splits(allowed: int, position: int, length: int) -> bool:
    """Says whether all that is before a position is allowed, or all that is behind it."""
    return any(not side & ~allowed for side in _around(position, length))


def _around(position: int, length: int) -> tuple[int, int]:
    """Returns the positions before one, and those behind it, as bits."""
    before = (1 << position) - 1
    return before, ((1 << length) - 1) & ~before & ~(1 << position)


@final
class Selection:
    """What a head may select in a layer, from what keys and values may be in each cell."""

    def __init__(
        self,
        cells: Cells,
        mask: Mask,
        keys: Sequence[Possible] | None,
        values: Sequence[Possible],
        *,
        averages: bool,
    ) -> None:
        """Takes keys, None where the mask alone selects, and whether numbers are averaged."""
        self._cells, self._mask, self._keys, self._values = cells, mask, keys, values
        self._averages = averages
        self._diagrams = cells.numbers.diagrams
        self._all = (1 << cells.length) - 1
        self._place = cache(self._source)
        self._selectable = cache(self._occurrences)
        self.views = cache(self._views)

    def _views(self, asked: Asked, reader: Cell | None) -> tuple[View, ...]:
        """Returns what a reader may select that asks for some keys; one of any place if None."""
        views = []
        within: Sequence[int] = range(self._cells.length)
        allowed = self._all
        if reader is not None:
            within = self._mask.sources(reader.position, self._cells.length)
            allowed = sum(1 << position for position in within)
        if reader is None or (
            self._cells.ordered and _splits(allowed, reader.position, self._cells.length)
        ):
            views.append(self._by_occurrence(asked, reader, allowed))
        if not views or not views[0].exact:
            sources = (self._place(asked, position) for position in within)
            views.append(View(tuple(source for source in sources if source.perhaps != FALSE)))
        return tuple(views)

    def _by_occurrence(self, asked: Asked, reader: Cell | None, allowed: int) -> View:
        sources: list[Source] = []
        certain = Counter[int]()
        # For each token what is read at those of its occurrences that are selected for sure.
        sure: dict[int, list[tuple[Diagram, Possible]]] = {}
        for occurrence, perhaps, surely, values in self._selectable(asked):
            checkpoint()
            exists, inside = occurrence.exists, True
            if reader is not None:
                places = self._places(occurrence, reader)
                if not places & allowed:
                    continue
                inside = not places & ~allowed
                # Where the reader is, what is before it is, too.
                if occurrence.token == reader.token and occurrence.before <= reader.before:
                    exists = TRUE
            certainly = self._averages and inside and surely == TRUE and len(values) == 1
            if certainly and values[0][1] == TRUE:
                if exists == TRUE:
                    certain[values[0][0]] += 1
                else:
                    sure.setdefault(occurrence.token, []).append((exists, values))
                continue
            and_ = self._diagrams.and_
            sources.append(
                Source(and_(perhaps, exists), and_(surely, exists) if inside else FALSE, values)
            )
        # All occurrences of a token at once, of which the vector says how many they are.
        tokens: dict[int, set[int]] = {}
        for token, entries in sure.items():
            alike = {values for _, values in entries}
            if len(alike) == 1 and len(entries) == self._cells.numbers.maxima[token]:
                tokens.setdefault(entries[0][1][0][0], set()).add(token)
            else:
                sources += [Source(exists, exists, values) for exists, values in entries]
        return View(
            tuple(sources),
            tuple((value, frozenset(members)) for value, members in sorted(tokens.items())),
            tuple(sorted(certain.items())),
        )

    def _places(self, occurrence: Occurrence, reader: Cell) -> int:
        """Returns where an occurrence may be, seen from where the reader is."""
        before, behind = _around(reader.position, self._cells.length)
        if occurrence.token != reader.token:
            return occurrence.places & (before | behind)
        if occurrence.before == reader.before:
            return 1 << reader.position
        return occurrence.places & (before if occurrence.before < reader.before else behind)

    def _occurrences(self, asked: Asked) -> list[tuple[Occurrence, Diagram, Diagram, Possible]]:
        """Returns what may be selected, where perhaps and where surely, and what is read there."""
        selectable = []
        for occurrence in self._cells.occurrences:
            perhaps, surely = self._selected(asked, occurrence.cells)
            if perhaps != FALSE:
                values = self._united(self._values, occurrence.cells)
                selectable.append((occurrence, perhaps, surely, values))
        return selectable

    def _selected(self, asked: Asked, cells: Sequence[int]) -> tuple[Diagram, Diagram]:
        """Returns where some of the keys in some cells are asked for, and where all are."""
        if asked is None or self._keys is None:
            return TRUE, TRUE
        any_of = self._diagrams.any_of
        keys = self._united(self._keys, cells)
        perhaps = any_of(where for key, where in keys if key in asked)
        return perhaps, self._diagrams.not_(any_of(w for key, w in keys if key not in asked))

    def _united(self, column: Sequence[Possible], cells: Sequence[int]) -> Possible:
        """Returns what is possible in some cells."""
        distinct = dict.fromkeys(column[cell] for cell in cells)
        if len(distinct) == 1:
            return next(iter(distinct))
        and_ = self._diagrams.and_
        cases = dict.fromkeys(
            (value, and_(where, self._cells.cells[cell].exists))
            for cell in cells
            for value, where in column[cell]
        )
        return tuple(sorted(self._diagrams.union(cases).items()))

    def _source(self, asked: Asked, position: int) -> Source:
        """Returns a position with what it may have."""
        diagrams, cells = self._diagrams, self._cells.cells
        # Cells that hold the same are one, which exists where any of them does.
        alike: dict[tuple[Possible, Possible], list[int]] = {}
        for cell in self._cells.at[position]:
            key = () if self._keys is None else self._keys[cell]
            alike.setdefault((key, self._values[cell]), []).append(cell)
        perhaps, missed = FALSE, FALSE
        read: list[tuple[int, Diagram]] = []
        for (_, values), members in alike.items():
            exists = diagrams.any_of(cells[cell].exists for cell in members)
            perhaps_asked, surely_asked = self._selected(asked, members[:1])
            vectors = diagrams.and_(exists, perhaps_asked)
            perhaps = diagrams.or_(perhaps, vectors)
            missed = diagrams.or_(missed, diagrams.and_(exists, diagrams.not_(surely_asked)))
            read += [(value, diagrams.and_(vectors, where)) for value, where in values]
        values = tuple(sorted(diagrams.union(read).items()))
        return Source(perhaps, diagrams.not_(missed), values)
