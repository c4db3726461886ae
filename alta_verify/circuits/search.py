"""Search for what is live: pairs of inputs on which a patch, or a token, changes an output.

Nothing that is proved rests on it: what is witnesses has been run.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any, Final, final

from alta.inputs.language import InputLanguage
from alta.lang.values import Value
from alta.limit import checkpoint
from alta.nn.model import Model
from alta_verify.circuits.components import Component
from alta_verify.circuits.patching import Patch, Recorded, outcomes, recorded
from alta_verify.claim.bounded import Bounded
from alta_verify.reach.outputs import OutputRuns
from alta_verify.search.samples import long_words

__all__ = ["PatchWitness", "TokenWitness", "dependences", "find_live", "words_of"]

# Inputs of so many lengths are patched, so many of each.
_LENGTHS: Final = 3
_WORDS: Final = 16
# For each component, by its kind, so many pairs of them are tried: first a few, then the others. Of
# units there are many, and of what programs have few.
_FIRST: Final = 4
_PAIRS: Final = {"coordinate": 32, "unit": 16}
_PAIRS_OF_NAMES: Final = 128
# So many inputs of each length are tried with one token in another's place.
_BASES: Final = 64


@final
@dataclass(frozen=True)
class PatchWitness:
    """Two inputs that show a component live: a patched run has other outputs.

    Attributes:
        tokens: the input that is run.
        donor: the input of the same length whose run has what is put in place.
        layer: the layer that is patched, from 0, as hook points count.
        position: the position that is patched.
        outputs: what the model gives on `tokens`.
        patched: what it gives there with the patch.
    """

    tokens: tuple[int, ...]
    donor: tuple[int, ...]
    layer: int
    position: int
    outputs: tuple[Value, ...]
    patched: tuple[Value, ...]


@final
@dataclass(frozen=True)
class TokenWitness:
    """Two inputs that differ in one token, with what the model gives on them."""

    tokens: tuple[int, ...]
    changed: tuple[int, ...]
    outputs: tuple[Value, ...]
    after: tuple[Value, ...]


def words_of(inputs: InputLanguage, length: int, number: int) -> list[tuple[int, ...]]:
    """Returns different inputs of a length: all of them, or some that are always the same."""
    automaton = inputs.automaton(length)
    if automaton.count(length) <= number:
        return list(automaton.enumerate_words(length))
    rng = random.Random(0)
    # Some of them lopsided, so that counts vary.
    odd = [word for word in long_words(inputs, length) if len(word) == length]
    drawn = [automaton.sample_word(rng, length) for _ in range(number)]
    return list(dict.fromkeys([*rng.sample(odd, min(len(odd), number // 2)), *drawn]))[:number]


def find_live(
    model: Model, claim: Bounded, open_: Sequence[Component]
) -> dict[Component, PatchWitness]:
    """Looks for inputs that show components live, and returns what was found."""
    witnesses: dict[Component, PatchWitness] = {}
    for length in _lengths(claim):
        remaining = [component for component in open_ if component not in witnesses]
        if not remaining:
            break
        runs = []
        for word in words_of(claim.inputs, length, _WORDS):
            checkpoint()
            runs.append(recorded(model, word, claim.bound(length)))
        patches = _patches(runs, remaining)
        first = [patch for number, patch in patches if number < _FIRST]
        witnesses |= _witnesses(model, claim, first)
        later = [p for number, p in patches if number >= _FIRST and p.component not in witnesses]
        witnesses |= _witnesses(model, claim, later)
    return witnesses


def _witnesses(
    model: Model, claim: Bounded, patches: Sequence[Patch]
) -> dict[Component, PatchWitness]:
    """Runs patches, and returns for each component one of those that changed an output."""
    if not patches:
        return {}
    results = outcomes(model, patches, claim.bound(len(patches[0].run.tokens)))
    witnesses: dict[Component, PatchWitness] = {}
    for patch, outputs in zip(patches, results, strict=True):
        run = patch.run
        if outputs is not None and outputs != run.outputs:
            witnesses[patch.component] = PatchWitness(
                run.tokens, patch.donor.tokens, patch.layer, patch.position, run.outputs, outputs
            )
    return witnesses


def _lengths(claim: Bounded) -> Iterator[int]:
    """Yields lengths of which inputs are patched: two short ones, and the longest."""
    plural = [length for length in claim.lengths if claim.count(length) > 1]
    short = plural[: 2 * _LENGTHS]
    yield from dict.fromkeys([*short[_LENGTHS - 1 :: _LENGTHS], *plural[-1:], *short[:1]])


def _patches(runs: Sequence[Recorded], open_: Sequence[Component]) -> list[tuple[int, Patch]]:
    """Returns patches that put something else in place, numbered for each component."""
    rng = random.Random(0)
    pairs = list(permutations(runs, 2))
    rng.shuffle(pairs)
    patches = []
    counts = dict.fromkeys(open_, 0)
    for run, donor in pairs:
        checkpoint()
        layers = list(range(min(len(run.layers), len(donor.layers))))
        rng.shuffle(layers)
        for component in open_:
            if counts[component] >= _PAIRS.get(component.kind, _PAIRS_OF_NAMES):
                continue
            for layer in layers:
                positions = run.differing(donor, component, layer)
                if positions:
                    patch = Patch(component, run, donor, layer, rng.choice(positions))
                    patches.append((counts[component], patch))
                    counts[component] += 1
                    break
    return patches


def dependences(
    claim: Bounded, length: int, wanted: Mapping[int, frozenset[int]]
) -> tuple[dict[int, set[int]], list[TokenWitness]]:
    """Looks for inputs of a length that differ in one token and have different outputs.

    Returns for each position the positions of tokens that are seen to matter there, of those that
    are wanted, and pairs of inputs that show all of them.
    """
    automaton = claim.inputs.automaton(length)
    bases = words_of(claim.inputs, length, _BASES)
    live = automaton.live_tokens(length)
    pairs = [
        (word, place, changed)
        for word in bases
        for place, tokens in enumerate(live)
        for token in sorted(tokens - {word[place]})
        if automaton.accepts(changed := (*word[:place], token, *word[place + 1 :]))
    ]
    words = list(dict.fromkeys([*bases, *(changed for _, _, changed in pairs)]))
    if not pairs:
        return {}, []
    results = OutputRuns(claim.program).of(words, claim.bound(length))
    outputs: dict[tuple[int, ...], Any] = dict(zip(words, results, strict=True))
    seen: dict[int, set[int]] = {}
    witnesses = []
    for word, place, changed in pairs:
        before, after = outputs[word], outputs[changed]
        if before is None or after is None:
            continue
        new = [
            position
            for position, (first, second) in enumerate(zip(before, after, strict=True))
            if first != second and place in wanted[position] and place not in seen.get(position, ())
        ]
        if new:
            witnesses.append(TokenWitness(word, changed, before, after))
            for position in new:
                seen.setdefault(position, set()).add(place)
    return seen, witnesses
