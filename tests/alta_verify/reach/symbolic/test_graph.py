"""The graph's constructors mean what they say, and share what is the same."""

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alta_verify.reach.symbolic.graph import FALSE, TRUE, Graph, Literal

INPUTS = 4
ROWS = tuple(itertools.product((False, True), repeat=INPUTS))
"""The truth table's rows; row i is sample i of a graph made by `table_graph`."""

COLUMNS = tuple(sum(row[i] << r for r, row in enumerate(ROWS)) for i in range(INPUTS))
ALL = (1 << len(ROWS)) - 1

OPERATIONS: dict[str, Callable[[int, int, int], int]] = {
    "not_": lambda a, b, c: a ^ ALL,
    "and_": lambda a, b, c: a & b,
    "or_": lambda a, b, c: a | b,
    "xor": lambda a, b, c: a ^ b,
    "ite": lambda a, b, c: a & b | (a ^ ALL) & c,
    "all_of": lambda a, b, c: a & b & c,
    "any_of": lambda a, b, c: a | b | c,
}
ARITY = {"not_": 1, "and_": 2, "or_": 2, "xor": 2, "ite": 3, "all_of": 3, "any_of": 3}

Step = tuple[str, tuple[int, int, int]]


@dataclass(frozen=True)
class Circuit:
    """Steps over the constants, the inputs and earlier steps; operands count from the latest."""

    steps: tuple[Step, ...]

    def build(self, graph: Graph, inputs: Sequence[Literal]) -> list[Literal]:
        made = [FALSE, TRUE, *inputs]
        for name, chosen in self.steps:
            operands = [made[-1 - k % len(made)] for k in chosen][: ARITY[name]]
            if name == "ite":
                c, t, e = operands
                made.append(graph.or_(graph.and_(c, t), graph.and_(c ^ 1, e)))
                continue
            method = getattr(graph, name)
            made.append(method(operands) if name.endswith("_of") else method(*operands))
        return made

    def tables(self) -> list[int]:
        """The same by truth tables, without a graph."""
        made = [0, ALL, *COLUMNS]
        for name, chosen in self.steps:
            a, b, c = (made[-1 - k % len(made)] for k in chosen)
            made.append(OPERATIONS[name](a, b, c))
        return made


def circuits(max_size: int = 25) -> st.SearchStrategy[Circuit]:
    operands = st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
    step = st.tuples(st.sampled_from(sorted(OPERATIONS)), operands)
    return st.lists(step, max_size=max_size).map(lambda steps: Circuit(tuple(steps)))


def table_graph() -> tuple[Graph, list[Literal]]:
    graph = Graph(len(ROWS))
    return graph, [graph.new_input(column) for column in COLUMNS]


@given(circuits())
def test_construction_preserves_meaning(circuit: Circuit) -> None:
    graph, inputs = table_graph()
    made, tables = circuit.build(graph, inputs), circuit.tables()
    for literal, table in zip(made, tables, strict=True):
        assert graph.signature(literal) == table
    for r, row in enumerate(ROWS):
        values = graph.evaluate(made, dict(zip(inputs, row, strict=True)))
        assert values == [bool(table >> r & 1) for table in tables]


@given(circuits())
def test_building_the_same_again_adds_no_node(circuit: Circuit) -> None:
    graph, inputs = table_graph()
    made = circuit.build(graph, inputs)
    nodes = len(graph)
    assert circuit.build(graph, inputs) == made
    assert len(graph) == nodes


@given(circuits())
def test_operands_lie_on_earlier_nodes(circuit: Circuit) -> None:
    graph, inputs = table_graph()
    circuit.build(graph, inputs)
    for node in range(len(graph)):
        operands = graph.operands(node)
        assert operands is None or max(operands) < 2 * node


LAWS: dict[str, Callable[[Graph, Literal, Literal, Literal], tuple[Literal, Literal]]] = {
    "and commutes": lambda g, x, y, z: (g.and_(x, y), g.and_(y, x)),
    "or commutes": lambda g, x, y, z: (g.or_(x, y), g.or_(y, x)),
    "xor commutes": lambda g, x, y, z: (g.xor(x, y), g.xor(y, x)),
    "xor passes negation on": lambda g, x, y, z: (g.xor(x ^ 1, y), g.xor(x, y) ^ 1),
    "xor with itself": lambda g, x, y, z: (g.xor(x, x), FALSE),
    "idempotence": lambda g, x, y, z: (g.and_(x, x), x),
    "complement": lambda g, x, y, z: (g.and_(x, x ^ 1), FALSE),
    "identity": lambda g, x, y, z: (g.and_(x, TRUE), x),
    "annihilation": lambda g, x, y, z: (g.and_(FALSE, x), FALSE),
    "absorption": lambda g, x, y, z: (g.or_(x, g.and_(x, y)), x),
    "absorption of a clause": lambda g, x, y, z: (g.and_(x, g.or_(x, y)), x),
    "containment": lambda g, x, y, z: (g.and_(x, g.and_(y, x)), g.and_(x, y)),
    "contradiction": lambda g, x, y, z: (g.and_(g.and_(x, y), g.and_(x ^ 1, z)), FALSE),
    "unit": lambda g, x, y, z: (g.and_(x, g.or_(x ^ 1, y)), g.and_(x, y)),
    "unit below": lambda g, x, y, z: (
        g.and_(g.and_(x, y), g.or_(x ^ 1, z)),
        g.and_(g.and_(x, y), z),
    ),
    "resolution": lambda g, x, y, z: (g.or_(g.and_(x, y), g.and_(x, y ^ 1)), x),
    "all of a set": lambda g, x, y, z: (g.all_of([x, y, z, x]), g.all_of([z, y, x])),
    "all of complements": lambda g, x, y, z: (g.all_of([x, y, z, y ^ 1]), FALSE),
    "all of none": lambda g, x, y, z: (g.all_of([]), TRUE),
    "any of none": lambda g, x, y, z: (g.any_of([]), FALSE),
}


