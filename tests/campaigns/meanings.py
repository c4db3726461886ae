"""Meanings: what may be meant of a program, as a specification, and as a truth to judge it by.

The truth is told from tables and patterns alone, by the judge; the specification is made of the
same, and asks nothing of the judge.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, final

import numpy as np

import alta
from alta_verify import specs
from alta_verify.specs import Meant
from tests.judge.language import Word
from tests.judge.many import End, Places, Step, ends
from tests.judge.meaning import Program
from tests.judge.patterns import derivative, parsed
from tests.judge.text import read

__all__ = ["Accepted", "Folded", "Meaning", "Never", "Same", "matches"]


class Meaning(ABC):
    """What may be meant of a program."""

    @abstractmethod
    def specification(self) -> Meant:
        """Returns it for the verifier."""

    @abstractmethod
    def broken(
        self, program: Program, words: Sequence[Word], steps: Sequence[Step], found: Sequence[End]
    ) -> list[bool]:
        """Returns on which inputs of one length it does not hold, where runs end well."""


class _OfOutputs(Meaning):
    """What is meant of the outputs of each run."""

    def broken(
        self, program: Program, words: Sequence[Word], steps: Sequence[Step], found: Sequence[End]
    ) -> list[bool]:
        return [
            not end.kinds and not self.agrees(word, end.outputs)
            for word, end in zip(words, found, strict=True)
        ]

    @abstractmethod
    def agrees(self, word: Word, outputs: Word) -> bool:
        """Says whether outputs are what is meant."""


@final
@dataclass(frozen=True)
class Folded(_OfOutputs):
    """The outputs are those of an automaton whose state 0 is its start.

    Attributes:
        table: the next state, by state and token.
        outputs: by state.
        at: -1 for the last output; None for all.
    """

    table: tuple[tuple[int, ...], ...]
    outputs: tuple[int, ...]
    at: int | None

    def specification(self) -> Meant:
        table, outputs = self.table, self.outputs
        return specs.transducer(
            lambda state, token: table[state][token], 0, lambda state: outputs[state], self.at
        )

    def agrees(self, word: Word, outputs: Word) -> bool:
        state, expected = 0, []
        for token in word:
            state = self.table[state][token]
            expected.append(self.outputs[state])
        return expected[-1] == outputs[-1] if self.at == -1 else tuple(expected) == outputs


@final
@dataclass(frozen=True)
class Accepted(_OfOutputs):
    """An output says whether the input matches a pattern."""

    pattern: str
    vocab: tuple[str, ...]
    output: int
    at: int | None

    def specification(self) -> Meant:
        return specs.accepts(self.pattern, output=self.output, at=self.at)

    def agrees(self, word: Word, outputs: Word) -> bool:
        places = outputs[-1:] if self.at == -1 else outputs
        accepted = matches(self.pattern, self.vocab, word)
        return all((value == self.output) is accepted for value in places)


@final
@dataclass(frozen=True)
class Same(Meaning):
    """The outputs are those of another program."""

    text: str

    def specification(self) -> Meant:
        return alta.parse_program(self.text)

    def broken(
        self, program: Program, words: Sequence[Word], steps: Sequence[Step], found: Sequence[End]
    ) -> list[bool]:
        others = ends(read(self.text), words)
        return [
            not end.kinds and (end.kinds, end.outputs) != (other.kinds, other.outputs)
            for end, other in zip(found, others, strict=True)
        ]


@final
@dataclass(frozen=True)
class Never(Meaning):
    """No position ever has some values, or gets others where it has some.

    Attributes:
        before: the values, by variable.
        after: those that it has after a layer; None where this is about one state.
    """

    before: Mapping[str, int]
    after: Mapping[str, int] | None = None

    def specification(self) -> Meant:
        before, after = self.before, self.after
        if after is None:
            return specs.always(lambda z: _differs(z, before))
        return specs.always(lambda z, then: _differs(z, before) or _differs(then, after))

    def broken(
        self, program: Program, words: Sequence[Word], steps: Sequence[Step], found: Sequence[End]
    ) -> list[bool]:
        wrong = np.zeros(len(words), bool)
        if self.after is None:
            for step in steps:
                wrong |= _has(step, self.before).any(axis=1)
        else:
            for first, second in pairwise(steps):
                failed = np.any(list(second.wrong.values()), axis=0)
                both = _has(first, self.before) & _has(second, self.after)
                wrong |= both.any(axis=1) & first.running & ~failed
        return wrong.tolist()


def _differs(values: Any, from_these: Mapping[str, int]) -> bool:
    return any(values[name] != value for name, value in from_these.items())


def _has(step: Step, values: Mapping[str, int]) -> Places:
    found: Places = np.all([step.states[name] == value for name, value in values.items()], axis=0)
    return found


def matches(pattern: str, vocab: tuple[str, ...], word: Word) -> bool:
    """Says whether a word matches a pattern."""
    rest = parsed(pattern, vocab)
    for token in word:
        rest = derivative(rest, token)
    return rest.nullable
