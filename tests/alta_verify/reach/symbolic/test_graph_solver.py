"""Questions about a graph have the answers of its truth table, or none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given

from alta_verify.deadline import SolverCalls
from alta_verify.reach.symbolic.graph import FALSE, Graph, Literal
from alta_verify.reach.symbolic.graph_solver import GraphSolver, _choice
from alta_verify.solver.sat import SatSolver
from tests.alta_verify.reach.symbolic.test_graph import (
    ALL,
    INPUTS,
    ROWS,
    Circuit,
    circuits,
    table_graph,
)


class Faulty:
    """A SAT solver that fails at one question, or from that question on."""

    def __init__(self, fails_at: Callable[[int], bool], how: str) -> None:
        self._solver, self._fails_at, self._how = SatSolver(), fails_at, how
        self._asked = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._solver, name)

    def solve(self, assumptions: list[int], **limits: object) -> bool | None:
        self._asked += 1
        if self._fails_at(self._asked - 1):
            if self._how == "raises":
                raise RuntimeError("the solver crashed")
            return None
        return self._solver.solve(assumptions, **limits)


def sampled_graph(rows) -> tuple[Graph, list[Literal]]:
    """A graph with few samples, so that most candidates are false ones."""
    graph = Graph(len(rows))
    columns = [sum(row[i] << k for k, row in enumerate(rows)) for i in range(INPUTS)]
    return graph, [graph.new_input(column) for column in columns]


def asked(solver: GraphSolver, *literals: Literal) -> bool | None:
    return solver.ask(literals)


@given(circuits())
@example(Circuit((("ite", (3, 1, 0)),)))
def test_on_each_input_a_literal_has_its_own_value_and_no_other(circuit) -> None:
    graph, inputs = sampled_graph([])
    literal, table = circuit.build(graph, inputs)[-1], circuit.tables()[-1]
    solver = GraphSolver(graph, SatSolver(), SolverCalls())
    for r, row in enumerate(ROWS):
        word = [x if value else x ^ 1 for x, value in zip(inputs, row, strict=True)]
        assert asked(solver, *word, literal) is bool(table >> r & 1)
        assert asked(solver, *word, literal ^ 1) is not bool(table >> r & 1)


@given(circuits())
@example(Circuit((("ite", (3, 1, 0)),)))
def test_choices_are_choices(circuit: Circuit) -> None:
    graph, inputs = table_graph()
    circuit.build(graph, inputs)
    for node in range(len(graph)):
        choice = _choice(graph, node)
        if choice is not None:
            c, t, e = map(graph.signature, choice)
            assert graph.signature(2 * node) == c & t | (c ^ ALL) & e


def test_a_model_has_a_value_for_every_input() -> None:
    graph, inputs = sampled_graph([])
    a, b = inputs[:2]
    solver = GraphSolver(graph, SatSolver(), SolverCalls())
    solver.require(graph.xor(a, b))
    assert asked(solver, a)
    model = solver.model()
    assert model is not None
    assert (model[a], model[b], set(model)) == (True, False, set(inputs))
    assert asked(solver, a, b) is False


def test_what_is_equated_or_required_is_no_longer_told_apart() -> None:
    graph, (a, b, c, _) = sampled_graph([])
    solver = GraphSolver(graph, SatSolver(), SolverCalls())
    assert asked(solver, a, b ^ 1) is True
    solver.equate(a, b)
    assert asked(solver, a, b ^ 1) is False
    solver.require(FALSE)
    assert asked(solver, c) is False


def test_a_solver_that_has_raised_is_asked_nothing_more() -> None:
    graph, (a, b, _, _) = sampled_graph([])
    solver = GraphSolver(graph, Faulty(lambda question: question == 0, "raises"), SolverCalls())
    assert asked(solver, graph.and_(a, b)) is None
    assert isinstance(solver.failure, RuntimeError)
    assert asked(solver, graph.and_(a, b)) is None
    assert solver._calls.sat == 1


@pytest.mark.parametrize("method", ["require", "equate"])
def test_a_clause_that_was_not_taken_leaves_every_question_open(method, monkeypatch) -> None:
    graph, (a, b, _, _) = sampled_graph([])
    solver = GraphSolver(graph, SatSolver(), SolverCalls())
    assert asked(solver, a, b)

    def full(self: SatSolver, clause: list[int]) -> None:
        raise MemoryError

    monkeypatch.setattr(SatSolver, "add_clause", full)
    getattr(solver, method)(*((a, b) if method == "equate" else (a,)))
    monkeypatch.undo()
    assert asked(solver, a) is None
