"""Patterns: the tree of one, and its position automaton.

Empty words are removed from the tree as they arise, so that its size is that of its symbols. The
position automaton (Glushkov 1961) has no empty moves. Each symbol of the pattern, with counted
repetitions written out, is a position. A word is matched by a walk through positions that reads one
token at each: it begins at a `first` position, goes on to positions that `follow`, and ends at a
`last` one. Sets of positions are bits of an integer.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import NamedTuple, final

from alta.errors import InputLanguageError, nearest
from alta.inputs.vocabulary import Vocabulary

__all__ = [
    "MAX_POSITIONS",
    "MAX_TOKENS",
    "Name",
    "Node",
    "Pattern",
    "PositionAutomaton",
    "TokenSet",
    "bits",
    "check_names",
    "choice",
    "concatenation",
    "encode_positions",
    "pattern_error",
    "repeat",
    "too_large",
]

# The most symbols that a pattern may have once its counted repetitions are written out.
MAX_POSITIONS = 10_000

# The most tokens that the symbols of a pattern may stand for altogether.
MAX_TOKENS = 1 << 22

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
    """From `at_least` to `at_most` words of the body, one after the other; None: any number."""

    body: "Node"
    at_least: int
    at_most: int | None
    column: int


Node = TokenSet | Concatenation | Choice | Repeat

# The pattern of the empty word.
_EMPTY = Concatenation(())


@final
@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that was parsed, but whose names nobody has looked up yet."""

    text: str
    root: Node

    def __post_init__(self) -> None:
        if _size(self.text, self.root) > MAX_POSITIONS:
            raise too_large(self.text, 0)

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
    kept = [part for part in parts if part != _EMPTY]
    return kept[0] if len(kept) == 1 else Concatenation(tuple(kept))


def choice(options: list[Node]) -> Node:
    """Returns the choice between options, with one empty option at most."""
    kept = [option for option in options if option != _EMPTY]
    if len(kept) < len(options):
        # Last, so that (|a) and (a|) are one tree.
        kept.append(_EMPTY)
    return kept[0] if len(kept) == 1 else Choice(tuple(kept))


def repeat(body: Node, at_least: int, at_most: int | None, column: int) -> Node:
    """Returns the repetition of a body, the empty word if nothing is repeated."""
    return _EMPTY if body == _EMPTY or at_most == 0 else Repeat(body, at_least, at_most, column)


# Counts the symbols of a tree without writing it out; an error points at the repetition.
def _size(text: str, node: Node) -> int:
    match node:
        case TokenSet():
            return 1
        case Concatenation(parts) | Choice(parts):
            return sum(_size(text, part) for part in parts)
        case Repeat(body, at_least, at_most, column):
            # x{m,} is written out as m copies of x, the last of which loops.
            symbols = _size(text, body) * (max(at_least, 1) if at_most is None else at_most)
            # Bodies are sized first: the innermost repetition that is too large is pointed at.
            if symbols > MAX_POSITIONS:
                raise too_large(text, column)
            return symbols


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


@final
@dataclass(frozen=True)
class PositionAutomaton:
    """The walks that match a pattern: what each position reads, and what may follow there.

    A walk may begin at the first positions and end at the last; the empty word may match, too.
    """

    symbols: tuple[frozenset[int], ...]
    follow: tuple[int, ...]
    first: int
    last: int
    accepts_empty: bool


# What the construction keeps of a part of the pattern: Glushkov's first, last and null.
class _Fragment(NamedTuple):
    first: int
    last: int
    accepts_empty: bool


def encode_positions(pattern: Pattern, vocabulary: Vocabulary) -> PositionAutomaton:
    """Returns the position automaton of a pattern whose names are all in a vocabulary."""
    tokens: dict[TokenSet, frozenset[int]] = {}
    total = 0
    for leaf in pattern.token_sets():
        named: frozenset[int] = frozenset().union(*_ranges(leaf, pattern, vocabulary))
        # [^ ...] over all names leaves none, and matches nothing.
        tokens[leaf] = frozenset(range(len(vocabulary))) - named if leaf.negated else named
        # Bounded as they come: a symbol of one character may stand for all tokens.
        total += len(tokens[leaf])
        if total > MAX_TOKENS:
            problem = f"expected at most {MAX_TOKENS} tokens in all symbols together, got more"
            raise pattern_error(pattern.text, leaf.column, problem)
    builder = _Builder(tokens)
    whole = builder.add(pattern.root)
    return PositionAutomaton(tuple(builder.symbols), tuple(builder.follow), *whole)


