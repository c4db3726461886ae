"""Cells: where there may be what in the inputs of a length, and for which Parikh vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from alta_verify.reach.sets.diagrams import Diagram
from alta_verify.reach.sets.parikh import Multiplicities
from alta_verify.universal import nonempty

__all__ = ["Cell", "Cells", "Occurrence"]


@final
@dataclass(frozen=True, slots=True)
class Cell:
    """A position with a token that some input has there.

    Attributes:
        before: how many equal tokens are before it; 0 where these are not told apart.
        exists: the vectors of which some input may have it.
    """

    position: int
    token: int
    before: int
    exists: Diagram


@final
@dataclass(frozen=True, slots=True)
class Occurrence:
    """One of the positions that have a token: the one behind so many others.

    Attributes:
        exists: the vectors whose inputs have it, each at one position.
        cells: the numbers of its cells, one for each position where it may be.
        places: these positions, as bits.
    """

    token: int
    before: int
    exists: Diagram
    cells: tuple[int, ...]
    places: int


@final
class Cells:
    """All cells of the inputs of a length.

    Attributes:
        numbers: how often each token may occur.
        length: the length of the inputs.
        ordered: whether equal tokens are told apart.
        cells: all cells, position by position.
        occurrences: all positions of an input, by what they have.
        at: for each position the numbers of its cells.
    """

    def __init__(
        self, numbers: Multiplicities, live: Sequence[frozenset[int]], *, ordered: bool
    ) -> None:
        """Takes the tokens that can be at each position, and whether equal ones are told apart."""
        self.numbers, self.ordered = numbers, ordered
        self.length = len(nonempty(live, "positions"))
        self.cells: list[Cell] = []
        self.at: list[list[int]] = []
        places = dict.fromkeys(numbers.tokens, 0)
        for position, tokens in enumerate(live):
            self.at.append([])
            # Not empty: so there is a cell at every position, and halted cells are some.
            for token in sorted(nonempty(tokens & places.keys(), f"tokens at {position}")):
                # No more equal ones are before it than there are, or than positions for them.
                bound = min(numbers.maxima[token], places[token] + 1) if ordered else 1
                for before in range(bound):
                    self.at[-1].append(len(self.cells))
                    exists = numbers.exceeding(token, before)
                    if ordered:
                        # No more equal ones are behind it than there are positions, either.
                        crowded = numbers.exceeding(token, before + self.length - position)
                        exists = numbers.diagrams.and_(exists, numbers.diagrams.not_(crowded))
                    self.cells.append(Cell(position, token, before, exists))
                places[token] += 1
        by_token: dict[tuple[int, int], list[int]] = {}
        for number, cell in enumerate(self.cells):
            by_token.setdefault((cell.token, cell.before), []).append(number)
        self.occurrences = [
            Occurrence(
                token,
                before,
                numbers.exceeding(token, before),
                tuple(cells),
                sum(1 << self.cells[cell].position for cell in cells),
            )
            for token in numbers.tokens
            for before in range(numbers.maxima[token])
            # One that has no place occurs in no input.
            if (cells := by_token.get((token, before if ordered else 0)))
        ]
