"""Lockstep: both sides run many inputs, and their states are compared layer by layer.

What differs in a batch is only a suspect: it counts once it has been replayed on its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, final

import numpy as np
import numpy.typing as npt

from alta.interp.batch import BatchRun, Transitions, execute
from alta.interp.batch.codes import Codes
from alta.lang.kinds import Categorical, Numerical, SetVariable
from alta.lang.program import Program
from alta.nn import forward
from alta.nn.model import Model
from alta_verify.deadline import Deadline

__all__ = ["Lockstep", "Word"]

Word = tuple[int, ...]

_NUMBERS: Final = 1 << 18
"""So many coordinates has the residual stream of a batch, give or take a factor of two."""

_MOST: Final = 512
"""The most inputs of a batch."""

_ONE_SIZE: Final = 64
"""Up to this length all inputs are padded alike: compiling takes longer than running padding."""


@final
class Lockstep:
    """Runs a program and a model side by side; tables and compiled functions are kept.

    Attributes:
        work: how many coordinates have been computed, a measure of time that is the same on every
            machine.
        inputs: how many inputs were run to their ends on both sides.
    """

    def __init__(
        self,
        program: Program,
        model: Model,
        *,
        longest: int,
        max_layers: int | None,
        deadline: Deadline,
    ) -> None:
        """Takes both sides.

        Args:
            program: what the model should compute.
            model: the model.
            longest: the length of the longest input that will be run.
            max_layers: the most layers; None for the program's own bound.
            deadline: when to give up.
        """
        self._program = program
        self._model = model
        self._widths = _widths(longest)
        self._max_layers = max_layers
        self._deadline = deadline
        self._transitions = Transitions(program)
        self._decoding = _Decoding(program, model)
        self.work = 0
        self.inputs = 0

    def batches(self, words: Iterable[Word]) -> Iterator[list[Word]]:
        """Yields inputs in batches, shorter ones first and then in token order.

        Args:
            words: inputs, at least one token long.
        """
        ordered = sorted(words, key=lambda word: (len(word), word))
        for width, group in groupby(ordered, key=lambda word: self._width(len(word))):
            alike = list(group)
            size = self.size(width)
            for start in range(0, len(alike), size):
                yield alike[start : start + size]

    def size(self, length: int) -> int:
        """Returns how many inputs of a length make a batch, a power of two."""
        coordinates = self._model.layout.width * self._width(length)
        fitting = max(1, _NUMBERS // coordinates)
        return min(_MOST, 1 << (fitting.bit_length() - 1))

    def _width(self, length: int) -> int:
        return next(width for width in self._widths if length <= width)

    def suspects(self, batch: Sequence[Word]) -> list[Word]:
        """Returns the inputs of a batch on which the program fails or the model differs, in order.

        Raises:
            TimeoutError: when the deadline passes before all layers were run.
        """
        words = list(batch)
        width = self._width(max(map(len, words)))
        shape = (self.size(width), width)
        expected = _Expected(self._program, self._transitions, words, self._max_layers)
        failing = set(expected.failing)
        tokens, valid = _padded(words, shape)
        model = self._model
        with model.precision():
            x = forward.embed(model.device_weights, tokens)
            for layer in range(expected.layers + 1):
                if self._deadline.expired:
                    raise TimeoutError("out of time")
                stream = np.asarray(x)
                for length, rows, states in expected.states(layer):
                    agrees = self._decoding.agree(stream[rows, :length], states, expected.codes)
                    failing |= set(rows[~agrees].tolist())
                if layer < expected.layers:
                    _, x = forward.layer(model.architecture, model.device_weights, x, valid)
        self.inputs += len(words)
        self.work += x.size * (expected.layers + 1)
        return [words[row] for row in sorted(failing)]


def _widths(longest: int) -> tuple[int, ...]:
    """Returns the lengths to which inputs are padded: few, since each has to be compiled."""
    most = _rounded(longest)
    return (most,) if most <= _ONE_SIZE else (_rounded(-(-longest // 2)), most)


def _rounded(length: int) -> int:
    return max(8, -8 * (-length // 8))


def _padded(
    words: Sequence[Word], shape: tuple[int, int]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Returns words side by side, and where they are not padding."""
    tokens, valid = np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=bool)
    for row, word in enumerate(words):
        tokens[row, : len(word)] = word
        valid[row, : len(word)] = True
    return tokens, valid


