"""What is about some lengths only is refused by its name, and N is that of the weakest head."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

import alta
from alta.errors import AltaError
from alta.lang.program import Program
from alta_verify.claim.every_length import (
    check_model_lengths,
    check_program_lengths,
    model_extent,
)

TOKEN = alta.input_var(2)


def build(**parts: Any) -> Program:
    declared: dict[str, Any] = {
        "variables": {"y": TOKEN, "n": alta.numeric_var(values=[0, 1])},
        "heads": {},
        "rules": [],
        "output_name": "y",
        "input_range": 2,
        "layers": 2,
    }
    return alta.program_spec_from_rules(**(declared | parts))


REFUSED = {
    "variable 'p' starts with a value of the position": {
        "variables": {"y": TOKEN, "p": alta.position_var(3)},
        "position_range": 3,
    },
    "position_range=9 ends its inputs": {"position_range": 9},
    "its layers are a function of the length": {"layers": lambda length: length},
    "have 2 tokens at most": {"inputs": alta.inputs.sequences([[0], [0, 1]])},
    "have 3 tokens at most": {"inputs": alta.inputs.regex("0 1 0?")},
    "described length by length": {"inputs": alta.inputs.lengths(lambda n: "0 " * n)},
    "head 'mean' averages over any number of positions": {
        "heads": {"mean": alta.qkv("y", "y", "n", alta.causal())}
    },
}


@pytest.mark.parametrize("reason", REFUSED)
def test_a_program_about_some_lengths_is_refused_with_the_reason(reason):
    with pytest.raises(AltaError, match=f"asks for inputs of every length, but .*{reason}"):
        check_program_lengths(build(**REFUSED[reason]), None)


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"inputs": alta.inputs.regex("0 1* 0")},
        {"heads": {"mean": alta.qkv(None, None, "n", [-1, 0, 1])}},
        {"heads": {"read": alta.qkv("y", "y", "y", alta.before())}},
    ],
)
def test_a_program_about_every_length_is_not_refused(parts):
    check_program_lengths(build(**parts), None)


def test_a_bound_on_layers_stands_in_place_of_a_function():
    check_program_lengths(build(layers=lambda length: length), 3)


def test_a_model_about_some_lengths_is_refused_with_the_reason():
    program = build()
    check_model_lengths(program, alta.compile(program), None)
    with pytest.raises(AltaError, match="the model was compiled for max_len=9"):
        check_model_lengths(program, alta.compile(program, max_len=9), None)
    model = alta.compile(build(position_range=3))
    with pytest.raises(AltaError, match="position_range=3 ends its inputs"):
        check_model_lengths(program, model, None)
    weights = alta.compile(program).weights
    rows = np.zeros((3, weights.token_embedding.shape[1]), np.float32)
    model = alta.compile(program)
    positioned = dataclasses.replace(
        model, weights=dataclasses.replace(weights, position_embedding=rows)
    )
    with pytest.raises(AltaError, match="the model embeds 3 positions"):
        check_model_lengths(program, positioned, None)


@pytest.mark.parametrize(
    ("mask", "dtype", "exact"),
    [
        ([-1], "float32", 2**31 - 1),
        ([-1, 4], "bfloat16", 2**31 - 1),
        (None, "float32", 2**21),
        (None, "float16", 2**11),
        (None, "float64", 2**31 - 1),
        (alta.before(), "bfloat16", 2**21),
    ],
)
def test_heads_that_may_mix_all_values_are_bounded_for_fewer_tokens(mask, dtype, exact):
    program = build(heads={"read": alta.qkv("y", "y", "y", mask)})
    extent = model_extent(alta.compile(program, dtype=dtype))
    assert extent.exact == exact
    assert ("'read'" in extent.limit) == (exact < 2**31 - 1)
