"""Courses: the residual streams of many inputs at once, in JAX and elsewhere, bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np

import alta
from alta.interp.run import Run
from alta.nn.model import Model

__all__ = [
    "MAX_LAYERS",
    "PROGRAMS",
    "Course",
    "Words",
    "differences",
    "jax_courses",
    "waiting",
    "words_of",
]

Words = Sequence[tuple[int, ...]]
Course = list[np.ndarray]

# Sizes at which all inputs up to a length can be run, with that length.
MAX_LAYERS = 20
"""The most layers: some inputs of subleq run for ever."""

PROGRAMS: dict[str, tuple[dict[str, Any], int]] = {
    "parity_sequential_relative": ({}, 7),
    "parity_sequential_absolute": ({"max_length": 6}, 6),
    "parity_sum_mod_2": ({"max_length": 8}, 8),
    "parity_sum_mod_2_intermediate": ({"max_length": 8}, 8),
    "addition": ({}, 5),
    "sort_unique": ({"max_value": 4}, 5),
    "subleq": ({"cells": 4, "max_value": 1}, 4),
    "scan_parser": ({"max_words": 3}, 8),
    "scan": ({"max_words": 1, "max_actions": 1, "short_length": 8}, 8),
}


def waiting() -> alta.Program:
    """A program that counts up, and halts at 3: sequences of a batch halt one after the other."""
    return alta.program_spec(
        variables={"x": alta.input_var(6)},
        heads={},
        ffn_fn=lambda z: z.__setitem__("x", (z["x"] + 1) % 6),
        output_name="x",
        input_range=6,
        halt=alta.halt_spec("x", 3),
    )


def words_of(program: alta.Program, max_len: int, most: int = 400) -> list[tuple[int, ...]]:
    """All inputs up to a length, or so many of them, evenly taken; by length."""
    words = [tuple(word) for word in program.inputs.enumerate(max_len) if word]
    return sorted(words[:: 1 + len(words) // most], key=len)


def jax_courses(model: Model, words: Words) -> tuple[list[Run], list[Course]]:
    """The runs of some inputs with their streams: the first, then two a layer."""
    courses: list[Course] = [[] for _ in words]

    def observe(moment: Any) -> None:
        for sequence, place, layer in zip(
            moment.sequences, moment.places, moment.layers, strict=True
        ):
            parts = [moment.attended, moment.stream] if layer else [moment.stream]
            length = len(words[sequence])
            courses[sequence] += [part[:, place, :length].T for part in parts]

    return model.run_batch(words, MAX_LAYERS, observe=observe), courses


def by_length(words: Words) -> Iterator[tuple[int, ...]]:
    """The places of the inputs of each length."""
    for _, places in groupby(range(len(words)), key=lambda place: len(words[place])):
        yield tuple(places)


def differences(
    model: Model, words: Words, run: Callable[[Words], list[tuple[Any, bool, Course]]]
) -> list[str]:
    """Says where runs elsewhere, as (layers, halted, streams), are not those of JAX."""
    runs, courses = jax_courses(model, words)
    wrong = []
    for places in by_length(words):
        results = run([words[place] for place in places])
        for place, (n_layers, halted, streams) in zip(places, results, strict=True):
            said = f"{words[place]}"
            if (n_layers, halted) != (runs[place].n_layers, runs[place].halted):
                wrong.append(f"{said}: {n_layers} layers, halted {halted}")
            elif [part.tobytes() for part in streams] != [
                np.ascontiguousarray(part).tobytes() for part in courses[place]
            ]:
                wrong.append(f"{said}: other streams")
    return wrong
