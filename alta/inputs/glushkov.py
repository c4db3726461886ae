"""A pattern becomes its position automaton (Glushkov 1961), which has no empty moves.

Each symbol of the pattern, with counted repetitions written out, is a position. A word is matched
by a walk through positions that reads one token at each: it begins at a `first` position, goes on
to positions that `follow`, and ends at a `last` one. Sets of positions are bits of an integer.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import NamedTuple, final

from alta.errors import nearest
from alta.inputs.pattern import (
    Choice,
    Concatenation,
    Name,
    Node,
    Pattern,
    Repeat,
    TokenSet,
    pattern_error,
)
from alta.inputs.vocabulary import Vocabulary

__all__ = ["MAX_TOKENS", "PositionAutomaton", "bits", "check_names", "encode_positions"]

# The most tokens that the symbols of a pattern may stand for altogether.
MAX_TOKENS = 1 << 22


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
        tokens[leaf] = _tokens_of(leaf, pattern, vocabulary)
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


def _tokens_of(leaf: TokenSet, pattern: Pattern, vocabulary: Vocabulary) -> frozenset[int]:
    # [^ ...] over all names leaves none, and matches nothing.
    tokens = frozenset().union(*_ranges(leaf, pattern, vocabulary))
    return frozenset(range(len(vocabulary))) - tokens if leaf.negated else tokens


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
