"""``attention[h]``: a head adds the code of the value that it selects, and nothing elsewhere."""

from __future__ import annotations

from alta_verify.obligation import NotShown
from alta_verify.prove.computes.context import Context
from alta_verify.search.counterexample import Counterexample

__all__ = ["search", "show"]


def show(context: Context, head: str) -> str:
    """Bounds all that a head can write, coordinate by coordinate."""
    # Lemma 2 (attention): all heads read the stream before the layer, and as no other writes to
    # its coordinates, these hold its own contribution alone; with what others add, by Lemma 14.
    if not context.block.spilling:
        for column in context.network.heads[head].spill:
            raise NotShown(f"the head also writes to coordinate {column}, which is not its own")
    if context.task.abstraction.averages(head):
        return f"means in {len(context.network.codes[head]) - 1} buckets"
    return context.block.reads(head)


def search(context: Context, head: str) -> Counterexample | None:
    """Looks for an input on which the scores or values of a head go wrong."""
    return context.guided.head(head)
