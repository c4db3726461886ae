"""The commands that fit a SCAN program, as an input language."""

from __future__ import annotations

from collections.abc import Iterator
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
    """Describes the encoded commands that fit a layout.

    The whole sequence has one length, which settles the number of blanks; so the pattern need not
    count them.

    Args:
        layout: gives the most words, and the most actions.
    """
    pattern = f"START ({'|'.join(_alternatives(layout.words, layout.actions or MAX_ACTIONS))}) _+"
    return inputs.lengths(lambda length: pattern if length == layout.length else None)


def _alternatives(words: int, actions: int) -> Iterator[str]:
    fitting = [each for each in _PHRASES if each.words <= words and each.actions <= actions]
    yield _choice([phrase.pattern for phrase in fitting])
    # Phrases that leave the same room for a second one share an alternative.
    firsts: dict[tuple[str, ...], list[str]] = {}
    for first in fitting:
        seconds = tuple(
            second.pattern
            for second in fitting
            if first.words + 1 + second.words <= words and first.actions + second.actions <= actions
        )
        if seconds:
            firsts.setdefault(seconds, []).append(first.pattern)
    for seconds, patterns in firsts.items():
        yield f"{_choice(patterns)} (and|after) {_choice(list(seconds))}"


def _choice(patterns: list[str]) -> str:
    return f"({'|'.join(patterns)})"
