"""The transition query: after the MLP, is a variable what the rules say, in every local state?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import ceil, floor
from typing import Any, final

import z3

from alta.lang.program import Program
from alta.lang.rules import Rule
from alta.limit import checkpoint
from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.arithmetic.interval import Interval
from alta_verify.deadline import Deadline, SolverCalls
from alta_verify.encode.cases import Cubes
from alta_verify.encode.gates import Gate, Threshold
from alta_verify.encode.linear import End, Linear, Switch, sum_gate
from alta_verify.encode.relation import Codes
from alta_verify.solver.formulas import Formulas
from alta_verify.solver.smt import SmtAnswer, SmtSolver
from alta_verify.universal import nonempty

__all__ = ["FailingState", "MlpQuery"]

_ZERO, _ONE = Fraction(0), Fraction(1)


@final
@dataclass(frozen=True)
class FailingState:
    """A local state in which a coordinate may be wrong, over the names that matter."""

    local: Mapping[str, int]


@final
class MlpQuery:
    """Searches for local states in which coordinates after the MLP are not as they should be.

    A number of the network is a pair of bounds, lower and upper, as functions of the local state;
    for a compiled model they are equal wherever everything read is defined. Bounds that are 0 or 1
    are Boolean formulas, and so is what is asked of sums of them; others are linear arithmetic.
    """

    def __init__(
        self,
        program: Program,
        cubes: Cubes,
        *,
        calls: SolverCalls,
        deadline: Deadline,
    ) -> None:
        """Opens a question about one position of one program.

        Args:
            program: the program.
            cubes: the local states that may occur.
            calls: counts the questions.
            deadline: when to give up.
        """
        self._program = program
        self._cubes = nonempty(cubes, "local states")
        self._question = SmtSolver(calls=calls, deadline=deadline)
        self._formulas = Formulas(self._question.context)
        self._bits: dict[str, dict[int, Any]] = {}
        self._sets: dict[tuple[str, frozenset[int]], Any] = {}
        self._switches: dict[Switch, Any] = {}
        self._ends: dict[Switch, Any] = {}
        self._wrong: list[Any] = []
        self._expected = 0
        self.satisfiable = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names that the query depends on."""
        return tuple(self._bits)

    def expect_variable(
        self, name: str, rules: Sequence[Rule], after: Sequence[Linear], codes: Codes
    ) -> None:
        """Asks whether a variable can leave the codes of its next value.

        Args:
            name: the variable.
            rules: the rules that assign it and may fire in the cubes.
            after: its coordinates after the MLP.
            codes: for each value that occurs, the intervals in which its coordinates have to lie.
                A local state in which the variable gets another one is failing.
        """
        formulas = self._formulas
        fires = [(rule, self._holds(rule)) for rule in rules]
        for rule, fired in fires:
            checkpoint()
            if self._program.is_trap(rule):
                self._question.add(formulas.neg(fired))
            self._exclude_undefined_read(rule)
        for (one, fired), (other, also) in combinations(fires, 2):
            if not one.excludes(other):
                self._question.add(formulas.neg(formulas.conj((fired, also))))
        nothing = formulas.neg(formulas.disj(fired for _, fired in fires))
        bits = self._bits_of(name)
        ways: dict[Any, list[Any]] = {
            value: [formulas.conj((bit, nothing))] for value, bit in bits.items()
        }
        for rule, fired in fires:
            if not self._program.is_trap(rule):
                ways.setdefault(rule.value, []).append(fired)
        becomes = {value: formulas.disj(ways[value]) for value in sorted(ways)}
        self._wrong += [becomes.pop(value) for value in ways if value not in codes]
        # Most values have the same interval in a coordinate, and many coordinates are the same sum,
        # so they are asked about together.
        asked = set()
        self._expected += len(after)
        for index, linear in enumerate(after):
            checkpoint()
            wanted: dict[Interval, list[int]] = {}
            for value in becomes:
                wanted.setdefault(codes[value][index], []).append(value)
            for interval, values in wanted.items():
                if (linear, interval, tuple(values)) not in asked:
                    asked.add((linear, interval, tuple(values)))
                    reached = formulas.disj(becomes[value] for value in values)
                    out = formulas.disj(self._outside(linear, interval))
                    self._wrong.append(formulas.conj((reached, out)))

    def expect_within(self, sums: Iterable[tuple[Linear, Interval]]) -> None:
        """Asks whether one of some sums can leave its interval."""
        for one, wanted in sums:
            self._expected += 1
            self._wrong += self._outside(one, wanted)

    def _restrict(self) -> None:
        """Adds what is known of the local states that occur, for the names that matter."""
        rows = []
        seen = set()
        for row in self._cubes:
            checkpoint()
            projected = {name: row[name] & frozenset(self._bits[name]) for name in self._bits}
            key = tuple(sorted((name, tuple(sorted(values))) for name, values in projected.items()))
            if key not in seen:
                seen.add(key)
                rows.append(
                    self._formulas.conj(
                        self._one_of(name, values) for name, values in projected.items()
                    )
                )
        self._question.add(self._formulas.disj(rows))

    def search(self) -> SmtAnswer | FailingState:
        """Returns a failing local state, or why there is none.

        `satisfiable` says afterwards whether any local state satisfies the premises at all.
        """
        # Not empty: what is never wrong is something, and so is that of which it never is.
        nonempty(self._expected, "coordinates of which something is expected")
        self._restrict()
        premises = self._question.ask()
        if premises.satisfiable is not True:
            return premises
        self.satisfiable = True
        self._question.add(self._formulas.disj(self._wrong))
        return self.next()

    def next(self) -> SmtAnswer | FailingState:
        """Returns another failing local state."""
        answer = self._question.ask()
        if answer.satisfiable is not True:
            return answer
        local = {}
        for name, bits in self._bits.items():
            for value, bit in bits.items():
                if z3.is_true(answer.model.eval(bit, model_completion=True)):
                    local[name] = value
        return FailingState(local)

    def block(self, failing: FailingState) -> None:
        """Leaves a failing local state out of the search, because it does not occur."""
        here = (self._bits[name][value] for name, value in failing.local.items())
        self._question.add(self._formulas.neg(self._formulas.conj(here)))

    def _bits_of(self, name: str) -> dict[int, Any]:
        """Returns one Boolean a possible value, exactly one of them true."""
        if name not in self._bits:
            possible = sorted(frozenset().union(*(row[name] for row in self._cubes)))
            nonempty(possible, f"values of {name}")
            context = self._question.context
            if len(possible) == 1:
                self._bits[name] = {possible[0]: self._formulas.true}
            else:
                bits = {v: z3.Bool(f"{name}={v}", ctx=context) for v in possible}
                self._question.add(z3.PbEq([(bit, 1) for bit in bits.values()], 1))
                self._bits[name] = bits
        return self._bits[name]

    def _bit(self, name: str, value: int) -> Any:
        return self._bits_of(name).get(value, self._formulas.false)

    def _one_of(self, name: str, values: frozenset[int]) -> Any:
        """Says that a name has one of some values."""
        key = name, values
        if key not in self._sets:
            bits = self._bits_of(name)
            possible = [bits[value] for value in sorted(values) if value in bits]
            self._sets[key] = (
                self._formulas.true if len(possible) == len(bits) else self._formulas.disj(possible)
            )
        return self._sets[key]

    def _holds(self, rule: Rule) -> Any:
        return self._formulas.conj(self._bit(atom.variable, atom.value) for atom in rule.atoms)

    def _exclude_undefined_read(self, rule: Rule) -> None:
        """Adds that the rule does not depend on UNDEFINED: shown by the program obligations."""
        formulas = self._formulas
        undefined = [self._bit(atom.variable, UNDEFINED_VALUE) for atom in rule.atoms]
        some = formulas.disj(undefined)
        if some is not formulas.false:
            open_ = [
                formulas.disj((self._bit(atom.variable, atom.value), bit))
                for atom, bit in zip(rule.atoms, undefined, strict=True)
            ]
            self._question.add(formulas.neg(formulas.conj((*open_, some))))

    def _outside(self, linear: Linear, one: Interval) -> list[Any]:
        """Returns what makes the bounds of a sum leave an interval: one formula for each end."""

        def below(unit: int) -> Threshold:
            # A whole number is below another number exactly if it is below that one's ceiling.
            edge = ceil(one.lo * unit)
            return lambda low, high: True if high < edge else False if low >= edge else None

        def above(unit: int) -> Threshold:
            edge = floor(one.hi * unit)
            return lambda low, high: True if low > edge else False if high <= edge else None

        ways = []
        for end, leaves in ((End.LOW, below), (End.HIGH, above)):
            found = sum_gate(linear, end, leaves)
            if found is None:
                number = self._end(linear, end)
                ways.append(
                    number < self._real(one.lo) if end is End.LOW else number > self._real(one.hi)
                )
            elif found.root is not False:
                ways.append(self._formula(found))
        return ways

    def _formula(self, gate: Gate) -> Any:
        """Returns a decision diagram as a formula."""
        known: dict[bool | int, Any] = {}

        def at(place: bool | int) -> Any:
            if isinstance(place, bool):
                return self._formulas.true if place else self._formulas.false
            return known[place]

        for index in reversed(range(len(gate.branches))):
            branch = gate.branches[index]
            known[index] = self._formulas.disj(
                self._formulas.conj((self._has(branch.subject, values), at(place)))
                for values, place in branch.ways
                if place is not False
            )
        return at(gate.root)

    def _has(self, subject: Any, values: frozenset[int]) -> Any:
        if not isinstance(subject, Switch):
            return self._one_of(subject, values)
        switch = self._switch(subject)
        return switch if 1 in values else self._formulas.neg(switch)

    def _switch(self, switch: Switch) -> Any:
        """Says that one end of the bounds of a unit is 1, where it is 0 or 1."""
        if switch not in self._switches:
            gate = switch.unit.gate(switch.end)
            self._switches[switch] = (
                self._end(switch.unit.argument, switch.end) >= 1
                if gate is None
                else self._formula(gate)
            )
        return self._switches[switch]

    def _end(self, linear: Linear, end: End) -> Any:
        """Returns the lower or upper bound of a sum without copies, as a term of arithmetic."""
        checkpoint()
        terms = [self._real(end.of(linear.constant))]
        for name, table in linear.tables.items():
            for value, bit in self._bits_of(name).items():
                terms += self._choice(bit, end.of(table[value]))
        for weight, unit in linear.units:
            terms.append(self._real(weight) * self._clipped(Switch(unit, end.under(weight))))
        return z3.Sum(terms)

    def _clipped(self, bound: Switch) -> Any:
        """Returns the lower or upper bound of a clipped unit, as a term of arithmetic."""
        if bound not in self._ends:
            if bound.unit.switching:
                self._ends[bound] = z3.If(self._switch(bound), self._real(_ONE), self._real(_ZERO))
            else:
                number = self._end(bound.unit.argument, bound.end)
                self._ends[bound] = z3.If(number >= 1, 1, z3.If(number <= 0, 0, number))
        return self._ends[bound]

    def _choice(self, bit: Any, number: Fraction) -> list[Any]:
        if not number:
            return []
        if bit is self._formulas.true:
            return [self._real(number)]
        return [z3.If(bit, self._real(number), self._real(_ZERO))]

    def _real(self, number: Fraction) -> Any:
        return z3.RealVal(str(number), self._question.context)
