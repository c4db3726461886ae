"""Sweeping merges what is equal under the premises, and nothing else, whatever the solver does."""

import itertools
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alta_verify.deadline import Deadline
from alta_verify.reach.symbolic.graph import FALSE, TRUE, Graph, Literal
from alta_verify.reach.symbolic.sweep import GaveUp, Sweeper, Unsatisfiable, Witness
from alta_verify.solver.sat import SatSolver
from tests.alta_verify.reach.symbolic.test_graph import ALL, INPUTS, ROWS, Circuit, circuits
from tests.alta_verify.reach.symbolic.test_graph_solver import Faulty, sampled_graph

samples = st.lists(st.sampled_from(ROWS), max_size=4)
formulas = st.tuples(circuits(), samples, st.lists(st.integers(0, 40), max_size=2))


def check_merges(graph: Graph, made: list[Literal], tables: list[int], words: int) -> None:
    """Every literal, and what stands for it now, agrees with its truth table on all words."""
    for r, row in enumerate(ROWS):
        if words >> r & 1:
            assignment = dict(zip(graph.inputs, row, strict=True))
            expected = [bool(table >> r & 1) for table in tables]
            assert graph.evaluate(made, assignment) == expected
            assert graph.evaluate(map(graph.find, made), assignment) == expected


def assume_all(sweeper: Sweeper, made: list[Literal], tables: list[int], chosen) -> int:
    """Assumes the chosen literals; returns the rows that are words."""
    words = ALL
    for k in chosen:
        sweeper.assume(made[-1 - k % len(made)])
        words &= tables[-1 - k % len(tables)]
    return words


@given(formulas)
def test_sweeping_merges_exactly_what_is_equal_on_all_words(formula) -> None:
    circuit, rows, chosen = formula
    graph, inputs = sampled_graph(rows)
    made, tables = circuit.build(graph, inputs), circuit.tables()
    sweeper = Sweeper(graph, conflicts=math.inf)
    words = assume_all(sweeper, made, tables, chosen)
    assert sweeper.premises_hold() is bool(words)
    if not words:
        assert sweeper.sweep(made) == made
        return
    swept = sweeper.sweep(made)
    check_merges(graph, made, tables, words)
    representatives: dict[int, Literal] = {}
    for literal, table in zip(swept, tables, strict=True):
        assert representatives.setdefault(table & words, literal) == literal
        assert representatives.setdefault(~table & words, literal ^ 1) == literal ^ 1


@given(formulas, st.data())
def test_sweeping_while_building_is_sound_and_as_complete(formula, data) -> None:
    circuit, rows, chosen = formula
    graph, inputs = sampled_graph(rows)
    sweeper = Sweeper(graph, conflicts=math.inf)
    tables, made, words = circuit.tables(), list[Literal](), ALL
    for k in range(len(circuit.steps) + 1):
        made = Circuit(circuit.steps[:k]).build(graph, inputs)
        if k in chosen:
            sweeper.assume(made[-1])
            words &= tables[len(made) - 1]
        if data.draw(st.booleans(), label="sweep now"):
            sweeper.sweep(made[-1:])
    if words:
        swept = sweeper.sweep(made)
        check_merges(graph, made, tables, words)
        distinct = {min(table & words, ~table & words) for table in tables}
        # A premise that comes late leaves what was swept before it as it was.
        if not chosen:
            assert len({literal >> 1 for literal in swept}) == len(distinct)


@given(formulas)
def test_questions_are_answered_as_by_the_truth_table(formula) -> None:
    circuit, rows, chosen = formula
    graph, inputs = sampled_graph(rows)
    made, tables = circuit.build(graph, inputs), circuit.tables()
    sweeper = Sweeper(graph)
    words = assume_all(sweeper, made, tables, chosen)
    for (a, s), (b, t) in itertools.combinations(list(zip(made, tables, strict=True))[-5:], 2):
        possible = words & s & ~t
        match sweeper.witness([a, b ^ 1]):
            case Witness(assignment):
                assert possible >> ROWS.index(tuple(assignment[x] for x in inputs)) & 1
            case outcome:
                assert outcome == Unsatisfiable()
                assert not possible


