"""Terms of z3 about an unknown local state: the values of its names, and what sums come to in it.

A number of the network is a pair of bounds, lower and upper, as functions of the local state; for a
compiled model they are equal wherever everything read is defined. Bounds that are 0 or 1 are
Boolean formulas, and so is what is asked of sums of them; others are linear arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache
from math import ceil, floor
from typing import Any, final

import z3

from alta.limit import checkpoint
from alta_verify.arithmetic.interval import Interval
from alta_verify.encode.cases import Cubes
from alta_verify.encode.gates import Gate, Threshold
from alta_verify.encode.linear import End, Linear, Switch, sum_gate
from alta_verify.solver.smt import SmtSolver
from alta_verify.universal import nonempty

__all__ = ["Formulas", "Terms"]


@final
class Formulas:
    """Conjunctions and disjunctions in one context, folded where they are constant.

    They are made by the C interface of z3, since its Python operators look at every operand again.
    """

    def __init__(self, context: z3.Context) -> None:
        self._context = context
        self.true = z3.BoolVal(True, context)
        self.false = z3.BoolVal(False, context)

    def conj(self, parts: Iterable[Any]) -> Any:
        """Returns the conjunction; `true` for none."""
        return self._joined(z3.Z3_mk_and, parts, self.true, self.false)

    def disj(self, parts: Iterable[Any]) -> Any:
        """Returns the disjunction; `false` for none."""
        return self._joined(z3.Z3_mk_or, parts, self.false, self.true)

    def neg(self, part: Any) -> Any:
        """Returns the negation."""
        if part is self.true:
            return self.false
        if part is self.false:
            return self.true
        return z3.BoolRef(z3.Z3_mk_not(self._context.ref(), part.as_ast()), self._context)

    def _joined(self, make: Any, parts: Iterable[Any], neutral: Any, absorbing: Any) -> Any:
        kept = []
        # `is`, since == between terms of z3 makes a formula and compares nothing.
        for part in parts:
            if part is absorbing:
                return absorbing
            if part is not neutral:
                kept.append(part)
        if len(kept) <= 1:
            return kept[0] if kept else neutral
        # The C interface takes an array of syntax trees, without looking at the sort of each.
        array = (z3.Ast * len(kept))(*[part.as_ast() for part in kept])
        return z3.BoolRef(make(self._context.ref(), len(kept), array), self._context)


@final
class Terms:
    """The terms of one solver, each made once, about the local states in some cubes.

    Attributes:
        formulas: makes conjunctions and disjunctions.
        bits: for every name that something depends on, one Boolean a value.
    """

    def __init__(self, solver: SmtSolver, cubes: Cubes) -> None:
        self.formulas = Formulas(solver.context)
        self.bits: dict[str, Mapping[int, Any]] = {}
        self._solver = solver
        self._cubes = cubes
        self.has_one_of = cache(self._has_one_of)
        self._switch = cache(self._switched)
        self._clipped = cache(self._clip)

    def bits_of(self, name: str) -> Mapping[int, Any]:
        """Returns one Boolean a possible value, exactly one of them true."""
        if name not in self.bits:
            possible = sorted(frozenset().union(*(cube[name] for cube in self._cubes)))
            nonempty(possible, f"values of {name}")
            if len(possible) == 1:
                bits = {possible[0]: self.formulas.true}
            else:
                bits = {v: z3.Bool(f"{name}={v}", ctx=self._solver.context) for v in possible}
                # Exactly one, as one constraint on their number instead of one for each pair.
                self._solver.add(z3.PbEq([(bit, 1) for bit in bits.values()], 1))
            self.bits[name] = bits
        return self.bits[name]

    def has(self, name: str, value: int) -> Any:
        """Says that a name has a value."""
        return self.bits_of(name).get(value, self.formulas.false)

    def _has_one_of(self, name: str, values: frozenset[int]) -> Any:
        """Says that a name has one of some values."""
        bits = self.bits_of(name)
        possible = [bits[value] for value in sorted(values) if value in bits]
        return self.formulas.true if len(possible) == len(bits) else self.formulas.disj(possible)

    def outside(self, linear: Linear, interval: Interval) -> list[Any]:
        """Returns what makes the bounds of a sum leave an interval: one formula for each end."""

        def below(unit: int) -> Threshold:
            # A whole number is below another number exactly if it is below that one's ceiling.
            edge = ceil(interval.lo * unit)
            return lambda low, high: True if high < edge else False if low >= edge else None

        def above(unit: int) -> Threshold:
            # And it is above another number exactly if it is above that one's floor.
            edge = floor(interval.hi * unit)
            return lambda low, high: True if low > edge else False if high <= edge else None

        leaving = []
        for end, leaves in ((End.LOW, below), (End.HIGH, above)):
            # Of few possible amounts, which of them leave the interval is a decision diagram; else
            # arithmetic.
            gate = sum_gate(linear, end, leaves)
            if gate is None:
                number, edge = self._end(linear, end), self._real(end.of(interval))
                leaving.append(number < edge if end is End.LOW else number > edge)
            elif gate.root is not False:
                leaving.append(self._formula(gate))
        return leaving

    def _formula(self, gate: Gate) -> Any:
        """Returns a decision diagram as a formula."""
        formulas = self.formulas
        by_branch: dict[int, Any] = {}

        def at(place: bool | int) -> Any:
            # True and False are the two leaves; as a number they would be branches.
            if isinstance(place, bool):
                return formulas.true if place else formulas.false
            return by_branch[place]

        # From the leaves up, as a branch leads to later ones only.
        for index in reversed(range(len(gate.branches))):
            branch = gate.branches[index]
            by_branch[index] = formulas.disj(
                formulas.conj((self._subject_has(branch.subject, values), at(place)))
                for values, place in branch.ways
                if place is not False
            )
        return at(gate.root)

    def _subject_has(self, subject: Any, values: frozenset[int]) -> Any:
        if not isinstance(subject, Switch):
            return self.has_one_of(subject, values)
        switch = self._switch(subject)
        return switch if 1 in values else self.formulas.neg(switch)

    def _switched(self, switch: Switch) -> Any:
        """Says that one end of the bounds of a unit is 1, where it is 0 or 1."""
        gate = switch.unit.gate(switch.end)
        if gate is None:
            return self._end(switch.unit.argument, switch.end) >= 1
        return self._formula(gate)

    def _end(self, linear: Linear, end: End) -> Any:
        """Returns the lower or upper bound of a sum without copies, as a term of arithmetic."""
        checkpoint()
        terms = [self._real(end.of(linear.constant))]
        for name, table in linear.tables.items():
            for value, bit in self.bits_of(name).items():
                if amount := end.of(table[value]):
                    real = self._real(amount)
                    fixed = bit is self.formulas.true
                    terms.append(real if fixed else z3.If(bit, real, self._real(0)))
        for weight, unit in linear.units:
            # w · z is least at the lower bound of z if w > 0, and at its upper bound if w < 0.
            terms.append(self._real(weight) * self._clipped(Switch(unit, end.under(weight))))
        return z3.Sum(terms)

    def _clip(self, bound: Switch) -> Any:
        """Returns the lower or upper bound of a clipped unit, as a term of arithmetic."""
        # clip(z) = min(1, max(0, z)), which is 0 or 1 where z is never strictly between.
        if bound.unit.switching:
            return z3.If(self._switch(bound), self._real(1), self._real(0))
        number = self._end(bound.unit.argument, bound.end)
        return z3.If(number >= 1, 1, z3.If(number <= 0, 0, number))

    def _real(self, number: Fraction | int) -> Any:
        return z3.RealVal(str(number), self._solver.context)
