"""Counterexamples: inputs on which a program fails, or a model differs from it, replayed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, final

import numpy as np

from alta.errors import ExecutionError
from alta.interp.batch import execute
from alta.interp.run import Run, run
from alta.interp.tokens import check_tokens
from alta.lang.program import Program
from alta.lang.values import Value
from alta.nn.block import DenseBlock
from alta.nn.model import Model
from alta_verify.scene import Cell, Scene, in_words, scene, table

__all__ = [
    "Counterexample",
    "Replay",
    "as_json",
    "find_difference",
    "in_words",
    "layers_to_take",
]


@final
@dataclass(frozen=True)
class Replay:
    """Is a counterexample run again on both sides.

    Attributes:
        confirmed: whether the same failure or difference showed again, at the same place.
        interpreter: the interpreter's run, or the error that it raised.
        model: the model's run, or None when the program itself fails.
    """

    confirmed: bool
    interpreter: Run | ExecutionError
    model: Run | None


@final
@dataclass(frozen=True)
class Counterexample:
    """Is an input that shows that a claim does not hold.

    Attributes:
        tokens: the input.
        layer: after how many layers it shows; 0 is the initial state. For a program that fails,
            the layer in which it does.
        position: the position at which it shows.
        variable: the variable that differs, or whose rule fails.
        expected: the interpreter's value; None when the program itself fails.
        actual: the model's value; the error's text when the program itself fails.
        kind: ``"mismatch"``, ``"conflict"``, ``"range"`` or ``"undefined"``.
        shortest: whether both sides were run on all shorter inputs, and agreed.
    """

    program: Program = field(repr=False)
    model: Model | None = field(repr=False, compare=False)
    tokens: tuple[int, ...]
    layer: int
    position: int
    variable: str
    expected: Value | str | None
    actual: Value | str
    kind: str
    max_layers: int | None = field(default=None, repr=False)
    shortest: bool = field(default=False, repr=False, compare=False)

    @property
    def names(self) -> str:
        """The input in token names."""
        return " ".join(self.program.vocab[token] for token in self.tokens)

    def replay(self) -> Replay:
        """Runs the input again, on the interpreter and on the JAX model."""
        again = find_difference(self.program, self.model, self.tokens, self.max_layers)
        layers = layers_to_take(self.program, self.tokens, self.max_layers)
        try:
            interpreter: Run | ExecutionError = run(self.program, self.tokens, layers)
        except ExecutionError as error:
            interpreter = error
        shown = None if self.model is None else self.model.run(self.tokens, layers)
        return Replay(again == self, interpreter, shown)

    @cached_property
    def scene(self) -> Scene:
        """What both sides do around the place where it shows."""
        return scene(
            self.program,
            self.model,
            self.tokens,
            layer=self.layer,
            position=self.position,
            variable=self.variable,
            layers=_bound(self.program, self.tokens, self.max_layers),
            fails=self.kind != "mismatch",
        )

    def table(self) -> str:
        """Returns the run around the place where it shows, both sides next to each other.

        A cell has one value where the sides agree, and ``program ≠ model`` where they do not.
        """
        names = [self.program.vocab[token] for token in self.tokens]
        return table(self.scene, names, (self.position, self.variable))

    def cause(self) -> list[str]:
        """Returns what wrote the value in question, a line a side; nothing if no layer did.

        Of the program these are the rules that fire, of the model the neurons that are on. Heads
        that read something else in the model come first, a line each.
        """
        if self.kind != "mismatch" or not self.layer or self.variable not in self.program.variables:
            return []
        rules = "; ".join(f"rule '{rule}'" for rule in self.scene.rules)
        neurons = "; ".join(map(str, self.scene.neurons))
        lines = [str(look) for look in self.scene.attending]
        lines.append(f"program: {rules or f'no rule writes {self.variable}'}")
        learned = self.model is not None and isinstance(self.model.weights.mlp, DenseBlock)
        if learned:
            lines.append("model: the learned block, whose units stand for no rules")
        elif self.scene.two_sided:
            lines.append(f"model: {neurons or f'no neuron writes {self.variable}'}")
        return lines

    def __str__(self) -> str:
        """Describes the failure in one sentence."""
        if self.kind == "mismatch" and isinstance(self.expected, str):
            return (
                f"on input '{self.names}': {self.expected} in the program, {self.actual} in the "
                "model"
            )
        if self.kind == "mismatch":
            return (
                f"on input '{self.names}', after layer {self.layer}, position {self.position}: "
                f"{self.variable} is {in_words(self.expected)} in the program and "
                f"{in_words(self.actual)} in the model"
            )
        return f"on input '{self.names}': {self.actual}"

    def to_json(self) -> dict[str, Any]:
        """Returns the counterexample as JSON values."""
        return {
            "tokens": list(self.tokens),
            "names": self.names,
            "layer": self.layer,
            "position": self.position,
            "variable": self.variable,
            "expected": None if isinstance(self.expected, str) else as_json(self.expected),
            "actual": as_json(self.actual),
            "kind": self.kind,
            "shortest": self.shortest,
            "scene": {
                "layers": list(self.scene.layers),
                "rows": [
                    {
                        "position": row.position,
                        "name": row.name,
                        "cells": [_pair(cell) for cell in row.cells],
                    }
                    for row in self.scene.rows
                ],
                "attending": [
                    {
                        "head": one.head,
                        "selected": list(one.selected),
                        "weights": [list(pair) for pair in one.weights],
                    }
                    for one in self.scene.attending
                ],
                "rules": list(self.scene.rules),
                "neurons": [
                    {"index": one.index, "activation": one.activation, "adds": list(one.adds)}
                    for one in self.scene.neurons
                ],
            },
        }


def _pair(cell: Cell) -> dict[str, Any]:
    return {"expected": as_json(cell.expected), "actual": as_json(cell.actual)}


def as_json(value: Value | str | None) -> Any:
    """Returns a number as it is, a set as a sorted list, and anything else in words."""
    if isinstance(value, frozenset):
        return sorted(value)
    if value is None or isinstance(value, (int, float)):
        return value
    return str(value)


def _bound(program: Program, tokens: tuple[int, ...], max_layers: int | None) -> int | None:
    return program.layer_bound(len(tokens)) if max_layers is None else max_layers


def layers_to_take(program: Program, tokens: tuple[int, ...], max_layers: int | None) -> int:
    """Returns after how many layers a run ends, counting a repeated state as an end.

    A run that would never end is followed until it repeats itself.
    """
    bound = _bound(program, tokens, max_layers)
    words = np.array([tokens], dtype=np.int64).reshape(1, len(tokens))
    result = execute(program, words, bound, stop_at_repeats=True)
    # A layer that fails is one to take, too.
    return int(result.n_layers[0]) + (1 if result.failures else 0)


def find_difference(
    program: Program, model: Model | None, tokens: tuple[int, ...], max_layers: int | None
) -> Counterexample | None:
    """Runs both sides on one input and returns the first failure or difference.

    The states before the first layer and after every layer are compared, variable by variable,
    on the definitional interpreter and on the JAX model.

    Args:
        program: the program.
        model: the model, or None to look for failures of the program alone.
        tokens: the input.
        max_layers: the most layers, or None.
    """
    tokens = check_tokens(program, tokens)
    layers = layers_to_take(program, tokens, max_layers)
    try:
        symbolic = run(program, tokens, layers)
    except ExecutionError as error:
        if model is not None:
            # It has no state to differ from, but the input is one that it can be run on.
            model.run(tokens, layers)
        return Counterexample(
            program,
            model,
            tokens,
            error.layer or 0,
            error.position or 0,
            error.variable,
            None,
            str(error),
            error.kind,
            max_layers,
        )
    if model is None:
        return None
    mismatch = partial(
        Counterexample, program, model, tokens, kind="mismatch", max_layers=max_layers
    )
    trace = model.trace(tokens, symbolic.n_layers)
    expected = [symbolic.initial, *(state.after_mlp for state in symbolic.states)]
    actual = [trace.initial, *(state.after_mlp for state in trace.layers)]
    for layer, (want, have) in enumerate(zip(expected, actual, strict=True)):
        for position in range(len(tokens)):
            for name in program.variables:
                value, other = want[position][name], have[position][name]
                if value != other:
                    return mismatch(
                        layer=layer, position=position, variable=name, expected=value, actual=other
                    )
    return _other_end(program, model, symbolic, layers, max_layers, mismatch)


def _other_end(
    program: Program,
    model: Model,
    symbolic: Run,
    layers: int,
    max_layers: int | None,
    mismatch: Callable[..., Counterexample],
) -> Counterexample | None:
    """Returns a difference in halt, layers or output between runs that go through the same states.

    There can be one only when the model was built with another halt, output or bound on layers.
    """
    length = len(symbolic.tokens)
    mine, theirs = (
        one.layer_bound(length) if max_layers is None else max_layers
        for one in (program, model.program)
    )
    same = model.program.halt == program.halt and model.program.output_name == program.output_name
    if same and mine == theirs:
        return None
    other = model.run(symbolic.tokens, layers if theirs is None else min(layers, theirs))
    ended = partial(
        mismatch,
        layer=min(other.n_layers, symbolic.n_layers),
        position=0,
        variable=program.halt.variable if program.halt is not None else program.output_name,
    )
    if other.n_layers != symbolic.n_layers or other.halted != symbolic.halted:
        # A run of the program that does not halt repeats a state or comes to its bound.
        expected = _end(symbolic) if symbolic.halted else _bounded(mine)
        return ended(expected=expected, actual=_end(other))
    if mine != theirs and not symbolic.halted:
        # So far both go on; and their bounds end them after different numbers of layers.
        return ended(expected=_bounded(mine), actual=_bounded(theirs))
    for position, (want, have) in enumerate(zip(symbolic.outputs, other.outputs, strict=True)):
        if want != have:
            return mismatch(
                layer=symbolic.n_layers,
                position=position,
                variable=program.output_name,
                expected=want,
                actual=have,
            )
    return None


def _end(run: Run) -> str:
    return _taken("halted" if run.halted else "running", run.n_layers)


def _bounded(bound: int | None) -> str:
    return "running without end" if bound is None else _taken("running", bound)


def _taken(how: str, layers: int) -> str:
    return f"{how} after {layers} layer{'' if layers == 1 else 's'}"
