"""The descriptions of an input language: anything, a pattern, a list, or a pattern by length.

One pattern for each total length is for what no single pattern can say, such as two operands of the
same length.
"""

import json
import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Self, final

from alta.errors import InputLanguageError, nearest
from alta.inputs.determinise import compile_pattern, trie
from alta.inputs.dfa import Dfa, empty, universal
from alta.inputs.language import InputSpec
from alta.inputs.parser import parse_pattern
from alta.inputs.pattern import Pattern, check_names, pattern_error
from alta.inputs.vocabulary import Token, Vocabulary, as_token, as_word, natural

__all__ = ["LengthTable", "Lengths", "PatternSpec", "Regex", "Sequences", "Universal"]

_REPR_LIMIT = 60
_DECIMAL = re.compile("0|[1-9][0-9]*")

# Arguments that go unused here are lengths: anything, patterns and lists say the same at each.


@final
@dataclass(frozen=True)
class Universal(InputSpec):
    """Every sequence of tokens, the empty one included."""

    def to_text(self) -> str:
        """Returns `anything`."""
        return "anything"

    def automaton(self, length: int, vocabulary: Vocabulary) -> Dfa:  # noqa: ARG002
        """Returns the automaton that accepts everything."""
        return universal(len(vocabulary))

    def decimal_range(self, max_len: int) -> int:  # noqa: ARG002
        """Never knows, and says so."""
        raise InputLanguageError(
            "alta.inputs.anything() does not say how many tokens there are; "
            "bind it to token names first: .bind(vocab, position_range)"
        )


@dataclass(frozen=True)
class PatternSpec(InputSpec):
    """A description that rests on one pattern; see `alta.inputs.parser` for the notation."""

    kind: ClassVar[str]
    pattern: str
    _parsed: Pattern = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_parsed", parse_pattern(self.pattern))

    def to_text(self) -> str:
        """Returns, for example, `regex "..."`."""
        return f"{self.kind} {json.dumps(self.pattern)}"

    def resolve(self, vocabulary: Vocabulary) -> Self:
        """Returns the same description, if the pattern names no other tokens."""
        check_names(self._parsed, vocabulary)
        return self

    def decimal_range(self, max_len: int) -> int:  # noqa: ARG002
        """Returns 1 + the greatest number in the pattern."""
        numbers = [-1]
        for leaf in self._parsed.token_sets():
            if leaf.negated:
                raise self._unbound(leaf.column, "'.' and '[^ ...]' depend on how many there are")
            for name in (name for names in leaf.ranges for name in names):
                if _DECIMAL.fullmatch(name.text) is None:
                    raise self._unbound(name.column, f"{name.text!r} is not a decimal number")
                # Nine digits are more tokens than there can be, and Python may refuse thousands.
                numbers.append(int(name.text[:9]))
        return 1 + max(numbers)

    def _unbound(self, column: int, why: str) -> InputLanguageError:
        problem = f"expected token numbers only, since no vocabulary is bound; {why}"
        return pattern_error(self.pattern, column, f"{problem}; use .bind(vocab, position_range)")


@final
@dataclass(frozen=True)
class Regex(PatternSpec):
    """The sequences that match a pattern."""

    kind = "regex"

    def automaton(self, length: int, vocabulary: Vocabulary) -> Dfa:  # noqa: ARG002
        """Returns the pattern's automaton."""
        return compile_pattern(self.pattern, vocabulary)


@final
@dataclass(frozen=True, repr=False)
class Sequences(InputSpec):
    """An explicit finite list of sequences, kept sorted and without repetitions."""

    sequences: tuple[tuple[Token, ...], ...]

    def __post_init__(self) -> None:
        # A list stands for a set of sequences: sorted, equal sets are equal values.
        distinct = set(map(tuple, self.sequences))
        tokens = {token for word in distinct for token in word}
        # Numbers before names, since Python does not compare the two; each token gets its rank.
        ordered = sorted(tokens, key=lambda token: (isinstance(token, str), token))
        rank = {token: index for index, token in enumerate(ordered)}
        words = sorted(distinct, key=lambda word: [rank[token] for token in word])
        object.__setattr__(self, "sequences", tuple(words))

    def __repr__(self) -> str:
        shown = repr([list(word) for word in self.sequences])
        if len(shown) > _REPR_LIMIT:
            shown = f"<{len(self.sequences)} sequences>"
        return f"Sequences({shown})"

    @classmethod
    def of(cls, sequences: Iterable[Iterable[object] | str]) -> "Sequences":
        """Returns the list, checked; a string is split at white space into names."""
        if isinstance(sequences, str):
            raise InputLanguageError(
                f"sequences: expected a list of sequences, got the str {sequences!r}"
            )
        checked: list[tuple[Token, ...]] = []
        for number, word in enumerate(sequences):
            if not isinstance(word, Iterable):
                raise InputLanguageError(f"sequences[{number}]: expected a sequence, got {word!r}")
            where = f"sequences[{number}], position"
            items = enumerate(as_word(word))
            checked.append(tuple(as_token(token, where=f"{where} {at}") for at, token in items))
        return cls(tuple(checked))

    def to_text(self) -> str:
        """Returns `sequences [[0,1],[2]]`."""
        return f"sequences {json.dumps(self.sequences, separators=(',', ':'))}"

    def resolve(self, vocabulary: Vocabulary) -> "Sequences":
        """Returns the same list in token numbers."""
        return Sequences(tuple(_numbers(self.sequences, vocabulary)))

    def automaton(self, length: int, vocabulary: Vocabulary) -> Dfa:  # noqa: ARG002
        """Returns the smallest automaton of the list."""
        return trie(_numbers(self.sequences, vocabulary))

    def decimal_range(self, max_len: int) -> int:  # noqa: ARG002
        """Returns 1 + the greatest token."""
        numbers = [-1]
        for token in {token for word in self.sequences for token in word}:
            if not isinstance(token, int):
                raise InputLanguageError(
                    f"sequences: expected token numbers only, since no vocabulary is bound, got "
                    f"{token!r}; use .bind(vocab, position_range)"
                )
            numbers.append(token)
        return 1 + max(numbers)


def _numbers(words: Iterable[tuple[Token, ...]], vocabulary: Vocabulary) -> list[tuple[int, ...]]:
    # Each token is looked up once, however often the words have it.
    words = list(words)
    tokens = {token for word in words for token in word}
    numbers = {token: vocabulary.find(token) for token in tokens}
    by_token = {token: number for token, number in numbers.items() if number is not None}
    if len(by_token) < len(tokens):
        word = next(word for word in words if not by_token.keys() >= set(word))
        position = next(at for at, token in enumerate(word) if token not in by_token)
        hint = f"the tokens are 0 ... {len(vocabulary) - 1}"
        if isinstance(token := word[position], str):
            hint = nearest(token, vocabulary.names)
        raise InputLanguageError(
            f"sequences: expected known tokens, got {token!r} at position {position} of "
            f"{list(word)!r}; {hint}"
        )
    return [tuple(by_token[token] for token in word) for word in words]


class _ByLength(InputSpec):
    one_automaton = False

    @abstractmethod
    def pattern(self, length: int) -> str | None:
        """Returns the pattern for a length; None where no sequence has it."""

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
        """Returns the pattern for a length that is not beyond the table."""
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
        """Returns the pattern for a length, or None."""
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
