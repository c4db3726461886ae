"""Differences: the first place where a model and a program differ on one input, or it fails.

Compared is all that the definitional interpreter and the JAX model show a user, values with their
types: how tokens are read, the states before the first layer and after every layer, where and how
the runs end, outputs and their texts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from alta.errors import ExecutionError
from alta.interp.batch import execute
from alta.interp.run import Run, Trace, run
from alta.lang.program import Program
from alta.lang.values import UNDEFINED, Value, show_value
from alta.nn.batching import Course
from alta.nn.model import Model
from alta.nn.rounding import nearest
from alta_verify.claim.architecture import same_value

__all__ = ["bound_of", "first_difference", "layers_to_take", "other_read", "run_difference"]


@final
@dataclass(frozen=True)
class Difference:
    """A place where a model differs from a program, or a program fails, as in `Counterexample`."""

    layer: int
    position: int
    variable: str
    expected: Value | str | None
    actual: Value | str
    kind: str = "mismatch"


def first_difference(
    program: Program, model: Model | None, tokens: tuple[int, ...], max_layers: int | None
) -> Difference | None:
    """Runs both sides, or the program alone, on a checked input; returns what differs first."""
    layers = layers_to_take(program, tokens, max_layers)
    try:
        symbolic = run(program, tokens, layers)
    except ExecutionError as error:
        if model is not None:
            # It has no state to differ from, but the input is one that it can be run on.
            model.run(tokens, layers)
        place = error.layer or 0, error.position or 0, error.variable
        return Difference(*place, None, str(error), error.kind)
    if model is None:
        return None
    actual, trace = _observed(model, tokens, layers)
    states = _state_difference(program, symbolic.trace, trace, model.dtype)
    return run_difference(program, model, symbolic, actual, max_layers, states)


def run_difference(
    program: Program,
    model: Model,
    symbolic: Run,
    actual: Run,
    max_layers: int | None,
    states: Difference | None = None,
) -> Difference | None:
    """Returns what runs show first: how they read the input, their states, ends and outputs."""
    modelled = model.program
    # In the order in which a run shows them, so that the first cause is named.
    return (
        _token_difference(program, modelled, symbolic.tokens)
        or states
        or _end_difference(program, modelled, symbolic, actual, max_layers)
        or _output_difference(program, model, symbolic, actual)
    )


def _decodes(value: Any, decoded: Any, dtype: str) -> bool:
    """Says whether what a model decodes is a value of the interpreter, as a format has it."""
    return same_value(nearest(value, dtype) if isinstance(value, float) else value, decoded)


def bound_of(program: Program, length: int, max_layers: int | None) -> int | None:
    """Returns the most layers that a run on an input of a length takes, if there is a bound."""
    return program.layer_bound(length) if max_layers is None else max_layers


def layers_to_take(program: Program, tokens: tuple[int, ...], max_layers: int | None) -> int:
    """Returns after how many layers a run ends, counting a repeated state as an end."""
    words = np.array([tokens], dtype=np.int64).reshape(1, len(tokens))
    bound = bound_of(program, len(tokens), max_layers)
    result = execute(program, words, bound, stop_at_repeats=True)
    # A layer that fails is one to take, too.
    return int(result.n_layers[0]) + (1 if result.failures else 0)


def _observed(model: Model, tokens: tuple[int, ...], layers: int) -> tuple[Run, Trace]:
    """Returns a run of a model, with the states that it goes through while it is run."""
    # The streams of the very run that is compared, not of a second one.
    course = Course(len(tokens))
    (actual,) = model.run_batch([tokens], layers, observe=course)
    return actual, model.engine.decoding.trace(course.streams)


def other_read(program: Program, model: Model, tokens: tuple[int, ...], layers: int) -> str | None:
    """Says which head reads something else in a model than in the program, on a run of both."""
    # What the program leaves UNDEFINED may be anything in a model, and a mean may be rounded. A
    # difference that shows in no variable does not refute a model, but one as it should be has
    # none.
    symbolic, (_, trace) = run(program, tokens, layers), _observed(model, tokens, layers)
    for layer, sides in enumerate(zip(symbolic.states, trace.layers, strict=False), 1):
        tables = zip(*(side.after_attention for side in sides), strict=True)
        for position, (expected, actual) in enumerate(tables):
            for name in program.heads:
                want, have = expected[name], actual[name]
                claimed = want is not UNDEFINED and not isinstance(want, float)
                if claimed and not same_value(want, have):
                    return (
                        f"in layer {layer}, position {position}: head {name} reads "
                        f"{show_value(want)} in the program and {show_value(have)} in the model"
                    )
    return None


def _token_difference(
    program: Program, modelled: Program, tokens: tuple[int, ...]
) -> Difference | None:
    """Returns where a model, of a program of its own, takes the name of a token for another one."""
    if program.vocab == modelled.vocab:
        return None
    for position, token in enumerate(tokens):
        name = program.vocab[token]
        expected, actual = f"'{name}' is token {token}", f"'{name}' is no token"
        if name in modelled.vocab:
            actual = f"'{name}' is token {modelled.vocab.index(name)}"
        if actual != expected:
            return Difference(0, position, program.output_name, expected, actual)
    return None


def _state_difference(
    program: Program, symbolic: Trace, actual: Trace, dtype: str
) -> Difference | None:
    """Returns where a variable has another value, as far as both runs go."""
    states = (
        [trace.initial, *(state.after_mlp for state in trace.layers)]
        for trace in (symbolic, actual)
    )
    # Only as far as both go: that one run is longer is a difference of ends, not of states.
    for layer, sides in enumerate(zip(*states, strict=False)):
        for position, (want, have) in enumerate(zip(*sides, strict=True)):
            for name in program.variables:
                if not _decodes(want[name], have[name], dtype):
                    return Difference(layer, position, name, want[name], have[name])
    return None


def _end_difference(
    program: Program, modelled: Program, symbolic: Run, actual: Run, max_layers: int | None
) -> Difference | None:
    """Returns a difference in halt or layers between runs that go through the same states."""
    bound, model_bound = (
        bound_of(side, len(symbolic.tokens), max_layers) for side in (program, modelled)
    )
    # The earlier end is where the two part.
    layer = min(actual.n_layers, symbolic.n_layers)
    variable = program.output_name if program.halt is None else program.halt.variable
    # The model was run for the program's number of layers, without regard to its own bound.
    early = model_bound is not None and model_bound < symbolic.n_layers
    if early or (actual.n_layers, actual.halted) != (symbolic.n_layers, symbolic.halted):
        # A run of the program that does not halt repeats a state or comes to its bound.
        expected = _end(symbolic) if symbolic.halted else _bounded(bound)
        ended = _bounded(model_bound) if early else _end(actual)
        return Difference(layer, 0, variable, expected, ended)
    if bound != model_bound and not symbolic.halted:
        # So far both go on; and their bounds end them after different numbers of layers.
        return Difference(layer, 0, variable, _bounded(bound), _bounded(model_bound))
    return None


def _output_difference(
    program: Program, model: Model, symbolic: Run, actual: Run
) -> Difference | None:
    """Returns a difference in outputs, or in their texts where both sides have one."""
    layer, name = symbolic.n_layers, program.output_name
    modelled, dtype = model.program, model.dtype
    pairs = zip(symbolic.outputs, actual.outputs, strict=True)
    for position, (want, have) in enumerate(pairs):
        if not _decodes(want, have, dtype):
            return Difference(layer, position, name, want, have)
    # A program that was read from a file decodes nothing.
    if None in (program.decode, modelled.decode) or program.decode is modelled.decode:
        return None
    # Equal outputs are decoded, so that no text differs by the rounding of a number.
    expected, shown = _text(replace(symbolic, outputs=actual.outputs)), _text(actual)
    return None if expected == shown else Difference(layer, 0, name, expected, shown)


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
