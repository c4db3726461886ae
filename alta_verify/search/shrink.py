"""Shrinking: the shortest input that fails as well, and of those the first in token order.

As in delta debugging (Zeller and Hildebrandt, 2002), tokens are left out or replaced first, which
leads far quickly. Then all simpler inputs are run, as far as that is affordable: if it was, the
input is the shortest there is, else the shortest that was found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice, takewhile
from typing import Final, NamedTuple, TypeVar, final

from alta.inputs.language import InputLanguage
from alta.limit import OutOfTime
from alta_verify.deadline import Deadline
from alta_verify.search.counterexample import Counterexample, find_difference
from alta_verify.search.deviation import Deviation
from alta_verify.search.disagreement import Disagreement
from alta_verify.search.lockstep import Lockstep, Word

__all__ = ["Interrupted", "Simplest", "shrink", "shrink_by_runs", "simplest"]

# So many coordinates are computed in search of shorter inputs.
_WORK: Final = 1 << 26
# So many inputs are run without a model in search of shorter ones.
_WORDS: Final = 1 << 15
# So many inputs are tried before it is asked again whether that is affordable.
_CHUNK: Final = 512


class Simplest(NamedTuple):
    """The simplest input that was found, and whether all shorter ones of the language were run."""

    tokens: Word
    shortest: bool


_Refutation = TypeVar("_Refutation", Counterexample, Disagreement, Counterexample | Deviation)


class Interrupted(Exception):  # noqa: N818 - an outcome, not an error
    """Says that inputs cannot be tried any more."""


def shrink(counterexample: Counterexample, *, longest: int, deadline: Deadline) -> Counterexample:
    """Returns the simplest counterexample to the same claim that can be found before a deadline."""
    # Every input that is tried is one of the language, run on both sides. With the longest input
    # that samples had, nothing is compiled anew.
    program, model = counterexample.program, counterexample.model
    max_layers = counterexample.max_layers
    if counterexample.shortest or model is None:
        return counterexample
    lockstep = Lockstep(program, model, longest, max_layers, deadline)
    return _shrunk(
        counterexample,
        program.inputs,
        lockstep.differing,
        lambda word: find_difference(program, model, word, max_layers),
        lambda: lockstep.work < _WORK,
    )


def shrink_by_runs(
    refutation: _Refutation,
    inputs: InputLanguage,
    suspects: Callable[[Sequence[Word]], list[Word]],
    replay: Callable[[Word], _Refutation | None],
    *,
    deadline: Deadline,
) -> _Refutation:
    """Does the same without a model; of inputs of one length, `suspects` are what may refute."""
    run = 0

    def differing(words: Sequence[Word]) -> Iterator[Word]:
        nonlocal run
        for _, group in groupby(sorted(words, key=_order), key=len):
            alike = list(group)
            if deadline.expired:
                raise Interrupted
            run += len(alike)
            yield from suspects(alike)

    return _shrunk(refutation, inputs, differing, replay, lambda: run < _WORDS)


def _shrunk(
    refutation: _Refutation,
    inputs: InputLanguage,
    differing: Callable[[Sequence[Word]], Iterator[Word]],
    replay: Callable[[Word], _Refutation | None],
    affordable: Callable[[], bool],
) -> _Refutation:
    # Every refutation that is returned was replayed, not only suspected.
    replayed = {refutation.tokens: refutation}

    def first(words: Sequence[Word]) -> Word | None:
        for word in differing(words):
            again = replay(word)
            # The batch was wrong here, so that what it says of other inputs does not count either.
            if again is None:
                raise Interrupted
            replayed[word] = again
            return word
        return None

    best = simplest(refutation.tokens, inputs, first, affordable)
    return replace(replayed[best.tokens], shortest=best.shortest)


def simplest(
    word: Word,
    inputs: InputLanguage,
    first: Callable[[Sequence[Word]], Word | None],
    affordable: Callable[[], bool],
) -> Simplest:
    """Returns the simplest input for which something holds: shortest, then first in token order.

    It holds for the word, and no input beyond the language is tried. Of some inputs `first` returns
    the simplest for which it holds, if there is one; it may raise `Interrupted` or `OutOfTime`.
    """
    # Leaving out, then replacing, then exhausting: each starts from what the one before found.
    search = _Search(word, inputs, first, affordable)
    try:
        search.descend(_shorter)
        search.descend(_simpler)
        search.exhaust()
    except (Interrupted, OutOfTime):
        pass
    # It is the shortest only if all inputs that are shorter were run.
    return Simplest(search.word, search.none_below >= len(search.word))


@final
@dataclass
class _Search:
    """A search for simpler and simpler inputs."""

    # The simplest so far; no shorter one than `none_below` tokens fails, as is known.
    word: Word
    inputs: InputLanguage
    first: Callable[[Sequence[Word]], Word | None]
    affordable: Callable[[], bool]
    none_below: int = 1

    def descend(self, near: Callable[[Word], Iterator[Word]]) -> None:
        """Goes on to something simpler nearby until there is nothing."""
        while self.affordable():
            # Each candidate once, in order, and inputs of the language only.
            tried = dict.fromkeys(filter(self.inputs.contains, near(self.word)))
            better = self.first(list(tried))
            # Whatever is said to fail: only what is simpler leads on, so that this ends.
            if better is None or _order(better) >= _order(self.word):
                return
            self.word = better

    def exhaust(self) -> None:
        """Tries all simpler inputs, the simplest first, as far as that is affordable."""
        for length in self.inputs.lengths(len(self.word)):
            if not length:
                continue
            words = self.inputs.automaton(length).enumerate_words(length)
            # Lazily, as there may be more words than can be counted.
            simpler = takewhile(lambda word: _order(word) < _order(self.word), words)
            while chunk := list(islice(simpler, _CHUNK)):
                if not self.affordable():
                    return
                better = self.first(chunk)
                if better is not None:
                    # None of the inputs before it would do.
                    self.word, self.none_below = better, length
                    return
            self.none_below = length + 1


def _order(word: Word) -> tuple[int, Word]:
    return len(word), word


def _shorter(word: Word) -> Iterator[Word]:
    """Yields the word without a stretch of tokens; never the empty word."""
    # As in ddmin, long stretches first and then half as long ones: O(n log n) candidates.
    size = len(word) - 1
    while size > 0:
        for start in range(len(word) - size + 1):
            yield word[:start] + word[start + size :]
        size //= 2


def _simpler(word: Word) -> Iterator[Word]:
    """Yields the word with one token replaced by one that is before it."""
    for place, token in enumerate(word):
        for smaller in range(token):
            yield (*word[:place], smaller, *word[place + 1 :])
