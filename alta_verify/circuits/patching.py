"""Patching: one activation of a run is replaced by that of another run, in the pass that runs.

Interchange interventions (Geiger et al. 2021), also called activation and path patching (Wang et
al. 2023), at one position of one layer. From there on the run goes on as any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final, final

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from alta.lang.values import Value
from alta.nn import forward
from alta.nn.batching import padded_length
from alta.nn.device import in_time
from alta.nn.layout import values
from alta.nn.model import Model
from alta.nn.rounding import nearest
from alta_verify.circuits.components import Component
from alta_verify.circuits.connections import LAYERS

__all__ = ["Patch", "Recorded", "outcomes", "recorded"]

Array = npt.NDArray[Any]

# So many patched runs are taken side by side.
_PLACES: Final = 64
# So many layers are taken between two looks at who has ended.
_ROUNDS: Final = 16
# A patched run that nothing else ends is followed for so many times the layers, and so many more.
_TIMES: Final = 2
_EXTRA: Final = 8


@final
@dataclass(frozen=True)
class Recorded:
    """A run of a model with its activations, feature-major, layer by layer.

    Attributes:
        tokens: the input.
        outputs: what it gives.
        layers: for each layer, by the name of what is replaced, the numbers that are there.
    """

    tokens: tuple[int, ...]
    outputs: tuple[Value, ...]
    layers: Sequence[Mapping[str, Array]]

    def differing(self, donor: Recorded, component: Component, layer: int) -> list[int]:
        """Returns the positions at which a component carries something else in another run."""
        site, rows = next(iter(component.patch.items()))
        first, second = (run.layers[layer][site][list(rows)] for run in (self, donor))
        return [int(position) for position in np.flatnonzero((first != second).any(axis=0))]


@final
@dataclass(frozen=True)
class Patch:
    """A component whose activation at a place is that of another run; layers count from 0."""

    component: Component
    run: Recorded
    donor: Recorded
    layer: int
    position: int


def recorded(model: Model, tokens: tuple[int, ...], max_layers: int | None) -> Recorded:
    """Runs a model on an input, and keeps its activations."""
    run, course = model.engine.captured(tokens, max_layers)
    streams = [np.asarray(stream).T for stream in course.streams]
    layers = []
    for number, inside in enumerate(course.insides):
        before, within = streams[2 * number], streams[2 * number + 1]
        sites = {"before": before, "read_from": before, "within": within, "write_from": within}
        units = {name: np.asarray(inside.units[name])[:, 0, : len(tokens)] for name in LAYERS}
        layers.append(sites | units)
    return Recorded(tokens, run.outputs, layers)


def outcomes(
    model: Model, patches: Sequence[Patch], max_layers: int | None
) -> list[tuple[Value, ...] | None]:
    """Runs patched runs, in JAX, on inputs of about the same length, and returns their outputs.

    None stands for a run that nothing was seen to end.
    """
    results: list[tuple[Value, ...] | None] = []
    for start in range(0, len(patches), _PLACES):
        with model.precision():
            results += _Batch(model, patches[start : start + _PLACES], max_layers).run()
    return results


@final
class _Batch:
    """Patched runs side by side."""

    def __init__(self, model: Model, patches: Sequence[Patch], max_layers: int | None) -> None:
        self._model, self._patches = model, patches
        program = model.program
        length = padded_length(max(len(patch.run.tokens) for patch in patches))
        # One number of places whatever there is to run: each has to be compiled.
        self._shape = _PLACES, length
        self._valid = np.zeros(self._shape, dtype=bool)
        self._tokens = np.zeros(self._shape, dtype=np.int32)
        self._bounds = np.zeros(_PLACES, dtype=np.int32)
        for row, patch in enumerate(patches):
            tokens = patch.run.tokens
            self._valid[row, : len(tokens)] = True
            self._tokens[row, : len(tokens)] = tokens
            bound = program.layer_bound(len(tokens)) if max_layers is None else max_layers
            followed = _TIMES * len(patch.run.layers) + _EXTRA
            self._bounds[row] = followed if bound is None else bound
        self._bounded = max_layers is not None or program.layers is not None

    def run(self) -> Iterator[tuple[Value, ...] | None]:
        """Runs all of them to their ends."""
        architecture, weights = self._model.engine.architecture, self._model.device_weights
        after, stopped = in_time(
            _patched,
            architecture,
            weights,
            self._streams("run"),
            self._streams("donor"),
            self._valid,
            self._masks,
        )
        taken = np.zeros(_PLACES, dtype=np.int32)
        taken[: len(self._patches)] = [patch.layer + 1 for patch in self._patches]
        progress = forward.Progress(after, taken, stopped)
        places = forward.Places(
            np.zeros(_PLACES, dtype=bool), self._tokens, self._valid, self._bounds
        )
        while True:
            progress, output = in_time(
                forward.advance, architecture, weights, progress, places, _ROUNDS
            )
            ended, layers = map(jax.device_get, (progress.stopped, progress.n_layers))
            if (ended | (layers >= self._bounds)).all():
                break
        rows = np.moveaxis(jax.device_get(output), 0, -1)
        for row, patch in enumerate(self._patches):
            whole = ended[row] or self._bounded
            yield self._decoded(rows[row, : len(patch.run.tokens)]) if whole else None

    def _decoded(self, rows: Array) -> tuple[Value, ...]:
        model = self._model
        name = model.program.output_name
        numbers = model.layout.numbers(model.program, name)
        codes = [nearest(number, model.dtype) for number in numbers]
        return tuple(values(model.program.variables[name], rows, codes))

    def _streams(self, side: str) -> Array:
        """Returns the residual streams before the patched layers, of runs or donors."""
        runs = [getattr(patch, side) for patch in self._patches]
        streams = np.zeros((self._model.layout.width, *self._shape), self._model.dtype)
        for row, (patch, run) in enumerate(zip(self._patches, runs, strict=True)):
            streams[:, row, : len(run.tokens)] = run.layers[patch.layer]["before"]
        return streams

    @cached_property
    def _masks(self) -> Mapping[str, Array]:
        """For each activation what of it is replaced, by what the donor run has there."""
        model = self._model
        mlp, width = model.weights.compiled_mlp, model.layout.width
        sizes = dict.fromkeys(("before", "read_from", "within", "write_from", "write"), width)
        sizes["read"] = model.device_weights.read.shape[1]
        units = (mlp.expand_in, mlp.expand_out, mlp.lookup_in)
        sizes |= {name: int(m.shape[1]) for name, m in zip(LAYERS, units, strict=True)}
        masks = {name: np.zeros((size, *self._shape), dtype=bool) for name, size in sizes.items()}
        for row, patch in enumerate(self._patches):
            for name, rows in patch.component.patch.items():
                masks[name][list(rows), row, patch.position] = True
        return masks


@partial(jax.jit, static_argnums=0)
def _patched(
    architecture: forward.Architecture,
    weights: Any,
    x: Any,
    y: Any,
    valid: Any,
    masks: Mapping[str, Any],
) -> tuple[jax.Array, jax.Array]:
    """Returns streams after a layer with patches, and who has halted, from those before it.

    In each place at most one thing is replaced, by what the layer makes of the donor stream; of an
    edge by what it makes of this stream with the source alone taken from the donor.
    """
    kept: dict[str, Any] = {}

    def keep(name: str, activation: jax.Array) -> jax.Array:
        kept[name] = activation
        return activation

    def replaced(name: str, activation: Any, donor: Any) -> jax.Array:
        return jnp.where(masks[name], donor, activation)

    x = replaced("before", jnp.asarray(x), y)
    forward.attend(architecture, weights, replaced("read_from", x, y), valid, keep)
    within, _ = forward.attend(
        architecture, weights, x, valid, lambda name, read: replaced(name, read, kept[name])
    )
    donor_within, _ = forward.attend(architecture, weights, jnp.asarray(y), valid)
    _, units = forward.mlp(architecture, weights.mlp, donor_within)
    patched = replaced("within", within, donor_within)
    after, _ = forward.mlp(
        architecture, weights.mlp, patched, lambda name, unit: replaced(name, unit, units[name])
    )
    read_other = replaced("write_from", within, donor_within)
    written, _ = forward.mlp(architecture, weights.mlp, read_other)
    after = replaced("write", after, written)
    return after, forward.halted(architecture, after, valid)
