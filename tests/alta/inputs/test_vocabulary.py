"""Tokens are numbers or names, and nothing else is one."""

import jax.numpy as jnp
import numpy as np
import pytest

from alta import inputs
from tests.alta.inputs.toys import DESCRIPTIONS, VOCAB


def test_tokens_are_numbers_or_names():
    language = inputs.regex("START (0|1)*").bind(VOCAB, None)
    assert language.contains([2, 0, 1])
    assert language.contains(["START", "0", 1])
    assert language.contains(np.array([2, 0, 1], dtype=np.uint8))
    assert language.contains(jnp.asarray(np.array([2, 0, 1], dtype=np.uint8)))
    assert language.contains("START 0 1")
    assert not language.contains("0 START")


@pytest.mark.parametrize("stranger", [-1, 3, 2**70, "x", "2", 1.0, None, (0,), np.float32(0)])
def test_a_sequence_with_a_stranger_is_in_no_language(stranger):
    for name, spec in DESCRIPTIONS.items():
        assert not spec.bind(VOCAB, None).contains([stranger]), name
        assert not spec.bind(VOCAB, None).contains(["START", stranger, 0]), name
