"""Lockstep execution: differential testing of a program and a model on many inputs at once.

Both sides are run as a user runs them, by their public `run_batch`, and all that they show is
compared. The states of the program are those of the tables that `alta.run_batch` looks up; the
states of the model are what the residual streams decode to that its own run goes through. What
differs in a batch is only a suspect: it counts once it has been replayed on its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

import alta
from alta.interp.batch import BatchRun, Transitions, execute
from alta.interp.batch.codes import UNDEFINED_CODE, Codes
from alta.lang.kinds import Numerical, SetVariable, Variable
from alta.lang.program import Program
from alta.limit import OutOfTime
from alta.nn.batching import Moment, padded_length
from alta.nn.model import Model
from alta.nn.rounding import nearest
from alta.progress import tell
from alta_verify.deadline import Deadline
from alta_verify.search.difference import bound_of, run_difference

__all__ = ["Lockstep", "Word"]

Word = tuple[int, ...]

# So many coordinates has the residual stream of a batch, give or take a factor of two.
_NUMBERS: Final = 1 << 18
# The most inputs of a batch.
_MAX_INPUTS: Final = 512
# Up to this length all inputs are padded alike: compiling takes longer than running padding.
_ONE_SIZE: Final = 64


@final
class Lockstep:
    """A program and a model that are run side by side; tables and compiled functions are kept."""

    def __init__(
        self,
        program: Program,
        model: Model,
        longest: int,
        max_layers: int | None,
        deadline: Deadline,
    ) -> None:
        """Takes both sides, and the length of the longest input that will be run."""
        self._program, self._model = program, model
        self._widths = _widths(longest)
        self._max_layers, self._deadline = max_layers, deadline
        self._transitions = Transitions(program)
        self._decoding = _Decoding(program, model)
        # Numbers that a position has: coordinates, and what the block has of its own.
        self._numbers = model.layout.width + model.weights.mlp.width
        # Numbers that were computed, a measure of time that is the same on every machine; and
        # inputs that were run to their ends on both sides.
        self.work = self.inputs = 0
        # Inputs on which a head reads something else in the model.
        self.read_otherwise: list[Word] = []

    def batches(self, words: Iterable[Word]) -> Iterator[list[Word]]:
        """Yields inputs, at least a token long, in batches: shorter first, then in token order."""
        # Shorter ones first, so that the first suspect is the shortest one.
        ordered = sorted(words, key=lambda word: (len(word), word))
        for width, group in groupby(ordered, key=lambda word: self._width(len(word))):
            alike = list(group)
            size = self.size(width)
            for start in range(0, len(alike), size):
                yield alike[start : start + size]

    def size(self, length: int) -> int:
        """Returns how many inputs of a length make a batch, a power of two."""
        width = self._width(length)
        # A power of two, so that few shapes are compiled.
        fitting = max(1, _NUMBERS // (self._model.layout.width * width))
        return min(_MAX_INPUTS, 1 << (fitting.bit_length() - 1))

    def _width(self, length: int) -> int:
        return next(width for width in self._widths if length <= width)

    def differing(self, words: Iterable[Word], work: int | None = None) -> Iterator[Word]:
        """Yields suspects, shorter ones first; after so much work no further batch is run."""
        before = self.work
        for batch in self.batches(words):
            yield from self.suspects(batch)
            if work is not None and self.work - before > work:
                return

    def suspects(self, batch: Sequence[Word]) -> list[Word]:
        """Returns the inputs of a batch on which the program fails or the model differs."""
        words = list(batch)
        expected = _Expected(self._program, self._transitions, words, self._max_layers)
        # Where the program fails there is no state to compare, and the input is a suspect at once.
        failing = set(expected.failing)
        good = [row for row in range(len(words)) if row not in failing]
        # A run that goes round for ever is ended where it has come back to a state.
        layers = expected.n_layers.tolist()
        limits = [layers[row] if expected.repeats[row] else self._max_layers for row in good]
        symbolic = alta.run_batch(
            self._program, [words[row] for row in good], limits, transitions=self._transitions
        )
        watch = _Watch(expected, self._decoding, self._deadline)
        width = self._width(max(map(len, words)))
        shape = (self.size(width), width)
        actual = self._model.run_batch(words, tuple(layers), observe=watch, shape=shape)
        self.read_otherwise += [words[row] for row in sorted(watch.read - failing - watch.wrong)]
        failing |= watch.wrong
        for row, run in zip(good, symbolic, strict=True):
            if run_difference(self._program, self._model, run, actual[row], self._max_layers):
                failing.add(row)
        self.inputs += len(words)
        tell(f"{self.inputs:,} inputs run")
        self.work += watch.work * self._numbers
        return [words[row] for row in sorted(failing)]


def _widths(longest: int) -> tuple[int, ...]:
    """Returns the lengths to which inputs are padded: few, since each has to be compiled."""
    widest = padded_length(longest)
    # Attention takes time with the square of the length, so that for long inputs a second shape of
    # half the length is worth compiling.
    return (widest,) if widest <= _ONE_SIZE else (padded_length(-(-longest // 2)), widest)


@final
class _Expected:
    """What the interpreter says on a list of words of any lengths."""

    def __init__(
        self, program: Program, transitions: Transitions, words: list[Word], max_layers: int | None
    ) -> None:
        self.codes = transitions.codes
        # Words on which the program fails.
        self.failing: list[int] = []
        # The layers that each word takes, up to its end or until a state comes back.
        self.n_layers = np.zeros(len(words), dtype=np.int64)
        # Whether each run comes back to a state, so that nothing but a bound ends it.
        self.repeats = np.zeros(len(words), dtype=bool)
        # The runs of the words of each length, and the row that each word has in its own.
        self.runs: list[tuple[npt.NDArray[np.intp], BatchRun]] = []
        self.rows = np.zeros(len(words), dtype=np.intp)
        by_length: dict[int, list[int]] = {}
        for index, word in enumerate(words):
            by_length.setdefault(len(word), []).append(index)
        for length, indices in by_length.items():
            bound = bound_of(program, length, max_layers)
            run = execute(
                program,
                np.array([words[index] for index in indices], dtype=np.int64),
                bound,
                transitions=transitions,
                keep_steps=True,
                stop_at_repeats=True,
            )
            self.failing += [indices[row] for row in run.failures]
            self.n_layers[indices] = run.n_layers
            # A state that came back, before halt and bound, comes back for ever.
            self.repeats[indices] = ~run.halted & (bound is None or run.n_layers < bound)
            self.rows[indices] = np.arange(len(indices))
            self.runs.append((np.array(indices, dtype=np.intp), run))


@final
class _Watch:
    """An observer of the model's runs that compares what they go through with what is expected."""

    def __init__(self, expected: _Expected, decoding: _Decoding, deadline: Deadline) -> None:
        self._expected, self._decoding, self._deadline = expected, decoding, deadline
        # The words with a variable that differs, and those with a head that reads something else.
        self.wrong: set[int] = set()
        self.read: set[int] = set()
        # How many positions were computed, layer by layer.
        self.work = 0

    def __call__(self, moment: Moment) -> None:
        if self._deadline.expired:
            raise OutOfTime
        self.work += moment.stream[0].size
        # Sequences of a batch may be at different layers: those that ended made room for others.
        for layer in np.unique(moment.layers).tolist():
            chosen = np.flatnonzero(moment.layers == layer)
            words, places = moment.sequences[chosen], moment.places[chosen]
            for indices, run in self._expected.runs:
                alike = np.isin(words, indices)
                if alike.any():
                    self._compare(moment, run, layer, words[alike], places[alike])

    def _compare(
        self,
        moment: Moment,
        run: BatchRun,
        layer: int,
        words: npt.NDArray[np.intp],
        places: npt.NDArray[np.intp],
    ) -> None:
        """Compares the states of equally long words after a layer, as codes, with streams."""
        decoding, rows = self._decoding, self._expected.rows[words]
        step = run.steps[layer - 1] if layer else None
        # Of all variables after the MLP: (words, length, variables).
        states = (run.initial if step is None else step.states)[rows]
        length = states.shape[1]
        stream = moment.stream[:, places, :length]
        agrees = decoding.variables_agree(stream, states, self._expected.codes)
        self.wrong |= set(words[~agrees].tolist())
        # Before the first layer no head has read anything.
        if step is not None and decoding.heads:
            attended = moment.attended[:, places, :length]
            # A head that reads something else refutes nothing by itself: no variable may show it.
            agrees = decoding.heads_agree(attended, step.attended[rows])
            self.read |= set(words[~agrees].tolist())


