"""Vectors: traces as what the feed-forward block of the compiled model takes in and puts out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, final, get_args

import numpy as np
import numpy.typing as npt
from jaxtyping import Bool, Float32, Int64

from alta.errors import AltaError, nearest
from alta.lang.kinds import Numerical, SetVariable
from alta.learn.tracing.traces import Traces
from alta.nn.layout import Layout

if TYPE_CHECKING:
    from alta.nn.model import Model

__all__ = ["NOISE", "Undefined", "Vectors", "joined", "vectors"]

NOISE: Final = 10.0
"""Noise in place of UNDEFINED is uniform between minus this and this."""

Undefined = Literal["noise", "zeros", "model"]
"""What stands for UNDEFINED: noise, zeros, or what the compiled model's attention puts there."""

Stream = Float32[npt.NDArray[np.float32], "rows width"]
Mask = Bool[npt.NDArray[np.bool_], "rows width"]


@final
@dataclass(frozen=True, eq=False)
class Vectors:
    """Traces as vectors; a row is a transition.

    Attributes:
        inputs: the residual stream that the feed-forward block takes in; where a head output is
            UNDEFINED, what stands for it.
        outputs: the residual stream that it should leave: head outputs are zero.
        undefined: which coordinates of the inputs belong to UNDEFINED head outputs.
        counts: how often each transition came up.
    """

    inputs: Stream
    outputs: Stream
    undefined: Mask
    counts: Int64[npt.NDArray[np.int64], " rows"]


def joined(batches: Iterable[Vectors]) -> Vectors:
    """Returns vectors one after the other, of at least one batch."""
    columns = zip(*(vars(batch).values() for batch in batches), strict=True)
    return Vectors(*map(np.concatenate, columns))


def vectors(
    traces: Traces,
    undefined: Undefined = "zeros",
    *,
    seed: int = 0,
    model: Model | None = None,
    sequences: Any = None,
) -> Vectors:
    """Returns traces as vectors of the layout that the compiler uses.

    Args:
        traces: the transitions.
        undefined: what stands for UNDEFINED head outputs. ``"noise"`` draws every coordinate
            uniformly from -10 … 10; ``"zeros"`` is zeros; ``"model"`` is what the
            attention of the compiled model leaves there, a mixture of the values of the positions
            that a head may attend to. The mixture depends on the whole sequence: it is the one of
            the place at which the transition came up first.
        seed: of the noise. The noise of a transition depends on the seed and on its place alone.
        model: the compiled model, for ``"model"``.
        sequences: what was run, for ``"model"``.

    Raises:
        AltaError: when there is no such way, or the model or the sequences are missing.
    """
    if undefined not in get_args(Undefined):
        hint = nearest(undefined, get_args(Undefined))
        raise AltaError(f"vectors: no way {undefined!r} to write UNDEFINED; {hint}")
    layout = Layout.of(traces.program)
    inputs, outputs = (_stream(traces, layout, part) for part in (traces.before, traces.after))
    mask = np.zeros(inputs.shape, dtype=bool)
    for name in traces.program.heads:
        mask[:, list(layout.columns[name])] = traces.undefined(name)[:, None]
    if undefined == "noise":
        _add_noise(inputs, mask, traces, seed)
    elif undefined == "model":
        _add_mixtures(inputs, mask, traces, model, sequences)
    return Vectors(inputs, outputs, mask, traces.counts)


def _stream(traces: Traces, layout: Layout, columns: Any) -> Stream:
    stream = np.zeros((len(traces), layout.width), dtype=np.float32)
    for name, column in columns.items():
        stream[:, list(layout.columns[name])] = _codes(traces.program.domains[name], column)
    return stream


def _codes(domain: Any, column: npt.NDArray[Any]) -> Any:
    """Returns the coordinates of a name; zeros where it is UNDEFINED."""
    if isinstance(domain, Numerical):
        return np.nan_to_num(column, nan=0.0).astype(np.float32)[:, None]
    if not isinstance(domain, SetVariable):
        # One-hot; row -1, for UNDEFINED, is all zeros.
        return np.eye(domain.range + 1, domain.range, dtype=np.float32)[column]
    # One-hot for sets: coordinate e is 1 where e is an element of the subset.
    table = np.zeros((len(domain.values) + 1, domain.range), dtype=np.float32)
    for place, subset in enumerate(domain.values):
        table[place, list(subset)] = 1
    # UNDEFINED is -1, and so the last row.
    return table[column]


def _add_noise(inputs: Stream, mask: Mask, traces: Traces, seed: int) -> None:
    for row in np.flatnonzero(mask.any(axis=1)).tolist():
        # Seeded by place: the noise of a transition does not depend on the others.
        generator = np.random.default_rng([seed, *traces.places[row].tolist()])
        inputs[row, mask[row]] = generator.uniform(-NOISE, NOISE, mask[row].sum())


def _add_mixtures(
    inputs: Stream, mask: Mask, traces: Traces, model: Model | None, sequences: Any
) -> None:
    if model is None or sequences is None:
        raise AltaError(
            "vectors: undefined='model' needs model= (alta.compile) and sequences= (what was run)"
        )
    if model.layout.columns != Layout.of(traces.program).columns:
        raise AltaError(f"vectors: the model is not one of program {traces.program.name!r}")
    rows = np.flatnonzero(mask.any(axis=1))
    places = traces.places[rows]
    # Each sequence runs once, as far as its deepest place.
    for number in np.unique(places[:, 0]).tolist():
        group = np.flatnonzero(places[:, 0] == number)
        streams = model.residual_streams(sequences[number], int(places[group, 1].max()))
        for row, (_, layer, position) in zip(rows[group], places[group].tolist(), strict=True):
            # The initial stream comes first, then two a layer: after attention, after the MLP.
            attended = streams[2 * layer - 1][position]
            inputs[row, mask[row]] = attended[mask[row]]
