"""The run of all Parikh vectors has every local state of every input."""

from __future__ import annotations

import pytest

from alta.interp.step import steps
from alta.lang.masks import EVERYWHERE, Mask, before, causal
from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Work
from alta_verify.reach.sets.counting import CountingAbstraction, Layer
from alta_verify.reach.slices import SlicedProgram, whole
from tests.alta_verify.reach.examples import UNDEFINED, masked, ranking, sorting

LENGTH = 4

MASKS = [EVERYWHERE, Mask((-1,)), Mask((-2, 0, 1)), Mask((1, 2, 3)), causal(), before()]
PROGRAMS = {
    "sorting": sorting(),
    "ranking": ranking(3, LENGTH),
    **{str(mask): masked(mask) for mask in MASKS},
}


def layers(program, length: int = LENGTH) -> list[Layer]:
    abstraction = Abstraction.of(program)
    sliced = SlicedProgram(abstraction, whole(abstraction.finite))
    run = CountingAbstraction.of(sliced, length, 10**6, Work())
    assert run is not None
    return [layer for layer in run.layers(program.layer_bound(length)) if layer is not None]


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_every_local_state_of_every_input_is_possible_in_its_layer(program):
    abstraction = Abstraction.of(program)
    followed = layers(program)
    states = {
        (number, tuple(abstraction.index_of(name, local[name]) for name in local))
        for word in program.inputs.automaton(LENGTH).enumerate_words(LENGTH)
        for number, step in enumerate(steps(program, word, program.layer_bound(LENGTH)))
        for local in step.after_attention
    }
    for number, values in states:
        names = abstraction.finite.domains
        pattern = {n: frozenset({v}) for n, v in zip(names, values, strict=True)}
        assert any(followed[number].places_of(pattern))


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_where_nothing_is_read_twice_it_is_known_what_is_read(program):
    """Most of what no input has is known to be nowhere, so that the test above shows something."""
    domains = Abstraction.of(program).finite.domains
    patterns = [
        {"token": frozenset({token}), name: frozenset({value})}
        for token in range(domains["token"].size)
        for name, domain in domains.items()
        for value in range(domain.size)
    ]
    possible = sum(any(any(x.places_of(p)) for x in layers(program)) for p in patterns[::3])
    assert possible < len(patterns[::3])


def test_ranks_of_equal_tokens_are_known():
    first, second = layers(ranking(3, LENGTH))
    assert any(first.places_of({"equal": frozenset({0})}))
    assert not any(second.places_of(UNDEFINED))
    # The second of two equal tokens has the next rank, wherever both are.
    twins = {"token": frozenset({3}), "smaller": frozenset({3}), "rank": frozenset({2})}
    assert any(second.places_of(twins))
    assert not any(second.places_of({**twins, "rank": frozenset({0})}))


def test_a_place_comes_with_the_vectors_for_which_it_is_possible():
    _, second = layers(sorting())
    cell, vectors = next(second.places_of({"rank": frozenset({2}), "token": frozenset({4})}))
    vector = second.numbers.vector(vectors)
    assert cell.token == 4
    # One of the three other tokens is greater.
    assert sum(number for token, number in vector.items() if token > 4) == 1
