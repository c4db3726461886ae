"""The run of one Parikh vector has every local state of every arrangement."""

from __future__ import annotations

from collections import defaultdict

import pytest

from alta import inputs
from alta.interp.step import steps
from alta.lang.masks import EVERYWHERE, Mask, before, causal
from alta_verify.abstraction import Abstraction
from alta_verify.reach.sets.abstract_transformer import AbstractTransformer, bits_of
from alta_verify.reach.sets.counting import CountingAbstraction, parikh_image
from alta_verify.reach.slices import SlicedProgram, whole
from alta_verify.universal import Empty
from tests.alta_verify.reach.examples import masked, sorting
from tests.alta_verify.reach.vectors import vector_of

LENGTH = 4


MASKS = [EVERYWHERE, Mask((-1,)), Mask((-2, 0, 1)), causal(), before()]
PROGRAMS = {"sorting": sorting(), **{str(mask): masked(mask) for mask in MASKS}}


def counting(vector, live=None, of=None) -> tuple[SlicedProgram, CountingAbstraction]:
    abstraction = Abstraction.of(of or sorting())
    program = SlicedProgram(abstraction, whole(abstraction.finite))
    live = abstraction.concrete.inputs.live_tokens(LENGTH) if live is None else live
    return program, CountingAbstraction(program, AbstractTransformer(program), vector, live)


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_every_local_state_of_every_arrangement_is_in_a_row_of_its_layer(program):
    words = defaultdict(list)
    for word in program.inputs.automaton(LENGTH).enumerate_words(LENGTH):
        words[vector_of(word)].append(word)
    vector, arrangements = max(words.items(), key=lambda entry: len(entry[1]))
    assert len(arrangements) == 6
    sliced, run = counting(vector, of=program)
    bound = program.layer_bound(LENGTH)
    layers = [rows for rows, _ in run.layers(bound)]
    for word in arrangements:
        for layer, state in enumerate(steps(program, word, bound)):
            for local in state.after_attention:
                bits = [
                    bits_of([sliced.abstraction.index_of(name, local[name])])
                    for name in sliced.names
                ]
                assert any(
                    all(bit & values for bit, values in zip(bits, row, strict=True))
                    for row in layers[layer]
                )


def test_a_position_without_a_token_of_the_vector_is_no_position_of_its_inputs():
    vector = vector_of((0, 1, 2, 3))
    with pytest.raises(Empty, match="tokens at position 1"):
        counting(vector, [frozenset({0}), frozenset({5})])
    with pytest.raises(Empty, match="positions"):
        counting(vector, [])


def test_work_grows_with_cells_and_names():
    _, short = counting(vector_of((0, 1)), sorting().inputs.live_tokens(2))
    _, long = counting(vector_of((0, 1, 2, 3)))
    assert next(short.layers(1))[1] < next(long.layers(1))[1]


@pytest.mark.parametrize("length", range(1, 7))
def test_parikh_vectors_are_those_of_the_words(length):
    for language in (sorting(), sorting("BOS [1-3]* 4?", inputs.regex)):
        automaton = language.inputs.automaton(length)
        words = automaton.enumerate_words(length)
        expected = frozenset(map(vector_of, words))
        each = {token: token for token in range(8)}
        assert parikh_image(automaton, length, 10**6, each) == expected
        assert parikh_image(automaton, length, len(expected) - 1, each) is None or not expected


def test_tokens_that_are_alike_count_as_one():
    automaton = sorting("BOS [1-3]* 4?", inputs.regex).inputs.automaton(5)
    alike = {token: min(token, 1) for token in range(8)}
    assert parikh_image(automaton, 5, 10**6, alike) == frozenset({((0, 1), (1, 4))})
