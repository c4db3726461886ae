"""The commands that fit a SCAN program, as an input language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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

# Words, actions and pattern of every kind of phrase.
_PHRASES = tuple(
    (words + extra, actions * times, f"{pattern}{repeat}")
    for words, actions, pattern in _MOTIONS
    for extra, times, repeat in ((0, 1, ""), (1, 2, " twice"), (1, 3, " thrice"))
)


def commands(layout: Layout) -> inputs.InputSpec:
    """Describes the encoded commands that fit a layout, each in the length that it has there.

    A length settles the number of blanks; so the patterns need not count them.

    Args:
        layout: gives the most words, the most actions, and the lengths.
    """
    max_actions = layout.actions or MAX_ACTIONS
    of_length: dict[int, list[int]] = {}
    for actions in range(1, max_actions + 1):
        of_length.setdefault(layout.length(actions), []).append(actions)
    return inputs.lengths(
        lambda length: _pattern(layout.words, of_length[length]) if length in of_length else None
    )


def _pattern(words: int, actions: Sequence[int]) -> str | None:
    alternatives = tuple(_alternatives(words, actions))
    return f"START {_choice(alternatives)} _+" if alternatives else None


# Yields patterns for the commands with at most so many words, and one of these numbers.
def _alternatives(limit: int, wanted: Sequence[int]) -> Iterator[str]:
    single = [
        pattern for words, actions, pattern in _PHRASES if words <= limit and actions in wanted
    ]
    if single:
        yield _choice(single)
    # Phrases that go with the same second ones share an alternative.
    firsts: dict[tuple[str, ...], list[str]] = {}
    for words, actions, pattern in _PHRASES:
        seconds = tuple(
            second
            for more_words, more_actions, second in _PHRASES
            if words + 1 + more_words <= limit and actions + more_actions in wanted
        )
        if seconds:
            firsts.setdefault(seconds, []).append(pattern)
    for seconds, patterns in firsts.items():
        yield f"{_choice(patterns)} (and|after) {_choice(seconds)}"


def _choice(patterns: Sequence[str]) -> str:
    return f"({'|'.join(patterns)})"
