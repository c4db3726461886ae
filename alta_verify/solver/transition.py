"""The transition query: after the MLP, is a variable what the rules say, in every local state?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import z3

from alta.lang.program import Program
from alta.lang.rules import Rule
from alta_verify.deadline import Deadline
from alta_verify.encode.linear import Clipped, Linear
from alta_verify.encode.mlp import Output
from alta_verify.encode.relation import UNDEFINED_VALUE, Codes
from alta_verify.interval import ONE, ZERO, Interval
from alta_verify.solver.conjunction import prove_conjunction
from alta_verify.solver.smt import Answer, Question, SolverCalls

__all__ = ["Failing", "Situations", "TransitionQuery"]

_ZERO, _ONE = Fraction(0), Fraction(1)

Situations = Sequence[Mapping[str, frozenset[int]]]
"""Over-approximates the local states that occur: one of the rows holds, each name in its set."""


@final
@dataclass(frozen=True)
class Failing:
    """Is a local state in which a coordinate may be wrong, over the names that matter."""

    local: Mapping[str, int]


@final
class TransitionQuery:
    """Searches for local states in which coordinates after the MLP are not as they should be.

    A number of the network is a pair of bounds, lower and upper, as functions of the local state;
    for a compiled model they are equal wherever everything read is defined.
    """

    def __init__(
        self,
        program: Program,
        situations: Situations,
        *,
        calls: SolverCalls,
        deadline: Deadline,
    ) -> None:
        """Opens a question about one position of one program."""
        self._program = program
        self._situations = situations
        self._calls = calls
        self._deadline = deadline
        self._question = Question(calls=calls, deadline=deadline)
        self._bits: dict[str, dict[int, Any]] = {}
        self._bounds: dict[Clipped, tuple[Any, Any]] = {}
        self._lemmas: dict[int, bool] = {}
        self._wrong: list[Any] = []

    @property
    def names(self) -> tuple[str, ...]:
        """The names that the query depends on."""
        return tuple(self._bits)

    def expect_variable(
        self, name: str, outputs: Sequence[Output], coordinates: Sequence[Linear], codes: Codes
    ) -> None:
        """Asks whether a variable can leave the codes of its next value.

        Args:
            name: the variable.
            outputs: its coordinates after the MLP.
            coordinates: its coordinates before it.
            codes: for each value, the intervals in which its coordinates have to lie.
        """
        rules = self._program.rules_by_variable[name]
        fires = [(rule, self._holds(rule)) for rule in rules]
        for rule, fired in fires:
            if self._program.is_trap(rule):
                self._question.add(z3.Not(fired))
            self._exclude_undefined_read(rule)
        nothing = z3.Not(z3.Or([fired for _, fired in fires])) if fires else self._true()
        bits = self._bits_of(name)
        ends = [
            self._coordinate_bounds(output, before)
            for output, before in zip(outputs, coordinates, strict=True)
        ]
        wrong = []
        for value, intervals in codes.items():
            writers = [fired for rule, fired in fires if rule.value == value]
            stays = z3.And(bits[value], nothing) if value in bits else self._false()
            becomes = z3.Or([*writers, stays])
            outside = [
                z3.Or(low < self._real(one.lo), high > self._real(one.hi))
                for (low, high), one in zip(ends, intervals, strict=True)
            ]
            wrong.append(z3.And(becomes, z3.Or(outside)))
        self._wrong += wrong

    def expect_zero(self, sums: Iterable[Linear]) -> None:
        """Asks whether one of some sums can be anything but 0."""
        wrong = []
        for one in sums:
            low, high = self._linear_bounds(one)
            wrong.append(z3.Or(low != 0, high != 0))
        self._wrong += wrong

    def _restrict(self) -> None:
        """Adds what is known of the local states that occur, for the names that matter."""
        rows = []
        seen = set()
        for row in self._situations:
            projected = {name: row[name] & frozenset(self._bits[name]) for name in self._bits}
            key = tuple(sorted((name, tuple(sorted(values))) for name, values in projected.items()))
            if key not in seen:
                seen.add(key)
                rows.append(
                    z3.And(
                        [self._true()]
                        + [
                            z3.Or([self._bits[name][value] for value in sorted(values)])
                            for name, values in projected.items()
                            if len(values) < len(self._bits[name])
                        ]
                    )
                )
        self._question.add(z3.Or(rows))

    def search(self) -> Answer | Failing:
        """Returns a failing local state, or why there is none."""
        self._restrict()
        premises = self._question.ask()
        if premises.satisfiable is not True:
            return Answer(None, reason=premises.reason or "no local state satisfies the premises")
        self._question.add(z3.Or(self._wrong))
        return self.next()

    def next(self) -> Answer | Failing:
        """Returns another failing local state."""
        answer = self._question.ask()
        if answer.satisfiable is not True:
            return answer
        local = {}
        for name, bits in self._bits.items():
            for value, bit in bits.items():
                if z3.is_true(answer.model.eval(bit, model_completion=True)):
                    local[name] = value
        return Failing(local)

    def block(self, failing: Failing) -> None:
        """Leaves a failing local state out of the search, because it does not occur."""
        self._question.add(
            z3.Not(z3.And([self._bits[name][value] for name, value in failing.local.items()]))
        )

    def _true(self) -> Any:
        return z3.BoolVal(True, self._question.context)

    def _false(self) -> Any:
        return z3.BoolVal(False, self._question.context)

    def _bits_of(self, name: str) -> dict[int, Any]:
        """Returns one Boolean a possible value, exactly one of them true."""
        if name not in self._bits:
            possible = sorted(frozenset().union(*(row[name] for row in self._situations)))
            context = self._question.context
            if len(possible) == 1:
                self._bits[name] = {possible[0]: self._true()}
            else:
                bits = {v: z3.Bool(f"{name}={v}", ctx=context) for v in possible}
                self._question.add(z3.PbEq([(bit, 1) for bit in bits.values()], 1))
                self._bits[name] = bits
        return self._bits[name]

    def _bit(self, name: str, value: int) -> Any:
        return self._bits_of(name).get(value, self._false())

    def _holds(self, rule: Rule) -> Any:
        atoms = [self._bit(atom.variable, atom.value) for atom in rule.atoms]
        return z3.And(atoms) if atoms else self._true()

    def _exclude_undefined_read(self, rule: Rule) -> None:
        """Adds that the rule does not depend on UNDEFINED: shown by the program obligations."""
        undefined = [self._bit(atom.variable, UNDEFINED_VALUE) for atom in rule.atoms]
        if not all(z3.is_false(bit) for bit in undefined):
            open_ = [
                z3.Or(self._bit(atom.variable, atom.value), bit)
                for atom, bit in zip(rule.atoms, undefined, strict=True)
            ]
            self._question.add(z3.Not(z3.And(*open_, z3.Or(undefined))))

    def _coordinate_bounds(self, output: Output, before: Linear) -> tuple[Any, Any]:
        low, high = self._linear_bounds(output.rest)
        if not output.kept:
            return low, high
        below, above = self._linear_bounds(before)
        return below + low, above + high

    def _linear_bounds(self, linear: Linear) -> tuple[Any, Any]:
        """Returns the lower and upper bound of a sum without copies."""
        lows = [self._real(linear.constant.lo)]
        highs = [self._real(linear.constant.hi)]
        for name, table in linear.tables.items():
            for value, bit in self._bits_of(name).items():
                self._append_choice(bit, table[value], lows, highs)
        for weight, unit in linear.units:
            low, high = self._clipped_bounds(unit)
            factor = self._real(weight)
            lows.append(factor * (low if weight > 0 else high))
            highs.append(factor * (high if weight > 0 else low))
        return z3.Sum(lows), z3.Sum(highs)

    def _clipped_bounds(self, unit: Clipped) -> tuple[Any, Any]:
        if unit not in self._bounds:
            sets = _conjunction(unit)
            if sets is not None and self._lemma(len(sets)):
                one, zero = self._real(_ONE), self._real(_ZERO)
                low, high = (
                    z3.If(
                        z3.And(
                            [
                                z3.Or(
                                    [self._false(), *(self._bit(name, v) for v in sorted(values))]
                                )
                                for name, values in choice
                            ]
                        ),
                        one,
                        zero,
                    )
                    for choice in (
                        [(name, surely) for name, surely, _ in sets],
                        [(name, perhaps) for name, _, perhaps in sets],
                    )
                )
                self._bounds[unit] = (low, high)
            else:
                low, high = self._linear_bounds(unit.argument)
                self._bounds[unit] = (_clip(low), _clip(high))
        return self._bounds[unit]

    def _append_choice(self, bit: Any, one: Interval, lows: list[Any], highs: list[Any]) -> None:
        for end, ends in ((one.lo, lows), (one.hi, highs)):
            if end:
                number = self._real(end)
                ends.append(number if z3.is_true(bit) else z3.If(bit, number, self._real(_ZERO)))

    def _real(self, number: Fraction) -> Any:
        return z3.RealVal(str(number), self._question.context)

    def _lemma(self, size: int) -> bool:
        if size not in self._lemmas:
            answer = prove_conjunction(size, calls=self._calls, deadline=self._deadline)
            self._lemmas[size] = answer.satisfiable is False
        return self._lemmas[size]


def _conjunction(unit: Clipped) -> list[tuple[str, frozenset[int], frozenset[int]]] | None:
    """Reads a clipped sum as a conjunction, if it has that shape.

    Returns:
        For each name the values at which its summand is 1, and those at which it may be: the
        bounds of a summand are 0 or 1 in every local state.
    """
    argument = unit.argument
    size = len(argument.tables)
    expected = Fraction(1 - size)
    if argument.units or argument.constant != Interval(expected, expected):
        return None
    sets = []
    for name, table in argument.tables.items():
        if not all(one in (ZERO, ONE, Interval(ZERO.lo, ONE.hi)) for one in table.values()):
            return None
        surely = frozenset(value for value, one in table.items() if one == ONE)
        perhaps = frozenset(value for value, one in table.items() if one.hi == 1)
        sets.append((name, surely, perhaps))
    return sets


def _clip(number: Any) -> Any:
    return z3.If(number >= 1, 1, z3.If(number <= 0, 0, number))
