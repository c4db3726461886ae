r"""Affine forms: sets of vectors that remember how their coordinates depend on one another.

A form is the set of all $c + \sum_k \varepsilon_k g_k + e$ with $|\varepsilon_k| \le 1$ and
$|e| \le r$, coordinate by coordinate (Ghorbal et al., 2009; for networks Singh et al., 2018,
"Fast and Effective Robustness Certification"). A matrix maps it to another one, exactly but for
rounding. What two forms have in common cancels when they are added, as the residual stream and
what a block adds to it have.

Rounding goes into $r$: that of float64 here, and that of the model's format, so that a form holds
the real vector and the computed one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
import numpy.typing as npt
from jaxtyping import Float64

from alta_verify.arithmetic.directed_rounding import enlarged, finite, rounding_error, upper
from alta_verify.arithmetic.formats import Format

__all__ = ["Affine"]


@final
@dataclass(frozen=True, eq=False)
class Affine:
    """A batch of affine forms.

    Attributes:
        centre: of each form.
        generators: what each symbol contributes; the first ones are those of the inputs.
        error_radius: what else each coordinate may be off by, on its own.
    """

    centre: Float64[npt.NDArray[np.float64], "batch n"]
    generators: Float64[npt.NDArray[np.float64], "batch k n"]
    error_radius: Float64[npt.NDArray[np.float64], "batch n"]

    @classmethod
    def box(
        cls,
        low: Float64[npt.NDArray[np.float64], "batch n"],
        high: Float64[npt.NDArray[np.float64], "batch n"],
    ) -> Affine:
        """Returns forms of boxes of finite ends, with one symbol for each coordinate."""
        low, high = finite(low), finite(high)
        # A point stays one, bit for bit; halves of both ends cannot overflow where a sum could.
        centre = np.where(low == high, low, low / 2 + high / 2)
        # The differences are rounded, by less than what `enlarged` adds.
        radius = np.where(low == high, 0.0, enlarged(np.maximum(high - centre, centre - low)))
        generators = radius[:, :, None] * np.eye(low.shape[1])
        return cls(finite(centre), finite(generators), np.zeros_like(centre))

    @cached_property
    def spread(self) -> Float64[npt.NDArray[np.float64], "batch n"]:
        """How far a coordinate may be from the centre, at most."""
        # Σ|g_k| + r, by which |Σ ε_k g_k + e| is bounded.
        return np.asarray(enlarged(np.abs(self.generators).sum(axis=1) + self.error_radius))

    @cached_property
    def low(self) -> Float64[npt.NDArray[np.float64], "batch n"]:
        """No larger than any coordinate."""
        return -self._end(-self.centre)

    @cached_property
    def high(self) -> Float64[npt.NDArray[np.float64], "batch n"]:
        """No smaller than any coordinate."""
        return self._end(self.centre)

    def _end(
        self, centre: Float64[npt.NDArray[np.float64], "batch n"]
    ) -> Float64[npt.NDArray[np.float64], "batch n"]:
        # c + s is off by at most u (|c| + s).
        return np.asarray(finite(centre + enlarged(self.spread + np.abs(centre) * 2.0**-50)))

    @cached_property
    def size(self) -> Float64[npt.NDArray[np.float64], "batch n"]:
        """The largest magnitude of a coordinate, and of all that it is summed from."""
        # Errors of a sum are relative to the magnitudes that went into it, not to what came out.
        return np.asarray(enlarged(np.abs(self.centre) + self.spread))

    def through(
        self,
        matrix: Float64[npt.NDArray[np.float64], "n m"],
        bias: Float64[npt.NDArray[np.float64], " m"],
        format_: Format,
        *,
        residual: Affine | None = None,
    ) -> Affine:
        """Returns what a matrix and a bias make of the forms, summed in a format.

        Added in the same sum are the residual forms, whose symbols are the first of these. Raises
        `FormatOverflowError` when a sum may be too large.
        """
        # Lemma 11, matrix: c ↦ c W + b and g_k ↦ g_k W exactly, and r ↦ r |W|.
        sizes = np.abs(matrix)
        batch, count, n = self.generators.shape
        centre = self.centre @ matrix + bias
        generators = (self.generators.reshape(batch * count, n) @ matrix).reshape(
            batch, count, len(bias)
        )
        radius = self.error_radius @ sizes
        size, terms = self.size @ sizes + np.abs(bias), n + 1
        if residual is not None:
            centre = centre + residual.centre
            generators[:, : residual.generators.shape[1]] += residual.generators
            radius = radius + residual.error_radius
            size, terms = size + residual.size, terms + 1
        # A number that is read may be subnormal, and then be taken for 0.
        flushed = sizes.sum(axis=0) * float(format_.tiny)
        # γ_{2n+1} of the format and twice that of float64, as all of this is computed in it.
        rounded = rounding_error(enlarged(size), terms, format_)
        radius = enlarged(radius + flushed + rounded)
        return Affine(finite(centre), finite(generators), finite(radius))

    @cached_property
    def unstable(self) -> npt.NDArray[np.bool_]:
        """Which coordinates may be of either sign."""
        # The others are stable: ReLU keeps them or makes them 0, and the form stays exact.
        return (self.low < 0) & (self.high > 0)

    def rectified(self) -> Affine:
        r"""Returns forms that hold max(0, ·) of every vector.

        Where a coordinate is between $l < 0$ and $h > 0$, and $0 \le \lambda \le 1$,
        $\max(0, y) - \lambda y$ is convex, 0 at 0, $-\lambda l$ at $l$ and
        $(1 - \lambda) h$ at $h$, so between 0 and the larger of these two.
        """
        # Lemma 11, ReLU: λ is 1 where a unit is never negative, 0 where it is never positive, and
        # h / (h - l) where it is unstable, which makes the triangle smallest (DeepZ).
        low, high, unstable = self.low, self.high, self.unstable
        slope = np.where(
            unstable, high / np.where(unstable, high - low, 1.0), (low >= 0).astype(np.float64)
        )
        # Any λ in [0, 1] is sound, so that the quotient may be rounded.
        slope = np.clip(slope, 0.0, 1.0)
        # 1 - λ is rounded, by less than `upper` adds to the product.
        above = np.maximum(-slope * low, upper(1 - slope) * high)
        half = np.where(unstable, enlarged(above) / 2, 0.0)
        centre = slope * self.centre + half
        scaled = slope[:, None, :] * self.generators
        # Products and sums are off by one rounding each of something no larger than these.
        slack, radius = (slope * self.size + half) * 2.0**-48, slope * self.error_radius
        radius = np.where(unstable, enlarged(radius + slack), radius)
        # Every unstable unit has a new symbol, for where it is between the two lines.
        units = np.flatnonzero(unstable.any(axis=0))
        fresh = np.zeros((len(centre), len(units), centre.shape[1]))
        fresh[:, np.arange(len(units)), units] = half[:, units]
        generators = np.concatenate([scaled, fresh], axis=1)
        return Affine(finite(centre), finite(generators), finite(radius))

    def clipped(self) -> Affine:
        r"""Returns forms that hold min(1, max(0, ·)) of every vector.

        For $y$ in $[l, h]$ clipping adds something from $\min(0, 1 - h)$ to $\max(0, -l)$. Or
        what is clipped lies between both clipped ends, and that it depends on $y$ is forgotten.
        """
        # Lemma 11, clip: the narrower of the two, unit by unit.
        lowered, raised = np.minimum(0.0, 1 - self.high), np.maximum(0.0, -self.low)
        bottom, top = np.clip(self.low, 0, 1), np.clip(self.high, 0, 1)
        kept = raised - lowered < top - bottom
        low, high = np.where(kept, lowered, bottom), np.where(kept, raised, top)
        slope = kept.astype(np.float64)
        middle = low / 2 + high / 2
        # Ends of at most 1 and of the size of the form, each off by a few last places.
        slack = np.where(low == high, 0.0, (self.size + 1) * 2.0**-48)
        radius = slope * self.error_radius + np.maximum(high - middle, middle - low) + slack
        centre = slope * self.centre + middle
        return Affine(finite(centre), slope[:, None, :] * self.generators, enlarged(radius))

    def stored(
        self, format_: Format, near: Float64[npt.NDArray[np.float64], "batch n"] | None = None
    ) -> Affine:
        """Returns forms that hold what every vector is stored, and read again, as.

        For each coordinate may be said how near it is to some number of the format.
        """
        # Half a unit in the last place, where sums are in another format; and what is subnormal. No
        # number is stored as one that is further away than some other number of the format.
        rounded = 0.0 if format_.name == format_.accumulate else float(format_.rounding)
        moved = self.size * rounded
        if near is not None:
            moved = np.minimum(moved, near)
        radius = self.error_radius + moved + float(format_.tiny)
        return Affine(self.centre, self.generators, enlarged(radius))
