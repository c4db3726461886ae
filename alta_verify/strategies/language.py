"""Input languages: all words, a pattern, a list, or a pattern for each length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from alta import inputs
from alta.inputs.language import InputSpec

__all__ = ["input_specs", "patterns"]


def patterns(vocab: Sequence[str]) -> SearchStrategy[str]:
    """Draws patterns over token names, for `alta.inputs.regex`.

    Args:
        vocab: the names.
    """
    names = st.sampled_from(vocab)
    sets = st.lists(names, min_size=1, unique=True).map(lambda some: f"[{' '.join(some)}]")
    times = st.sampled_from(("*", "?", "+", "{2}", "{1,3}"))

    def compound(inner: SearchStrategy[str]) -> SearchStrategy[str]:
        several = st.lists(inner, min_size=2, max_size=3)
        return st.one_of(
            several.map(" ".join),
            several.map(lambda parts: f"({'|'.join(parts)})"),
            st.tuples(inner, times).map(lambda pair: f"({pair[0]}){pair[1]}"),
        )

    return st.recursive(st.one_of(st.just("."), names, sets), compound, max_leaves=5)


@final
@dataclass(frozen=True)
class _ByLength:
    """Gives the pattern of each length from a table that its last entry continues."""

    table: tuple[str | None, ...]

    def __call__(self, length: int) -> str | None:
        return self.table[min(length, len(self.table) - 1)]


def input_specs(vocab: Sequence[str], *, max_length: int) -> SearchStrategy[InputSpec]:
    """Draws input languages of every kind; some have no word at all.

    Args:
        vocab: the token names.
        max_length: the longest word of an explicit list.
    """
    words = st.lists(st.integers(0, len(vocab) - 1), min_size=1, max_size=max_length)
    tables = st.lists(st.none() | patterns(vocab), min_size=1, max_size=max_length + 1)
    return st.one_of(
        st.builds(inputs.anything),
        patterns(vocab).map(inputs.regex),
        st.lists(words, min_size=1, max_size=6).map(inputs.sequences),
        tables.map(lambda table: inputs.lengths(_ByLength(tuple(table)))),
    )
