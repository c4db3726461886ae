"""An incremental SAT solver answers yes, no, or that it gave up, and never confuses the three."""

from __future__ import annotations

from math import inf
from typing import Final, final

from pysat.solvers import Solver

from alta_verify.deadline import Clock, Work

__all__ = ["SatSolver"]

# Conflicts between two looks at the clock, when one is given.
_SLICE: Final = 500
# So many propagations are a unit of work.
_PROPAGATIONS: Final = 20


@final
class SatSolver:
    """A growing set of clauses, asked again and again under assumptions.

    Variables are positive integers and literals are variables or their negatives, as in DIMACS.
    What the solver has learnt is kept from one question to the next.
    """

    def __init__(self, *, work: Work | None = None) -> None:
        """Starts without variables and without clauses; what it does is counted as work."""
        # Of the solvers that take conflict budgets, Glucose leaves the least open (measured on
        # parities, adders and rankings).
        self._solver = Solver(name="glucose42")
        self._work = Work() if work is None else work
        self._propagations = 0
        self._conflicts = 0
        self._variables = 0
        self._satisfiable = False
        self._model: list[int] | None = None

    def new_variable(self) -> int:
        """Returns a variable that no clause mentions yet."""
        self._variables += 1
        return self._variables

    def add_clause(self, clause: list[int]) -> None:
        """Requires that one literal of the clause holds; the last model is given up."""
        self._check(clause)
        self._satisfiable, self._model = False, None
        # PySAT passes an empty clause on to solvers that take it in different ways: a
        # contradiction of units means the same to all of them.
        if not clause:
            clause = [self.new_variable()]
            self._solver.add_clause([-clause[0]])
        self._solver.add_clause(clause)

    def solve(
        self, assumptions: list[int], *, conflicts: float = inf, deadline: Clock | None = None
    ) -> bool | None:
        """Decides whether the clauses and the assumptions hold together.

        True comes with a model to be read by `model_value`; None, that the solver gave up, says
        nothing about the formula. The answer is reproducible as long as only the limit of conflicts
        is met. The solver looks at its limits when it restarts: budgets are overrun by some hundred
        conflicts and, on large hard formulas, deadlines by seconds. What it raises is passed on.
        """
        self._check(assumptions)
        if conflicts < 0:
            raise ValueError(f"Expected a budget of at least 0, got conflicts={conflicts!r}.")
        self._satisfiable, self._model = False, None
        spent = 0
        while spent < conflicts and not (deadline is not None and deadline.expired):
            # In slices where there is a clock, so that it is looked at between them.
            budget = min(conflicts - spent, inf if deadline is None else _SLICE)
            # A budget of -1 is PySAT's word for none.
            self._solver.conf_budget(-1 if budget == inf else int(budget))
            before = self._conflicts
            answer = self._search(assumptions)
            self._count()
            # Only the two constants are verdicts; anything else that comes back is not one.
            if answer is True or answer is False:
                self._satisfiable = answer
                return answer
            # What gives up without having met a conflict would do so again and again.
            if budget == inf or self._conflicts == before:
                return None
            spent += int(budget)
        return None

    def model_value(self, variable: int) -> bool:
        """Returns the variable's value in the model that the last question found.

        A variable that no clause and no assumption mentions may have either value; it gets False.
        There is no model, and none is read, if a clause was added since.
        """
        if not self._satisfiable:
            raise RuntimeError("Expected the last answer to be True: there is no model to read.")
        if self._model is None:
            # Reading a model takes time linear in the variables, and few answers need one.
            self._model = self._solver.get_model()
            if self._model is None:
                raise RuntimeError("The solver answered True and then gave no model.")
        # A variable that no clause mentions may be missing from the model.
        return variable <= len(self._model) and self._model[variable - 1] > 0

    def core(self) -> frozenset[int]:
        """Returns assumptions that do not hold together, once a question was answered No."""
        return frozenset(self._solver.get_core() or ())

    def _count(self) -> None:
        """Adds to the work what the solver has done since it was last counted."""
        done = self._solver.accum_stats() or {}
        self._conflicts = done.get("conflicts", self._conflicts)
        propagations = done.get("propagations", 0)
        self._work.units += (propagations - self._propagations) // _PROPAGATIONS
        self._propagations = propagations

    def _search(self, assumptions: list[int]) -> object:
        # Told to expect an interruption, PySAT leaves the handler of SIGINT alone. Otherwise its
        # handler jumps out of the solver's frames, which is undefined in C++.
        return self._solver.solve_limited(assumptions=assumptions, expect_interrupt=True)

    def _check(self, literals: list[int]) -> None:
        for literal in literals:
            if not 0 < abs(literal) <= self._variables:
                raise ValueError(
                    f"Expected literals over the variables 1 to {self._variables}, "
                    f"got {literal!r}; make variables with new_variable()."
                )
