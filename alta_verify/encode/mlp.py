"""The MLP: every coordinate after it, as a function of one position's state before it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import final

from alta.limit import checkpoint
from alta.nn.sparse import Matrix, as_sparse
from alta.nn.weights import MLPWeights
from alta_verify.arithmetic.formats import Format
from alta_verify.arithmetic.interval import ZERO, Interval, hull, point
from alta_verify.arithmetic.matrices import RationalUnits
from alta_verify.encode.coordinates import Coordinates
from alta_verify.encode.linear import Linear, Part
from alta_verify.encode.rounded_sums import RoundedSums, Terms

__all__ = ["MLPEncoding", "Output"]


@final
@dataclass(frozen=True)
class Output:
    """One coordinate after the MLP: ``kept * x + remainder``.

    Attributes:
        kept: the multiple of the coordinate itself that is left, exactly.
        remainder: all the other terms, and what cancelling the coordinate may leave in rounding.
        parts: terms such that the computed number is 0 wherever `kept` and all of them are 0.
        touched: whether any neuron or bias writes to the coordinate.
    """

    kept: Fraction
    remainder: Linear
    parts: tuple[Linear, ...]
    touched: bool

    @property
    def taken_away(self) -> bool:
        """Whether the coordinate itself is gone, exactly, whatever it was."""
        return not self.kept and self.remainder not in self.parts

    def after(self, before: Linear) -> Linear:
        """Returns the coordinate after the MLP as a sum, given what it is before."""
        if not self.kept:
            return self.remainder
        if self.kept != 1 or not self.remainder.is_zero:
            raise ValueError(f"expected a coordinate that is kept or written, got {self!r}")
        return before


@final
class MLPEncoding:
    """The linear forms of a feed-forward block of any weights, over local states (Lemma 3)."""

    def __init__(self, weights: MLPWeights, coordinates: Coordinates, format_: Format) -> None:
        self._coordinates = coordinates
        self.sums = RoundedSums(coordinates, format_)
        self._weights = weights
        self._expand_in = RationalUnits(weights.expand_in, weights.expand_in_bias)
        self._expand_out = RationalUnits(weights.expand_out, weights.expand_out_bias)
        self._lookup_in = RationalUnits(weights.lookup_in, weights.lookup_in_bias)
        self._lookup_out = RationalUnits(weights.lookup_out, weights.lookup_out_bias)
        # Neurons share units, and coordinates share neurons; the caches live as long as the
        # encoding.
        self.hidden = cache(self._hidden)
        self.expanded = cache(self._expanded)
        self.neuron = cache(self._neuron)
        self.output = cache(self._output)

    def _hidden(self, unit: int) -> Linear:
        """Returns a clipped unit of the expansion: a condition, in a compiled model."""
        checkpoint()
        weights, bias = self._expand_in[unit]
        return self.sums.clip(self.sums.affine(weights, _copy, bias))

    def _expanded(self, unit: int) -> Linear:
        checkpoint()
        weights, bias = self._expand_out[unit]
        return self.sums.affine(weights, self.hidden, bias, storing=True)

    def _neuron(self, unit: int) -> Linear:
        checkpoint()
        weights, bias = self._lookup_in[unit]
        return self.sums.clip(self.sums.affine(weights, self.expanded, bias))

    def check_unread(self) -> None:
        """Encodes the units on which no coordinate depends.

        Raises:
            FormatOverflowError: when a number may be too large for the format.
        """
        # A weight of 0 takes no infinity away: 0 times it is no number, nor is anything after it.
        weights = self._weights
        for unit, matrix in (
            (self.hidden, weights.expand_out),
            (self.expanded, weights.lookup_in),
            (self.neuron, weights.lookup_out),
        ):
            for index in _unread(matrix):
                unit(index)

    def coordinate(self, column: int) -> Linear:
        """Returns a coordinate after attention, before anything has drifted."""
        return self._coordinates.undrifted(column)

    def _output(self, column: int) -> Output:
        """Returns a coordinate of the residual stream after the MLP."""
        checkpoint()
        weights, bias = self._lookup_out[column]
        fired = [(weight, self.neuron(unit)) for unit, weight in weights.items()]
        fired = [(weight, neuron) for weight, neuron in fired if not neuron.is_zero]
        copies = [(w, n) for w, n in fired if n.copies and n.is_copy_of(column)]
        written = [(w, self.sums.tabulated(n)) for w, n in fired if not n.reads(column)]
        # x - x is seen to be 0 only if each neuron is a multiple of this coordinate or does not
        # read it. Otherwise the multiples become tables, which bound the sum more coarsely.
        if copies and len(copies) + len(written) == len(fired):
            if self.sums.cancels(copies):
                return self._taken_away(column, written, bias)
            return self._partly_taken_away(column, copies, written, bias)
        if not fired and not bias:
            return Output(Fraction(1), Linear(), (), touched=False)
        # Lemma 3: rounding to be stored is monotonic, so that it keeps the sum within any interval
        # whose ends the format has, and the relation has no others (`rounding`), unless it drifts.
        drifts = self._coordinates.drift_of(column) != ZERO
        remainder = self.sums.add(
            [
                (Fraction(1), self.coordinate(column)),
                *((weight, self.sums.tabulated(neuron)) for weight, neuron in fired),
            ],
            bias,
            beside=[self._coordinates.free_span(column)] if drifts else [],
            storing=drifts,
        )
        return Output(Fraction(0), remainder, (remainder,), touched=True)

    def _taken_away(self, column: int, written: Terms, bias: Fraction) -> Output:
        """Returns what is left where x - x is 0, exactly, whatever x is."""
        parts = [neuron.scaled(weight) for weight, neuron in written]
        parts += [Linear(point(bias))] * bool(bias)
        # Anything else in the sum is rounded together with x, even where it is 0 in the end.
        beside = [self._coordinates.span(column)] * 2 if parts else []
        remainder = self.sums.add(written, bias, beside=beside)
        return Output(Fraction(0), remainder, tuple(parts), touched=True)

    def _partly_taken_away(
        self, column: int, copies: Terms, written: Terms, bias: Fraction
    ) -> Output:
        """Returns what is left where multiples of x, or of its parts, are added to it.

        That is a multiple of x where x is positive, and another one where it is negative.
        """
        factors = dict.fromkeys(Part, Fraction(0))
        for weight, neuron in copies:
            for (_, part), factor in neuron.copies.items():
                factors[part] += weight * factor
        whole = 1 + factors[Part.WHOLE]
        # Where x ≥ 0, x⁺ = x and x⁻ = 0; where x ≤ 0, x⁺ = 0 and x⁻ = -x.
        up, down = whole + factors[Part.POSITIVE], whole - factors[Part.NEGATIVE]
        carried = self._coordinates.drift_beyond(column, min(up, down), max(up, down))
        ((name, undrifted),) = self.coordinate(column).tables.items()
        table = {
            value: _piecewise_scaled(interval, up, down) + carried
            for value, interval in undrifted.items()
        }
        # Multiples that cancel in the reals are rounded with all the others, at their full size.
        beside = [self._coordinates.free_span(column)]
        beside += [self.sums.copied_span(column, neuron, weight) for weight, neuron in copies]
        noise = sum((neuron.constant.scaled(weight) for weight, neuron in copies), ZERO)
        terms = [(Fraction(1), Linear(noise, {name: table})), *written]
        remainder = self.sums.add(terms, bias, beside=beside, storing=True)
        return Output(Fraction(0), remainder, (remainder,), touched=True)


def _unread(matrix: Matrix) -> list[int]:
    """Returns the rows without entries: the units that nothing reads."""
    entries = as_sparse(matrix)
    read = entries.pattern.rows[entries.data != 0]
    return sorted(set(range(entries.shape[0])).difference(read.tolist()))


def _copy(column: int) -> Linear:
    return Linear(copies={(column, Part.WHOLE): Fraction(1)})


def _piecewise_scaled(interval: Interval, up: Fraction, down: Fraction) -> Interval:
    """Returns an interval times one factor where it is positive, and another where not."""
    pieces = []
    if interval.hi >= 0:
        pieces.append(Interval(max(interval.lo, Fraction(0)), interval.hi).scaled(up))
    if interval.lo <= 0:
        pieces.append(Interval(interval.lo, min(interval.hi, Fraction(0))).scaled(down))
    return hull(pieces)
