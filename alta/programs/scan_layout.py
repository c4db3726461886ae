"""What the SCAN programs have in common: the areas of the sequence, and the codes of values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import final

from alta.errors import TokenError
from alta.lang.values import normalise_count
from alta.programs.scan_grammar import WORDS

__all__ = [
    "BLANK",
    "BOTTOM",
    "NODES",
    "START",
    "VOCABULARY",
    "Action",
    "Cursor",
    "Layout",
    "Phase",
    "Symbol",
]

VOCABULARY = ("START", *WORDS, "_")
START = 0
BLANK = len(VOCABULARY) - 1
MAX_WORDS = 9  # the longest command has two phrases such as ``jump around left twice``
MAX_ACTIONS = 48  # as two phrases such as ``jump around left thrice`` ask for
_SLOTS = 4  # of the stack: ``S and S around`` is the most that waits at one time
NODES = 7  # of the tree: a verb, a turning and a repetition a phrase, and the conjunction
BOTTOM = 0  # what lies below all areas, at START: the empty stack's top; the node of no node


@final
class Action(IntEnum):
    """What the agent does."""

    NONE = 0
    WALK = 1
    LOOK = 2
    RUN = 3
    JUMP = 4
    LTURN = 5
    RTURN = 6


@final
class Phase(IntEnum):
    """The part of its work that the program is at."""

    PARSE = 0  # reads a word a layer
    LINK = 1  # puts the last node into the tree
    DECODE = 2  # takes a step of a node a layer
    DONE = 3


@final
class Symbol(IntEnum):
    """What a slot of the stack holds."""

    EMPTY = 0
    S = 1  # a subtree
    TURN = 2
    OPPOSITE = 3
    AROUND = 4
    AND = 5
    AFTER = 6


@final
class Cursor(IntEnum):
    """A mark of the place where an area that grows at its end goes on."""

    NONE = 0
    NEXT = 1
    AHEAD = 2


@final
@dataclass(frozen=True)
class Layout:
    """The areas of a sequence: memory, stack, tree and output, each from position 1 on.

    Position 0 is START, which lies below all areas; position i is the i-th cell of the memory, slot
    of the stack, node of the tree and action of the output at once, in different variables. The
    memory holds the words of the command and at least one blank behind them; all positions further
    on are blank.

    A sequence has one of at most two lengths, as in batches that are formed by length: the shorter,
    if the command's actions fit into it, else the longer, which has room for all.

    A command has at most so many words and actions; a parser has no area for actions. `short` is
    the shorter of the two lengths.
    """

    words: int
    actions: int | None = None
    short: int | None = None

    def __post_init__(self) -> None:
        normalise_count(self.words, where="max_words", greatest=MAX_WORDS)
        if self.actions is not None:
            normalise_count(self.actions, where="max_actions", greatest=MAX_ACTIONS)
        if self.short is not None:
            normalise_count(self.short, where="short_length", least=self.cells)

    @property
    def cells(self) -> int:
        """How many positions pointers point to: START, and the longest of these areas."""
        return 1 + max(self.words + 1, _SLOTS, NODES)

    @property
    def longest(self) -> int:
        """How many positions there are at most."""
        return max(self.cells, 1 + (self.actions or 0))

    def length(self, actions: int) -> int:
        """Returns the length of the sequence for a command that asks for so many actions."""
        if self.short is None or actions >= self.short:
            return self.longest
        return min(self.short, self.longest)

    @property
    def indices(self) -> int:
        """How many values an index has: the cells, and one for all positions behind them."""
        return min(self.cells + 1, self.longest)

    def index(self, position: int) -> int:
        """Returns the index of a position in all areas; no pointer points behind the cells."""
        return min(position, self.cells)

    def above(self, position: int) -> int:
        """Returns the index of the stack slot above: the one whose `below` the position is."""
        # Below START is the last cell, so that `below` is defined for every stack pointer.
        return (position + 1) % self.cells if position < self.cells else self.cells

    def cursor(self, position: int) -> Cursor:
        """Returns where a cursor stands at first: at the start of its area."""
        if position == START:
            return Cursor.NONE
        return Cursor.NEXT if position == START + 1 else Cursor.AHEAD

    def encode(self, words: Sequence[str], actions: int) -> list[int]:
        """Returns the tokens of a command that asks for so many actions, and is not too long."""
        if len(words) > self.words:
            raise TokenError(
                f"command {' '.join(words)!r}: expected at most {self.words} words, got "
                f"{len(words)}; build the program with a greater max_words"
            )
        blanks = [BLANK] * (self.length(actions) - 1 - len(words))
        return [START, *map(VOCABULARY.index, words), *blanks]
