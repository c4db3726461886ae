"""``rounding``: the same holds in the model's format, in any order of summation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from alta.nn.weights import named
from alta_verify.arithmetic.formats import Span, storing_slack
from alta_verify.arithmetic.interval import ZERO
from alta_verify.encode.network import Network
from alta_verify.encode.probe import Probe, probe_softmax
from alta_verify.encode.relation import Relation
from alta_verify.obligation import NotShown
from alta_verify.prove.computes.context import Context

__all__ = ["show"]


def show(context: Context, _: str) -> str:
    """Checks that no weight is subnormal, what the format holds, and `exp` on this device."""
    # The bounds on rounding themselves are part of every other encoding; they are 0 where sums lie
    # on a grid.
    _check_weights(context)
    networks = context.networks
    # Lemma 14 (noise): boxes have in them what numbers are stored as, whatever their ends are.
    for network in () if context.block.spilling else networks:
        _check_ends(context, network.relation)
    context.block.check_sums()
    probe = _probe(context, networks)
    if not probe.passed:
        raise NotShown(f"the device does not do as assumed: {probe.description}")
    return f"bounds are part of the encoding; {probe.description}"


def _check_weights(context: Context) -> None:
    """Checks that all weights are 0 or normal numbers."""
    # Lemma 8 (grid) needs it: to flush normal numbers and 0 changes nothing.
    smallest = 2.0**context.task.format.smallest
    for name, array in named(context.model.weights):
        sizes = np.abs(np.asarray(array, dtype=np.float64))
        if ((sizes > 0) & (sizes < smallest)).any():
            raise NotShown(f"{name} has subnormal weights, which hardware may take for 0")


def _check_ends(context: Context, relation: Relation) -> None:
    """Checks that the format holds the ends of all intervals of a relation."""
    # Lemma 3 (MLP): storing is monotonic, so a number between ends that the format has is stored
    # as one between them. Where a coordinate drifts, rounding to store it is part of the drift.
    format_ = context.task.format
    left = {name: {0: box} for name, box in relation.residue.items()}
    for name, codes in {**relation.start, **left}.items():
        for value, box in codes.items():
            for interval, drift in zip(box, relation.drift_of(name), strict=True):
                if drift == ZERO and storing_slack(Span.of([interval]), format_):
                    raise NotShown(f"{format_.name} lacks an end of {interval} of {name}={value}")


def _probe(context: Context, networks: Sequence[Network]) -> Probe:
    """Returns what the device at hand says about exp and division."""
    task = context.task
    scores = [scores for network in networks for scores in network.scores.values()]
    # Of keys that are selected alone, or alike, the distances are 0 and at least the gap; where
    # softmax leaks in floats, all distances between scores come up.
    gaps = {bounds.gap for bounds in scores if bounds.gap is not None and bounds.gap > 0}
    near = {distance for bounds in scores for distance in bounds.apart.near}
    # No more keys are averaged than a mask has offsets.
    masks = {name: head.mask for name, head in context.model.program.heads.items()}
    averaged = [masks[name] for name in context.program.heads if task.abstraction.averages(name)]
    averaging = max((mask.most(task.extent.longest) for mask in averaged), default=1)
    return probe_softmax(context.model, gaps | near, task.format, equal=averaging)
