"""Programs and inputs that the tests of learning share."""

from __future__ import annotations

import random
from functools import cache

import jax
import numpy as np

import alta
from alta.datasets import parity
from alta.learn import configuration
from alta.learn.tracing.extraction import traces

__all__ = [
    "ONES",
    "RELATIVE",
    "SMALL",
    "TINY",
    "bits",
    "inputs",
    "shown",
    "sparse_absolute",
    "texts",
    "words",
]

RELATIVE = alta.programs.parity_sequential_relative()

TINY = configuration("sequential_relative_cpu", hidden=(16,), batch=32, steps=2000)
"""A configuration whose training takes a moment, and is compiled once for all tests."""


def ONES(tokens):  # noqa: N802 - a constant function
    return sum(token == 1 for token in tokens)


SMALL = {
    "parity_sequential_relative": 9,
    "parity_sequential_absolute": 9,
    "parity_sum_mod_2": 9,
    "parity_sum_mod_2_intermediate": 9,
    "addition": 11,
    "sort_unique": 8,
    "scan_parser": 11,
    "scan": 20,
}
"""Shipped programs with the length of the inputs that tests run."""


@cache
def inputs(name):
    """Some inputs of a shipped program, always the same."""
    program, generator = alta.programs.get(name), random.Random(0)
    count = 2 if name == "scan" else 8
    return program, [tuple(program.inputs.sample(generator, SMALL[name])) for _ in range(count)]


def texts(max_len, per_count=20, seed=0):
    return [text for text, _ in parity(max_len, per_count, seed)]


def words(program, max_len, per_count=20, seed=0):
    return [tuple(program.encode(text)) for text in texts(max_len, per_count, seed)]


def sparse_absolute(size=41):
    """Sequential parity by absolute positions, with no atom too many."""
    written = alta.programs.parity_sequential_absolute(max_length=size)
    mlp = alta.MLPBuilder(written.variables, written.heads)
    for done in mlp.get("done"):
        for done_left in mlp.get("done_left"):
            if done == 0 and done_left == 1:
                mlp.set("done", 1)
                for left, own in mlp.get("parity_left", "parity"):
                    mlp.set("parity", left ^ own)
    return alta.replace(written, rules=mlp.rules)


@cache
def shown():
    """The traces of relative parity on some short inputs, to train on."""
    return traces(RELATIVE, words(RELATIVE, 6, 5))


def bits(block):
    """The parameters of a block, bit for bit."""
    return [np.asarray(array).tobytes() for array in jax.tree.leaves(block)]
