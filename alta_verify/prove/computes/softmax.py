"""``softmax[h]``: the selected keys have all the weight, up to a leak."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from alta_verify.arithmetic.formats import FormatOverflowError
from alta_verify.arithmetic.matrices import RationalMatrix
from alta_verify.arithmetic.mixtures import mixture_slack
from alta_verify.encode.scores import check_scores
from alta_verify.obligation import NotShown
from alta_verify.prove.computes.context import Context

__all__ = ["show"]

# Where a head averages, scores of keys that are selected together are no further apart.
_SPREAD: Final = Fraction(1, 64)


def show(context: Context, head: str) -> str:
    """Bounds the scores of every pair of a query and a key, and with them the weights."""
    network, format_ = context.network, context.task.format
    # Lemma 2: the hull of values is stretched for rounding, by more the more values are mixed.
    try:
        mixture_slack(network.mixed(head), format_)
    except FormatOverflowError as error:
        raise NotShown(str(error)) from error
    if head not in network.scores:
        return _without_scores(context, head)
    scores = network.scores[head]
    # Weights of keys that are averaged differ by e^spread - 1, relatively, which is bounded for
    # 1/64.
    if context.task.abstraction.averages(head) and scores.spread > _SPREAD:
        raise NotShown(
            f"keys that are selected together have scores up to {float(scores.spread):.3g} apart"
        )
    # The largest score is subtracted from all, which must not overflow.
    if 2 * scores.largest > format_.huge:
        raise NotShown(f"scores reach {float(scores.largest):g}")
    text, weights = network.gap_text(head), network.softmax(head)
    if not weights.leak:
        return text
    # n / d < 2^-b with b = bits(d) - 1 - bits(n), since n < 2^bits(n) and d ≥ 2^(bits(d) - 1).
    bits = weights.leak.denominator.bit_length() - 1 - weights.leak.numerator.bit_length()
    where = "in the reals, 0 in floats" if weights.zero_in_floats else "in the reals and in floats"
    return f"{text}; leak ≤ 2^-{bits} {where}"


def _without_scores(context: Context, head: str) -> str:
    """Shows the same of a head that has no choice: its mask alone selects."""
    check_scores(context.model, context.relation, head, context.task.format)
    if context.network.single(head):
        return "the mask allows one position at most"
    weights = context.model.weights.heads[head]
    sides = (weights.query, weights.key)
    # Scores are products of both sides, so one that is 0 throughout makes all of them 0.
    if all(any(RationalMatrix.of(side).columns) for side in sides):
        raise NotShown("the program has no query here, but the scores are not all 0")
    return "all scores are 0; the mask alone selects"
