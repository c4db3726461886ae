"""Decision diagrams: Boolean functions of a few small numbers, equal ones of which are one node.

Multi-valued decision diagrams, reduced and ordered (Bryant 1986; Srinivasan et al. 1990): a node
asks for one number and has a child for each value that it can have; no node has equal children,
and no two nodes are alike. So two functions are equal exactly if their nodes are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import repeat
from typing import Final, TypeAlias, TypeVar, final

from alta.limit import checkpoint
from alta_verify.deadline import Work

__all__ = ["FALSE", "TRUE", "Diagram", "Diagrams"]

Diagram: TypeAlias = int
"""The number of a node, which stands for the function below it."""

_Key = TypeVar("_Key")

FALSE: Final[Diagram] = 0
TRUE: Final[Diagram] = 1


@final
class Diagrams:
    """Functions of numbers x₀, x₁, …, each within a range of its own; x₀ is asked for first.

    Attributes:
        ranges: what values each number has.
        work: counts the pairs of nodes that were looked at.
    """

    def __init__(self, ranges: Sequence[range], work: Work | None = None) -> None:
        self.work = Work() if work is None else work
        self.ranges = ranges
        # The constants lie below all numbers.
        self._levels = [len(ranges)] * 2
        self._children: list[tuple[Diagram, ...]] = [(), ()]
        self._nodes: dict[tuple[int, tuple[Diagram, ...]], Diagram] = {}
        self._conjunctions: dict[tuple[Diagram, Diagram], Diagram] = {}
        self._disjunctions: dict[tuple[Diagram, Diagram], Diagram] = {}
        self._negations: dict[Diagram, Diagram] = {FALSE: TRUE, TRUE: FALSE}

    def node(self, level: int, children: Sequence[Diagram]) -> Diagram:
        """Returns the function that is for each value of a number one of others, further below."""
        children = tuple(children)
        if children.count(children[0]) == len(children):
            return children[0]
        key = level, children
        number = self._nodes.get(key)
        if number is None:
            number = self._nodes[key] = len(self._levels)
            self._levels.append(level)
            self._children.append(children)
        return number

    def and_(self, a: Diagram, b: Diagram) -> Diagram:
        """Returns the conjunction."""
        if b in (a, TRUE):
            return a
        if a == TRUE:
            return b
        if FALSE in (a, b):
            return FALSE
        key = (a, b) if a < b else (b, a)
        result = self._conjunctions.get(key)
        if result is None:
            result = self._conjunctions[key] = self._expanded(self.and_, a, b)
        return result

    def or_(self, a: Diagram, b: Diagram) -> Diagram:
        """Returns the disjunction."""
        if b in (a, FALSE):
            return a
        if a == FALSE:
            return b
        if TRUE in (a, b):
            return TRUE
        key = (a, b) if a < b else (b, a)
        result = self._disjunctions.get(key)
        if result is None:
            result = self._disjunctions[key] = self._expanded(self.or_, a, b)
        return result

    def _expanded(
        self, operation: Callable[[Diagram, Diagram], Diagram], a: Diagram, b: Diagram
    ) -> Diagram:
        """Returns an operation's result by Shannon's expansion, by what either asks for first."""
        self.work.units += 1
        checkpoint()
        left, right = self._levels[a], self._levels[b]
        if left == right:
            children = map(operation, self._children[a], self._children[b])
        elif left < right:
            children = map(operation, self._children[a], repeat(b))
        else:
            children = map(operation, repeat(a), self._children[b])
        return self.node(min(left, right), tuple(children))

    def not_(self, a: Diagram) -> Diagram:
        """Returns the negation."""
        result = self._negations.get(a)
        if result is None:
            self.work.units += 1
            result = self.node(self._levels[a], [self.not_(child) for child in self._children[a]])
            self._negations[a], self._negations[result] = result, a
        return result

    def all_of(self, diagrams: Iterable[Diagram]) -> Diagram:
        """Returns the conjunction of all; TRUE of none."""
        return reduce(self.and_, diagrams, TRUE)

    def any_of(self, diagrams: Iterable[Diagram]) -> Diagram:
        """Returns the disjunction of all; FALSE of none."""
        return reduce(self.or_, dict.fromkeys(diagrams), FALSE)

    def union(self, cases: Iterable[tuple[_Key, Diagram]]) -> dict[_Key, Diagram]:
        """Returns for each key the disjunction of its diagrams, where that is possible."""
        united: dict[_Key, Diagram] = {}
        for key, diagram in cases:
            if diagram != FALSE:
                united[key] = self.or_(united.get(key, FALSE), diagram)
        return united

    def cases(self, diagram: Diagram) -> tuple[int, list[tuple[int, Diagram]]]:
        """Returns which number a diagram asks for, and what it is for each value; no constant."""
        level = self._levels[diagram]
        return level, list(zip(self.ranges[level], self._children[diagram], strict=True))

    def sums(self, coefficients: Mapping[int, int]) -> dict[int, Diagram]:
        """Returns where a sum of numbers, each times a coefficient, has each of its values."""
        sums = {0: TRUE}
        # From the last number to the first, as nodes are made of those below them.
        for level in sorted(coefficients, reverse=True):
            checkpoint()
            factor, numbers = coefficients[level], self.ranges[level]
            totals = {total + factor * x for total in sums for x in numbers}
            sums = {
                total: self.node(level, [sums.get(total - factor * x, FALSE) for x in numbers])
                for total in totals
            }
        return {total: diagram for total, diagram in sums.items() if diagram != FALSE}

    def count(self, diagram: Diagram) -> int:
        """Counts the numbers x₀, x₁, … of which a function is true."""
        below: dict[Diagram, int] = {FALSE: 0, TRUE: 1}
        # Children have been made before their node.
        for node in sorted(self._below(diagram)):
            level = self._levels[node]
            below[node] = sum(
                below[child] * self._skipped(level, self._levels[child])
                for child in self._children[node]
            )
        return below[diagram] * self._skipped(-1, self._levels[diagram])

    def _below(self, diagram: Diagram) -> set[Diagram]:
        """Returns the nodes of a diagram, without the constants."""
        nodes, pending = set[Diagram](), [diagram]
        while pending:
            node = pending.pop()
            if node > TRUE and node not in nodes:
                nodes.add(node)
                pending += self._children[node]
        return nodes

    def _skipped(self, above: int, below: int) -> int:
        """Counts the values of the numbers between two levels, which may be any."""
        product = 1
        for level in range(above + 1, below):
            product *= len(self.ranges[level])
        return product

    def numbers(self, diagram: Diagram) -> list[int]:
        """Returns numbers x₀, x₁, … of which a function is true; it is not false of all."""
        numbers = [values[0] for values in self.ranges]
        for level, index in self._path(diagram):
            numbers[level] = self.ranges[level][index]
        return numbers

    def _path(self, diagram: Diagram) -> Iterator[tuple[int, int]]:
        """Yields which child leads to TRUE from each node on the way."""
        while diagram != TRUE:
            children = self._children[diagram]
            # In a reduced diagram every node but FALSE leads to TRUE.
            index = next(i for i, child in enumerate(children) if child != FALSE)
            yield self._levels[diagram], index
            diagram = children[index]
