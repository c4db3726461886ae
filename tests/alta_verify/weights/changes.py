"""Changes: what people do to weights, by name, and programs on whose models it is done."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import alta
from alta.lang.program import Program
from alta.nn.model import Model
from alta_verify.weights.hidden import HiddenLayer, hidden_layers, permuted, rescaled, split
from alta_verify.weights.numbers import cast, pruned, quantised
from tests.cases import CASES

__all__ = ["CHANGES", "PROGRAMS", "Subject", "layers_of"]

Change = Callable[[Model], Model]


@dataclass(frozen=True)
class Subject:
    """A program with the longest input to verify at."""

    build: Callable[[], Program]
    max_len: int


PROGRAMS = {
    "relative": Subject(alta.programs.parity_sequential_relative, 8),
    "absolute": Subject(lambda: alta.programs.parity_sequential_absolute(max_length=6), 6),
    "sum": Subject(lambda: alta.programs.parity_sum_mod_2(max_length=8), 8),
    "intermediate": Subject(lambda: alta.programs.parity_sum_mod_2_intermediate(max_length=5), 5),
    "increment": Subject(CASES["increment"].build, 5),
}


def layers_of(model: Model, outward: str) -> list[HiddenLayer]:
    """The hidden layers that a matrix of this name leads out of."""
    return [layer for layer in hidden_layers(model) if layer.outward == outward]


def _everywhere(change: Callable[[Model, HiddenLayer], Model]) -> Change:
    def changed(model: Model) -> Model:
        for layer in hidden_layers(model):
            if layer.size:
                model = change(model, layer)
        return model

    return changed


def _shuffled(model: Model, layer: HiddenLayer) -> Model:
    return permuted(model, layer, random.Random(0).sample(range(layer.size), layer.size))


def _every_unit_split(model: Model, layer: HiddenLayer) -> Model:
    for unit in range(layer.size):
        model = split(model, layer, unit)
        (layer,) = [one for one in hidden_layers(model) if one.name == layer.name]
    return model


def _scaled(outward: str, factor: float) -> Change:
    def changed(model: Model) -> Model:
        for layer in layers_of(model, outward):
            model = rescaled(model, layer, factor)
        return model

    return changed


CHANGES: dict[str, Change] = {
    "hidden units permuted": _everywhere(_shuffled),
    "a unit of each layer in halves": _everywhere(lambda m, layer: split(m, layer, 0)),
    "a unit of each layer in thirds": _everywhere(
        lambda m, layer: split(m, layer, layer.size - 1, 1 / 3)
    ),
    "every unit in halves": _everywhere(_every_unit_split),
    "sums doubled": _scaled("lookup_in", 2),
    "sums times 3": _scaled("lookup_in", 3),
    "sums times 0.7": _scaled("lookup_in", 0.7),
    "queries doubled": _scaled("key", 2),
    "queries times 3": _scaled("key", 3),
    "values doubled": _scaled("output", 2),
    "values times 3": _scaled("output", 3),
    "values times 0.7": _scaled("output", 0.7),
    "cast to float64": lambda model: cast(model, "float64"),
    "cast to bfloat16": lambda model: cast(model, "bfloat16"),
    "cast to float16": lambda model: cast(model, "float16"),
    "in int8 by column": lambda model: quantised(model, scales="column"),
    "in int8 by array": quantised,
    "small weights pruned": lambda model: pruned(model, 0.1),
}
"""What keeps what a model of codes computes: exactly, or so nearly that it does not show."""
