"""Shrinking: a shorter input that fails as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from alta.lang.language import InputLanguage
from alta_verify.counterexample import Counterexample, find_difference
from alta_verify.deadline import Deadline
from alta_verify.disagreement import Disagreement, find_disagreement

__all__ = ["shortest", "shrink", "shrink_disagreement"]

_Found = TypeVar("_Found", Counterexample, Disagreement)


def shrink(found: Counterexample, *, deadline: Deadline) -> Counterexample:
    """Returns the shortest counterexample that leaving out tokens leads to.

    Every step is an input of the language on which both sides were run.
    """

    def again(word: tuple[int, ...]) -> Counterexample | None:
        return find_difference(found.program, found.model, word, found.max_layers)

    return shortest(found, found.program.inputs, again, deadline)


def shrink_disagreement(
    found: Disagreement, inputs: InputLanguage, *, deadline: Deadline
) -> Disagreement:
    """Does the same for a disagreement, on the inputs that both programs have in common."""

    def again(word: tuple[int, ...]) -> Disagreement | None:
        return find_disagreement(found.first, found.second, word, found.max_layers)

    return shortest(found, inputs, again, deadline)


def shortest(
    found: _Found,
    inputs: InputLanguage,
    again: Callable[[tuple[int, ...]], _Found | None],
    deadline: Deadline,
) -> _Found:
    """Returns what leaving out tokens leads to, as long as the same kind of thing is found again.

    Args:
        found: what was found.
        inputs: the language, beyond which no input goes.
        again: runs an input and says what is found.
        deadline: when to be content.
    """
    improved = True
    while improved:
        improved = False
        for word in _shorter(found.tokens):
            if deadline.expired:
                return found
            if not inputs.contains(word):
                continue
            smaller = again(word)
            if smaller is not None and smaller.kind == found.kind:
                found, improved = smaller, True
                break
    return found


def _shorter(word: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yields the word without a stretch of tokens, long stretches first; never the empty word."""
    size = len(word) - 1
    while size > 0:
        for start in range(len(word) - size, -1, -1):
            yield word[:start] + word[start + size :]
        size //= 2
