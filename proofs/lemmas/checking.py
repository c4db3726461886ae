"""What a derivation may rest on: identities and signs by SymPy, universal claims by z3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy
import z3

__all__ = ["Underived", "at_least", "fails", "holds", "identical", "require"]


class Underived(Exception):  # noqa: N818 - an outcome, not an error
    """Says which step of a derivation does not hold, or which instance is otherwise than stated."""


def require(holds_: object, what: str) -> None:
    """Goes on only where something is True, and not merely not False.

    Raises:
        Underived: otherwise.
    """
    if holds_ is not True and holds_ != sympy.true:
        raise Underived(f"{what}: got {holds_!r}")


def identical(left: Any, right: Any, what: str) -> None:
    """Shows that two expressions are equal, for all values of their symbols."""
    difference = sympy.simplify(left - right)
    require(bool(difference == 0), f"{what}: the sides differ by {difference}")


def at_least(left: Any, right: Any, what: str) -> None:
    """Shows that one expression is nowhere less than another, from the signs of their symbols."""
    forms = [sympy.factor(sympy.together(left - right)), sympy.expand(left - right)]
    known = any(form.is_nonnegative is True for form in forms)
    require(known, f"{what}: the sign of {forms[0]} is open")


def holds(claim: Any, *, given: Sequence[Any] = (), what: str) -> None:
    """Has z3 show that a claim follows, whatever the values of its constants.

    Raises:
        Underived: when there are values against it, when z3 gives up, or when nothing satisfies
            what is given.
    """
    premises = z3.Solver()
    premises.add(*given)
    require(bool(premises.check() == z3.sat), f"{what}: the premises have no solution")
    solver = z3.Solver()
    solver.add(*given, z3.Not(claim))
    answer = solver.check()
    against = f" against {solver.model()}" if answer == z3.sat else ""
    require(bool(answer == z3.unsat), f"{what}: {answer}{against}")


def fails(claim: Any, *, given: Sequence[Any] = (), what: str) -> None:
    """Has z3 find values against a claim: the negative twin of `holds`.

    Raises:
        Underived: when the claim holds, or z3 gives up.
    """
    solver = z3.Solver()
    solver.add(*given, z3.Not(claim))
    answer = solver.check()
    require(bool(answer == z3.sat), f"{what} should fail: {answer}")