@pytest.mark.parametrize("law", LAWS)
def test_a_law_holds_by_form_for_literals_of_either_sign(law: str) -> None:
    for x, y, z in itertools.permutations(range(INPUTS), 3):
        for signs in itertools.product((0, 1), repeat=3):
            graph, inputs = table_graph()
            signed = zip((x, y, z), signs, strict=True)
            left, right = LAWS[law](graph, *(inputs[i] ^ sign for i, sign in signed))
            assert left == right


def test_a_chain_of_a_hundred_thousand_nodes_is_evaluated() -> None:
    graph, random_ = Graph(0), random.Random(0)
    inputs = [graph.new_input(0) for _ in range(50_000)]
    parity = FALSE
    for literal in inputs:
        parity = graph.xor(parity, literal)
    assignment = {literal: random_.random() < 0.5 for literal in inputs}
    assert len(graph) > 100_000
    assert graph.evaluate([parity], assignment) == [bool(sum(assignment.values()) % 2)]


def test_a_merged_literal_is_replaced_wherever_it_is_used() -> None:
    graph, (a, b, c, d) = table_graph()
    later, earlier = graph.and_(c, d), graph.and_(a, b)
    graph.merge(later ^ 1, earlier)
    assert graph.find(earlier) == later ^ 1
    assert graph.not_(earlier) == later
    assert graph.and_(earlier, later) == FALSE
    assert graph.xor(earlier, later) == TRUE


def test_the_earliest_node_stands_for_a_chain_of_merged_ones() -> None:
    graph = Graph(0)
    literals = [graph.new_input(0) for _ in range(100)]
    for earlier, later in itertools.pairwise(literals):
        graph.merge(later, earlier ^ 1)
    for k, literal in enumerate(literals):
        assert graph.find(literal) == literals[0] ^ (k & 1)
        assert graph.find(literal ^ 1) == literals[0] ^ (k & 1) ^ 1


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=12))
@example([(n, n + 1) for n in reversed(range(7))])
def test_one_literal_stands_for_all_that_were_merged(pairs) -> None:
    graph = Graph(0)
    literals, groups = [graph.new_input(0) for _ in range(8)], list(range(8))
    for a, b in pairs:
        graph.merge(literals[a] ^ 1, literals[b] ^ 1)
        first, second = sorted((groups[a], groups[b]))
        groups = [first if group == second else group for group in groups]
    for sign in (0, 1):
        # The second time what stands for it has been noted.
        for _ in range(2):
            found = [graph.find(one ^ sign) for one in literals]
            assert found == [literals[group] ^ sign for group in groups]


def test_a_literal_is_not_merged_with_its_negation() -> None:
    graph, (a, b, _, _) = table_graph()
    graph.merge(a, b)
    with pytest.raises(ValueError, match="negation"):
        graph.merge(a, b ^ 1)


def test_a_node_is_found_again_after_its_operands_were_merged() -> None:
    graph, (a, b, c, _) = table_graph()
    first, second = graph.and_(a, b), graph.and_(a, c)
    assert graph.rehash(second >> 1) == second
    graph.merge(c, b)
    assert graph.rehash(second >> 1) == first


@given(circuits(), st.lists(st.sampled_from(ROWS), max_size=5))
def test_added_samples_carry_every_nodes_value(circuit: Circuit, rows) -> None:
    graph, inputs = table_graph()
    made = circuit.build(graph, inputs)
    columns = {x: sum(r[i] << k for k, r in enumerate(rows)) for i, x in enumerate(inputs)}
    graph.add_samples(columns, len(rows))
    assert graph.samples == len(ROWS) + len(rows)
    for k, row in enumerate(rows):
        values = graph.evaluate(made, dict(zip(inputs, row, strict=True)))
        assert [bool(graph.signature(x) >> len(ROWS) + k & 1) for x in made] == values
    again = graph.xor(graph.and_(made[-1], inputs[0]), inputs[1])
    assert graph.signature(again) >> graph.samples == 0


def test_an_input_that_the_assignment_lacks_is_refused() -> None:
    graph, (a, b, _, _) = table_graph()
    with pytest.raises(KeyError):
        graph.evaluate([graph.and_(a, b)], {a: False})


def test_a_negative_literal_is_refused() -> None:
    graph, (a, _, _, _) = table_graph()
    with pytest.raises(ValueError, match="literals of this graph"):
        graph.and_(a, -2)
