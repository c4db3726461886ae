"""The query of a step: after the MLP, is a variable what the rules say, in every local state?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, final

import z3

from alta.lang.program import Program
from alta.lang.rules import Rule
from alta.limit import checkpoint
from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.arithmetic.interval import Interval
from alta_verify.deadline import Deadline, SolverCalls
from alta_verify.encode.cases import Cubes
from alta_verify.encode.linear import Linear
from alta_verify.encode.relation import Codes
from alta_verify.solver.smt import SmtAnswer, SmtSolver
from alta_verify.solver.terms import Terms
from alta_verify.universal import nonempty

__all__ = ["FailingState", "MlpQuery"]


@final
@dataclass(frozen=True)
class FailingState:
    """A local state in which a coordinate may be wrong, over the names that matter."""

    local: Mapping[str, int]


@final
class MlpQuery:
    """A search, in some cubes, for local states in which coordinates after the MLP are wrong.

    Attributes:
        satisfiable: whether some local state is known to satisfy the premises.
    """

    def __init__(
        self, program: Program, cubes: Cubes, *, calls: SolverCalls, deadline: Deadline
    ) -> None:
        self._program = program
        self._cubes = nonempty(cubes, "local states")
        self._solver = SmtSolver(calls=calls, deadline=deadline)
        self._terms = Terms(self._solver, cubes)
        self._formulas = self._terms.formulas
        self._wrong: list[Any] = []
        self._expected = 0
        self.satisfiable = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names that the query depends on."""
        return tuple(self._terms.bits)

    def expect_variable(
        self, name: str, rules: Sequence[Rule], after: Sequence[Linear], codes: Codes
    ) -> None:
        """Asks whether a variable can leave the codes of its next value.

        The rules are those that assign it and may fire in the cubes; the codes, the intervals in
        which its coordinates have to lie `after` the MLP, for each value that occurs.
        """
        becomes = self._next_values(name, self._firing(rules))
        # A value that has no box is wrong wherever the variable gets it.
        self._wrong += [reached for value, reached in becomes.items() if value not in codes]
        reached = {value: becomes[value] for value in sorted(becomes.keys() & codes.keys())}
        # Most values have the same interval in a coordinate, and many coordinates are the same sum,
        # so they are asked about together.
        asked = set()
        self._expected += len(after)
        for index, linear in enumerate(after):
            checkpoint()
            values_by_interval: dict[Interval, list[int]] = {}
            for value in reached:
                values_by_interval.setdefault(codes[value][index], []).append(value)
            for interval, values in values_by_interval.items():
                if (linear, interval, tuple(values)) not in asked:
                    asked.add((linear, interval, tuple(values)))
                    premise = self._formulas.disj(reached[value] for value in values)
                    out = self._formulas.disj(self._terms.outside(linear, interval))
                    self._wrong.append(self._formulas.conj((premise, out)))

    def expect_within(self, sums: Iterable[tuple[Linear, Interval]]) -> None:
        """Asks whether one of some sums can leave its interval."""
        for linear, interval in sums:
            self._expected += 1
            self._wrong += self._terms.outside(linear, interval)

    def search(self) -> SmtAnswer | FailingState:
        """Returns a failing local state, or why there is none, and sets `satisfiable`."""
        # Not empty: what is never wrong is something, and so is that of which it never is.
        nonempty(self._expected, "coordinates of which something is expected")
        self._restrict()
        # Asked before the rest: from premises that nothing satisfies everything would follow.
        premises = self._solver.ask()
        if premises.satisfiable is not True:
            return premises
        self.satisfiable = True
        self._solver.add(self._formulas.disj(self._wrong))
        return self.next()

    def next(self) -> SmtAnswer | FailingState:
        """Returns another failing local state."""
        answer = self._solver.ask()
        if answer.satisfiable is not True:
            return answer
        return FailingState(
            {
                name: value
                for name, bits in self._terms.bits.items()
                for value, bit in bits.items()
                if z3.is_true(answer.model.eval(bit, model_completion=True))
            }
        )

    def block(self, failing: FailingState) -> None:
        """Leaves a failing local state out of the search, because it does not occur."""
        # Over the names of the query alone: one clause excludes all local states that agree on
        # them, and runs were asked about just these names.
        state = (self._terms.bits[name][value] for name, value in failing.local.items())
        self._solver.add(self._formulas.neg(self._formulas.conj(state)))

    def _firing(self, rules: Sequence[Rule]) -> list[tuple[Rule, Any]]:
        """Returns when each rule fires, after adding what is known of a step that does not fail."""
        # Lemma 3 (MLP), premises: no trap fires, no rule reads UNDEFINED, no two rules conflict.
        # In the local states that occur this is shown by the obligations `program`.
        formulas = self._formulas
        firing = []
        for rule in rules:
            checkpoint()
            fires = formulas.conj(self._terms.has(atom.variable, atom.value) for atom in rule.atoms)
            firing.append((rule, fires))
            if self._program.is_trap(rule):
                self._solver.add(formulas.neg(fires))
            self._exclude_undefined_read(rule)
        for (first, fires), (second, fires_too) in combinations(firing, 2):
            if not first.excludes(second):
                self._solver.add(formulas.neg(formulas.conj((fires, fires_too))))
        return firing

    def _next_values(self, name: str, firing: Sequence[tuple[Rule, Any]]) -> dict[Any, Any]:
        """Returns for each value that the variable can get when it gets it."""
        formulas = self._formulas
        # A variable that no rule writes keeps its value.
        kept = formulas.neg(formulas.disj(fires for _, fires in firing))
        cases: dict[Any, list[Any]] = {
            value: [formulas.conj((bit, kept))] for value, bit in self._terms.bits_of(name).items()
        }
        for rule, fires in firing:
            if not self._program.is_trap(rule):
                cases.setdefault(rule.value, []).append(fires)
        return {value: formulas.disj(when) for value, when in cases.items()}

    def _exclude_undefined_read(self, rule: Rule) -> None:
        """Adds that the rule does not depend on UNDEFINED."""
        formulas, has = self._formulas, self._terms.has
        undefined = [has(atom.variable, UNDEFINED_VALUE) for atom in rule.atoms]
        any_undefined = formulas.disj(undefined)
        if any_undefined is not formulas.false:
            undecided = [
                formulas.disj((has(atom.variable, atom.value), bit))
                for atom, bit in zip(rule.atoms, undefined, strict=True)
            ]
            self._solver.add(formulas.neg(formulas.conj((*undecided, any_undefined))))

    def _restrict(self) -> None:
        """Adds what is known of the local states that occur, for the names that matter."""
        # Lemma 4: a local state that occurs lies in one of the cubes.
        names, projected = self._terms.bits, dict[tuple[frozenset[int], ...], None]()
        for cube in self._cubes:
            checkpoint()
            projected[tuple(cube[name] & frozenset(bits) for name, bits in names.items())] = None
        self._solver.add(
            self._formulas.disj(
                self._formulas.conj(map(self._terms.has_one_of, names, cube)) for cube in projected
            )
        )
