r"""Lemma: how steep a step has to be.

There is a $c$ such that $\operatorname{clip}(K x + c)$ is 0 for all $x \le l$ and 1 for all $x \ge
h$, with $l < h$ and $K > 0$, if and only if $K (h - l) \ge 1$; and then $c = 1/2 - K (l + h)/2$ is
one, which leaves $(K (h - l) - 1)/2$ to be off on either side.
"""

from __future__ import annotations

from fractions import Fraction

import sympy
import z3

from proofs.lemmas.checking import fails, holds, identical, require

__all__ = ["bias", "derive", "instances", "room"]


def bias(factor: Fraction, low: Fraction, high: Fraction) -> Fraction:
    """Returns the c of the lemma."""
    return Fraction(1, 2) - factor * (low + high) / 2


def room(factor: Fraction, low: Fraction, high: Fraction) -> Fraction:
    """Returns how far the argument may be off, on either side."""
    return (factor * (high - low) - 1) / 2


def derive() -> None:
    """Derives that the slope is needed, and that it is enough."""
    K, gap = sympy.symbols("K gap", positive=True)
    low, c = sympy.symbols("low c", real=True)
    high = low + gap
    # 0 at low and 1 at high mean K low + c ≤ 0 and K high + c ≥ 1: the difference is at least 1.
    identical((K * high + c) - (K * low + c), K * gap, "the difference of the arguments")
    chosen = sympy.Rational(1, 2) - K * (low + high) / 2
    left = (K * gap - 1) / 2
    identical(-(K * low + chosen), left, "the room below 0")
    identical(K * high + chosen - 1, left, "the room above 1")
    # The argument grows with x, and clip does not fall: what holds at the ends holds beyond them.
    x = sympy.Symbol("x", real=True)
    require(sympy.diff(K * x + c, x).is_positive, "the argument grows")


def instances() -> int:
    """Checks by z3 that a bias exists from slope 1/gap on, and none below."""
    count = 0
    c, x, K, low, high = z3.Reals("c x K low high")
    for gap in (Fraction(1), Fraction(1, 3), Fraction(1, 2 * 9 * 10), Fraction(7, 2)):
        for start in (Fraction(0), Fraction(-5, 3), Fraction(1, 10)):
            ends = [_value(start), _value(start + gap)]
            for times in (Fraction(1), Fraction(2), Fraction(5, 4)):
                factor = times / gap
                chosen = bias(factor, start, start + gap)
                argument = _value(factor) * x + _value(chosen)
                what = f"gap {gap} from {start}, slope {factor}"
                holds(argument <= 0, given=[x <= ends[0]], what=what)
                holds(argument >= 1, given=[x >= ends[1]], what=what)
                # On the edge there is no room; any more would fail.
                slack = _value(room(factor, start, start + gap))
                fails(argument + slack < 0, given=[x <= ends[0]], what=f"{what}: less room")
                count += 3
            blunt = _value(Fraction(99, 100) / gap)
            separates = z3.And(blunt * ends[0] + c <= 0, blunt * ends[1] + c >= 1)
            holds(z3.Not(separates), what=f"gap {gap} from {start}, slope too small")
            count += 1
    # For all slopes and ends at once.
    separates = z3.And(K * low + c <= 0, K * high + c >= 1)
    holds(K * (high - low) >= 1, given=[separates, K > 0], what="any step")
    fails(K * (high - low) >= 2, given=[separates, K > 0], what="any step, twice as steep")
    return count + 2


def _value(number: Fraction) -> z3.ArithRef:
    return z3.RealVal(str(number))
