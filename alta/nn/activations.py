"""Activations: all that a run of a model computed, by name, as labelled arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

import numpy as np

from alta.extras import needed
from alta.interp.run import Run
from alta.lang.rules import Rule
from alta.nn.batching import Course
from alta.nn.captured import CapturedHead, captured_heads
from alta.nn.engine import Engine
from alta.nn.naming import Naming
from alta.nn.weights import MLPWeights, Weights

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

__all__ = ["Activations", "activations"]


@final
@dataclass(frozen=True, eq=False)
class Activations:
    """All that one run of a model computed, by name: the very numbers, in the model's format.

    Arrays are labelled (xarray): ``residual.loc[2, 3, "count=2"]`` is what layer 2 left at position
    3 in the coordinate that says whether ``count`` is 2, and ``residual.sel(layer=2)`` what it left
    everywhere. Layers count from 1, and layer 0 is what the embedding gives; positions count from
    0 and have the names of their ``token`` beside them. Numbers have no units of measurement: a
    coordinate of a category or a set is 1 or 0, and that of a number is the number.

    Attributes:
        run: the run itself, with its outputs and, decoded, its states; `Run.at` says which rules
            fire at a place.
        residual: the residual stream before the first layer and after each; (layer, position,
            coordinate).
        attended: the residual stream after attention in each layer; of the same shape.
        query: by head (layer, position, component).
        key: by head (layer, position, component).
        value: by head (layer, position, component).
        scores: by head (layer, query, key): query times key, NaN where the mask leaves a key out.
        pattern: by head (layer, query, key): the softmax of each row of scores.
        read: by head (layer, position, component): the values that are mixed by the pattern.
        units: by layer of the feed-forward block (layer, position, unit); of a compiled one
            ``hidden``, the conditions that hold, ``expanded``, their sums, and ``fired``, the
            neurons that write. What a unit stands for, read off its weights, is beside it as
            ``meaning``; beside a neuron also the rules that write by it, as ``rules``.
        unit_rules: the rules that write by each neuron of ``fired``; empty for a learned block.
    """

    run: Run
    residual: xr.DataArray = field(repr=False)
    attended: xr.DataArray = field(repr=False)
    query: Mapping[str, xr.DataArray] = field(repr=False)
    key: Mapping[str, xr.DataArray] = field(repr=False)
    value: Mapping[str, xr.DataArray] = field(repr=False)
    scores: Mapping[str, xr.DataArray] = field(repr=False)
    pattern: Mapping[str, xr.DataArray] = field(repr=False)
    read: Mapping[str, xr.DataArray] = field(repr=False)
    units: Mapping[str, xr.DataArray] = field(repr=False)
    unit_rules: tuple[tuple[Rule, ...], ...] = field(repr=False)

    def __getitem__(self, name: str) -> Any:
        if name not in _NAMES:
            raise KeyError(f"{name!r}: expected one of {', '.join(_NAMES)}")
        return getattr(self, name)

    def to_pandas(self) -> pd.DataFrame:
        """Returns everything as one table, a row for each layer and position.

        Columns have three names: that of the array, that of the head or of the block's layer (empty
        for the streams), and that of the coordinate, component, unit or key position. Layer 0 has
        the embedding and nothing else, so the rest of its rows is NaN. Formats that pandas lacks
        become float32, which holds each of their numbers.
        """
        pd = needed("pandas", "to_pandas", "arrays")
        parts = {}
        for name in _NAMES:
            arrays = self[name]
            for key, array in arrays.items() if isinstance(arrays, Mapping) else [("", arrays)]:
                values = array.values
                if values.dtype.name == "bfloat16":
                    values = values.astype(np.float32)
                first, second, last = (array.indexes[dimension] for dimension in array.dims)
                rows = pd.MultiIndex.from_product([first, second], names=["layer", "position"])
                flat = values.reshape(len(rows), -1)
                parts[name, key] = pd.DataFrame(flat, index=rows, columns=list(last))
        return pd.concat(parts, axis=1, names=["array", "part", "place"])


_NAMES = (
    "residual",
    "attended",
    "query",
    "key",
    "value",
    "scores",
    "pattern",
    "read",
    "units",
)


def activations(engine: Engine, weights: Weights, run: Run, course: Course) -> Activations:
    """Names what was kept of a run; its weights say what units stand for."""
    labels = _Labels(engine, run)
    naming = Naming.of(run.program, engine.layout, weights.mlp, engine.max_len)
    length = len(run.tokens)
    heads = [captured_heads(inside, engine.weights.groups, length) for inside in course.insides]
    columns = {"coordinate": list(naming.coordinates)}
    residual, attended = (
        labels.array(course.streams[start::2], engine.layout.width, columns) for start in (0, 1)
    )
    vectors = {
        part: {
            name: labels.vectors([layer[name] for layer in heads], part, matrix.shape[1])
            for name, head in weights.heads.items()
            for matrix in [getattr(head, "value" if part == "read" else part)]
        }
        for part in ("query", "key", "value", "read")
    }
    pairs = {
        part: {name: labels.pairs([layer[name] for layer in heads], part) for name in weights.heads}
        for part in ("scores", "pattern")
    }
    units = {}
    for name, width in _widths(weights).items():
        rows = [inside.units[name][:, 0, :length].T for inside in course.insides]
        beside = {kind: ("unit", texts) for kind, texts in naming.units(name).items()}
        units[name] = labels.array(rows, width, {"unit": range(width)}, beside)
    return Activations(
        run, residual, attended, **vectors, **pairs, units=units, unit_rules=naming.rules
    )


@final
class _Labels:
    """What puts labels on arrays with a first axis of layers and a second one of positions."""

    def __init__(self, engine: Engine, run: Run) -> None:
        self._xarray = needed("xarray", "run_with_cache", "arrays")
        self._dtype, self._layers = engine.dtype, run.n_layers
        self._tokens = [run.program.vocab[token] for token in run.tokens]

    def array(
        self,
        rows: Sequence[Any],
        width: int,
        last: Mapping[str, Any],
        beside: Mapping[str, Any] | None = None,
        position: str = "position",
    ) -> Any:
        """Returns one array a layer, each of a row a position, with the labels of its columns."""
        # A run may have taken no layer.
        empty = np.zeros((0, len(self._tokens), width), self._dtype)
        values = np.stack(rows) if len(rows) else empty
        # What there is once more than layers starts with what they start from.
        first = range(self._layers + 1 - len(values), self._layers + 1)
        places = {"layer": first, position: range(len(self._tokens)), **last}
        tokens = {"token": (position, self._tokens), **(beside or {})}
        return self._xarray.DataArray(values, dims=list(places), coords=places | tokens)

    def vectors(self, heads: Sequence[CapturedHead], part: str, width: int) -> Any:
        """Returns vectors of a head, as wide as its own weights are."""
        rows = [getattr(head, part)[:, :width] for head in heads]
        return self.array(rows, width, {"component": range(width)})

    def pairs(self, heads: Sequence[CapturedHead], part: str) -> Any:
        """Returns what a head has for pairs of positions."""
        rows, keys = [getattr(head, part) for head in heads], range(len(self._tokens))
        beside = {"key_token": ("key", self._tokens)}
        return self.array(rows, len(keys), {"key": keys}, beside, position="query")


def _widths(weights: Weights) -> dict[str, int]:
    mlp = weights.mlp
    if isinstance(mlp, MLPWeights):
        parts = {"hidden": mlp.expand_in, "expanded": mlp.expand_out, "fired": mlp.lookup_in}
        return {name: matrix.shape[1] for name, matrix in parts.items()}
    return {
        f"layer {index}": matrix.shape[1] for index, matrix in enumerate(mlp.matrices[:-1], start=1)
    }
