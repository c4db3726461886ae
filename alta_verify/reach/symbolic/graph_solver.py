"""A SAT solver for the nodes of a graph, which become clauses when a question first needs them.

The encoding is Tseitin's ("On the complexity of derivation in propositional calculus", 1968): each
node has a variable, and clauses say that the variable is the conjunction of its operands.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from math import inf
from typing import Final, final

from alta_verify.deadline import Clock, SolverCalls
from alta_verify.reach.symbolic.graph import FALSE, Graph, Literal
from alta_verify.solver.sat import SatSolver

__all__ = ["GraphSolver"]

# The units of work that a question takes, beside what the solver does.
_QUESTION: Final = 5


@final
class GraphSolver:
    """Questions about the literals of one graph, to one incremental solver.

    A solver that has raised an exception may lack clauses: it is asked nothing more, and every
    later question is given up.

    Attributes:
        failure: the exception that the solver raised, if it did.
    """

    def __init__(self, graph: Graph, solver: SatSolver, calls: SolverCalls) -> None:
        self._graph = graph
        self._solver = solver
        self._calls = calls
        self._variables: dict[int, int] = {}
        self.failure: Exception | None = None

    def require(self, literal: Literal) -> None:
        """Requires for good that a literal holds."""
        with self._watched():
            self._solver.add_clause([self._encode(literal)])

    def equate(self, a: Literal, b: Literal) -> None:
        """Tells the solver that two literals are equal, which it has shown itself."""
        variables = self._variables
        # It is faster when it is told; what it has never heard of it need not be told.
        if self.failure is None and a >> 1 in variables and b >> 1 in variables:
            x = -variables[a >> 1] if a & 1 else variables[a >> 1]
            y = -variables[b >> 1] if b & 1 else variables[b >> 1]
            with self._watched():
                self._solver.add_clause([-x, y])
                self._solver.add_clause([x, -y])

    def ask(
        self, literals: Iterable[Literal], conflicts: float = inf, deadline: Clock | None = None
    ) -> bool | None:
        """Decides whether the literals hold together with all that is required.

        It gives up (None) after so many conflicts, when time is up, and when the solver fails.
        """
        if self.failure is None:
            with self._watched():
                assumptions = [self._encode(literal) for literal in literals]
                self._calls.sat += 1
                self._graph.work.units += _QUESTION
                return self._solver.solve(assumptions, conflicts=conflicts, deadline=deadline)
        return None

    def model(self) -> Mapping[Literal, bool] | None:
        """Returns the values of all inputs after a yes; None where they cannot be read."""
        variables, value = self._variables, self._solver.model_value
        with self._watched():
            # An input that the solver has never seen may have either value.
            return {
                literal: literal >> 1 in variables and value(variables[literal >> 1])
                for literal in self._graph.inputs
            }
        return None

    @contextmanager
    def _watched(self) -> Generator[None, None, None]:
        """Records an exception of the solver instead of passing it on."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, it leaves the question open.
            self.failure = error

    def _encode(self, literal: Literal) -> int:
        """Returns the solver's literal, after giving clauses to every node below it."""
        graph, solver, variables = self._graph, self._solver, self._variables
        pending: list[int] = []

        def variable_of(literal: Literal) -> int:
            literal = graph.find(literal)
            node = literal >> 1
            variable = variables.get(node)
            if variable is None:
                variable = variables[node] = solver.new_variable()
                pending.append(node)
            return -variable if literal & 1 else variable

        root = variable_of(literal)
        while pending:
            node = pending.pop()
            v = variables[node]
            choice, operands = _choice(graph, node), graph.operands(node)
            if choice is not None:
                # A choice gets clauses of its own: without them parities are out of reach.
                c, t, e = map(variable_of, choice)
                clauses = [[-v, -c, t], [v, -c, -t], [-v, c, e], [v, c, -e]]
                # Implied, but not by unit propagation: where both branches agree, the choice is
                # what they are. For t = ¬e both clauses would be tautologies.
                if t != -e:
                    clauses += [[-v, t, e], [v, -t, -e]]
            elif operands is not None:
                # v ↔ x ∧ y
                x, y = map(variable_of, operands)
                clauses = [[-v, x], [-v, y], [v, -x, -y]]
            else:
                clauses = [[-v]] if node == FALSE else []
            # Clauses of both directions: the literal may be assumed as well as its negation.
            for clause in clauses:
                solver.add_clause(clause)
        return root


def _choice(graph: Graph, node: int) -> tuple[Literal, Literal, Literal] | None:
    """Returns c, t and e if the node was built as ite(c, t, e), None if not."""
    operands = graph.operands(node)
    # ¬(c ∧ ¬t) ∧ ¬(¬c ∧ ¬e) = ite(c, t, e)
    if operands is None or not operands[0] & operands[1] & 1:
        return None
    first, second = (graph.operands(literal >> 1) for literal in operands)
    if first is not None and second is not None:
        for c, t in (first, first[::-1]):
            for d, e in (second, second[::-1]):
                if c == d ^ 1:
                    return c, t ^ 1, e ^ 1
    return None
