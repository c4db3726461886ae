"""z3, one fresh context a question, with three answers: yes, no, and nothing known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, final

import pysat
import z3

from alta_verify.deadline import Deadline, SolverCalls

__all__ = ["SmtAnswer", "SmtSolver", "solver_versions"]

# z3's resource units a question: repeatable, unlike seconds, in a fresh context.
_RESOURCES: Final = 200_000_000


@final
@dataclass(frozen=True)
class SmtAnswer:
    """What z3 said, with the satisfying model, or with the reason why nothing is known (None)."""

    satisfiable: bool | None
    model: Any = field(default=None, repr=False)
    reason: str = ""


@final
class SmtSolver:
    """A set of assertions in a context of its own."""

    def __init__(self, *, calls: SolverCalls, deadline: Deadline) -> None:
        self.context = z3.Context()
        self._solver = z3.Solver(ctx=self.context)
        self._solver.set("random_seed", 0)
        # z3 would take Ctrl-C for itself, answer "unknown", and leave the process to go on.
        self._solver.set("ctrl_c", False)
        self._calls = calls
        self._deadline = deadline

    def add(self, *assertions: Any) -> None:
        """Adds assertions for good."""
        self._solver.add(*assertions)

    def ask(self, assumptions: Sequence[Any] = ()) -> SmtAnswer:
        """Asks whether the assertions hold together with the assumptions.

        Whatever goes wrong in the solver leaves the question open.
        """
        if self._deadline.expired:
            return SmtAnswer(None, reason="out of time")
        self._calls.smt += 1
        try:
            # A limit of resources is met at the same place on every machine, one of time is not.
            self._solver.set("rlimit", _RESOURCES)
            remaining = self._deadline.remaining
            if remaining < 1e6:
                self._solver.set("timeout", max(1, int(1000 * remaining)))
            result = self._solver.check(*assumptions)
            if result == z3.unsat:
                return SmtAnswer(False)
            if result == z3.sat:
                return SmtAnswer(True, self._solver.model())
            late, reason = not self._deadline.remaining, self._solver.reason_unknown()
            return SmtAnswer(None, reason="out of time" if late else f"z3 gave up: {reason}")
        except z3.Z3Exception as error:
            return SmtAnswer(None, reason=f"z3 failed: {error}")


def solver_versions() -> dict[str, str]:
    """Returns the version of each solver, whose answers are believed, by name."""
    return {"z3": z3.get_full_version(), "pysat": pysat.__version__}
