"""Batching: sequences of any number and length, in batches of one size that stay full.

A batch has a fixed number of places. A sequence that has ended gives its place to the next one, so
that sequences which take many layers do not keep others waiting (iteration-level scheduling, or
continuous batching; Yu et al. 2022, Orca).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, final

import jax
import numpy as np
import numpy.typing as npt

from alta.nn import forward
from alta.nn.attention import separate_offsets
from alta.nn.device import DeviceWeights, in_time

__all__ = ["Course", "Ended", "Moment", "Observer", "capacity", "pad", "padded_length", "run_all"]

# Bytes that one layer of a batch should touch: more does not fit the caches.
_WORKING_SET: Final = 8 * 2**20

# The most sequences of a batch.
_MAX_PLACES: Final = 1024

# After so many layers the places of sequences that have ended are given away.
_ROUNDS: Final = 16


@final
@dataclass(frozen=True)
class Ended:
    """How the run of one sequence ended; the output is of shape (length, coordinates)."""

    index: int
    output: npt.NDArray[Any]
    n_layers: int
    halted: bool


@final
@dataclass(frozen=True)
class Moment:
    """What some sequences of a batch have come to, either before their first layer or after one.

    The residual streams are those of the whole batch, (D, places, positions), after attention and
    after the layer; `attended` is of no meaning where no layer has been taken. What the layer
    computed on the way is there where a run was told to keep it.
    """

    sequences: npt.NDArray[np.intp]
    places: npt.NDArray[np.intp]
    layers: npt.NDArray[np.intp]
    attended: npt.NDArray[Any]
    stream: npt.NDArray[Any]
    inside: forward.Inside | None = None


Observer = Callable[[Moment], None]
"""Is told every moment of every run."""


@final
class Course:
    """An observer that keeps the streams of one sequence: the first, and then two a layer.

    It also keeps what each layer computed on the way, feature-major, where that is there.
    """

    def __init__(self, length: int) -> None:
        """Starts before the run; takes the length of the sequence."""
        self._length = length
        self.streams: list[npt.NDArray[Any]] = []
        self.insides: list[forward.Inside] = []

    def __call__(self, moment: Moment) -> None:
        """Keeps the streams."""
        parts = [moment.attended, moment.stream] if moment.layers[0] else [moment.stream]
        self.streams += [np.moveaxis(part, 0, -1)[0, : self._length] for part in parts]
        if moment.layers[0] and moment.inside is not None:
            self.insides.append(moment.inside)


def run_all(
    architecture: forward.Architecture,
    weights: DeviceWeights,
    sequences: Sequence[tuple[int, ...]],
    limits: Sequence[int],
    observe: Observer | None = None,
    shape: tuple[int, int] | None = None,
    *,
    everything: bool = False,
) -> Iterator[Ended]:
    """Runs every sequence to its end or limit, and yields them in the order in which they end.

    The observer is told of all residual streams, or of everything that is computed. The shape is
    places and padded length of the batches; None for what suits the sequences.
    """
    groups = _by_padded_length(weights, sequences)
    for columns, group in groups if shape is None else [(shape[1], [*range(len(sequences))])]:
        # Sequences that take equally long should share a batch; long ones tend to.
        order = sorted(group, key=lambda index: -len(sequences[index]))
        places = min(_power_of_two(len(order)), capacity(weights, columns))
        places = places if shape is None else shape[0]
        batch = _Batch(architecture, weights, sequences, limits, places, columns)
        yield from batch.run(order, observe, everything)


def _by_padded_length(
    weights: DeviceWeights, sequences: Sequence[tuple[int, ...]]
) -> Iterator[tuple[int, list[int]]]:
    """Yields padded lengths and the sequences that are given them."""
    # The lengths are that of the longest sequence and its halves, rounded up: few, as each has to
    # be compiled, and each at most twice what is needed.
    remaining = list(range(len(sequences)))
    columns = padded_length(max(map(len, sequences), default=0))
    while remaining:
        shorter = padded_length(columns // 2)
        whole = shorter == columns or len(remaining) <= capacity(weights, columns)
        longer = [i for i in remaining if whole or len(sequences[i]) > shorter]
        if longer:
            yield columns, longer
        remaining = [] if whole else [i for i in remaining if len(sequences[i]) <= shorter]
        columns = shorter


def padded_length(length: int) -> int:
    """Returns the length to which a batch is padded whose longest sequence has a length."""
    # The next multiple of 8, and never 0: few lengths have to be compiled.
    return max(8, -8 * (-length // 8))


def _power_of_two(number: int) -> int:
    return 1 << (number - 1).bit_length()


def capacity(weights: DeviceWeights, columns: int) -> int:
    """Returns how many sequences of a padded length a batch should have, a power of two."""
    # The numbers that one position has in a layer: what all heads read, and what the block holds.
    numbers = weights.read.shape[1] + weights.mlp.width
    # Heads that look at all pairs have a weight for each.
    numbers += sum(
        columns * len(group.heads)
        for group in weights.groups
        if separate_offsets(group.mask) is None
    )
    bytes_each = numbers * columns * weights.token_embedding.dtype.itemsize
    # A power of two, as every number of places has to be compiled.
    fitting: int = max(1, _WORKING_SET // max(1, bytes_each))
    return min(_MAX_PLACES, 1 << (fitting.bit_length() - 1))


@final
class _Batch:
    """A batch of places and what lies in them."""

    def __init__(
        self,
        architecture: forward.Architecture,
        weights: DeviceWeights,
        sequences: Sequence[tuple[int, ...]],
        limits: Sequence[int],
        places: int,
        columns: int,
    ) -> None:
        self._architecture, self._weights = architecture, weights
        self._sequences, self._limits = sequences, limits
        self._held: list[int | None] = [None] * places
        self._tokens = np.zeros((places, columns), dtype=np.int32)
        self._valid = np.zeros((places, columns), dtype=bool)
        self._bounds = np.zeros(places, dtype=np.int32)

    def run(
        self, order: Iterable[int], observe: Observer | None, everything: bool
    ) -> Iterator[Ended]:
        """Runs sequences in this order; each begins as soon as there is a place for it."""
        waiting = iter(order)
        progress = forward.Progress.nowhere(self._weights, self._tokens.shape)
        places = self._fill(waiting)
        # Places are given away only here, between two calls: within one, shapes stay as they are.
        while any(index is not None for index in self._held):
            arguments = self._architecture, self._weights, progress, places
            if observe is None:
                progress, output = in_time(forward.advance, *arguments, _ROUNDS)
            else:
                start, attended, progress, inside = in_time(forward.step, *arguments, everything)
                # Sequences that begin are looked at before their first layer, too.
                self._show(start, start.x, None, places.fresh, observe)
                before, after = jax.device_get((start.n_layers, progress.n_layers))
                self._show(progress, attended, inside, after > before, observe)
                output = jax.device_get(progress.x)[list(self._architecture.output)]
            yield from self._take_out(progress, output)
            places = self._fill(waiting)

    def _show(
        self,
        progress: forward.Progress,
        attended: Any,
        inside: forward.Inside | None,
        shown: npt.NDArray[np.bool_],
        observe: Observer,
    ) -> None:
        places = np.flatnonzero(shown)
        if places.size:
            observe(
                Moment(
                    sequences=np.array([self._held[place] for place in places.tolist()], np.intp),
                    places=places,
                    layers=jax.device_get(progress.n_layers)[places].astype(np.intp),
                    attended=jax.device_get(attended),
                    stream=jax.device_get(progress.x),
                    inside=jax.device_get(inside),
                )
            )

    def _fill(self, waiting: Iterator[int]) -> forward.Places:
        """Puts waiting sequences into free places."""
        fresh = np.zeros(len(self._held), dtype=bool)
        for place, index in enumerate(self._held):
            if index is None and (new := next(waiting, None)) is not None:
                self._held[place], fresh[place] = new, True
                # Whatever the sequence before has left is overwritten, its padding too.
                self._tokens[place], self._valid[place] = 0, False
                _lay(self._sequences[new], self._tokens[place], self._valid[place])
                self._bounds[place] = self._limits[new]
        return forward.Places(fresh, self._tokens, self._valid, self._bounds)

    def _take_out(self, progress: forward.Progress, output: Any) -> Iterator[Ended]:
        """Yields the sequences that have ended, and frees their places."""
        n_layers, stopped = map(jax.device_get, (progress.n_layers, progress.stopped))
        # Outputs are copied from the device only where a sequence has ended.
        done = stopped | (n_layers >= self._bounds)
        rows = np.moveaxis(jax.device_get(output), 0, -1) if done.any() else None
        for place, index in enumerate(self._held):
            if index is not None and done[place] and rows is not None:
                length = len(self._sequences[index])
                output_rows = rows[place, :length].copy()
                yield Ended(index, output_rows, int(n_layers[place]), bool(stopped[place]))
                # A bound of 0 layers keeps an empty place from moving.
                self._held[place] = None
                self._bounds[place] = 0


def pad(
    sequences: Sequence[tuple[int, ...]],
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Returns sequences side by side, and where they are not padding."""
    # Few shapes are compiled, as both sides are rounded up.
    shape = (_power_of_two(len(sequences)), padded_length(max(map(len, sequences))))
    tokens, valid = np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=bool)
    for sequence, *row in zip(sequences, tokens, valid, strict=False):
        _lay(sequence, *row)
    return tokens, valid


def _lay(
    sequence: tuple[int, ...], tokens: npt.NDArray[np.int32], valid: npt.NDArray[np.bool_]
) -> None:
    tokens[: len(sequence)] = sequence
    valid[: len(sequence)] = True
