"""Execution: everything that the interpreter does on all inputs, and where a model does otherwise.

It decides by running what `verify` decides by proving, with nothing of `alta_verify`: the
definitional interpreter on the one side, the layers of the JAX model on the other.
"""

from __future__ import annotations

import numpy as np

import alta
from alta import ExecutionError, Numerical, Program, SetVariable
from alta.interp.step import Table
from alta.nn import forward
from alta.nn.batching import pad
from alta.nn.model import Model
from tests.judge.formats import rounded
from tests.properties.running import Course, Word, courses

__all__ = ["Execution"]

_MORE = 2
"""Layers that are run after a state came back: what is proved holds of them, too."""

_SPARE = 2
"""Layers after which a run that should have ended is said not to have."""


class Execution:
    """Knows all runs of a program on its inputs up to a length.

    Attributes:
        words: the inputs.
        failing: those on which the program itself has no next state, with the error.
    """

    def __init__(self, program: Program, max_len: int) -> None:
        self.program = program
        self.courses: list[Course] = courses(program, max_len, more=_MORE)
        self.words: list[Word] = [one.tokens for one in self.courses]
        self.failing: dict[Word, ExecutionError] = {
            one.tokens: one.error for one in self.courses if one.error is not None
        }
        self._layers = max((len(one.tables) for one in self.courses), default=1)

    def differing(self, model: Model) -> list[Word]:
        """The inputs on which the program fails, or the model differs in a state or at the end."""
        odd = self._in_states(model) if self.words else set()
        found = [word for index, word in enumerate(self.words) if index in odd]
        found += [one.tokens for one in self.courses if self._at_the_end(model, one)]
        return [word for word in self.words if word in {*self.failing, *found}]

    def _in_states(self, model: Model) -> set[int]:
        tokens, valid = pad(self.words)
        odd: set[int] = set()
        with model.precision():
            x = forward.embed(model.device_weights, tokens)
            for layer in range(self._layers):
                if layer:
                    _, x = forward.layer(model.architecture, model.device_weights, x, valid)
                have = np.asarray(x, dtype=np.float64)
                for index, one in enumerate(self.courses):
                    if index not in odd and layer < len(one.tables):
                        rows = have[index, : len(one.tokens)]
                        if not self._decodes(model, rows, one.tables[layer]):
                            odd.add(index)
        return odd

    def _decodes(self, model: Model, rows: np.ndarray, table: Table) -> bool:
        """Says whether a residual stream stands for a table, by the definition of decoding."""
        return all(
            _stands_for(model, name, row, local[name])
            for row, local in zip(rows, table, strict=True)
            for name in self.program.variables
        )

    def _at_the_end(self, model: Model, one: Course) -> bool:
        """Says whether a model that halts, or gives its outputs, in another way does so here."""
        mine, theirs = self.program, model.program
        length = len(one.tokens)
        same = (mine.halt, mine.output_name) == (theirs.halt, theirs.output_name)
        if one.error is not None or (
            same and mine.layer_bound(length) == theirs.layer_bound(length)
        ):
            return False
        bounds = [side.layer_bound(length) for side in (mine, theirs)]
        # A state may come back long before a bound that ends the run.
        most = max(len(one.tables) - 1, *(bound or 0 for bound in bounds)) + _SPARE
        run = alta.run(mine, one.tokens, _least(most, bounds[0]))
        other = model.run(one.tokens, _least(most, bounds[1]))
        wanted = tuple(_in_format(value, model.dtype) for value in run.outputs)
        return (wanted, run.n_layers, run.halted) != (other.outputs, other.n_layers, other.halted)


def _least(most: int, bound: int | None) -> int:
    return most if bound is None else min(most, bound)


def _in_format(value: object, dtype: str) -> object:
    return float(rounded(value, dtype)) if isinstance(value, float) else value


def _stands_for(model: Model, name: str, row: np.ndarray, value: object) -> bool:
    variable, numbers = model.program.variables[name], model.layout.numbers(model.program, name)
    coordinates = row[list(model.layout.columns[name])]
    high = [index for index, one in enumerate(coordinates) if one > 0.5]
    if isinstance(variable, Numerical) and not numbers:
        return bool(coordinates[0] == _in_format(value, model.dtype))
    if numbers:
        held = [_in_format(numbers[place], model.dtype) for place in high]
        return held == [_in_format(value, model.dtype)]
    return high == (sorted(value) if isinstance(variable, SetVariable) else [value])
