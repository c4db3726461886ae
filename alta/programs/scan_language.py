"""The commands that fit a SCAN program, as an input language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

from alta import inputs
from alta.programs.scan_layout import MAX_ACTIONS, Layout

__all__ = ["commands"]

_VERB = "(walk|look|run|jump)"
_SIDE = "(left|right)"

# Words, actions and pattern of every kind of motion.
_MOTIONS = (
    (1, 1, _VERB),
    (2, 1, f"turn {_SIDE}"),
    (2, 2, f"{_VERB} {_SIDE}"),
    (3, 2, f"turn opposite {_SIDE}"),
    (3, 3, f"{_VERB} opposite {_SIDE}"),
    (3, 4, f"turn around {_SIDE}"),
    (3, 8, f"{_VERB} around {_SIDE}"),
)


@final
@dataclass(frozen=True)
class _Phrase:
    words: int
    actions: int
    pattern: str


_PHRASES = tuple(
    _Phrase(words + more, actions * times, f"{pattern}{repeat}")
    for words, actions, pattern in _MOTIONS
    for more, times, repeat in ((0, 1, ""), (1, 2, " twice"), (1, 3, " thrice"))
)


def commands(layout: Layout) -> inputs.InputSpec:
    """Describes the encoded commands that fit a layout, each in the length that it has there.

    A length settles the number of blanks; so the patterns need not count them.

    Args:
        layout: gives the most words, the most actions, and the lengths.
    """
    most = layout.actions or MAX_ACTIONS
    of_length: dict[int, list[int]] = {}
    for actions in range(1, most + 1):
        of_length.setdefault(layout.length(actions), []).append(actions)
    return inputs.lengths(
        lambda length: _pattern(layout.words, of_length[length]) if length in of_length else None
    )


def _pattern(words: int, actions: Sequence[int]) -> str | None:
    alternatives = tuple(_alternatives(words, actions))
    return f"START {_choice(alternatives)} _+" if alternatives else None


def _alternatives(words: int, actions: Sequence[int]) -> Iterator[str]:
    """Yields patterns for the commands with at most so many words, and one of these numbers."""
    fitting = [each for each in _PHRASES if each.words <= words]
    single = [phrase.pattern for phrase in fitting if phrase.actions in actions]
    if single:
        yield _choice(single)
    # Phrases that go with the same second ones share an alternative.
    firsts: dict[tuple[str, ...], list[str]] = {}
    for first in fitting:
        seconds = tuple(
            second.pattern
            for second in fitting
            if first.words + 1 + second.words <= words and first.actions + second.actions in actions
        )
        if seconds:
            firsts.setdefault(seconds, []).append(first.pattern)
    for seconds, patterns in firsts.items():
        yield f"{_choice(patterns)} (and|after) {_choice(seconds)}"


def _choice(patterns: Sequence[str]) -> str:
    return f"({'|'.join(patterns)})"
