"""Inputs: all words of one length, as guards for their tokens, and the sweeper that knows them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Final, final

from alta.inputs.dfa import Dfa
from alta.inputs.language import InputLanguage
from alta_verify.deadline import SolverCalls, Work
from alta_verify.reach.symbolic.graph import FALSE, TRUE, Graph, Literal
from alta_verify.reach.symbolic.sweep import Sweeper
from alta_verify.universal import nonempty

__all__ = ["Inputs"]

# The words by which guards are told apart without the solver.
_SAMPLES: Final = 512


@final
class Inputs:
    """A graph over the inputs of one length, with a sweeper whose premise is the language.

    The length is at least 1, and the language has an input of it. Several runs may share it: what
    is merged is equal on all inputs, whatever it was made for.

    Attributes:
        graph: where guards live.
        sweeper: merges guards that are equal on all inputs, and finds inputs.
        tokens: for each position, a guard for every token that occurs there.
    """

    def __init__(
        self,
        language: InputLanguage,
        length: int,
        *,
        work: Work | None = None,
        calls: SolverCalls | None = None,
    ) -> None:
        self._length = length
        automaton = language.automaton(length)
        # Samples are words, so that guards that differ on some word are mostly told apart at once;
        # always the same ones, so that every machine finds the same candidates.
        rng = random.Random(0)
        samples = [automaton.sample_word(rng, length) for _ in range(_SAMPLES)]
        self.graph = Graph(len(samples), work)
        self.sweeper = Sweeper(self.graph, calls=calls)
        self.tokens = self._input_guards(automaton, samples)
        self.sweeper.assume(self._accepted(language.factors(length)))

    def _input_guards(
        self, automaton: Dfa, samples: list[tuple[int, ...]]
    ) -> list[dict[int, Literal]]:
        """Makes the inputs: for each position, a literal for every token that occurs there."""
        guards = []
        live = nonempty(automaton.live_tokens(self._length), "positions")
        for position, tokens in enumerate(live):
            choices = sorted(nonempty(tokens, f"tokens at position {position}"))
            signatures = [
                sum((word[position] == token) << index for index, word in enumerate(samples))
                for token in choices
            ]
            # One token needs no input, two need one, and more need one each, of which one is true.
            if len(choices) == 1:
                literals = [TRUE]
            elif len(choices) == 2:
                first = self.graph.new_input(signatures[0])
                literals = [first, self.graph.not_(first)]
            else:
                literals = [self.graph.new_input(signature) for signature in signatures]
            guards.append(dict(zip(choices, literals, strict=True)))
        return guards

    def _accepted(self, automata: Iterable[Dfa]) -> Literal:
        """Returns the literal that says: exactly one token a position, and all accept the word."""
        graph = self.graph
        claims: list[Literal] = []
        for guards in self.tokens:
            # At least one token, and no two.
            if len(guards) > 2:
                claims.append(graph.any_of(guards.values()))
                pairs = combinations(guards.values(), 2)
                claims += [graph.not_(graph.and_(a, b)) for a, b in pairs]
        claims += [self.accepted_by(automaton) for automaton in automata]
        return graph.all_of(claims)

    def accepted_by(self, automaton: Dfa) -> Literal:
        """Returns the literal that says that an automaton accepts the word."""
        graph = self.graph
        # The automaton is run symbolically: for each state the words that lead there.
        reached: dict[int, Literal] = {automaton.start: TRUE}
        for guards in self.tokens:
            reached = graph.union(
                (target, graph.and_(guard, guards[token]))
                for state, guard in reached.items()
                for token, target in automaton.transitions[state].items()
                if token in guards
            )
        return graph.any_of(reached.get(state, FALSE) for state in automaton.accepting)

    def read(self, assignment: Mapping[Literal, bool]) -> tuple[int, ...]:
        """Returns the word that an assignment of the input literals stands for."""
        word = []
        for guards in self.tokens:
            values = self.graph.evaluate(guards.values(), assignment)
            word.append(next(t for t, v in zip(guards, values, strict=True) if v))
        return tuple(word)
