"""Parikh vectors: how often each token occurs in an input; all those of a length in one diagram.

The Parikh image of a language is the set of the vectors of its words (Parikh, "On context-free
languages", 1966). Tokens are put in a row, and the numbers that diagrams ask for are how many
positions have one of the first tokens of the row: how many tokens are less than some token, which
is what programs count, is one such number, and how often a token occurs is the difference of two.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TypeAlias, final

from alta.inputs.dfa import Dfa
from alta.limit import checkpoint
from alta_verify.deadline import Work
from alta_verify.reach.sets.diagrams import FALSE, TRUE, Diagram, Diagrams
from alta_verify.universal import nonempty

__all__ = ["Multiplicities", "ParikhVector", "TooManyVectors", "parikh_image"]

ParikhVector: TypeAlias = tuple[tuple[int, int], ...]
"""Pairs of a token that occurs and how often it does, in the order of tokens."""


class TooManyVectors(Exception):  # noqa: N818 - an outcome, not an error
    """An automaton that tells too many tokens apart."""


def parikh_image(
    automaton: Dfa, length: int, limit: int, alike: Mapping[int, int]
) -> frozenset[ParikhVector] | None:
    """Returns the Parikh vector of every accepted word of a length; None where there are too many.

    It is found by a walk through the automaton that keeps, for each state, the vectors of the
    beginnings that lead there, so many at once at most. Tokens that are alike count as one.
    """
    # The counts are the digits of one number, so that a token more is an addition.
    names = sorted({alike[token] for moves in automaton.transitions for token in moves})
    digit = {name: (length + 1) ** place for place, name in enumerate(names)}
    steps = [
        {(digit[alike[token]], target) for token, target in moves.items()}
        for moves in automaton.transitions
    ]
    # Beginnings with the same state and vector have the same continuations: one stands for both.
    reached: dict[int, set[int]] = {automaton.start: {0}}
    for position in range(length):
        # States from which no word can be completed are left out.
        ends = automaton.completions(length - position - 1)
        following: dict[int, set[int]] = {}
        for state, codes in reached.items():
            checkpoint()
            for step, target in steps[state]:
                if target in ends:
                    following.setdefault(target, set()).update(code + step for code in codes)
            if sum(map(len, following.values())) > limit:
                return None
        reached = following
    complete = (codes for state, codes in reached.items() if state in automaton.accepting)
    return frozenset(
        _decoded(code, names, length + 1) for code in frozenset[int]().union(*complete)
    )


def _decoded(code: int, names: list[int], base: int) -> ParikhVector:
    vector = []
    for name in names:
        # Every count is less than the base.
        code, number = divmod(code, base)
        if number:
            vector.append((name, number))
    return tuple(vector)


@final
class Multiplicities:
    """How often each token may occur in an input of a length, in diagrams over all vectors.

    Attributes:
        tokens: a token for all that are alike, in the order of the row.
        maxima: how often each token occurs at most.
        diagrams: the numbers are how many positions have one of the first tokens of the row,
            beginning with the longest part of it.
        vectors: where these are those of a Parikh vector that each factor of the language has.
    """

    def __init__(
        self,
        factors: Iterable[Dfa],
        length: int,
        alike: Mapping[int, int],
        limit: int,
        work: Work | None = None,
    ) -> None:
        """Takes automata that the inputs of a length have in common, and tokens that are alike.

        Raises TooManyVectors where an automaton tells apart more vectors than the limit.
        """
        self._length = length
        images = [_grouped(factor, length, alike, limit) for factor in factors]
        self._least = dict.fromkeys(sorted(set(alike.values())), 0)
        self.maxima = dict.fromkeys(self._least, length)
        for groups, rows in images:
            sizes = Counter(groups.values())
            for token, group in groups.items():
                numbers = [row.get(group, 0) for row in rows]
                self.maxima[token] = min(self.maxima[token], max(numbers))
                if sizes[group] == 1:
                    self._least[token] = max(self._least[token], min(numbers))
        occurring = [token for token in self._least if self.maxima[token]]
        # Tokens that always occur equally often come first, where they add a constant to all sums.
        self.tokens = sorted(occurring, key=lambda t: (self._least[t] != self.maxima[t], t))
        ranges = [self._range(end) for end in reversed(range(len(self.tokens) - 1))]
        self.diagrams = Diagrams(
            [nonempty(numbers, "numbers of tokens") for numbers in ranges], work
        )
        self._cached = cache(self._sums)
        accepted = (self._accepted(*image) for image in images)
        # What all factors have in common may be more than what the language has.
        self.vectors = self.diagrams.all_of(accepted)
        nonempty(self.vectors, f"Parikh vectors of {length} tokens")

    def _level(self, end: int) -> int:
        """Returns the level of the number of the tokens up to a place of the row."""
        return len(self.tokens) - 2 - end

    def first_tokens(self, level: int) -> frozenset[int]:
        """Returns the tokens of the row of which a level of diagrams asks for the number."""
        return frozenset(self.tokens[: len(self.tokens) - 1 - level])

    def _range(self, end: int) -> range:
        """Returns how many positions may have one of the tokens up to a place of the row."""
        first, last = self.tokens[: end + 1], self.tokens[end + 1 :]
        low = max(
            sum(self._least[token] for token in first),
            self._length - sum(self.maxima[token] for token in last),
        )
        high = min(
            sum(self.maxima[token] for token in first),
            self._length - sum(self._least[token] for token in last),
        )
        return range(low, high + 1)

    def sums(self, tokens: frozenset[int]) -> Mapping[int, Diagram]:
        """Returns where some tokens together occur how often."""
        return self._cached(tokens)

    def _sums(self, tokens: frozenset[int]) -> Mapping[int, Diagram]:
        # Tokens a … b of the row are s_b - s_(a-1) positions, where s of all tokens is the length
        # and s of none is 0; what is between two neighbours cancels.
        last = len(self.tokens) - 1
        coefficients = Counter[int]()
        for place, token in enumerate(self.tokens):
            if token in tokens:
                coefficients[place] += 1
                coefficients[place - 1] -= 1
        constant = coefficients[last] * self._length
        levels = {self._level(end): c for end, c in coefficients.items() if c and 0 <= end < last}
        # Other sums are those of numbers that belong to no input.
        return {
            total + constant: diagram
            for total, diagram in self.diagrams.sums(levels).items()
            if 0 <= total + constant <= self._length
        }

    def exceeding(self, token: int, number: int) -> Diagram:
        """Returns where a token occurs more often than that."""
        sums = self.sums(frozenset({token})).items()
        return self.diagrams.any_of(diagram for total, diagram in sums if total > number)

    def vector(self, diagram: Diagram) -> dict[int, int]:
        """Returns how often each token occurs in a Parikh vector that a diagram has."""
        ends = [*reversed(self.diagrams.numbers(diagram)), self._length]
        return {t: b - a for t, a, b in zip(self.tokens, [0, *ends], ends, strict=False)}

    def _accepted(self, groups: Mapping[int, int], rows: Sequence[Mapping[int, int]]) -> Diagram:
        """Returns where groups of tokens occur as often as one of some rows says."""
        tokens, diagrams = self.tokens, self.diagrams
        # Where the tokens of a group end, as one goes from the last of the row to the first.
        first = {groups[token]: place for place, token in reversed(list(enumerate(tokens)))}
        # What no token is there for occurs in no input.
        start = frozenset(
            index for index, row in enumerate(rows) if all(group in first for group in row)
        )

        @cache
        def accepted(
            place: int, end: int, left: frozenset[int], behind: frozenset[tuple[int, int]]
        ) -> Diagram:
            # As many positions have a token up to this place; behind it, groups have so many.
            diagrams.work.units += 1
            group = groups[tokens[place]]
            before = dict(behind)
            already = before.pop(group, 0)
            numbers: dict[int, set[int]] = {}
            for index in left if first[group] == place else ():
                numbers.setdefault(rows[index].get(group, 0), set()).add(index)
            children = []
            for begin in self._range(place - 1):
                number = already + end - begin
                if begin > end:
                    children.append(FALSE)
                elif first[group] != place:
                    pending = frozenset({**before, group: number}.items())
                    children.append(accepted(place - 1, begin, left, pending))
                elif number not in numbers:
                    children.append(FALSE)
                elif place == 0:
                    children.append(TRUE)
                else:
                    remaining = frozenset(numbers[number])
                    children.append(
                        accepted(place - 1, begin, remaining, frozenset(before.items()))
                    )
            return diagrams.node(self._level(place - 1), children)

        return accepted(len(tokens) - 1, self._length, start, frozenset())


def _grouped(
    automaton: Dfa, length: int, alike: Mapping[int, int], limit: int
) -> tuple[dict[int, int], list[dict[int, int]]]:
    """Returns for each token the first one that the automaton does not tell from it, and an image.

    Of tokens that it treats alike only the sum of their numbers matters.
    """
    moves = [
        {(alike[token], target) for token, target in state.items()}
        for state in automaton.transitions
    ]
    groups: dict[int, int] = {}
    by_behaviour: dict[tuple[frozenset[int], ...], int] = {}
    for token in sorted(set(alike.values())):
        behaviour = tuple(frozenset(end for name, end in state if name == token) for state in moves)
        groups[token] = by_behaviour.setdefault(behaviour, token)
    image = parikh_image(automaton, length, limit, {t: groups[alike[t]] for t in alike})
    if image is None:
        raise TooManyVectors
    return groups, [dict(vector) for vector in nonempty(image, f"words of {length} tokens")]
