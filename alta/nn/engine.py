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
from alta.interp.run import Run, Trace
from alta.interp.step import LayerState, Table
from alta.interp.tokens import MaxLayers, check_layers, check_tokens, each_limit
from alta.lang.program import Program
from alta.nn import forward
from alta.nn.batching import Course, Ended, Observer, pad, run_all
from alta.nn.compiled import in_time
from alta.nn.device import DeviceWeights
from alta.nn.layout import Layout, values

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
    """A forward pass that runs weights on inputs.

    Attributes:
        program: what the weights are meant to compute.
        layout: which coordinates of the residual stream hold which variable.
        architecture: what the forward pass needs beside the weights.
        weights: as they lie on the device.
        dtype: their format.
        max_len: the longest sequence; None for the program's own limit.
    """

    program: Program
    layout: Layout
    architecture: forward.Architecture
    weights: DeviceWeights
    dtype: str
    max_len: int | None

    def check_tokens(self, tokens: Sequence[Any] | str) -> tuple[int, ...]:
        """Returns a sequence of tokens as ints.

        Raises:
            TokenError: for tokens that are not the program's, or too many of them.
        """
        checked = check_tokens(self.program, tokens)
        if self.max_len is not None and len(checked) > self.max_len:
            raise TokenError(
                f"the model was compiled for at most {self.max_len} tokens (max_len), got "
                f"{len(checked)}"
            )
        return checked

    def run_batch(
        self,
        sequences: Sequence[Sequence[Any] | str],
        max_layers: MaxLayers,
        observe: Observer | None = None,
        shape: tuple[int, int] | None = None,
    ) -> list[Run]:
        """Runs inputs of any lengths, as one batch; as `Model.run_batch`."""
        # Every input is checked before any is run.
        checked = [self.check_tokens(tokens) for tokens in sequences]
        bounds = [
            check_layers(self.program, len(tokens), limit)
            for tokens, limit in zip(checked, each_limit(max_layers, len(checked)), strict=True)
        ]
        return self.run_checked(
            checked,
            [_NO_BOUND if bound is None else min(bound, _NO_BOUND) for bound in bounds],
            observe,
            shape,
        )

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
        # The output is read off its coordinates alone, and everything else only where it is asked
        # for.
        output = self.program.variables[self.program.output_name]
        return Run(
            program=self.program,
            tokens=tokens,
            outputs=tuple(values(output, ended.output)),
            n_layers=ended.n_layers,
            halted=ended.halted,
            make_trace=lambda: self._trace_of_run(tokens, ended.n_layers),
        )

    def _trace_of_run(self, tokens: tuple[int, ...], n_layers: int) -> Trace:
        """Returns the states of a run, which are observed while it is run once more."""
        # A run keeps no streams; whoever looks at its states has it run once more, and observed.
        course = Course(len(tokens))
        self.run_checked([tokens], [n_layers], course)
        return self.decoded(course.streams)

    def residual_streams(
        self, tokens: Sequence[Any] | str, n_layers: int
    ) -> list[npt.NDArray[Any]]:
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
        return [np.asarray(stream)[0, : len(checked)] for stream in streams]

    def trace(self, tokens: Sequence[Any] | str, n_layers: int) -> Trace:
        """Returns the states that the residual streams decode to; as `Model.trace`."""
        return self.decoded(self.residual_streams(tokens, n_layers))

    def decoded(self, streams: Sequence[npt.NDArray[Any]]) -> Trace:
        """Returns the states that residual streams, one and then two a layer, decode to."""
        # Head outputs last for one layer, so they are left out of states between layers.
        tables = [self._table(stream) for stream in streams]
        variables = list(self.program.variables)
        initial = _restricted(tables[0], variables)
        layers = tuple(
            LayerState(attended, _restricted(after, variables))
            for attended, after in zip(tables[1::2], tables[2::2], strict=True)
        )
        return Trace(initial, layers)

    def _table(self, stream: npt.NDArray[Any]) -> Table:
        by_name = {
            name: values(domain, stream[:, list(self.layout.columns[name])])
            for name, domain in self.program.domains.items()
        }
        return tuple(
            {name: column[position] for name, column in by_name.items()}
            for position in range(len(stream))
        )


def _restricted(table: Table, names: Sequence[str]) -> Table:
    return tuple({name: local[name] for name in names} for local in table)
