"""An input language is a specification bound to the tokens and positions of a program.

The *common* language of two programs has the inputs that both are meant for.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, final

from alta.errors import InputLanguageError
from alta.inputs.dfa import Dfa, RandomSource, empty, explored, integer_below
from alta.inputs.vocabulary import MAX_DECIMAL_NAMES, Vocabulary, as_word, natural

__all__ = ["Common", "InputLanguage", "InputSpec", "common_language", "intersection"]


class InputSpec(ABC):
    """A description of an input language, which may not know its tokens yet.

    Specifications are values: frozen, and equal when they say the same. `bind` gives the language
    for a program. `contains`, `count`, `enumerate` and `sample` bind it to the decimal names "0",
    "1", ... as far as the description itself goes, and fail where it does not say how far that is.
    """

    # Whether one automaton serves all lengths.
    one_automaton: ClassVar[bool] = True

    @final
    def bind(self, vocab: Sequence[str], position_range: int | None = None) -> "InputLanguage":
        """Returns the language over these token names, without sequences beyond `position_range`.

        Raises:
            InputLanguageError: the description mentions a token that the vocabulary lacks, or the
                vocabulary is not a tuple of distinct names.
        """
        vocabulary = Vocabulary(tuple(vocab))
        if position_range is not None:
            position_range = natural(position_range, name="position_range")
        spec = self.resolve(vocabulary)
        return InputLanguage(spec, vocabulary.names, position_range)

    def resolve(self, vocabulary: Vocabulary) -> "InputSpec":  # noqa: ARG002
        """Returns the same description in terms of token numbers, where it can be put that way.

        An unknown name is an error here, and not at the first question. No automaton is made, which
        may be large.
        """
        return self

    def tabulate(self, max_len: int) -> "InputSpec":
        """Returns a description that says the same up to `max_len` and can be written as text."""
        natural(max_len, name="max_len")
        return self

    @abstractmethod
    def to_text(self) -> str:
        """Returns the description as one line, which `alta.inputs.from_text` reads back.

        Raises:
            InputLanguageError: it rests on a Python function; `tabulate` it first.
        """

    @abstractmethod
    def automaton(self, length: int, vocabulary: Vocabulary) -> Dfa:
        """Returns an automaton whose words of this length are the language's."""

    def factors(self, length: int, vocabulary: Vocabulary) -> tuple[Dfa, ...]:  # noqa: ARG002
        """Returns small automata that have these words in common; none where there is but one."""
        return ()

    def has_word(self, length: int, vocabulary: Vocabulary) -> bool | None:  # noqa: ARG002
        """Says whether there is a word of this length; None where the automaton has to."""
        return None

    def limit(self, vocabulary: Vocabulary) -> int | None:  # noqa: ARG002
        """Returns a length that no word exceeds, where one is known without an automaton."""
        return None

    @abstractmethod
    def decimal_range(self, max_len: int) -> int:
        """Returns the number of tokens 0, 1, ... that the description mentions up to `max_len`.

        Raises:
            InputLanguageError: it depends on tokens that it does not mention.
        """

    @final
    def contains(self, tokens: Iterable[object] | str) -> bool:
        """Says whether the language over decimal names has this sequence; see `InputLanguage`."""
        # An iterator can be read only once.
        word = tuple(as_word(tokens))
        return self._decimal(len(word)).contains(word)

    @final
    def count(self, max_len: int) -> int:
        """Counts the words over decimal names; see `InputLanguage.count`."""
        return self._decimal(max_len).count(max_len)

    @final
    def enumerate(self, max_len: int) -> Iterator[tuple[int, ...]]:
        """Yields the words over decimal names; see `InputLanguage.enumerate`."""
        return self._decimal(max_len).enumerate(max_len)

    @final
    def sample(self, rng: RandomSource, max_len: int) -> tuple[int, ...]:
        """Draws a word over decimal names; see `InputLanguage.sample`."""
        return self._decimal(max_len).sample(rng, max_len)

    def _decimal(self, max_len: int) -> "InputLanguage":
        n_tokens = self.decimal_range(natural(max_len, name="max_len"))
        if n_tokens > MAX_DECIMAL_NAMES:
            raise InputLanguageError(
                f"{self!r}: expected token numbers below {MAX_DECIMAL_NAMES}, got a greater one; "
                "bind the language to a vocabulary to use large tokens"
            )
        if n_tokens not in self._decimal_bindings:
            # Kept, as a binding keeps the automata that were built for it.
            self._decimal_bindings[n_tokens] = self.bind(tuple(map(str, range(n_tokens))))
        return self._decimal_bindings[n_tokens]

    @cached_property
    def _decimal_bindings(self) -> "dict[int, InputLanguage]":
        return {}


