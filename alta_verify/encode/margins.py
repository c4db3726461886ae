"""Margins: how near means that have to be told apart are, beside what rounding does to them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import final

from alta_verify.encode.relation import Codes, Relation

__all__ = ["Margin", "margin"]


@final
@dataclass(frozen=True)
class Margin:
    """What separates the means of one bucket from all others.

    Attributes:
        bound: how far a computed mean, or one that other keys leak into, can be from what it
            should be.
        margin: how far the nearest mean of another bucket is.
    """

    bound: Fraction
    margin: Fraction

    def __str__(self) -> str:
        """Says both, side by side."""
        text = (
            f"means there are computed within {float(self.bound):.3g} (bound), and the nearest "
            f"ones of another bucket are {float(self.margin):.3g} away (margin)"
        )
        if 2 * self.bound >= self.margin:
            text += ", so that no threshold tells them apart"
        return text


def margin(relation: Relation, head: str, bucket: int, codes: Codes, count: int) -> Margin | None:
    """Returns what separates a bucket of a head that averages; None where nothing is to be said."""
    means = {total / number for number, total in relation.selections(head, count)}
    within = {mean for mean in means if relation.abstraction.bucket(head, mean) == bucket}
    if not within or within == means or bucket not in codes:
        return None
    # A threshold between two means tells them apart if neither bound reaches its middle.
    low, high = min(within), max(within)
    (box,) = codes[bucket]
    bound = max(low - box.lo, box.hi - high)
    nearest = min(abs(mean - end) for end in (low, high) for mean in means - within)
    # Means that are kept as a multiple of themselves are no matter of rounding.
    return Margin(bound, nearest) if box.lo <= low and high <= box.hi else None
