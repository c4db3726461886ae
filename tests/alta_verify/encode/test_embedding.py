"""The relation starts with boxes around what the embedding gives, and says where that is wrong."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

import alta
from alta.nn.model import Model
from alta_verify.abstraction import Abstraction
from alta_verify.arithmetic.interval import ONE, ZERO, Interval, point
from alta_verify.encode.embedding import Embedding, encode_embedding
from alta_verify.universal import Empty

LENGTH = 3

PAIRS = [(token, position) for token in range(2) for position in range(LENGTH)]


@cache
def compiled() -> tuple[Model, Abstraction]:
    program = alta.programs.parity_sequential_absolute(max_length=LENGTH)
    return alta.compile(program, max_len=LENGTH), Abstraction.of(program)


def embedded(
    name: str = "", coordinate: int = 0, *, token: float = 0, position: float = 0, **options
) -> Embedding:
    """What is read off an embedding in which a coordinate is another for token 1, position 1."""
    model, abstraction = compiled()
    weights = model.weights
    tokens, positions = weights.token_embedding.copy(), weights.position_embedding.copy()
    if name:
        column = model.layout.columns[name][coordinate]
        tokens[1, column] += np.float32(token)
        positions[1, column] += np.float32(position)
    changed = model.with_weights(
        replace(weights, token_embedding=tokens, position_embedding=positions)
    )
    return encode_embedding(changed, abstraction, PAIRS, **options)


def test_a_compiled_embedding_gives_the_codes():
    embedding = embedded()
    assert embedding.relation.exact
    assert (embedding.residue, embedding.wrong, embedding.pairs) == ((), (), len(PAIRS))


def test_a_box_holds_the_real_sum_and_the_rounded_one():
    third, last_place = float(np.float32(1 / 3)), 2.0**-25
    start = embedded("parity", 0, token=third, position=0.75 * last_place).relation.start["parity"]
    # Of token 1 the parity is 1, and coordinate 0 was 0. At position 1 the sum is rounded up.
    low, high = Fraction(third), Fraction(third) + Fraction(last_place)
    assert start[1][0] == Interval(low, high)
    down = embedded("parity", 0, token=third, position=-0.75 * last_place).relation.start["parity"]
    assert down[1][0] == Interval(low - Fraction(last_place), low)


def test_head_outputs_that_do_not_start_at_0_are_said_by_token_and_position():
    model, _ = compiled()
    head = next(iter(model.program.heads))
    assert embedded(head, token=0.5).residue == tuple((head, 1, p) for p in range(LENGTH))
    assert embedded(head, position=0.5).residue == tuple((head, t, 1) for t in range(2))
    # That the two cancel does not make it 0: both summands have to be.
    assert (head, 1, 1) in embedded(head, token=0.5, position=-0.5).residue


def test_what_head_outputs_start_with_lies_in_their_boxes():
    model, _ = compiled()
    head = next(iter(model.program.heads))
    third = float(np.float32(1 / 3))
    relation = embedded(head, token=third, position=-0.5).relation
    # Alone or together, rounded or not, and 0 as well.
    for number in (0, third, -0.5, Fraction(third) - Fraction(1, 2), np.float32(third) - 0.5):
        assert point(Fraction(float(number))).within(relation.residue_of(head)[0])
    assert relation.residue_of(head)[1:] == (ZERO,) * (len(model.layout.columns[head]) - 1)
    assert not embedded("parity", 0, token=third).relation.residue


def test_starting_with_another_value_is_wrong():
    wrong = embedded("parity", 0, token=1).wrong
    assert wrong
    assert all(token == 1 for token, _ in wrong)
    assert embedded("parity", 0, token=0.25).wrong == ()


def test_values_that_nothing_starts_with_have_their_code_if_they_occur():
    _, abstraction = compiled()
    every = {name: frozenset(range(len(abstraction.values[name]))) for name in abstraction.values}
    pairs = [(0, position) for position in range(LENGTH)]
    model, _ = compiled()

    def start(occurring: frozenset[int]) -> dict[int, tuple[Interval, ...]]:
        options = {**every, "parity": occurring}
        return dict(encode_embedding(model, abstraction, pairs, options).relation.start["parity"])

    # Of token 0 alone the parity is 0.
    assert start(frozenset({0, 1})) == {0: (ONE, ZERO), 1: (ZERO, ONE)}
    assert start(frozenset({0})) == {0: (ONE, ZERO)}


def test_without_pairs_nothing_is_concluded():
    model, abstraction = compiled()
    with pytest.raises(Empty, match="pairs of token and position"):
        encode_embedding(model, abstraction, [])


def test_what_is_below_a_code_is_in_the_box():
    low = embedded("parity", token=-0.25).relation.start["parity"]
    assert any(box[0].lo < 0 for box in low.values())
