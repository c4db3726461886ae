"""Models near a model differ from it as is said, in the weights that are named."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings

import alta
from alta.errors import AltaError
from alta.nn.model import Model
from alta.nn.weights import named
from alta_verify.strategies import EXACT_WAYS, WAYS, mutations, weights_near

FEW = settings(max_examples=10)

SAID = {
    "permuted": "units exchanged",
    "rescaled": " times ",
    "split": " split, ",
    "cast": "cast to ",
    "quantised": "rounded to int",
    "perturbed": "moved by up to",
    "pruned": "pruned",
    "edited": ":",
}


@cache
def model() -> Model:
    return alta.compile(alta.programs.parity_sequential_relative(), max_len=3)


def changed(mutated: Model) -> set[str]:
    """The arrays that are not what they were, in shape or numbers."""
    before, after = dict(named(model().weights)), dict(named(mutated.weights))
    return {
        name
        for name, array in before.items()
        if array.shape != after[name].shape or (np.asarray(array != after[name])).any()
    }


@FEW
@given(mutations(model(), max_edits=2))
def test_a_mutation_changes_what_it_names(mutation):
    assert changed(mutation.model)
    assert all(f"{name}[" in mutation.description for name in changed(mutation.model))


@pytest.mark.parametrize("way", WAYS)
def test_a_step_is_said_in_words_and_leaves_the_model_as_it_was(way):
    assert set(SAID) == set(WAYS) > set(EXACT_WAYS)
    before = {name: array.copy() for name, array in named(model().weights)}

    @FEW
    @given(weights_near(model(), ways=[way], max_changes=1))
    def check(mutation):
        assert SAID[way] in mutation.description
        assert all((array == before[name]).all() for name, array in named(model().weights))

    check()


def test_a_step_that_there_is_not_is_refused():
    with pytest.raises(AltaError, match="weights_near: ways: no 'permute'"):
        weights_near(model(), ways=["permute"])
    with pytest.raises(AltaError, match="max_edits: expected an int of at least 1, got 0"):
        mutations(model(), max_edits=0)
