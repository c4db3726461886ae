"""Wrong specifications: for each shipped program some that are right but for one thing.

Each is the program's oracle, changed: off by one, wrong at one input of the language only, wrong at
the bound only, or wrong in the way of its task, such as a carry that is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, final

import alta
from alta.lang.program import Program

__all__ = ["INTENTIONS", "Intention", "after_instructions", "wrong_of"]

Oracle = Callable[[Sequence[int]], Sequence[Any]]
# Takes the tokens and what is right, and returns what is not, on some inputs.
Change = Callable[[list[int], list[Any]], list[Any]]


@final
@dataclass(frozen=True)
class Intention:
    """A shipped program in a small size, what is right of it, and how that can be wrong."""

    name: str
    max_len: int
    mistakes: dict[str, Change]
    sizes: dict[str, int] = field(default_factory=dict)
    max_layers: int | None = None
    simulated: Oracle | None = None

    @cached_property
    def program(self) -> Program:
        return alta.programs.get(self.name, **self.sizes)

    @property
    def right(self) -> Oracle:
        oracle = self.simulated or self.program.oracle
        assert oracle is not None
        return oracle

    def wrong(self, mistake: str) -> Oracle:
        change = self.mistakes[mistake] if mistake in self.mistakes else self._common[mistake]
        return lambda tokens: change(list(tokens), list(self.right(tokens)))

    def shortest(self, mistake: str) -> tuple[int, ...]:
        """The first input, shorter ones first, on which the mistake shows, found by running all."""
        wrong = self.wrong(mistake)
        for word in self.program.inputs.enumerate(self.max_len):
            if word and list(wrong(word)) != list(self.right(word)):
                return word
        raise AssertionError(f"{mistake} shows on no input")

    @property
    def _common(self) -> dict[str, Change]:
        """What can be wrong of any program."""
        inputs = self.program.inputs
        longest = inputs.lengths(self.max_len)[-1]
        automaton = inputs.automaton(longest)
        place = 2 * automaton.count(longest) // 3
        chosen = list(automaton.word_at(longest, place))
        return {
            "off by one": lambda tokens, right: [*right[:-1], right[-1] + 1],
            "at one input": lambda tokens, right: other(right) if tokens == chosen else right,
            "at the bound": lambda tokens, right: other(right) if len(tokens) == longest else right,
        }

    @property
    def all_mistakes(self) -> list[str]:
        return [*self._common, *self.mistakes]


def other(right: list[Any]) -> list[Any]:
    """The same outputs, but for the last one."""
    return [*right[:-1], 1 - right[-1]]


def never_odd(tokens: list[int], right: list[Any]) -> list[Any]:
    """Parities that are forgotten after three ones."""
    return [0] * len(right) if tokens.count(1) == 3 else right


def flipped(tokens: list[int], right: list[Any]) -> list[Any]:
    return [1 - value for value in right]


def no_carry(tokens: list[int], right: list[Any]) -> list[Any]:
    """Sums whose last carry is lost."""
    return [0, *right[1:]]


def carry_at_nine(tokens: list[int], right: list[Any]) -> list[Any]:
    """Sums of one digit each, with a carry from 9 on."""
    nine = len(tokens) == 5 and tokens[1] + tokens[3] == 9
    return [1, 0, *right[2:]] if nine else right


def descending(tokens: list[int], right: list[Any]) -> list[Any]:
    return [right[0], *sorted(right[1:], reverse=True)]


def greatest_swapped(tokens: list[int], right: list[Any]) -> list[Any]:
    """The two greatest of four or more in the wrong order, as in a sort that treats ties so."""
    return [*right[:-2], right[-1], right[-2]] if len(right) > 4 else right


def first_two_swapped(tokens: list[int], right: list[Any]) -> list[Any]:
    """Two outputs behind START in the wrong order."""
    return [right[0], right[2], right[1], *right[3:]]


def lost(tokens: list[int], right: list[Any]) -> list[Any]:
    """The last output that there is, lost."""
    last = max((place for place, value in enumerate(right) if value), default=0)
    return [*right[:last], 0, *right[last + 1 :]]


def after_instructions(number: int, cells: int, max_value: int) -> Oracle:
    """A computer with one instruction, in plain Python: its memory after so many, or its halt."""

    def memory_of(tokens: Sequence[int]) -> list[int]:
        memory, pc = [token - max_value for token in tokens], 0
        for _ in range(number):
            if not 0 <= pc <= cells - 3:
                break
            a, b, c = memory[pc : pc + 3]
            if not (0 <= a < cells and 0 <= b < cells):
                break
            size = 2 * max_value + 1
            memory[b] = (memory[b] - memory[a] + max_value) % size - max_value
            pc = c if memory[b] <= 0 else pc + 3
        return [value + max_value for value in memory]

    return memory_of


def not_wrapped(tokens: list[int], right: list[Any]) -> list[Any]:
    """Cells that stay at the greatest value instead of wrapping around."""
    pairs = zip(tokens, right, strict=True)
    return [min(value, 1) if before == 0 else value for before, value in pairs]


def unchanged(tokens: list[int], right: list[Any]) -> list[Any]:
    return tokens


INTENTIONS = {
    intention.name: intention
    for intention in (
        Intention("parity_sequential_relative", 6, {"forgotten": never_odd, "flipped": flipped}),
        Intention("parity_sequential_absolute", 6, {"forgotten": never_odd, "flipped": flipped}),
        Intention("parity_sum_mod_2", 6, {"forgotten": never_odd, "flipped": flipped}),
        Intention("parity_sum_mod_2_intermediate", 6, {"forgotten": never_odd, "flipped": flipped}),
        Intention("addition", 5, {"no carry": no_carry, "carry at nine": carry_at_nine}),
        Intention(
            "sort_unique",
            6,
            {"descending": descending, "greatest swapped": greatest_swapped},
            {"max_value": 5},
        ),
        Intention(
            "subleq",
            3,
            {"not wrapped": not_wrapped, "unchanged": unchanged},
            {"cells": 3, "max_value": 2},
            max_layers=8,
            simulated=after_instructions(2, 3, 2),
        ),
        Intention(
            "scan_parser", 11, {"swapped": first_two_swapped, "lost": lost}, {"max_words": 2}
        ),
        Intention(
            "scan",
            12,
            {"swapped": first_two_swapped, "lost": lost},
            {"max_words": 2, "max_actions": 6, "short_length": 8},
        ),
    )
}


def wrong_of() -> list[tuple[str, str]]:
    """Every program with each of its mistakes."""
    return [
        (name, mistake)
        for name, intention in INTENTIONS.items()
        for mistake in intention.all_mistakes
    ]
