"""The transition query: after the MLP, is a variable what the rules say, in every local state?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import attrgetter
from typing import Any, Final, final

import z3

from alta.lang.program import Program
from alta.lang.rules import Rule
from alta_verify.deadline import Deadline
from alta_verify.encode.cases import Situations
from alta_verify.encode.linear import Clipped, Linear
from alta_verify.encode.mlp import Output
from alta_verify.encode.relation import UNDEFINED_VALUE, Codes
from alta_verify.interval import Interval
from alta_verify.solver.conjunction import ConjunctionLemmas
from alta_verify.solver.smt import Answer, Question, SolverCalls

__all__ = ["Failing", "TransitionQuery"]

_ZERO, _ONE = Fraction(0), Fraction(1)
_LOW: Final = attrgetter("lo")
_HIGH: Final = attrgetter("hi")


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
        lemmas: ConjunctionLemmas,
        calls: SolverCalls,
        deadline: Deadline,
    ) -> None:
        """Opens a question about one position of one program.

        Args:
            program: the program.
            situations: the local states that may occur.
            lemmas: neuron lemmas that other questions have proved already.
            calls: counts the questions.
            deadline: when to give up.
        """
        self._program = program
        self._situations = situations
        self._lemmas = lemmas
        self._question = Question(calls=calls, deadline=deadline)
        self._bits: dict[str, dict[int, Any]] = {}
        self._bounds: dict[Clipped, tuple[Any, Any]] = {}
        self._wrong: list[Any] = []
        self.satisfiable = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names that the query depends on."""
        return tuple(self._bits)

    def expect_variable(
        self,
        name: str,
        rules: Sequence[Rule],
        outputs: Sequence[Output],
        coordinates: Sequence[Linear],
        codes: Codes,
    ) -> None:
        """Asks whether a variable can leave the codes of its next value.

        Args:
            name: the variable.
            rules: the rules that assign it and may fire in the situations.
            outputs: its coordinates after the MLP.
            coordinates: its coordinates before it.
            codes: for each value, the intervals in which its coordinates have to lie.
        """
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
        becomes = {}
        for value in codes:
            ways = [fired for rule, fired in fires if rule.value == value]
            if value in bits:
                ways.append(z3.And(bits[value], nothing))
            if ways:
                becomes[value] = z3.Or(ways)
        for index, (low, high) in enumerate(ends):
            # Most values have the same interval here, so they are asked about together.
            wanted: dict[Interval, list[Any]] = {}
            for value, reached in becomes.items():
                wanted.setdefault(codes[value][index], []).append(reached)
            for one, reached in wanted.items():
                self._wrong.append(z3.And(z3.Or(reached), self._outside(low, high, one)))

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
        """Returns a failing local state, or why there is none.

        `satisfiable` says afterwards whether any local state satisfies the premises at all.
        """
        self._restrict()
        premises = self._question.ask()
        if premises.satisfiable is not True:
            return premises
        self.satisfiable = True
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

    def _outside(self, low: Any, high: Any, one: Interval) -> Any:
        if low is high and one.is_point:
            return low != self._real(one.lo)
        return z3.Or(low < self._real(one.lo), high > self._real(one.hi))

    def _linear_bounds(self, linear: Linear) -> tuple[Any, Any]:
        """Returns the lower and upper bound of a sum without copies."""
        ends = []
        for side in (_LOW, _HIGH):
            terms = [self._real(side(linear.constant))]
            for name, table in linear.tables.items():
                for value, bit in self._bits_of(name).items():
                    terms += self._choice(bit, side(table[value]))
            for weight, unit in linear.units:
                low, high = self._clipped_bounds(unit)
                chosen = low if (weight > 0) == (side is _LOW) else high
                terms.append(self._real(weight) * chosen)
            ends.append(z3.Sum(terms))
        return (ends[0], ends[0]) if ends[0].eq(ends[1]) else (ends[0], ends[1])

    def _clipped_bounds(self, unit: Clipped) -> tuple[Any, Any]:
        if unit not in self._bounds:
            conjunction = unit.conjunction
            if conjunction is not None and self._lemmas.hold(len(conjunction)):
                surely = [(name, one) for name, one, _ in conjunction]
                perhaps = [(name, one) for name, _, one in conjunction]
                self._bounds[unit] = self._indicator(surely), self._indicator(perhaps)
            else:
                low, high = self._linear_bounds(unit.argument)
                self._bounds[unit] = _clip(low), _clip(high)
        return self._bounds[unit]

    def _indicator(self, choices: list[tuple[str, frozenset[int]]]) -> Any:
        """Returns 1 where every name has one of its values, else 0."""
        atoms = []
        for name, values in choices:
            bits = self._bits_of(name)
            possible = [bits[value] for value in sorted(values) if value in bits]
            if not possible:
                return self._real(_ZERO)
            if len(possible) < len(bits):
                atoms.append(z3.Or(possible))
        return z3.If(z3.And([self._true(), *atoms]), self._real(_ONE), self._real(_ZERO))

    def _choice(self, bit: Any, number: Fraction) -> list[Any]:
        if not number:
            return []
        if z3.is_true(bit):
            return [self._real(number)]
        return [z3.If(bit, self._real(number), self._real(_ZERO))]

    def _real(self, number: Fraction) -> Any:
        return z3.RealVal(str(number), self._question.context)


def _clip(number: Any) -> Any:
    return z3.If(number >= 1, 1, z3.If(number <= 0, 0, number))
