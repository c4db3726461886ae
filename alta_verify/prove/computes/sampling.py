"""``sampling``: the JAX model and the interpreter agree on sampled inputs.

It is no part of the proof: it refutes early, and would show if JAX did something else than is
modelled.
"""

from __future__ import annotations

from alta_verify.obligation import CutShort, NotShown, Refuted
from alta_verify.prove.computes.context import Context
from alta_verify.search.difference import layers_to_take, other_read
from alta_verify.search.falsify import falsify
from alta_verify.universal import nonempty

__all__ = ["show"]


def show(context: Context, _: str) -> str:
    """Runs the JAX model and the interpreter side by side, before anything is proved."""
    task = context.task
    sample = falsify(
        task.program,
        task.model,
        max_len=task.max_len,
        max_layers=task.max_layers,
        deadline=task.deadline,
    )
    if sample.counterexample is not None:
        raise Refuted(sample.counterexample)
    if sample.unconfirmed is not None:
        raise NotShown(f"on {sample.unconfirmed} a batch differed, but no run on its own did")
    # Heads may read something else without a variable that shows it; then the encoding of attention
    # and the code that runs are not about the same network.
    odd = sample.read_otherwise
    if odd is not None:
        layers = layers_to_take(task.program, odd, task.max_layers)
        where = other_read(task.program, task.model, odd, layers)
        raise NotShown(f"on {odd}, {where or 'a head read something else in a batch'}")
    method = f"{nonempty(sample.inputs, 'inputs')} inputs run on both sides, every state compared"
    # No part of the proof: what was run is said, and that it was less than usual.
    return CutShort(f"{method}; cut short by the limit on time") if sample.cut_short else method