@pytest.mark.parametrize("how", ["gives up", "raises"])
@given(formula=formulas, first=st.integers(0, 12), once=st.booleans())
@settings(deadline=None)
def test_a_failure_at_any_question_makes_no_false_claim(how, formula, first, once) -> None:
    circuit, rows, chosen = formula
    graph, inputs = sampled_graph(rows)
    made, tables = circuit.build(graph, inputs), circuit.tables()

    solver = Faulty(lambda asked: asked == first if once else asked >= first, how)
    sweeper = Sweeper(graph, solver=solver)
    words = assume_all(sweeper, made, tables, chosen)
    sweeper.sweep(made)
    check_merges(graph, made, tables, words)
    for a, s in zip(made, tables, strict=True):
        match sweeper.witness([a]):
            case Witness():
                assert s & words
            case Unsatisfiable():
                assert not s & words


@pytest.mark.parametrize("how", ["gives up", "raises"])
def test_a_solver_that_always_fails_merges_nothing_and_gives_up(how: str) -> None:
    graph, (a, b, c, _) = sampled_graph([(False,) * INPUTS])
    left, right = graph.xor(graph.xor(a, b), c), graph.xor(a, graph.xor(b, c))
    rare = graph.all_of([a, b, c])
    sweeper = Sweeper(graph, solver=Faulty(lambda _: True, how))
    assert sweeper.premises_hold() is True, "the sample is an assignment"
    assert sweeper.sweep([left, right, rare]) == [left, right, rare]
    assert sweeper.witness([rare]) == GaveUp()
    sweeper.assume(a)
    assert sweeper.premises_hold() is None
    assert sweeper.sweep([left, right, rare]) == [left, right, rare]


def test_a_clause_that_was_not_taken_leaves_every_question_open(monkeypatch) -> None:
    graph, (a, b, _, _) = sampled_graph([])

    def full(self: SatSolver, clause: list[int]) -> None:
        raise MemoryError

    monkeypatch.setattr(SatSolver, "add_clause", full)
    sweeper = Sweeper(graph)
    sweeper.assume(graph.and_(a, b))
    monkeypatch.undo()
    assert sweeper.witness([a]) == GaveUp()
    assert sweeper.premises_hold() is None


def test_a_wrong_model_is_not_passed_on(monkeypatch) -> None:
    graph, (a, b, _, _) = sampled_graph([])
    sweeper = Sweeper(graph)
    monkeypatch.setattr(SatSolver, "model_value", lambda self, variable: False)
    with pytest.raises(RuntimeError, match="to hold on the witness"):
        sweeper.witness([graph.and_(a, b)])


@pytest.mark.parametrize("outcome", [Witness({}), Unsatisfiable(), GaveUp()])
def test_an_outcome_cannot_be_taken_for_a_truth_value(outcome) -> None:
    with pytest.raises(TypeError, match="match on the type"):
        bool(outcome)


def test_an_expired_deadline_gives_up_and_leaves_the_nodes_for_later() -> None:
    graph, (a, b, c, _) = sampled_graph([])
    left, right = graph.xor(graph.xor(a, b), c), graph.xor(a, graph.xor(b, c))
    sweeper, expired = Sweeper(graph), Deadline.after(0)
    assert sweeper.premises_hold(deadline=expired) is None
    assert sweeper.witness([left], deadline=expired) == GaveUp()
    assert sweeper.sweep([left, right], deadline=expired) == [left, right]
    assert sweeper.premises_hold() is True
    assert sweeper.sweep([left, right], deadline=expired) == [left, right]
    assert len(set(sweeper.sweep([left, right]))) == 1


def test_contradictory_premises_are_detected_and_merge_nothing() -> None:
    graph, (a, b, _, _) = sampled_graph([])
    sweeper = Sweeper(graph)
    sweeper.assume(graph.xor(a, b))
    assert sweeper.premises_hold() is True
    sweeper.assume(graph.and_(a, b))
    assert sweeper.premises_hold() is False
    assert sweeper.witness([]) == Unsatisfiable()
    assert sweeper.sweep([a, b]) == [a, b]