@final
@dataclass(frozen=True)
class InputLanguage:
    """The sequences that a program is meant for.

    Attributes:
        spec: the description; an explicit list is in token numbers here.
        vocab: the name of each token.
        position_range: the length of the longest sequence that the program can take; None: any.
    """

    spec: InputSpec
    vocab: tuple[str, ...]
    position_range: int | None
    _automata: dict[int, Dfa] = field(init=False, repr=False, compare=False, default_factory=dict)

    def contains(self, tokens: Iterable[object] | str) -> bool:
        """Says whether the sequence is in the language.

        Args:
            tokens: token numbers or names; a string is split at white space into names. A sequence
                with anything else in it is in no language.
        """
        word: list[int] = []
        for token in as_word(tokens):
            index = self._vocabulary.find(token)
            if index is None:
                return False
            word.append(index)
        # The factors are small where the automaton of the whole language may be too large to build.
        return all(factor.accepts(word) for factor in self.factors(len(word)))

    def count(self, max_len: int) -> int:
        """Returns the exact number of sequences of length 0 ... max_len."""
        return sum(self.automaton(length).count(length) for length in self._range(max_len))

    def enumerate(self, max_len: int) -> Iterator[tuple[int, ...]]:
        """Yields the sequences of length 0 ... max_len, shorter ones first, then in token order."""
        lengths = self._range(max_len)
        return (word for n in lengths for word in self.automaton(n).enumerate_words(n))

    def sample(self, rng: RandomSource, max_len: int) -> tuple[int, ...]:
        """Draws a length that has sequences, then a sequence of that length, both uniformly.

        The empty sequence is drawn only when there is no other.

        Args:
            rng: a `random.Random` or a `numpy.random.Generator`.
            max_len: the greatest length to draw.

        Raises:
            InputLanguageError: no sequence is that short.
        """
        # Drawn uniformly from all sequences, nearly every one would have the greatest length.
        lengths = self.lengths(max_len)
        if not lengths:
            raise InputLanguageError(
                f"expected an input language with a sequence of length 0 ... {max_len}, got "
                f"{self.spec!r} with position_range={self.position_range}, which has none; "
                "try a greater max_len"
            )
        candidates = lengths[1:] if lengths[0] == 0 and len(lengths) > 1 else lengths
        length = candidates[integer_below(len(candidates), rng)]
        return self.automaton(length).sample_word(rng, length)

    def lengths(self, max_len: int) -> tuple[int, ...]:
        """Lists the lengths 0 ... max_len that some sequence of the language has."""
        considered = self._range(max_len)
        if self.spec.one_automaton:
            return tuple(self.automaton(0).lengths(considered.stop - 1))
        return tuple(length for length in considered if self._has_word(length))

    def automaton(self, length: int) -> Dfa:
        """Returns an automaton whose words of this length are the sequences of this length."""
        length = natural(length, name="length")
        if self._limit is not None and length > self._limit:
            return empty()
        key = 0 if self.spec.one_automaton else length
        if key not in self._automata:
            self._automata[key] = self.spec.automaton(length, self._vocabulary)
        return self._automata[key]

    def factors(self, length: int) -> tuple[Dfa, ...]:
        """Returns small automata whose common words of this length are those of the language."""
        length = natural(length, name="length")
        if self._limit is not None and length > self._limit:
            return (empty(),)
        return self.spec.factors(length, self._vocabulary) or (self.automaton(length),)

    def live_tokens(self, length: int) -> list[frozenset[int]]:
        """Lists, per position, the tokens that occur there in some sequence of this length."""
        return self.automaton(length).live_tokens(length)

    @cached_property
    def max_length(self) -> int | None:
        """The length of the longest sequence, 0 if there is none; None where no bound is known.

        A language with one pattern per length has none, unless `position_range` bounds it.
        """
        longest, limit = self._longest, self._limit
        if limit is None or (longest is not None and longest <= limit):
            return longest
        # What is longest without the limit is beyond it, or unknown: lengths are asked downwards.
        return next((n for n in range(limit, 0, -1) if self._has_word(n)), 0)

    def _has_word(self, length: int) -> bool:
        answer = self.spec.has_word(length, self._vocabulary)
        return length in self.automaton(length).lengths(length) if answer is None else answer

    @cached_property
    def _limit(self) -> int | None:
        # What is known without an automaton.
        limits = (self.position_range, self.spec.limit(self._vocabulary))
        return min((limit for limit in limits if limit is not None), default=None)

    @cached_property
    def _longest(self) -> int | None:
        # Of the description alone; None where it has no longest sequence or cannot know.
        return self.automaton(0).longest if self.spec.one_automaton else None

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return Vocabulary(self.vocab)

    def _range(self, max_len: int) -> range:
        limits = [natural(max_len, name="max_len"), self._limit, self._longest]
        return range(min(limit for limit in limits if limit is not None) + 1)


