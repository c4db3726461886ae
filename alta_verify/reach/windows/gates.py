"""Gates: conjunctions and disjunctions of literals, as clauses of a solver."""

from __future__ import annotations

from collections.abc import Iterable
from typing import final

from alta_verify.solver.sat import SatSolver

__all__ = ["Gates"]


@final
class Gates:
    """Conjunctions and disjunctions of literals, each made once, in a solver."""

    def __init__(self) -> None:
        self.solver = SatSolver()
        self.true = self.solver.new_variable()
        self.solver.add_clause([self.true])
        self._made: dict[frozenset[int], int] = {}

    def all_of(self, literals: Iterable[int]) -> int:
        """Returns the conjunction."""
        members = frozenset(literals) - {self.true}
        if -self.true in members or any(-member in members for member in members):
            return -self.true
        if len(members) < 2:
            return next(iter(members), self.true)
        if members not in self._made:
            gate = self._made[members] = self.solver.new_variable()
            for member in members:
                self.solver.add_clause([-gate, member])
            self.solver.add_clause([gate, *(-member for member in members)])
        return self._made[members]

    def any_of(self, literals: Iterable[int]) -> int:
        """Returns the disjunction."""
        return -self.all_of(-literal for literal in literals)
