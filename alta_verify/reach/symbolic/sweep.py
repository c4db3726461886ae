"""SAT sweeping finds guards that are equal in fact, not in form, and lets one stand for the others.

Samples propose, the solver disposes: two nodes that agree on every sample are candidates, and they
are merged only after the solver has answered that no assignment satisfying the premises tells them
apart. What refutes a candidate becomes a sample, so that it separates others too. The graph is then
functionally reduced (Mishchenko, Chatterjee, Jiang and Brayton, "FRAIGs: a unifying representation
for logic synthesis and verification", 2005).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_
from typing import Final, NoReturn, TypeAlias, final

from alta_verify.deadline import Clock, SolverCalls
from alta_verify.reach.symbolic.graph import FALSE, Graph, Literal
from alta_verify.reach.symbolic.graph_solver import GraphSolver
from alta_verify.solver.sat import SatSolver

__all__ = ["GaveUp", "Sweeper", "Unsatisfiable", "Witness", "WitnessResult"]

# Simulating so many nodes costs about as much as one refuted question.
_NODES_PER_QUESTION: Final = 1000
# How many nodes of one signature a new node is compared with.
_TRIES: Final = 8
# The units of work that a visit takes, beside what the solver does.
_VISIT: Final = 2


class _Outcome:
    """An outcome has no truth value: a test for one that reads like yes or no is a mistake."""

    __slots__ = ()

    def __bool__(self) -> NoReturn:
        raise TypeError(f"Expected a match on the type, got {self!r} where a bool is needed.")


@final
@dataclass(frozen=True, slots=True)
class Witness(_Outcome):
    """An assignment of every input literal, replayed: premises and question hold on it."""

    assignment: Mapping[Literal, bool]


@final
@dataclass(frozen=True, slots=True)
class Unsatisfiable(_Outcome):
    """No assignment satisfies the premises and the question."""


@final
@dataclass(frozen=True, slots=True)
class GaveUp(_Outcome):
    """Nothing is known: the solver gave up or failed."""


WitnessResult: TypeAlias = Witness | Unsatisfiable | GaveUp


@final
class Sweeper:
    """Questions about one graph under premises, and merges of what is equal under them.

    Assumed: premises only ever concern the input language; the graph is merged by this sweeper
    alone. Guaranteed: `find` of a literal agrees with the literal wherever the premises hold. After
    so many conflicts a candidate is left unmerged; a solver that is given has no clauses yet.
    """

    def __init__(
        self,
        graph: Graph,
        *,
        calls: SolverCalls | None = None,
        solver: SatSolver | None = None,
        conflicts: float = 1000,
    ) -> None:
        self.calls = SolverCalls() if calls is None else calls
        self._graph = graph
        solver = SatSolver(work=graph.work) if solver is None else solver
        self._solver = GraphSolver(graph, solver, self.calls)
        self._conflicts = conflicts
        self._premises: list[Literal] = []
        self._premises_hold: bool | None = None
        self._classes = _Classes(graph)
        self._swept: set[int] = {0}
        self._hard: set[Literal] = set()
        self._refutations: list[Mapping[Literal, bool]] = []

    def assume(self, literal: Literal) -> None:
        """Adds a premise for good: from now on only assignments that satisfy it count."""
        self._premises.append(literal)
        self._premises_hold = None
        self._solver.require(literal)
        self.refine()

    def premises_hold(self, *, deadline: Clock | None = None) -> bool | None:
        """Returns whether some assignment satisfies the premises, None if that stays open.

        Where it is False, everything follows from the premises and no answer means anything.
        """
        if self._premises_hold is None:
            answer = self.witness([], deadline=deadline)
            if isinstance(answer, Witness):
                # Classes are told apart on at least one word.
                self.refine()
            if not isinstance(answer, GaveUp):
                self._premises_hold = isinstance(answer, Witness)
        return self._premises_hold

    def witness(
        self, literals: Sequence[Literal], *, deadline: Clock | None = None
    ) -> WitnessResult:
        """Finds an assignment on which all the literals and the premises hold.

        It is evaluated on the graph: that it does not hold would be an error of the solver or of
        its clauses, and is refused.
        """
        # A sample may answer without the solver, and an answer of the solver may become a sample.
        values = self._classes.sample_of(literals)
        if values is None:
            answer = self._solver.ask(literals, deadline=deadline)
            if answer is False:
                return Unsatisfiable()
            values = self._solver.model() if answer else None
            if values is None:
                return GaveUp()
            self._refutations.append(values)
        claims = [*self._premises, *literals]
        for claim, holds in zip(claims, self._graph.evaluate(claims, values), strict=True):
            if not holds:
                raise RuntimeError(f"Expected literal {claim!r} to hold on the witness {values!r}.")
        return Witness(values)

    def sweep(self, literals: Iterable[Literal], *, deadline: Clock | None = None) -> list[Literal]:
        """Merges what is equal below the literals and returns what now stands for each.

        A node is swept once: later calls look only at nodes that are new to them, and compare them
        with all those swept before. Nothing is merged unless the premises are known to hold.
        """
        literals = list(literals)
        # From premises that nothing satisfies all nodes would be equal.
        if self.premises_hold(deadline=deadline):
            for node in self._unswept_cone(literals):
                if deadline is not None and deadline.expired:
                    break
                self._visit(node, deadline)
        return [self._graph.find(literal) for literal in literals]

    def _unswept_cone(self, literals: Iterable[Literal]) -> list[int]:
        """Returns the nodes below the literals that no sweep has visited, operands first."""
        graph, cone = self._graph, set[int]()
        pending = list(literals)
        while pending:
            node = graph.find(pending.pop()) >> 1
            if node not in cone and node not in self._swept:
                cone.add(node)
                pending += graph.operands(node) or ()
        return sorted(cone)

    def _visit(self, node: int, deadline: Clock | None) -> None:
        """Merges a node whose operands were visited into an equal one, or enters it in a class."""
        graph, literal = self._graph, 2 * node
        if node in self._swept:
            return
        graph.work.units += _VISIT
        self._swept.add(node)
        if graph.find(literal) != literal:
            return
        # Its operands may have been merged since it was built, into those of an earlier node.
        alike = graph.rehash(node)
        if alike != literal:
            entered = alike >> 1 in self._swept
            self._merge(literal, alike)
            if entered:
                return
            # It is made of the same operands, which were visited: one visit does for both.
            literal = graph.find(literal) & ~1
            self._swept.add(literal >> 1)
        self._enter(literal, deadline)

    def _enter(self, literal: Literal, deadline: Clock | None) -> None:
        """Merges a literal into an equal one of its class, or adds it to the class."""
        literal, members = self._classes.of(literal)
        tried = set[Literal]()
        while len(tried) < _TRIES:
            candidates = map(self._graph.find, members)
            untried = (m for m in candidates if m not in tried and m not in self._hard)
            member = next(untried, None)
            if member is None:
                break
            tried.add(member)
            equal = self._are_equal(literal, member, deadline)
            if equal:
                self._merge(literal, member)
                return
            if equal is None:
                if member != FALSE:
                    # One budget is spent on it, not one for every node that looks the same.
                    self._hard.add(member)
            elif len(self._refutations) * _NODES_PER_QUESTION >= len(self._graph):
                self.refine()
                literal, members = self._classes.of(literal)
        # Nothing equal was found: it stands for itself, and later nodes are compared with it.
        members.append(literal)

    def _are_equal(self, a: Literal, b: Literal, deadline: Clock | None) -> bool | None:
        """Decides whether two literals agree wherever the premises hold; None: gave up."""
        # Lemma 7: replacing a guard by one that agrees on all inputs changes nothing on them.
        # a = b exactly if a ∧ ¬b and ¬a ∧ b are both impossible. b is FALSE for constants: then
        # the first is just a, and the second is impossible without a question.
        for question in ([a, b ^ 1], [a ^ 1, b]):
            if FALSE in question:
                continue
            answer = self._solver.ask(question, self._conflicts, deadline)
            refutation = self._solver.model() if answer else None
            if refutation is not None:
                self._refutations.append(refutation)
                return False
            if answer is not False:
                return None
        return True

    def _merge(self, a: Literal, b: Literal) -> None:
        self._graph.merge(a, b)
        self._solver.equate(a, b)

    def refine(self) -> None:
        """Turns the refutations into samples; classes are split when they are next looked at."""
        if self._refutations:
            columns = dict.fromkeys(self._graph.inputs, 0)
            for sample, assignment in enumerate(self._refutations):
                for literal, value in assignment.items():
                    columns[literal] |= value << sample
            self._graph.add_samples(columns, len(self._refutations))
            self._refutations.clear()
        self._classes.refine(self._premises)


@final
@dataclass(slots=True)
class _Class:
    """Literals that agree on the base samples, grouped by all the samples that there were."""

    samples: int
    table: dict[int, list[Literal]] = field(default_factory=dict)


@final
class _Classes:
    """Swept nodes, sorted by their values on the words.

    A *word* is a sample on which every premise holds; the others have no say.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._samples = self._words = (1 << graph.samples) - 1
        # Classes are kept by the samples that there were when the last premise was added.
        self._base = self._words
        self._by_base = {0: _Class(graph.samples, {0: [FALSE]})}

    def of(self, literal: Literal) -> tuple[Literal, list[Literal]]:
        """Returns the literal or its negation, and the nodes that agree with that on all words."""
        signature, literal = self._normalised(literal)
        return literal, self._members(signature)

    def sample_of(self, literals: Iterable[Literal]) -> Mapping[Literal, bool] | None:
        """Returns the inputs' values on some word that satisfies all literals, if there is one."""
        signature = self._graph.signature
        words = reduce(and_, map(signature, literals), self._words)
        sample = words.bit_length() - 1
        return {i: bool(signature(i) >> sample & 1) for i in self._graph.inputs} if words else None

    def refine(self, premises: Iterable[Literal]) -> None:
        """Takes account of samples and premises that are new."""
        graph, old = self._graph, self._samples
        self._samples = words = (1 << graph.samples) - 1
        for premise in premises:
            words &= graph.signature(premise)
        # What was a word stays one until a premise is added, and then all classes are sorted anew.
        resort = words & old != self._words or not self._words
        self._words = words
        if resort:
            parts = (part for group in self._by_base.values() for part in group.table.values())
            members = {graph.find(member) & ~1 for part in parts for member in part}
            self._by_base, self._base = {}, words
            for literal in sorted({FALSE} | members):
                normalised, equals = self.of(literal)
                equals.append(normalised)

    def _members(self, signature: int) -> list[Literal]:
        """Returns the nodes entered under a normalised signature."""
        graph = self._graph
        group = self._by_base.setdefault(signature & self._base, _Class(graph.samples))
        if group.samples != graph.samples:
            # Samples were added since the class was last looked at: it falls apart by them.
            members = [graph.find(m) for part in group.table.values() for m in part]
            group.samples, group.table = graph.samples, {}
            for member in dict.fromkeys(members):
                key = graph.signature(member) & self._words
                group.table.setdefault(key, []).append(member)
        return group.table.setdefault(signature, [])

    def _normalised(self, literal: Literal) -> tuple[int, Literal]:
        """Returns the signature on the words, of the literal or of its negation, and which."""
        signature = self._graph.signature(literal) & self._words
        # A node and its negation belong to one class: the polarity is the one that is 0 on the
        # first word.
        if signature & self._words & -self._words:
            return signature ^ self._words, literal ^ 1
        return signature, literal
