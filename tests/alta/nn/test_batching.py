"""Batching: every sequence gets its own run, whatever its neighbours and its place."""

import random

import numpy as np
import pytest

import alta
from alta.nn import batching, forward
from alta.nn.batching import capacity, pad
from tests.alta.lang.toys import counter

PROGRAM = alta.programs.parity_sequential_relative()
MODEL = alta.compile(PROGRAM)
RNG = random.Random(2)


@pytest.fixture
def narrow(monkeypatch):
    """Batches of four places, which are given away after every second layer."""
    monkeypatch.setattr(batching, "_MAX_PLACES", 4)
    monkeypatch.setattr(batching, "_ROUNDS", 2)


def shapes(monkeypatch):
    """Records the shapes that the forward pass is given."""
    seen = []
    advance = forward.advance

    def recorded(architecture, weights, progress, places, rounds):
        seen.append((places.tokens.shape, np.asarray(places.fresh).sum()))
        return advance(architecture, weights, progress, places, rounds)

    monkeypatch.setattr(forward, "advance", recorded)
    return seen


def test_places_are_given_to_the_next_sequence(narrow, monkeypatch):
    seen = shapes(monkeypatch)
    words = [[2, *RNG.choices([0, 1], k=n)] for n in (19, 17, 16, 30, 22, 17, 18, 21, 25, 25, 23)]
    runs = MODEL.run_batch(words)
    assert runs == alta.run_batch(PROGRAM, words)
    assert {shape[0] for shape, _ in seen} == {4}
    assert sum(fresh for _, fresh in seen) == len(words)
    assert len(seen) > 3


def test_a_sequence_without_layers_to_take_ends_at_once(narrow):
    words = [[2], [2, 1], [2], [2], [2], [2], [2, 0, 1]]
    assert MODEL.run_batch(words, 0) == alta.run_batch(PROGRAM, words, 0)
    assert MODEL.run_batch(words) == alta.run_batch(PROGRAM, words)


def test_bounds_stay_with_their_sequences(narrow):
    program = counter(7, layers=lambda n: 2 * n)
    words = [[0] * n for n in (3, 0, 1, 2, 5, 4, 3, 2, 1, 0, 6)]
    runs = alta.compile(program).run_batch(words)
    assert [run.n_layers for run in runs] == [2 * len(word) for word in words]
    assert runs == alta.run_batch(program, words)


def test_many_sequences_are_padded_by_half_of_the_longest(narrow, monkeypatch):
    seen = shapes(monkeypatch)
    words = [[2, *RNG.choices([0, 1], k=n)] for n in (2, 3, 60, 60, 40, 12, 13, 14, 2, 2, 2, 2)]
    assert MODEL.run_batch(words) == alta.run_batch(PROGRAM, words)
    # None has between 17 and 32 tokens. The last six take two turns of four places.
    assert [columns for (_, columns), fresh in seen if fresh] == [64, 16, 8, 8]


def test_few_sequences_share_one_batch(monkeypatch):
    seen = shapes(monkeypatch)
    MODEL.run_batch([[2], [2, 1], [2] + [0] * 40])
    assert {shape for shape, _ in seen} == {(4, 48)}


def test_a_batch_is_as_large_as_the_working_set_allows(monkeypatch):
    weights = MODEL.device_weights
    assert capacity(weights, 8) == 1024
    numbers = weights.read.shape[1] + weights.mlp.width
    monkeypatch.setattr(batching, "_WORKING_SET", numbers * 4 * 8 * 16)
    assert [capacity(weights, columns) for columns in (8, 9, 16, 64, 10**6)] == [16, 8, 8, 2, 1]


def test_padding_is_marked():
    tokens, valid = pad([(1, 2), (3,), (4, 5, 6)])
    assert tokens.shape == valid.shape == (4, 8)
    assert valid.sum(axis=1).tolist() == [2, 1, 3, 0]
    assert tokens[0, :2].tolist() == [1, 2]
