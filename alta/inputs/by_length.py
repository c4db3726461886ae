"""The descriptions of an input language that have one pattern for each total length.

They are for what no single pattern can say, such as two operands of the same length.
"""

import json
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import final

from alta.errors import InputLanguageError
from alta.inputs.determinise import compile_pattern, empty
from alta.inputs.dfa import Dfa
from alta.inputs.glushkov import check_names
from alta.inputs.language import InputSpec
from alta.inputs.parser import parse_pattern
from alta.inputs.regular import Regex
from alta.inputs.vocabulary import Vocabulary, natural

__all__ = ["LengthTable", "Lengths"]


class _ByLength(InputSpec):
    one_automaton = False

    @abstractmethod
    def pattern(self, length: int) -> str | None:
        """Returns the pattern for a length; None where no sequence has it.

        Raises:
            InputLanguageError: there is no saying.
        """

    def tabulate(self, max_len: int) -> "LengthTable":
        """Returns the patterns up to `max_len` as a table."""
        lengths = range(natural(max_len, name="max_len") + 1)
        return LengthTable(tuple(map(self.pattern, lengths)))

    def automaton(self, length: int, vocabulary: Vocabulary) -> Dfa:
        """Returns the automaton of the length's pattern."""
        pattern = self.pattern(length)
        with _at_length(length):
            return empty() if pattern is None else compile_pattern(pattern, vocabulary)

    def decimal_range(self, max_len: int) -> int:
        """Returns 1 + the greatest number in the patterns."""
        n_tokens = 0
        for length, pattern in enumerate(self.tabulate(max_len).patterns):
            if pattern is not None:
                with _at_length(length):
                    n_tokens = max(n_tokens, Regex(pattern).decimal_range(length))
        return n_tokens


@final
@dataclass(frozen=True)
class LengthTable(_ByLength):
    """A pattern or None for each length 0, 1, ... up to the last of the table, none beyond."""

    patterns: tuple[str | None, ...]

    # A pattern that is malformed is an error at once; one that names no token, when it is bound.
    def __post_init__(self) -> None:
        if not self.patterns:
            raise InputLanguageError("lengths: expected a table from length 0 on, got an empty one")
        for length, pattern in enumerate(self.patterns):
            _check_pattern(pattern, length)

    def to_text(self) -> str:
        """Returns `lengths {"0": null, "1": "a", ...}`."""
        return f"lengths {json.dumps({str(n): text for n, text in enumerate(self.patterns)})}"

    def resolve(self, vocabulary: Vocabulary) -> "LengthTable":
        """Returns the same table, once it is known that its patterns are ones of these tokens."""
        for length, pattern in enumerate(self.patterns):
            _check_pattern(pattern, length, vocabulary)
        return self

    def pattern(self, length: int) -> str | None:
        """Returns the pattern for a length.

        Raises:
            InputLanguageError: the table ends before.
        """
        if length >= len(self.patterns):
            raise InputLanguageError(
                f"lengths: expected a length of at most {len(self.patterns) - 1}, where this table "
                f"ends, got {length}; tabulate the language further"
            )
        return self.patterns[length]


@final
@dataclass(frozen=True)
class Lengths(_ByLength):
    """A pattern or None for each total length, given by a function that is asked once each."""

    fn: Callable[[int], str | None]

    def to_text(self) -> str:
        """Refuses: a function has no text."""
        raise InputLanguageError(
            "lengths: expected a table, got a Python function, which has no text form; "
            "use .tabulate(max_len) first"
        )

    def pattern(self, length: int) -> str | None:
        """Returns the pattern for a length.

        Raises:
            InputLanguageError: the function returns something else.
        """
        # Asked once, so that what a language contains does not change while it is asked about.
        if length not in self._patterns:
            pattern = self.fn(length)
            _check_pattern(pattern, length)
            self._patterns[length] = pattern
        return self._patterns[length]

    @cached_property
    def _patterns(self) -> dict[int, str | None]:
        return {}


def _check_pattern(pattern: object, length: int, vocabulary: Vocabulary | None = None) -> None:
    if pattern is None:
        return
    if not isinstance(pattern, str):
        raise InputLanguageError(
            f"lengths: expected a pattern or None for length {length}, got {pattern!r} "
            f"({type(pattern).__name__})"
        )
    with _at_length(length):
        parsed = parse_pattern(pattern)
        if vocabulary is not None:
            check_names(parsed, vocabulary)


@contextmanager
def _at_length(length: int) -> Iterator[None]:
    try:
        yield
    except InputLanguageError as error:
        raise InputLanguageError(f"lengths, length {length}: {error}") from None