@final
class _Expected:
    """Is what the interpreter says on a list of words of any lengths.

    Attributes:
        layers: the most layers that one of them takes.
        failing: the words on which the program fails.
        codes: what the codes of states stand for.
    """

    def __init__(
        self,
        program: Program,
        transitions: Transitions,
        words: Sequence[Word],
        max_layers: int | None,
    ) -> None:
        self.codes = transitions.codes
        self.failing: list[int] = []
        self._runs: list[tuple[int, npt.NDArray[np.intp], BatchRun]] = []
        by_length: dict[int, list[int]] = {}
        for index, word in enumerate(words):
            by_length.setdefault(len(word), []).append(index)
        for length, indices in by_length.items():
            bound = program.layer_bound(length) if max_layers is None else max_layers
            run = execute(
                program,
                np.array([words[index] for index in indices], dtype=np.int64),
                bound,
                transitions=transitions,
                keep_steps=True,
                stop_at_repeats=True,
            )
            self.failing += [indices[row] for row in run.failures]
            self._runs.append((length, np.array(indices, dtype=np.intp), run))
        self.layers = max(int(run.n_layers.max(initial=0)) for _, _, run in self._runs)

    def states(
        self, layer: int
    ) -> Iterator[tuple[int, npt.NDArray[np.intp], npt.NDArray[np.int64]]]:
        """Yields the states after a number of layers, of those words that take as many.

        Yields:
            The length of some words, their places in the list, and the codes of all variables,
            of shape (words, length, variables).
        """
        for length, indices, run in self._runs:
            taking = np.flatnonzero(run.n_layers >= layer)
            if taking.size:
                table = run.steps[layer - 1].states if layer else run.initial
                yield length, indices[taking], table[taking]


@final
class _Decoding:
    """Compares states with what residual streams decode to (`alta.nn.decode.values`)."""

    def __init__(self, program: Program, model: Model) -> None:
        self._variables = list(program.variables.items())
        self._columns = {name: list(model.layout.columns[name]) for name in program.variables}
        self._members = {
            name: _members(variable)
            for name, variable in self._variables
            if isinstance(variable, Categorical | SetVariable)
        }

    def agree(
        self, stream: npt.NDArray[np.floating], states: npt.NDArray[np.int64], codes: Codes
    ) -> npt.NDArray[np.bool_]:
        """Says of which words all variables decode to their values at every position.

        Args:
            stream: of shape (words, length, coordinates).
            states: the codes of the values, of shape (words, length, variables).
            codes: what they stand for.
        """
        agrees = np.ones(len(stream), dtype=bool)
        for index, (name, variable) in enumerate(self._variables):
            own = stream[..., self._columns[name]]
            if isinstance(variable, Numerical):
                numbers = np.array(codes.numbers[name].floats)
                same = own.astype(np.float64) == numbers[states[..., index], None]
            else:
                same = (own > 0.5) == self._members[name][states[..., index]]
            agrees &= same.all(axis=(1, 2))
        return agrees


def _members(variable: Categorical | SetVariable) -> npt.NDArray[np.bool_]:
    """Returns which coordinates are above 1/2, for each code of a value."""
    if isinstance(variable, Categorical):
        return np.eye(variable.range, dtype=bool)
    members = np.zeros((len(variable.values), variable.range), dtype=bool)
    for code, value in enumerate(variable.values):
        members[code, list(value)] = True
    return members
