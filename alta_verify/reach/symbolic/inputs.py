"""Inputs: all words of one length, as guards for their tokens, and the sweeper that knows them.

Where each position may have any of its tokens, whatever the others have, the words of a length are
a product of choices. Words of another length may be one of some of the same choices: then both live
in one graph, and what is built and merged for one of them serves the other.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, groupby
from math import prod
from typing import Final, Self, TypeAlias, final

from alta.inputs.dfa import Dfa
from alta.inputs.language import InputLanguage
from alta.lang.program import Program
from alta_verify.deadline import SolverCalls, Work
from alta_verify.reach.symbolic.graph import FALSE, TRUE, Graph, Literal
from alta_verify.reach.symbolic.sweep import Sweeper
from alta_verify.universal import nonempty

__all__ = ["Choices", "InputSpace", "Inputs"]

# The words by which guards are told apart without the solver.
_SAMPLES: Final = 512

_Tokens: TypeAlias = dict[int, Literal]
"""The guards of the tokens that may stand at a position."""


@final
class Choices:
    """Choices of a token each, made when they are first asked for, in one graph."""

    def __init__(self, work: Work | None, calls: SolverCalls | None) -> None:
        self.graph = Graph(_SAMPLES, work)
        self.sweeper = Sweeper(self.graph, calls=calls)
        self._made: dict[object, _Tokens] = {}
        # Always the same samples, so that every machine finds the same candidates.
        self._rng = random.Random(0)
        self._weights: dict[int, list[float]] = {}

    def between(self, name: object, tokens: Sequence[int], column: Sequence[int] = ()) -> _Tokens:
        """Returns the literals that say which of some tokens is chosen; a name is one choice.

        A column says what is chosen on each sample; without it, that is drawn.
        """
        if name not in self._made:
            self._made[name] = self._new(tokens, column or self._drawn(tokens))
        return self._made[name]

    def _new(self, tokens: Sequence[int], column: Sequence[int]) -> _Tokens:
        graph = self.graph
        # What is pending has no value for what is new.
        self.sweeper.refine()
        signatures = [
            sum((chosen == token) << sample for sample, chosen in enumerate(column))
            for token in tokens
        ]
        # One token needs no input, two need one, and more need one each, of which one is true.
        if len(tokens) == 1:
            literals = [TRUE]
        elif len(tokens) == 2:
            first = graph.new_input(signatures[0])
            literals = [first, graph.not_(first)]
        else:
            literals = [graph.new_input(signature) for signature in signatures]
            # At least one token, and no two.
            pairs = [graph.not_(graph.and_(a, b)) for a, b in combinations(literals, 2)]
            self.sweeper.assume(graph.all_of([graph.any_of(literals), *pairs]))
        return dict(zip(tokens, literals, strict=True))

    def _drawn(self, tokens: Sequence[int]) -> list[int]:
        """Draws a token for every sample."""
        # In a third of the samples all tokens are as frequent, in others some are rare or very
        # rare: counts and long repetitions that hardly occur otherwise then tell guards apart.
        for token in tokens:
            if token not in self._weights:
                rng = random.Random(token)
                self._weights[token] = [rng.expovariate(1) ** (i % 3) for i in range(_SAMPLES)]
        rows = [
            [self._weights[token][sample % _SAMPLES] for token in tokens]
            for sample in range(self.graph.samples)
        ]
        return [self._rng.choices(tokens, row)[0] for row in rows]


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
        # Samples are words, so that guards that differ on some word are mostly told apart at once;
        # always the same ones, so that every machine finds the same candidates.
        automaton, rng = language.automaton(length), random.Random(0)
        live = _live(automaton, length)
        columns = zip(*(automaton.sample_word(rng, length) for _ in range(_SAMPLES)), strict=True)
        choices = Choices(work, calls)
        rows = enumerate(zip(live, columns, strict=True))
        self._set(choices, [choices.between(place, *row) for place, row in rows])
        self.sweeper.assume(self.graph.all_of(map(self.accepted_by, language.factors(length))))

    @classmethod
    def independent(cls, choices: Choices, names: Iterable[tuple[object, Sequence[int]]]) -> Self:
        """Returns the inputs of a length of which any combination of choices is one."""
        inputs = cls.__new__(cls)
        inputs._set(choices, [choices.between(name, tokens) for name, tokens in names])
        return inputs

    def _set(self, choices: Choices, tokens: list[_Tokens]) -> None:
        self.graph, self.sweeper, self.tokens = choices.graph, choices.sweeper, tokens

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


@final
class InputSpace:
    """The inputs of a language, by their length.

    Lengths of which the words are products of choices share one graph, and others have one each.
    From the right, positions are alike in inputs of several lengths that have as many behind them.
    """

    def __init__(
        self,
        language: InputLanguage,
        *,
        from_right: bool = False,
        work: Work | None = None,
        calls: SolverCalls | None = None,
    ) -> None:
        self._language, self._from_right = language, from_right
        self._work, self._calls = work, calls
        self._choices = Choices(work, calls)
        self._inputs: dict[int, Inputs] = {}

    @classmethod
    def of_program(cls, program: Program, *, work: Work, calls: SolverCalls) -> Self:
        """Returns the inputs of a program, alike from the side to which its heads look."""
        offsets = [offset for head in program.heads.values() for offset in head.mask.listed or ()]
        return cls(program.inputs, from_right=sum(offsets) > 0, work=work, calls=calls)

    def of(self, length: int) -> Inputs:
        """Returns the inputs of a length, of which there is one."""
        if length not in self._inputs:
            self._inputs[length] = self._made(length)
        return self._inputs[length]

    def _made(self, length: int) -> Inputs:
        automaton = self._language.automaton(length)
        live = _live(automaton, length)
        # Lemma 7 (symbolic runs): each word is one combination of live tokens, so that where they
        # are as many every combination is a word. What agrees on all choices that satisfy their
        # premises, one token each, agrees on all words, of whatever length: the choices that a
        # length does not have are free, and can be made.
        if automaton.count(length) != prod(map(len, live)):
            return Inputs(self._language, length, work=self._work, calls=self._calls)
        return Inputs.independent(self._choices, zip(self._names(live), live, strict=True))

    def _names(self, live: Sequence[tuple[int, ...]]) -> list[object]:
        """Names positions: by the run of positions with the same tokens, and the place in it."""
        names: list[object] = []
        for number, (tokens, members) in enumerate(groupby(live)):
            places = range(len(list(members)))
            names += [
                (number, tokens, p) for p in (reversed(places) if self._from_right else places)
            ]
        return names


def _live(automaton: Dfa, length: int) -> list[tuple[int, ...]]:
    live = nonempty(automaton.live_tokens(length), "positions")
    return [
        tuple(sorted(nonempty(tokens, f"tokens at position {position}")))
        for position, tokens in enumerate(live)
    ]
