"""Margins are said beside bounds, and whether anything can be told apart."""

from __future__ import annotations

from fractions import Fraction

from alta_verify.encode.margins import Margin


def test_bounds_of_more_than_half_a_margin_tell_nothing_apart():
    near, far = Margin(Fraction(1, 4), Fraction(3, 8)), Margin(Fraction(1, 4), Fraction(5, 8))
    for one in (near, far):
        assert "within 0.25 (bound)" in str(one)
        assert f"{float(one.margin)} away (margin)" in str(one)
    assert str(near).endswith("so that no threshold tells them apart")
    assert "threshold" not in str(far)
