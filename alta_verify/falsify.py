"""Falsification: cheap attempts to refute, before anything is proved.

Both sides run samples in batches; what differs is handed over to be replayed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, final

import numpy as np
import numpy.typing as npt

from alta.interp.batch import execute
from alta.lang.program import Program
from alta.nn import forward
from alta.nn.decode import decode
from alta.nn.model import Model, pad
from alta_verify.abstraction import is_categorical
from alta_verify.counterexample import Counterexample, find_difference
from alta_verify.deadline import Deadline
from alta_verify.samples import Words, long_words, short_words

__all__ = ["Sampling", "falsify", "suspects", "word_with"]

_SHORT: Final = 512
_SHORT_ALONE: Final = 64
"""So many short inputs are run where no batch can take them."""


@final
@dataclass(frozen=True)
class Sampling:
    """Is the outcome of running both sides.

    Attributes:
        inputs: how many inputs were run to their end on both sides.
        counterexample: the shortest one on which they differ or the program fails, replayed.
        unconfirmed: one on which they differed in a batch, but not when it was replayed.
    """

    inputs: int
    counterexample: Counterexample | None = None
    unconfirmed: tuple[int, ...] | None = None


def falsify(
    program: Program,
    model: Model,
    *,
    max_len: int,
    max_layers: int | None,
    deadline: Deadline,
) -> Sampling:
    """Runs both sides on some inputs, shortest first, up to the first difference.

    Raises:
        TimeoutError: when the deadline passes before.
    """
    inputs = 0
    unconfirmed = None
    most = _SHORT if is_categorical(program) else _SHORT_ALONE
    samples = short_words(program.inputs, max_len, most), long_words(program.inputs, max_len)
    for words in samples:
        for word in suspects(program, model, words, max_layers, deadline):
            found = find_difference(program, model, word, max_layers)
            if found is not None:
                return Sampling(inputs, found)
            unconfirmed = word
        inputs += len(words)
    return Sampling(inputs, unconfirmed=unconfirmed)


def word_with(program: Program, token: int, position: int, max_len: int) -> tuple[int, ...] | None:
    """Returns an input of the least length that has a token at a position, if there is one."""
    for length in program.inputs.lengths(max_len):
        automaton = program.inputs.automaton(length)
        ways: dict[int, tuple[int, ...]] = {automaton.start: ()} if position < length else {}
        for place in range(length):
            ends = automaton.completions(length - place - 1)
            ways = {
                target: (*word, here)
                for state, word in ways.items()
                for here, target in automaton.transitions[state].items()
                if target in ends and (place != position or here == token)
            }
        for word in ways.values():
            return word
    return None


def suspects(
    program: Program,
    model: Model,
    words: Words,
    max_layers: int | None,
    deadline: Deadline,
) -> Iterator[tuple[int, ...]]:
    """Yields the words on which the program fails or the model differs, shorter ones first.

    Raises:
        TimeoutError: when the deadline passes before all layers were run.
    """
    if not words:
        return
    if not is_categorical(program):
        yield from _one_by_one(program, model, words, max_layers, deadline)
        return
    expected = _Expected(program, words, max_layers)
    failing = set(expected.failing)
    tokens, valid = pad(words)
    columns = tuple(model.layout.columns[name] for name in program.variables)
    with model.precision():
        x = forward.embed(model.device_weights, tokens)
        for layer in range(expected.layers + 1):
            if deadline.expired:
                raise TimeoutError("out of time")
            values = decode(columns, np.asarray(x))
            wrong = (values[: len(words)] != expected.states(layer)).any(axis=-1)
            wrong &= valid[: len(words)] & (expected.n_layers >= layer)[:, None]
            failing |= set(np.flatnonzero(wrong.any(axis=1)).tolist())
            if layer < expected.layers:
                _, x = forward.layer(model.architecture, model.device_weights, x, valid)
    yield from sorted((words[index] for index in failing), key=lambda word: (len(word), word))


def _one_by_one(
    program: Program,
    model: Model,
    words: Words,
    max_layers: int | None,
    deadline: Deadline,
) -> Iterator[tuple[int, ...]]:
    """Does the same for programs that are not categorical, which no batch runs."""
    for word in sorted(words, key=lambda word: (len(word), word)):
        if deadline.expired:
            raise TimeoutError("out of time")
        if find_difference(program, model, word, max_layers) is not None:
            yield word


class _Expected:
    """Is what the interpreter says on a list of words of any lengths, side by side."""

    def __init__(self, program: Program, words: Words, max_layers: int | None) -> None:
        self._words = words
        self._width = pad(words)[0].shape[1]
        self._variables = len(program.variables)
        self.n_layers = np.zeros(len(words), dtype=np.int64)
        self.failing: list[int] = []
        self._groups = []
        by_length: dict[int, list[int]] = {}
        for index, word in enumerate(words):
            by_length.setdefault(len(word), []).append(index)
        for length, indices in by_length.items():
            bound = program.layer_bound(length) if max_layers is None else max_layers
            tokens = np.array([words[index] for index in indices], dtype=np.int64)
            result = execute(program, tokens, bound, keep_steps=True, stop_at_repeats=True)
            self.n_layers[indices] = result.n_layers
            self.failing += [indices[row] for row in result.failures]
            self._groups.append((length, indices, result))
        self.layers = int(self.n_layers.max(initial=0))

    def states(self, layer: int) -> npt.NDArray[np.int64]:
        """Returns the states after a number of layers; rows that ended before mean nothing."""
        table = np.zeros((len(self._words), self._width, self._variables), dtype=np.int64)
        for length, indices, result in self._groups:
            steps = result.steps
            last = min(layer, len(steps))
            states = steps[last - 1].states if last else result.initial
            table[indices, :length] = states
        return table