def test_a_premise_can_be_false_itself() -> None:
    graph, _ = sampled_graph(ROWS)
    sweeper = Sweeper(graph)
    sweeper.assume(FALSE)
    assert sweeper.premises_hold() is False


def test_a_witness_satisfies_premises_that_have_been_swept_away() -> None:
    graph, (a, b, _, _) = sampled_graph([])
    sweeper = Sweeper(graph)
    premise = graph.xor(a, b)
    sweeper.assume(premise)
    assert sweeper.sweep([premise]) == [TRUE]
    outcome = sweeper.witness([b])
    assert isinstance(outcome, Witness)
    assert graph.evaluate([premise], outcome.assignment) == [True]


def test_what_was_swept_is_not_swept_again() -> None:
    graph, (a, b, c, d) = sampled_graph([])
    sweeper = Sweeper(graph)
    sweeper.sweep([graph.any_of([a, b, c, d]), graph.xor(a, b)])
    calls = sweeper.calls.sat
    sweeper.sweep([graph.any_of([a, b, c, d]), graph.xor(a, b)])
    assert sweeper.calls.sat == calls


def test_inputs_made_between_sweeps_are_compared_too() -> None:
    graph, (a, b, _, _) = sampled_graph([ROWS[0]])
    sweeper = Sweeper(graph)
    sweeper.sweep([graph.and_(a, b)])
    late = graph.new_input(0)
    sweeper.assume(graph.xor(late, a))
    assert sweeper.sweep([late]) == [a ^ 1]


def test_a_node_that_took_a_later_ones_place_is_compared_with_others() -> None:
    graph, (a, b, c, d) = sampled_graph([])
    sweeper = Sweeper(graph)
    sweeper.assume(graph.xor(a, c) ^ 1)
    early = graph.and_(c, d)
    assert sweeper.sweep([a, c]) == [a, a]
    late = graph.and_(a, d)
    assert late > early, "it was built from the representative"
    assert sweeper.sweep([early]) == [early]
    assert graph.find(late) == early
    split = graph.or_(graph.all_of([a, b, d]), graph.all_of([a, b ^ 1, d]))
    assert sweeper.sweep([split]) == [early]


def test_parities_of_sixty_steps_in_two_orders_become_one() -> None:
    graph, coin = Graph(1024), random.Random(0)
    inputs = [graph.new_input(coin.getrandbits(1024)) for _ in range(60)]

    def halves(low: int, high: int) -> Literal:
        middle = (low + high) // 2
        if high - low == 1:
            return inputs[low]
        return graph.xor(halves(low, middle), halves(middle, high))

    sweeper, running = Sweeper(graph), FALSE
    for k, literal in enumerate(inputs):
        running = graph.xor(running, literal)
        one, other = sweeper.sweep([running, halves(0, k + 1)])
        assert one == other


def test_one_hard_node_does_not_cost_a_budget_for_every_node_like_it() -> None:
    graph = Graph(0)
    inputs = [graph.new_input(0) for _ in range(100)]
    prefixes = list(itertools.accumulate(inputs, graph.and_))
    sweeper = Sweeper(graph, conflicts=0)
    assert sweeper.premises_hold() is True
    assert sweeper.sweep(prefixes) == prefixes
    assert sweeper.calls.sat <= 2 * len(graph)


def test_one_refutation_separates_many_candidates() -> None:
    # No sample shows any of the prefixes of a conjunction: all look constant and equal.
    graph = Graph(1)
    inputs = [graph.new_input(0) for _ in range(100)]
    prefixes = list(itertools.accumulate(inputs, graph.and_))
    sweeper = Sweeper(graph)
    assert sweeper.sweep(prefixes) == prefixes
    assert sweeper.calls.sat < 4 * len(graph)
    assert graph.samples > 1
