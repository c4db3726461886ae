"""Softmax: what the attention weights of a head can be, given how far apart its scores are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Final, final

from alta_verify.arithmetic.formats import Format
from alta_verify.arithmetic.interval import Interval
from alta_verify.arithmetic.mixtures import mixture_slack

__all__ = ["Distances", "Softmax", "distances", "leakage", "softmax"]

# Leaks are not told apart below 2 to minus this.
_LEAK_BITS: Final = 4096
# Of more scores of one query not every distance is asked about.
_PAIRS: Final = 64


@final
@dataclass(frozen=True)
class Distances:
    """How far apart the scores of one query can be.

    Attributes:
        level: whether any two are so near that the exponential of their distance is a normal
            number with room to spare, or so far apart that it is exactly 0.
        deepest: the largest distance of two that are not far apart.
        near: distances at which the exponential is neither 1 nor known to be 0, at both ends of
            what they can be.
    """

    level: bool = True
    deepest: Fraction = Fraction(0)
    near: frozenset[Fraction] = frozenset()

    def joined(self, distances: Distances) -> Distances:
        """Returns the distances of two queries together."""
        return Distances(
            self.level and distances.level,
            max(self.deepest, distances.deepest),
            self.near | distances.near,
        )


def distances(scores: Iterable[Interval], *, alike: bool, format_: Format) -> Distances:
    """Looks at all scores that one query can meet.

    If they are `alike`, a score is always computed as the same number, wherever it occurs;
    otherwise two positions with the same key may have different ones.
    """
    # Scores further apart than `exp_zero` are weighted 1 and exactly 0, so that only clusters
    # within which they are nearer matter.
    clusters: list[list[Interval]] = []
    top = Fraction(0)
    for score in sorted(set(scores), key=lambda score: (score.lo, score.hi)):
        if not clusters or score.lo - top >= format_.exp_zero:
            clusters.append([])
            top = score.hi
        clusters[-1].append(score)
        top = max(top, score.hi)
    result = Distances()
    for cluster in clusters:
        result = result.joined(_within(cluster, alike=alike, format_=format_))
    return result


def _within(cluster: list[Interval], *, alike: bool, format_: Format) -> Distances:
    """Looks at scores none of which is far from all the others."""
    if alike and len(cluster) == 1:
        return Distances()
    deepest = max(score.hi for score in cluster) - min(score.lo for score in cluster)
    # Which powers the device is asked for. Whether all are normal depends on `deepest` alone.
    chosen = cluster if len(cluster) <= _PAIRS else [cluster[0], cluster[-1]]
    ends = {deepest}
    for low, high in combinations(chosen, 2):
        ends |= {abs(high.lo - low.hi), high.hi - low.lo}
    level = deepest <= format_.exp_normal
    return Distances(level, deepest, frozenset(end for end in ends if end > 0))


@final
@dataclass(frozen=True)
class Softmax:
    """What is known of the weights that a head gives to positions.

    Attributes:
        leak: bounds the weight of all unselected keys together; of real weights, and of computed
            ones unless those are exactly 0.
        zero_in_floats: whether computed weights of unselected keys are exactly 0.
        weight_error: bounds how far the weight of a selected key is from what it would be if all
            selected keys had the same score and all others weight 0, as a part of it. Rounding of
            1/k is not in it.
        floor: a lower bound on computed weights that are not 0; None where there is none.
    """

    leak: Fraction
    zero_in_floats: bool
    weight_error: Fraction
    floor: Fraction | None

    @property
    def even(self) -> bool:
        """Whether the computed powers are exactly 1 for selected keys, and exactly 0 for others."""
        return self.zero_in_floats and not self.weight_error

    @classmethod
    def by_mask(cls, count: int) -> Softmax:
        """Returns the softmax of scores that are all the same: the mask alone selects."""
        # A weight is 1/k ≥ 1/n, and a half of that even when divided and stored.
        return cls(Fraction(0), True, Fraction(0), Fraction(1, 2 * count))


def softmax(
    gap: Fraction | None, spread: Fraction, apart: Distances, count: int, format_: Format
) -> Softmax:
    """Returns what weights can be, for gap (more than 0) and spread as in `Scores`.

    No more than `count` positions have weight at once: those of which the mask has the offset.
    """
    leak = Fraction(0) if gap is None else min(Fraction(1), leakage(gap, count))
    zero_in_floats = gap is None or gap >= format_.exp_zero
    # Softmax that leaks when computed: a share of k selected keys is between e^-d / k and e^d / k,
    # and e^d - 1 ≤ d (1 + d) for small d; exp itself is off by little, above and below the line.
    weight_error = spread * (1 + spread) + 3 * format_.exp_error if spread else Fraction(0)
    if not zero_in_floats:
        # Lemma mixtures: computed weights sum to no more than so many times what they should.
        leak = min(Fraction(1), leak * (1 + mixture_slack(count, format_)))
        # If 4 λ ≤ u, each partial sum k + t is rounded to k, as t is less than half of its last
        # place: the weights are 1/k, as if nothing leaked.
        if 4 * leak > format_.sum_rounding:
            weight_error += (2 * count + 4) * format_.sum_rounding + 2 * format_.rounding
    floor = None
    if apart.level:
        # e^-d ≥ 2^-ceil(1.4427 d), because 1/ln 2 < 1.4427; half of it is for errors of exp.
        bits = -(-apart.deepest * Fraction(14427, 10000) // 1)
        floor = Fraction(1, 2 * count)
        if apart.deepest:
            floor *= Fraction(1, 2) ** (int(bits) + 1)
    return Softmax(leak, zero_in_floats, weight_error, floor)


def leakage(gap: Fraction, count: int) -> Fraction:
    """Bounds the total weight of unselected keys in real arithmetic."""
    # It is λ = (n - 1) e^-g at most, and e^-g ≤ 2^-floor(1.4426 g), because 1/ln 2 > 1.4426
    # (lemmas softmax_leak and natural_logarithm).
    # Gaps may be astronomic, and so would be the digits; a larger bound holds as well.
    bits = min(int(gap * Fraction(14426, 10000)), _LEAK_BITS)
    return Fraction(count - 1) * Fraction(1, 2) ** bits
