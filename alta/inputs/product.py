"""The common language: the inputs that two programs are both meant for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from alta.errors import InputLanguageError
from alta.inputs.dfa import Dfa
from alta.inputs.language import InputLanguage, InputSpec
from alta.inputs.vocabulary import Vocabulary

__all__ = ["Common", "common_language", "intersection"]


def common_language(first: InputLanguage, second: InputLanguage) -> InputLanguage:
    """Returns the language of the sequences that are in both; their vocabularies are the same."""
    ranges = [r for r in (first.position_range, second.position_range) if r is not None]
    # Of equal descriptions no product has to be made.
    if first.spec == second.spec:
        spec: InputSpec = first.spec
    else:
        spec = Common(first, second)
    return InputLanguage(spec, first.vocab, min(ranges, default=None))


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
        """Refuses: there is no notation for it.

        Raises:
            InputLanguageError: always.
        """
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


def intersection(first: Dfa, second: Dfa) -> Dfa:
    """Returns the automaton of the words that both accept, with the states that are reached."""
    # The product construction (Rabin and Scott 1959): both automata read the word side by side.
    numbers = {(first.start, second.start): 0}
    pending = [(first.start, second.start)]
    transitions: list[dict[int, int]] = []
    # States are numbered in the order in which they are come upon, which is that of `pending`.
    for pair in pending:
        left, right = first.transitions[pair[0]], second.transitions[pair[1]]
        moves: dict[int, int] = {}
        for token in left.keys() & right.keys():
            target = left[token], right[token]
            if target not in numbers:
                numbers[target] = len(numbers)
                pending.append(target)
            moves[token] = numbers[target]
        transitions.append(moves)
    accepting = frozenset(
        number
        for (left, right), number in numbers.items()
        if left in first.accepting and right in second.accepting
    )
    return Dfa(0, accepting, tuple(transitions))
