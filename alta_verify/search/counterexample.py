"""Counterexamples: inputs on which a program fails, or a model differs from it, replayed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, final

import numpy as np

from alta.errors import ExecutionError
from alta.interp.batch import execute
from alta.interp.run import Run, Trace, run
from alta.interp.tokens import check_tokens
from alta.lang.program import Program
from alta.lang.values import UNDEFINED, Value
from alta.nn.batching import Course
from alta.nn.block import DenseBlock
from alta.nn.model import Model
from alta.visible import visible
from alta_verify.claim.architecture import same_value
from alta_verify.search.explanation import Cell, Explanation, explain, in_words, table

__all__ = [
    "Counterexample",
    "Replay",
    "as_json",
    "find_difference",
    "in_words",
    "layers_to_take",
    "other_read",
    "same_text",
]


@final
@dataclass(frozen=True)
class Replay:
    """A counterexample run again on both sides.

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
    """An input that shows that a claim does not hold.

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
    def explanation(self) -> Explanation:
        """What both sides do around the place where it shows."""
        return explain(
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
        return visible(table(self.explanation, names, (self.position, self.variable)))

    def cause(self) -> list[str]:
        """Returns what wrote the value in question, a line a side; nothing if no layer did.

        Of the program these are the rules that fire, of the model the neurons that are on. Heads
        that read something else in the model come first, a line each.
        """
        if self.kind != "mismatch" or not self.layer or self.variable not in self.program.variables:
            return []
        rules = "; ".join(f"rule '{rule}'" for rule in self.explanation.rules)
        neurons = "; ".join(map(str, self.explanation.neurons))
        lines = [str(look) for look in self.explanation.attention]
        lines.append(f"program: {rules or f'no rule writes {self.variable}'}")
        learned = self.model is not None and isinstance(self.model.weights.mlp, DenseBlock)
        if learned:
            lines.append("model: the learned block, whose units stand for no rules")
        elif self.explanation.two_sided:
            lines.append(f"model: {neurons or f'no neuron writes {self.variable}'}")
        return lines

    def __str__(self) -> str:
        """Describes the failure in one sentence."""
        return visible(self._sentence(), lines=False)

    def _sentence(self) -> str:
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
            "explanation": {
                "layers": list(self.explanation.layers),
                "rows": [
                    {
                        "position": row.position,
                        "name": row.name,
                        "cells": [_pair(cell) for cell in row.cells],
                    }
                    for row in self.explanation.rows
                ],
                "attention": [
                    {
                        "head": one.head,
                        "selected": list(one.selected),
                        "weights": [list(pair) for pair in one.weights],
                    }
                    for one in self.explanation.attention
                ],
                "rules": list(self.explanation.rules),
                "neurons": [
                    {"index": one.index, "activation": one.activation, "adds": list(one.adds)}
                    for one in self.explanation.neurons
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

    Compared are how tokens are read, the states before the first layer and after every layer,
    variable by variable, where and how the runs end, outputs and their texts: all that the
    definitional interpreter and the JAX model show a user, values with their types.

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
    actual, trace = _observed(model, tokens, layers)
    places = (
        _other_token(program, model, tokens)
        or _other_state(program, symbolic.trace, trace)
        or _other_end(program, model, symbolic, actual, max_layers)
        or _other_output(program, model, symbolic, actual)
    )
    return None if places is None else mismatch(**places)


def other_read(program: Program, model: Model, tokens: tuple[int, ...], layers: int) -> str | None:
    """Says which head reads something else in a model than in the program, on a run of both.

    What the program leaves UNDEFINED may be anything in a model, and a mean may be rounded. A
    difference that shows in no variable does not refute a model, but one as it should be has none.
    """
    symbolic, (_, trace) = run(program, tokens, layers), _observed(model, tokens, layers)
    for layer, (want, have) in enumerate(zip(symbolic.states, trace.layers, strict=False), 1):
        for position in range(len(tokens)):
            for name in program.heads:
                value = want.after_attention[position][name]
                other = have.after_attention[position][name]
                claimed = value is not UNDEFINED and not isinstance(value, float)
                if claimed and not same_value(value, other):
                    return (
                        f"in layer {layer}, position {position}: head {name} reads "
                        f"{in_words(value)} in the program and {in_words(other)} in the model"
                    )
    return None


def _other_token(program: Program, model: Model, tokens: tuple[int, ...]) -> dict[str, Any] | None:
    """Returns where a model takes the name of a token for another token."""
    if program.vocab == model.program.vocab:
        return None
    for position, token in enumerate(tokens):
        name = program.vocab[token]
        have = f"'{name}' is no token"
        if name in model.program.vocab:
            have = f"'{name}' is token {model.program.vocab.index(name)}"
        if have != (want := f"'{name}' is token {token}"):
            return {
                "layer": 0,
                "position": position,
                "variable": program.output_name,
                "expected": want,
                "actual": have,
            }
    return None


def _observed(model: Model, tokens: tuple[int, ...], layers: int) -> tuple[Run, Trace]:
    """Returns a run of a model, with the states that it goes through while it is run."""
    course = Course(len(tokens))
    (actual,) = model.run_batch([tokens], layers, observe=course)
    return actual, model.engine.decoded(course.streams)


def _other_state(program: Program, symbolic: Trace, actual: Trace) -> dict[str, Any] | None:
    """Returns where a variable has another value, as far as both runs go."""
    expected = [symbolic.initial, *(state.after_mlp for state in symbolic.layers)]
    states = [actual.initial, *(state.after_mlp for state in actual.layers)]
    for layer, (want, have) in enumerate(zip(expected, states, strict=False)):
        for position in range(len(want)):
            for name in program.variables:
                value, other = want[position][name], have[position][name]
                if not same_value(value, other):
                    return {
                        "layer": layer,
                        "position": position,
                        "variable": name,
                        "expected": value,
                        "actual": other,
                    }
    return None


def _other_end(
    program: Program, model: Model, symbolic: Run, actual: Run, max_layers: int | None
) -> dict[str, Any] | None:
    """Returns a difference in halt or layers between runs that go through the same states."""
    length = len(symbolic.tokens)
    mine, theirs = (
        one.layer_bound(length) if max_layers is None else max_layers
        for one in (program, model.program)
    )
    ended = {
        "layer": min(actual.n_layers, symbolic.n_layers),
        "position": 0,
        "variable": program.output_name if program.halt is None else program.halt.variable,
    }
    early = theirs is not None and theirs < symbolic.n_layers
    if early or (actual.n_layers, actual.halted) != (symbolic.n_layers, symbolic.halted):
        # A run of the program that does not halt repeats a state or comes to its bound.
        expected = _end(symbolic) if symbolic.halted else _bounded(mine)
        return ended | {"expected": expected, "actual": _bounded(theirs) if early else _end(actual)}
    if mine != theirs and not symbolic.halted:
        # So far both go on; and their bounds end them after different numbers of layers.
        return ended | {"expected": _bounded(mine), "actual": _bounded(theirs)}
    return None


def _other_output(
    program: Program, model: Model, symbolic: Run, actual: Run
) -> dict[str, Any] | None:
    """Returns a difference in outputs, or in their texts where both sides have one."""
    place = {"layer": symbolic.n_layers, "position": 0, "variable": program.output_name}
    pairs = zip(symbolic.outputs, actual.outputs, strict=True)
    for position, (want, have) in enumerate(pairs):
        if not same_value(want, have):
            return place | {"position": position, "expected": want, "actual": have}
    if same_text(program, model.program):
        return None
    texts = [_text(one) for one in (symbolic, actual)]
    return None if texts[0] == texts[1] else place | {"expected": texts[0], "actual": texts[1]}


def same_text(program: Program, other: Program) -> bool:
    """Says whether outputs need not be decoded to see that two programs decode them alike.

    A program that was read from a file decodes nothing.
    """
    return None in (program.decode, other.decode) or program.decode is other.decode


def _text(run: Run) -> str:
    """Returns the outputs of a run as its program decodes them, or how that fails."""
    try:
        return f"outputs are decoded to {run.text!r}"
    except Exception as error:  # noqa: BLE001 - a user's function, which may do anything
        return f"decoding of outputs fails with {type(error).__name__}"


def _end(run: Run) -> str:
    return _taken("halted" if run.halted else "running", run.n_layers)


def _bounded(bound: int | None) -> str:
    return "running without end" if bound is None else _taken("running", bound)


def _taken(how: str, layers: int) -> str:
    return f"{how} after {layers} layer{'' if layers == 1 else 's'}"
