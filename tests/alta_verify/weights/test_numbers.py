"""Weights in other formats, on coarse grids, and without the small ones."""

from __future__ import annotations

import numpy as np
import pytest

import alta
from alta.errors import AltaError
from alta.nn.model import Model
from alta.nn.weights import named
from alta_verify.weights.numbers import cast, pruned, quantised

MODEL = alta.compile(alta.programs.parity_sum_mod_2(max_length=12), max_len=12)


def arrays(model: Model) -> dict[str, np.ndarray]:
    return dict(named(model.weights))


@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16", "float16"])
def test_a_cast_rounds_each_weight_once(dtype):
    other = cast(MODEL, dtype)
    assert other.dtype == dtype
    for name, array in arrays(MODEL).items():
        assert (arrays(other)[name] == array.astype(dtype)).all()


def test_a_cast_to_anything_else_is_refused():
    with pytest.raises(AltaError, match="int8"):
        cast(MODEL, "int8")


@pytest.mark.parametrize("bits", [2, 8])
@pytest.mark.parametrize("scales", ["array", "column"])
def test_quantised_weights_are_few_multiples_of_one_step(bits, scales):
    levels = 2 ** (bits - 1) - 1
    for name, array in arrays(quantised(MODEL, bits, scales=scales)).items():
        before = arrays(MODEL)[name].astype(np.float64)
        for own, after in groups(before, array.astype(np.float64), scales):
            step = np.abs(own).max(initial=0) / levels
            if step:
                whole = after / step
                assert np.abs(whole - np.rint(whole)).max() < 1e-4
                assert np.abs(whole).max() <= levels + 1e-4
                assert np.abs(own - after).max() <= step * 0.5001


def groups(before, after, scales):
    if scales == "array" or before.ndim == 1:
        yield before, after
    else:
        yield from zip(before.T, after.T, strict=True)


def test_weights_that_a_grid_has_are_kept():
    model = alta.compile(alta.programs.parity_sequential_relative())
    assert (
        quantised(model, scales="column").weights.mlp.lookup_out == model.weights.mlp.lookup_out
    ).all()
    assert (quantised(model).weights.mlp.lookup_out != model.weights.mlp.lookup_out).any()


@pytest.mark.parametrize("name", ["subleq", "scan", "addition"])
def test_eight_bits_an_array_hold_compiled_weights_if_scales_are_powers_of_two(name):
    model = alta.compile(alta.programs.get(name))
    kept, lost = (quantised(model, powers_of_two=powers) for powers in (True, False))
    same = [(array == arrays(kept)[n]).all() for n, array in arrays(model).items()]
    assert all(same)
    assert any((array != arrays(lost)[n]).any() for n, array in arrays(model).items())
    # With three bits the grid is too coarse: a half is 0 beside 8 1/2.
    coarse = arrays(quantised(model, 3, powers_of_two=True))
    assert any((array != coarse[n]).any() for n, array in arrays(model).items())


@pytest.mark.parametrize("bits", [2, 5, 8])
def test_scales_that_are_powers_of_two_are_the_least_that_hold_the_largest_weight(bits):
    levels = 2 ** (bits - 1) - 1
    for name, array in arrays(quantised(MODEL, bits, powers_of_two=True)).items():
        before = arrays(MODEL)[name].astype(np.float64)
        largest = np.abs(before).max(initial=0)
        if largest:
            step = 2.0 ** np.ceil(np.log2(largest / levels))
            assert (array == step * np.rint(before / step)).all(), name


@pytest.mark.parametrize("scales", ["array", "column"])
def test_sparse_weights_are_quantised_and_pruned_as_dense_ones_are(scales):
    for change in (lambda m: quantised(m, scales=scales), lambda m: pruned(m, 0.6)):
        dense, sparse = arrays(change(MODEL)), arrays(change(MODEL.sparse()).dense())
        assert all((dense[name] == sparse[name]).all() for name in dense)


@pytest.mark.parametrize("wrong", [{"bits": 1}, {"bits": 64}, {"scales": "row"}])
def test_a_grid_of_no_sense_is_refused(wrong):
    with pytest.raises(AltaError, match="expected"):
        quantised(MODEL, **wrong)


def test_pruning_leaves_the_large_weights_and_no_others():
    for name, array in arrays(pruned(MODEL, 0.6)).items():
        before = arrays(MODEL)[name]
        assert (array == np.where(np.abs(before) < 0.6, 0, before)).all()
    assert any(
        (array != 0).sum() < (arrays(MODEL)[name] != 0).sum()
        for name, array in arrays(pruned(MODEL, 0.6)).items()
    )
