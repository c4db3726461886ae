"""The tree of a pattern, in which empty words are removed as they arise.

The size of a tree is therefore that of its symbols.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from alta.errors import InputLanguageError

__all__ = [
    "EMPTY",
    "MAX_POSITIONS",
    "Choice",
    "Concatenation",
    "Name",
    "Node",
    "Pattern",
    "Repeat",
    "TokenSet",
    "check_size",
    "choice",
    "concatenation",
    "pattern_error",
    "repeat",
    "too_large",
]

# The most symbols that a pattern may have once its counted repetitions are written out.
MAX_POSITIONS = 10_000

_SHOWN = 60


@final
@dataclass(frozen=True, slots=True)
class Name:
    """A token name as written in a pattern, with its column from 0."""

    text: str
    column: int


@final
@dataclass(frozen=True, slots=True)
class TokenSet:
    """One token out of ranges of names (a single name is a range), or one out of all others."""

    ranges: tuple[tuple[Name, Name], ...]
    negated: bool
    column: int


@final
@dataclass(frozen=True, slots=True)
class Concatenation:
    """One part after the other; without parts, the empty word."""

    parts: tuple["Node", ...]


@final
@dataclass(frozen=True, slots=True)
class Choice:
    """Any one of at least two options."""

    options: tuple["Node", ...]


@final
@dataclass(frozen=True, slots=True)
class Repeat:
    """From `least` to `most` words of the body, one after the other; None: any number."""

    body: "Node"
    at_least: int
    at_most: int | None
    column: int


Node = TokenSet | Concatenation | Choice | Repeat

# The pattern of the empty word.
EMPTY = Concatenation(())


@final
@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that was parsed, but whose names nobody has looked up yet."""

    text: str
    root: Node

    def token_sets(self) -> Iterator[TokenSet]:
        """Yields the token sets of the pattern as often as they are written."""
        waiting: list[Node] = [self.root]
        while waiting:
            match waiting.pop():
                case TokenSet() as leaf:
                    yield leaf
                case Concatenation(parts) | Choice(parts):
                    waiting.extend(reversed(parts))
                case Repeat(body=body):
                    waiting.append(body)


def concatenation(parts: list[Node]) -> Node:
    """Returns the parts one after the other, without the empty ones."""
    kept = [part for part in parts if part != EMPTY]
    return kept[0] if len(kept) == 1 else Concatenation(tuple(kept))


def choice(options: list[Node]) -> Node:
    """Returns the choice between options, with one empty option at most."""
    kept = [option for option in options if option != EMPTY]
    if len(kept) < len(options):
        # Last, so that (|a) and (a|) are one tree.
        kept.append(EMPTY)
    return kept[0] if len(kept) == 1 else Choice(tuple(kept))


def repeat(body: Node, at_least: int, at_most: int | None, column: int) -> Node:
    """Returns the repetition of a body, the empty word if nothing is repeated."""
    return EMPTY if body == EMPTY or at_most == 0 else Repeat(body, at_least, at_most, column)


def check_size(text: str, root: Node) -> None:
    """Checks that a tree has at most `MAX_POSITIONS` symbols, without writing it out.

    The error points at the repetition.
    """

    def size(node: Node) -> int:
        match node:
            case TokenSet():
                return 1
            case Concatenation(parts) | Choice(parts):
                return sum(map(size, parts))
            case Repeat(body, at_least, at_most, column):
                # x{m,} is written out as m copies of x, the last of which loops.
                symbols = size(body) * (max(at_least, 1) if at_most is None else at_most)
                # Bodies are sized first, so that the innermost repetition that is too large is
                # pointed at.
                if symbols > MAX_POSITIONS:
                    raise too_large(text, column)
                return symbols

    if size(root) > MAX_POSITIONS:
        raise too_large(text, 0)


def too_large(text: str, column: int) -> InputLanguageError:
    """Returns the error for a repetition that is too large to be written out."""
    return pattern_error(
        text,
        column,
        f"expected at most {MAX_POSITIONS} symbols once repetitions are written out, got more; "
        "use * or +, smaller bounds, or alta.inputs.sequences for a long list",
    )


def pattern_error(text: str, column: int, problem: str) -> InputLanguageError:
    """Returns the error for a place in a pattern: what is wrong, the pattern, and a caret."""
    start = max(0, column - _SHOWN // 2) if len(text) > _SHOWN else 0
    window = text[start : start + _SHOWN]
    shown = "".join(" " if character.isspace() else character for character in window)
    before = "..." if start else ""
    after = "..." if start + _SHOWN < len(text) else ""
    caret = " " * (len(before) + column - start)
    return InputLanguageError(
        f"pattern, column {column + 1}: {problem}\n    {before}{shown}{after}\n    {caret}^"
    )
