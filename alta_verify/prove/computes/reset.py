"""``reset[h]``: after the MLP a head output is 0 again, or what the relation says may be left.

For a learned block that is shown in `blocks.py`, with boxes; here it is for a compiled one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from alta_verify.arithmetic.interval import ZERO, Interval
from alta_verify.encode.linear import Linear, evaluate
from alta_verify.encode.relation import widened
from alta_verify.obligation import NotShown
from alta_verify.prove.computes.context import Context
from alta_verify.prove.computes.induction import Induction
from alta_verify.universal import nonempty

__all__ = ["show", "show_taken_away"]


def show(context: Context, head: str) -> str:
    """Shows it in the way that the block at hand needs."""
    # After the last layer nobody reads head outputs.
    if context.runs.single_layer:
        return "no run takes a second layer"
    return context.block.resets(head)


def show_taken_away(context: Context, head: str) -> str:
    """Shows it of a block of rules, which subtracts a copy of what attention added."""
    expected = list(_expected(context, head))
    # x - x is 0 in every format, though no interval would show it.
    if all(part.is_zero for part, _ in expected):
        return "x - x, exact for every x"
    query = context.query(context.cubes)
    query.expect_within(expected)
    induction = Induction(context, partial(_left, head, expected))
    induction.discharge([query])
    return induction.method(1)


def _expected(context: Context, head: str) -> list[tuple[Linear, Interval]]:
    """Returns what is left of each coordinate, with where that may lie."""
    mlp, relation = context.network.mlp, context.relation
    columns = nonempty(context.model.layout.columns[head], f"coordinates of {head}")
    # Lemma 3 (MLP) of head outputs: R_h, widened by the drift of one layer, in place of a box.
    (left,) = widened({0: relation.residue_of(head)}, 1, relation.drift_of(head)).values()
    expected: list[tuple[Linear, Interval]] = []
    for index, output in enumerate(map(mlp.output, columns)):
        zero = all(codes[index] == ZERO for codes in context.network.codes[head].values())
        # Copies of x that add up to -x, exactly (copies.py); each part of what else is written has
        # to be 0.
        if output.taken_away:
            expected += [(part, ZERO) for part in output.parts]
        elif not output.kept:
            expected.append((output.remainder, left[index]))
        # Nothing subtracts it, which is harmless only where the head never writes to the
        # coordinate.
        elif not zero:
            raise NotShown(f"nothing takes coordinate {index} of the head output away")
    return expected


def _left(head: str, expected: Sequence[tuple[Linear, Interval]], local: Mapping[str, int]) -> str:
    """Says what may be left of a head output."""
    for linear, wanted in expected:
        reach = evaluate(linear, local)
        if not reach.within(wanted):
            return f"{reach} may be left in a coordinate of {head}, not within {wanted}"
    return f"something may be left of {head}"
