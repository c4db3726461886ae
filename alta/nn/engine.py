"""Engines: a forward pass with what it needs to run sequences to their ends and decode them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, final

import jax
import numpy as np
import numpy.typing as npt

from alta.errors import TokenError
from alta.interp.inside import Inside
from alta.interp.run import Run, Trace
from alta.interp.tokens import MaxLayers, Tokens, check_layers, check_tokens, each_limit
from alta.lang.program import Program
from alta.nn import forward
from alta.nn.batching import Course, Ended, Observer, pad, run_all
from alta.nn.captured import captured_heads, nonzero
from alta.nn.decoding import Decoding
from alta.nn.device import DeviceWeights, in_time
from alta.nn.layout import Layout
from alta.nn.naming import coordinate_names

__all__ = ["Engine", "precision"]

# Layers are counted in int32, and no run takes as many.
_NO_BOUND = np.iinfo(np.int32).max


def precision(dtype: str) -> AbstractContextManager[Any]:
    """Returns the context in which JAX keeps a format.

    Without it JAX would turn float64 arrays into float32 silently.
    """
    context: AbstractContextManager[Any] = (
        jax.enable_x64(True) if dtype == "float64" else nullcontext()
    )
    return context


@final
@dataclass(frozen=True, eq=False)
class Engine:
    """A forward pass that runs weights, as they lie on the device, on inputs of a program."""

    program: Program
    layout: Layout
    architecture: forward.Architecture
    weights: DeviceWeights
    dtype: str
    max_len: int | None

    @property
    def decoding(self) -> Decoding:
        """What its residual streams say."""
        return Decoding(self.program, self.layout, self.dtype)

    def check_tokens(self, tokens: Tokens) -> tuple[int, ...]:
        """Returns a sequence of tokens as ints, where there are not too many."""
        checked = check_tokens(self.program, tokens)
        if self.max_len is not None and len(checked) > self.max_len:
            raise TokenError(
                f"the model was compiled for at most {self.max_len} tokens (max_len), got "
                f"{len(checked)}"
            )
        return checked

    def run_batch(
        self,
        sequences: Sequence[Tokens],
        max_layers: MaxLayers,
        observe: Observer | None = None,
        shape: tuple[int, int] | None = None,
    ) -> list[Run]:
        """Runs inputs of any lengths, as one batch; as `Model.run_batch`."""
        # Every input is checked before any is run.
        checked = [self.check_tokens(tokens) for tokens in sequences]
        limits = each_limit(max_layers, len(checked))
        numbers = [self._bound(*pair) for pair in zip(checked, limits, strict=True)]
        return self.run_checked(checked, numbers, observe, shape)

    def _bound(self, tokens: tuple[int, ...], limit: int | None) -> int:
        bound = check_layers(self.program, len(tokens), limit)
        return _NO_BOUND if bound is None else min(bound, _NO_BOUND)

    def captured(self, tokens: Tokens, max_layers: int | None) -> tuple[Run, Course]:
        """Runs one input, and keeps all that is computed for it."""
        checked = self.check_tokens(tokens)
        return self._captured(checked, self._bound(checked, max_layers))

    def _captured(self, tokens: tuple[int, ...], limit: int) -> tuple[Run, Course]:
        course = Course(len(tokens))
        # The function that is compiled is the one that is observed, with more of it looked at.
        with precision(self.dtype):
            parts = self.architecture, self.weights, [tokens], [limit], course
            (ended,) = run_all(*parts, everything=True)
        return self._run_of(tokens, ended), course

    def run_checked(
        self,
        sequences: Sequence[tuple[int, ...]],
        limits: Sequence[int],
        observe: Observer | None = None,
        shape: tuple[int, int] | None = None,
    ) -> list[Run]:
        """Runs sequences of tokens, each up to its halt or its own limit of layers."""
        # Sequences end in any order; each run is put where its input was.
        runs: list[Any] = [None] * len(sequences)
        with precision(self.dtype):
            for ended in run_all(
                self.architecture, self.weights, sequences, limits, observe, shape
            ):
                runs[ended.index] = self._run_of(sequences[ended.index], ended)
        return runs

    def _run_of(self, tokens: tuple[int, ...], ended: Ended) -> Run:
        # Only the output is read off now, and everything else where it is asked for.
        return Run(
            program=self.program,
            tokens=tokens,
            outputs=self.decoding.outputs(ended.output),
            n_layers=ended.n_layers,
            halted=ended.halted,
            make_trace=lambda: self._trace_of_run(tokens, ended.n_layers),
            make_inside=lambda: self._inside_of_run(tokens, ended.n_layers),
        )

    def _inside_of_run(self, tokens: tuple[int, ...], n_layers: int) -> Inside:
        _, course = self._captured(tokens, n_layers)
        layers = [
            captured_heads(inside, self.weights.groups, len(tokens)) for inside in course.insides
        ]
        attention = [{name: nonzero(heads[name].pattern) for name in heads} for heads in layers]
        residual = [[dict(row) for row in nonzero(stream)] for stream in course.streams[::2]]
        return Inside(attention, residual, coordinate_names(self.program, self.layout))

    def _trace_of_run(self, tokens: tuple[int, ...], n_layers: int) -> Trace:
        # A run keeps no streams; whoever looks at its states has it run once more, and observed.
        course = Course(len(tokens))
        self.run_checked([tokens], [n_layers], course)
        return self.decoding.trace(course.streams)

    def residual_streams(self, tokens: Tokens, n_layers: int) -> list[npt.NDArray[Any]]:
        """Returns the residual stream, before and in each layer; as `Model.residual_streams`."""
        checked = self.check_tokens(tokens)
        # Padded as in a batch, so that no shape is compiled for this input alone.
        padded, valid = pad([checked])
        streams = []
        with precision(self.dtype):
            x = in_time(forward.embed, self.weights, padded)
            streams.append(x)
            for _ in range(n_layers):
                attended, x = in_time(forward.layer, self.architecture, self.weights, x, valid)
                streams += [attended, x]
        return [stream[0, : len(checked)] for stream in jax.device_get(streams)]

    def trace(self, tokens: Tokens, n_layers: int) -> Trace:
        """Returns the states that the residual streams decode to; as `Model.trace`."""
        return self.decoding.trace(self.residual_streams(tokens, n_layers))