def check_names(pattern: Pattern, vocabulary: Vocabulary) -> None:
    """Checks that the names and ranges of a pattern are ones of a vocabulary."""
    for leaf in pattern.token_sets():
        _ranges(leaf, pattern, vocabulary)


def _ranges(leaf: TokenSet, pattern: Pattern, vocabulary: Vocabulary) -> list[range]:
    ranges = []
    for low, high in leaf.ranges:
        start, end = (_index(name, pattern, vocabulary) for name in (low, high))
        if start > end:
            raise pattern_error(
                pattern.text,
                low.column,
                f"expected a range that runs forwards, got {low.text}-{high.text}, "
                f"which is token {start} to token {end}",
            )
        ranges.append(range(start, end + 1))
    return ranges


def bits(mask: int) -> Iterator[int]:
    """Yields the positions in a set of positions."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _index(name: Name, pattern: Pattern, vocabulary: Vocabulary) -> int:
    index = vocabulary.find(name.text)
    if index is not None:
        return index
    hint = nearest(name.text, vocabulary.names)
    # Where every letter is a name, letters run together are the likely mistake.
    if all(character in vocabulary.names for character in name.text):
        hint = f"names are separated by spaces: {' '.join(name.text)}"
    problem = f"expected a token name, got {name.text!r}; {hint}"
    raise pattern_error(pattern.text, name.column, problem)


@dataclass
class _Builder:
    tokens: dict[TokenSet, frozenset[int]]
    symbols: list[frozenset[int]] = field(default_factory=list)
    follow: list[int] = field(default_factory=list)

    def add(self, node: Node) -> _Fragment:
        match node:
            case TokenSet():
                # Each occurrence of a symbol is a position of its own, so that no empty moves are
                # needed.
                self.symbols.append(self.tokens[node])
                self.follow.append(0)
                position = 1 << (len(self.symbols) - 1)
                return _Fragment(position, position, False)
            case Concatenation(parts):
                return self._chain([self.add(part) for part in parts])
            case Choice(options):
                first, last, accepts_empty = zip(*map(self.add, options), strict=True)
                return _Fragment(reduce(or_, first), reduce(or_, last), any(accepts_empty))
            case Repeat(body, at_least, at_most):
                return self._repeat(body, at_least, at_most)

    def _chain(self, parts: list[_Fragment]) -> _Fragment:
        # From the right, so that each part is linked once to all that may come after it, however
        # many of the parts between may be empty.
        whole = _Fragment(0, 0, True)
        for part in reversed(parts):
            self._link(part.last, whole.first)
            first = part.first | (whole.first if part.accepts_empty else 0)
            last = whole.last | (part.last if whole.accepts_empty else 0)
            whole = _Fragment(first, last, part.accepts_empty and whole.accepts_empty)
        return whole

    def _repeat(self, body: Node, at_least: int, at_most: int | None) -> _Fragment:
        # x{m,n} is m times x, then (x (x (...)?)?)?, which links each copy to the next alone; and
        # where x matches the empty word, x{m,n} is y{0,n} with y the words of x of length >= 1.
        copies = [self.add(body) for _ in range(max(at_least, 1) if at_most is None else at_most)]
        if copies[0].accepts_empty:
            at_least = 0
        for copy, following in pairwise(copies):
            self._link(copy.last, following.first)
        if at_most is None:
            # In x{m,} the last copy alone goes round; the ones before it are counted.
            self._link(copies[-1].last, copies[-1].first)
        # A word may end in every copy from the last one that is required on.
        last = reduce(or_, (copy.last for copy in copies[max(at_least, 1) - 1 :]))
        return _Fragment(copies[0].first, last, at_least == 0)

    def _link(self, ends: int, starts: int) -> None:
        for position in bits(ends):
            self.follow[position] |= starts
