"""What the SCAN programs have in common: the areas of the sequence, and the codes of values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import final

from alta.errors import ProgramError, TokenError
from alta.lang.variables import normalise_value
from alta.programs.scan_grammar import WORDS

__all__ = [
    "BLANK",
    "BOTTOM",
    "NODES",
    "NO_NODE",
    "SLOTS",
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

MAX_WORDS = 9
"""As many as the longest command has: two phrases such as ``jump around left twice``."""

MAX_ACTIONS = 48
"""As many as a command can ask for: two phrases such as ``jump around left thrice``."""

SLOTS = 4
"""Slots of the stack: ``S and S around`` is the most that waits at one time."""

NODES = 7
"""Nodes of the tree: a verb, a turning and a repetition for each phrase, and the conjunction."""

BOTTOM = NODES
"""The node of the START token: none of the tree's, and where the decoder ends up."""

NO_NODE = BOTTOM + 1
"""The node of a position that has none."""


@final
class Action(IntEnum):
    """Is what the agent does."""

    NONE = 0
    WALK = 1
    LOOK = 2
    RUN = 3
    JUMP = 4
    LTURN = 5
    RTURN = 6


@final
class Phase(IntEnum):
    """Says what the program is at."""

    PARSE = 0  # reads a word a layer
    LINK = 1  # puts the last node into the tree
    DECODE = 2  # takes a step of a node a layer
    DONE = 3


@final
class Symbol(IntEnum):
    """Is what a slot of the stack holds."""

    EMPTY = 0
    S = 1  # a subtree
    TURN = 2
    OPPOSITE = 3
    AROUND = 4
    AND = 5
    AFTER = 6


@final
class Cursor(IntEnum):
    """Marks where the tree and the output go on."""

    NONE = 0
    TREE = 1  # the next node
    TREE_AHEAD = 2  # a node further on
    OUT = 3  # the next action
    OUT_AHEAD = 4


@final
@dataclass(frozen=True)
class Layout:
    """Divides the sequence into START, memory, stack, tree and output, in this order.

    The memory holds the words of the command and at least one blank behind them; all positions
    further on are blank.

    Attributes:
        words: the most words of a command.
        actions: the most actions of a command, the size of the output area; None for a parser,
            which has no such area.
    """

    words: int
    actions: int | None

    def __post_init__(self) -> None:
        _check_size(self.words, MAX_WORDS, "max_words")
        if self.actions is not None:
            _check_size(self.actions, MAX_ACTIONS, "max_actions")

    @property
    def length(self) -> int:
        """How many positions there are."""
        return self._output + (self.actions or 0)

    @property
    def addresses(self) -> int:
        """How many values a memory address has: START is 0, the last means no address."""
        return self.words + 3

    def address(self, position: int) -> int:
        """Gives the memory address of a position."""
        return position if position < self._stack else self.addresses - 1

    def slot(self, position: int) -> int:
        """Gives the stack slot of a position; START is slot 0, below the stack."""
        slot = position - self._stack + 1
        if position == START:
            return 0
        return slot if 1 <= slot <= SLOTS else SLOTS + 1

    def slot_above(self, position: int) -> int:
        """Gives the slot above a position's: the one whose `below` it is.

        Below slot 0 is the last slot, so that every stack pointer finds a position.
        """
        slot = self.slot(position)
        return (slot + 1) % (SLOTS + 1) if slot <= SLOTS else SLOTS + 1

    def node(self, position: int) -> int:
        """Gives the tree node of a position."""
        if position == START:
            return BOTTOM
        return position - self._tree if self._tree <= position < self._output else NO_NODE

    def cursor(self, position: int) -> Cursor:
        """Gives where the cursors stand at first."""
        if position < self._tree:
            return Cursor.NONE
        if position < self._output:
            return Cursor.TREE if position == self._tree else Cursor.TREE_AHEAD
        return Cursor.OUT if position == self._output else Cursor.OUT_AHEAD

    def encode(self, words: Sequence[str]) -> list[int]:
        """Gives the tokens of a command.

        Raises:
            TokenError: when the command is too long.
        """
        if len(words) > self.words:
            raise TokenError(
                f"command {' '.join(words)!r}: expected at most {self.words} words, got "
                f"{len(words)}; build the program with a greater max_words"
            )
        blanks = [BLANK] * (self.length - 1 - len(words))
        return [START, *map(VOCABULARY.index, words), *blanks]

    def command(self, tokens: Sequence[int]) -> str:
        """Gives the command in the memory of a sequence of tokens."""
        memory = [VOCABULARY[token] for token in tokens[1 : self._stack]]
        return " ".join(memory[: memory.index(VOCABULARY[BLANK])])

    def in_tree(self, values: Sequence[int]) -> list[int]:
        """Gives a value at every position: these from the first node on, else 0."""
        return self._from(self._tree, values)

    def in_output(self, values: Sequence[int]) -> list[int]:
        """Gives a value at every position: these from the start of the output on, else 0."""
        return self._from(self._output, values)

    def _from(self, start: int, values: Sequence[int]) -> list[int]:
        return [*[0] * start, *values, *[0] * (self.length - start - len(values))]

    @property
    def _stack(self) -> int:
        return self.words + 2

    @property
    def _tree(self) -> int:
        return self._stack + SLOTS

    @property
    def _output(self) -> int:
        return self._tree + NODES


def _check_size(size: object, most: int, name: str) -> None:
    if not 1 <= normalise_value(size, what=name) <= most:
        raise ProgramError(f"{name}: expected 1 … {most}, got {size}")