@final
class _Decoding:
    """A comparison of states with what residual streams decode to (`alta.nn.layout.values`)."""

    def __init__(self, program: Program, model: Model) -> None:
        self._columns = {name: list(columns) for name, columns in model.layout.columns.items()}
        # What a model takes for another kind of value is never the same value.
        self._comparable = all(
            type(domain) is type(model.program.domains[name])
            for name, domain in program.domains.items()
        )
        self._variables = list(program.variables.items())
        self._dtype = model.dtype
        self._numbers = {
            name: model.layout.numbers(model.program, name) for name in program.variables
        }
        self._members = {
            name: _members(domain)
            for name, domain in program.domains.items()
            if not isinstance(domain, Numerical)
        }
        # The heads that give values and no means, with their places among all names.
        self.heads = {
            name: place
            for place, name in enumerate(program.domains)
            if name in program.heads and name in self._members
        }

    def variables_agree(
        self, stream: npt.NDArray[Any], states: npt.NDArray[np.int64], codes: Codes
    ) -> npt.NDArray[np.bool_]:
        """Says of which words all variables decode to their values at every position."""
        # The stream is (coordinates, words, length), the states (words, length, variables).
        agrees = np.full(stream.shape[1], self._comparable)
        for index, (name, variable) in enumerate(self._variables):
            coordinates, wanted = stream[self._columns[name]], states[..., index]
            if isinstance(variable, Numerical):
                agrees &= self._numbers_agree(name, coordinates, wanted, codes).all(axis=1)
            else:
                agrees &= self._agree(name, coordinates, wanted).all(axis=(0, 2))
        return agrees

    def _numbers_agree(
        self,
        name: str,
        coordinates: npt.NDArray[Any],
        wanted: npt.NDArray[np.int64],
        codes: Codes,
    ) -> npt.NDArray[np.bool_]:
        # Numbers are compared as float64, which holds those of every format exactly.
        expected = self._rounded(codes.numbers[name].floats)[wanted]
        held = coordinates[0].astype(np.float64)
        if self._numbers[name]:
            # Each has a coordinate, of which one is above 1/2; as in `alta.nn.layout.decode`.
            high = coordinates > 0.5
            decoded = self._rounded(self._numbers[name])[high.argmax(axis=0)]
            held = np.where(high.sum(axis=0) == 1, decoded, np.nan)
        return np.asarray(held == expected)

    def _rounded(self, numbers: Iterable[float]) -> npt.NDArray[np.float64]:
        return np.array([nearest(number, self._dtype) for number in numbers])

    def heads_agree(
        self, attended: npt.NDArray[Any], states: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.bool_]:
        """Says the same of what heads read after attention, where it is not UNDEFINED."""
        agrees = np.full(attended.shape[1], True)
        for name, place in self.heads.items():
            wanted = states[..., place]
            agree = self._agree(name, attended[self._columns[name]], wanted)
            agrees &= (agree.all(axis=0) | (wanted == UNDEFINED_CODE)).all(axis=1)
        return agrees

    def _agree(
        self, name: str, coordinates: npt.NDArray[Any], wanted: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.bool_]:
        """Says which coordinates are on the side of 1/2 where those of a value are."""
        # Decoding takes what is above 1/2, exactly, of one-hot and of multi-hot codes.
        return np.asarray((coordinates > 0.5) == self._members[name].T[:, wanted])


def _members(domain: Variable) -> npt.NDArray[np.bool_]:
    """Returns which coordinates are above 1/2, for each code of a value."""
    if not isinstance(domain, SetVariable):
        return np.eye(domain.width, dtype=bool)
    members = np.zeros((len(domain.values), domain.range), dtype=bool)
    for code, value in enumerate(domain.values):
        members[code, list(value)] = True
    return members
