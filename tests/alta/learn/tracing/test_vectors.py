"""Vectors are what goes into the feed-forward block of the compiled model, and what comes out."""

import numpy as np
import pytest

import alta
from alta.errors import AltaError
from alta.learn.tracing.extraction import traces
from alta.learn.tracing.vectors import vectors
from tests.alta.learn.programs import inputs


@pytest.mark.parametrize("name", ["parity_sum_mod_2", "sort_unique", "addition"])
def test_vectors_are_the_residual_streams_of_the_compiled_model(name):
    program, sequences = inputs(name)
    model = alta.compile(program)
    found = traces(program, sequences)
    made = vectors(found, "model", model=model, sequences=sequences)
    for row in range(0, len(found), 7):
        one = found[row]
        streams = model.residual_streams(sequences[one.sequence], one.layer)
        attended, after = streams[2 * one.layer - 1], streams[2 * one.layer]
        assert np.array_equal(made.inputs[row], attended[one.position])
        assert np.array_equal(made.outputs[row], after[one.position])


def test_undefined_coordinates_are_marked_and_filled_as_asked():
    program, sequences = inputs("parity_sequential_relative")
    found = traces(program, sequences)
    zeros, noise = vectors(found), vectors(found, "noise", seed=1)
    mask = zeros.undefined
    columns = alta.compile(program).layout.columns
    assert np.flatnonzero(mask.any(axis=0)).tolist() == [
        *columns["parity_left"],
        *columns["done_left"],
    ]
    assert (zeros.inputs[mask] == 0).all()
    assert (np.abs(noise.inputs[mask]) <= 10).all()
    assert len(set(noise.inputs[mask].tolist())) == mask.sum() > 0
    assert np.array_equal(noise.inputs[~mask], zeros.inputs[~mask])
    assert np.array_equal(noise.outputs, zeros.outputs)


def test_noise_depends_on_the_seed_and_not_on_the_other_transitions():
    program, sequences = inputs("addition")
    found = traces(program, sequences)
    once = vectors(found, "noise", seed=1).inputs
    assert np.array_equal(once, vectors(found, "noise", seed=1).inputs)
    assert not np.array_equal(once, vectors(found, "noise", seed=2).inputs)
    part = vectors(found.select(slice(10, 20)), "noise", seed=1).inputs
    assert np.array_equal(part, once[10:20])


def test_wrong_ways_are_refused():
    program, sequences = inputs("addition")
    found = traces(program, sequences)
    with pytest.raises(AltaError, match="no way 'noize'"):
        vectors(found, "noize")
    with pytest.raises(AltaError, match="needs model="):
        vectors(found, "model")
    with pytest.raises(AltaError, match="not one of program 'addition'"):
        vectors(
            found,
            "model",
            model=alta.compile(alta.programs.parity_sum_mod_2()),
            sequences=sequences,
        )