@final
@dataclass(frozen=True)
class Common(InputSpec):
    """The sequences that are in two languages over the same tokens."""

    first: InputLanguage
    second: InputLanguage
    _products: dict[int, tuple[Dfa, Dfa, Dfa]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    one_automaton = False

    def to_text(self) -> str:
        """Refuses: there is no notation for it."""
        raise InputLanguageError("the common part of two input languages has no text")

    def automaton(self, length: int, vocabulary: Vocabulary) -> Dfa:  # noqa: ARG002
        """Returns the product of both automata."""
        left, right = self.first.automaton(length), self.second.automaton(length)
        # Mostly one automaton serves all lengths, and so does one product.
        for first, second, product in self._products.values():
            # By identity, as comparing automata would go through all their moves.
            if first is left and second is right:
                return product
        product = intersection(left, right)
        self._products[length] = left, right, product
        return product

    def factors(self, length: int, vocabulary: Vocabulary) -> tuple[Dfa, ...]:  # noqa: ARG002
        """Returns the automata of both, or what is small in place of them."""
        return *self.first.factors(length), *self.second.factors(length)

    def decimal_range(self, max_len: int) -> int:  # noqa: ARG002
        """Returns the number of tokens."""
        return len(self.first.vocab)


def common_language(first: InputLanguage, second: InputLanguage) -> InputLanguage:
    """Returns the language of the sequences that are in both; their vocabularies are the same."""
    ranges = [r for r in (first.position_range, second.position_range) if r is not None]
    # Of equal descriptions no product has to be made.
    spec = first.spec if first.spec == second.spec else Common(first, second)
    return InputLanguage(spec, first.vocab, min(ranges, default=None))


def intersection(first: Dfa, second: Dfa) -> Dfa:
    """Returns the automaton of the words that both accept, with the states that are reached."""

    # The product construction (Rabin and Scott 1959): both automata read the word side by side.
    def moves(pair: tuple[int, int], _depth: int) -> Iterator[tuple[int, tuple[int, int]]]:
        left, right = first.transitions[pair[0]], second.transitions[pair[1]]
        return ((token, (left[token], right[token])) for token in left.keys() & right.keys())

    return explored(
        (first.start, second.start),
        moves,
        lambda pair: pair[0] in first.accepting and pair[1] in second.accepting,
    )
