"""Samples: some inputs of a language, to be run before anything is proved, and what runs do.

Short inputs exhaustively. Of long ones those at the ends of the language: the first and the last in
token order, one token all along, the same but for one place; and drawn ones, most of them
*lopsided*: of few tokens, unequally frequent, in long runs. Where every token is as frequent as
any other, means hardly vary and nothing is rare.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, islice
from typing import Final, TypeAlias

from alta.errors import ExecutionError
from alta.inputs.dfa import Dfa
from alta.inputs.language import InputLanguage
from alta.interp.step import steps
from alta_verify.abstraction import Abstraction, Transition

__all__ = [
    "Words",
    "long_words",
    "sampled_transitions",
    "short_words",
    "transitions",
    "word_with",
]

# So many tokens are tried all along, and so many words are drawn without preference.
_PLAIN: Final = 8
# So many lopsided words are drawn.
_DRAWN: Final = 256

# How often a lopsided word repeats a token where it may.
_STICKY: Final = (0.0, 0.5, 0.9)
# Transitions are those of so many short words, and of long ones; so many of so many layers.
_SHORT_WORDS: Final = 48
_MAX_TRANSITIONS: Final = 500
_MAX_LAYERS: Final = 64

Words: TypeAlias = list[tuple[int, ...]]


def short_words(inputs: InputLanguage, max_len: int, number: int) -> Words:
    """Returns the first inputs, shorter ones first, without the empty one."""
    return list(islice((word for word in inputs.enumerate(max_len) if word), number))


def long_words(inputs: InputLanguage, max_len: int) -> Words:
    """Returns words of the greatest lengths and of some below, without repetition."""
    lengths = [length for length in inputs.lengths(max_len) if length > 0]
    if not lengths:
        return []
    # Always the same draw: a verdict must not depend on chance.
    rng = random.Random(0)
    # Faults that depend on parity or on the bound show at the greatest lengths and next to them.
    places = {-1, -2, len(lengths) // 2, len(lengths) // 4, 3 * len(lengths) // 4}
    chosen = sorted({lengths[place] for place in places if -len(lengths) <= place})
    words: dict[tuple[int, ...], None] = {}
    for length in {chosen[-1], lengths[len(lengths) // 2]}:
        automaton = inputs.automaton(length)
        words |= dict.fromkeys(_extreme(automaton, length, len(inputs.vocab)))
        words |= dict.fromkeys(automaton.sample_word(rng, length) for _ in range(_PLAIN))
    for number in range(_DRAWN):
        # Every other one is of the greatest length.
        length = chosen[-1] if number % 2 else chosen[number // 2 % len(chosen)]
        words[_lopsided(inputs.automaton(length), length, len(inputs.vocab), rng)] = None
    return sorted(words, key=len)


def _extreme(automaton: Dfa, length: int, tokens: int) -> Iterator[tuple[int, ...]]:
    """Yields the words at the ends of the language."""
    # Least and greatest word, constants, and constants with one other token at either end.
    yield automaton.word_at(length, 0)
    yield automaton.word_at(length, automaton.count(length) - 1)
    for token in range(min(tokens, _PLAIN)):
        constant, neighbour = (token,) * length, (token + 1) % tokens
        almost = [
            (*constant[:place], neighbour, *constant[place + 1 :])
            for place in (0, length // 2, length - 1)
        ]
        yield from filter(automaton.accepts, [constant, *almost])


def _lopsided(automaton: Dfa, length: int, tokens: int, rng: random.Random) -> tuple[int, ...]:
    """Draws a word of few tokens, as far as the language allows, unequally frequent and in runs."""
    weights = [0.0] * tokens
    for token in rng.sample(range(tokens), min(tokens, rng.choice((1, 2, 2, 3)))):
        weights[token] = rng.random()
    # Long runs of one token are what counting and carrying programs get wrong.
    sticky = rng.choice(_STICKY)
    word: list[int] = []
    state = automaton.start
    for place in range(length):
        # Only tokens from which the word can still be completed, so that no draw is rejected.
        ends = automaton.completions(length - place - 1)
        open_ = [token for token, target in automaton.transitions[state].items() if target in ends]
        if word and word[-1] in open_ and rng.random() < sticky:
            token = word[-1]
        else:
            wanted = [weights[token] for token in open_]
            (token,) = rng.choices(open_, wanted if any(wanted) else None)
        word.append(token)
        state = automaton.transitions[state][token]
    return tuple(word)


def word_with(
    inputs: InputLanguage, token: int, position: int, max_len: int
) -> tuple[int, ...] | None:
    """Returns an input of the least length that has a token at a position, if there is one."""
    for length in inputs.lengths(max_len):
        automaton = inputs.automaton(length)
        # Breadth first over the states of the automaton, one prefix kept for each.
        prefixes: dict[int, tuple[int, ...]] = {automaton.start: ()} if position < length else {}
        for place in range(length):
            ends = automaton.completions(length - place - 1)
            prefixes = {
                target: (*word, letter)
                for state, word in prefixes.items()
                for letter, target in automaton.transitions[state].items()
                if target in ends and (place != position or letter == token)
            }
        for word in prefixes.values():
            return word
    return None


def sampled_transitions(
    abstraction: Abstraction, max_len: int, max_layers: int | None
) -> list[Transition]:
    """Returns different transitions that some runs take, always the same few hundred."""
    return list(islice(transitions(abstraction, max_len, max_layers), _MAX_TRANSITIONS))


def transitions(
    abstraction: Abstraction, max_len: int, max_layers: int | None
) -> Iterator[Transition]:
    """Yields different transitions of runs on some inputs."""
    program, inputs = abstraction.concrete, abstraction.concrete.inputs
    words = chain(short_words(inputs, max_len, _SHORT_WORDS), long_words(inputs, max_len))
    seen: set[tuple[int, ...]] = set()
    for word in words:
        bound = program.layer_bound(len(word)) if max_layers is None else max_layers
        # A run without an end repeats itself soon.
        bound = _MAX_LAYERS if bound is None else min(bound, _MAX_LAYERS)
        # A run that fails has transitions up to there.
        with suppress(ExecutionError):
            for step in steps(program, word, bound):
                for before, state in zip(step.after_attention, step.after_mlp, strict=True):
                    local = {name: abstraction.index_of(name, before[name]) for name in before}
                    after = {n: abstraction.index_of(n, state[n]) for n in program.variables}
                    # By index, as everything that is proved of transitions.
                    key = (*local.values(), *after.values())
                    if key not in seen:
                        seen.add(key)
                        yield Transition(local, after)
