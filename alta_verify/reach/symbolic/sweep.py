"""Sweeping finds guards that are equal in fact, not in form, and lets one stand for the others.

Samples propose, the solver disposes: two nodes that agree on every sample are candidates, and they
are merged only after the solver has answered that no assignment satisfying the premises tells them
apart. What refutes a candidate becomes a sample, so that it separates others too.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, NoReturn, TypeAlias, final

from alta_verify.deadline import Clock
from alta_verify.reach.symbolic.graph import FALSE, Graph, Literal
from alta_verify.solver.sat import SatSolver

__all__ = ["GaveUp", "Sweeper", "Unsatisfiable", "Witness", "WitnessResult"]

_NODES_PER_QUESTION: Final = 1000
"""Simulating so many nodes costs about as much as one refuted question."""

_TRIES: Final = 8
"""How many nodes of one signature a new node is compared with."""

_VISIT: Final = 2
"""The units of work that a visit takes, beside what the solver does."""

_QUESTION: Final = 5
"""The units of work that a question takes, beside what the solver does."""


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
@dataclass(slots=True)
class _Class:
    """Literals that agree on the base samples, grouped by all the samples that there were."""

    samples: int
    table: dict[int, list[Literal]] = field(default_factory=dict)


@final
class Sweeper:
    """Questions about one graph, under premises, to one incremental solver.

    Assumed: premises only ever concern the input language; the graph is merged by this sweeper
    alone. Guaranteed: `find` of a literal agrees with the literal wherever the premises hold.
    A solver that has raised an exception is asked nothing more, and every later question that
    needs it is given up.

    Attributes:
        calls: how many questions were put to the solver.
        merges: how many nodes were merged into another.
        refuted: how many candidates the solver told apart.
        given_up: how many questions were left open.
        failure: the exception that the solver raised, if it did.
    """

    def __init__(
        self,
        graph: Graph,
        *,
        solver_factory: Callable[[], SatSolver] | None = None,
        conflicts: int | None = 1000,
    ) -> None:
        """Starts without premises.

        Args:
            graph: where the literals live.
            solver_factory: makes the solver; None for one that counts its work with the graph's.
            conflicts: after how many conflicts a candidate is left unmerged; None for never.
        """
        self._graph = graph
        self._solver = SatSolver(work=graph.work) if solver_factory is None else solver_factory()
        self._conflicts = conflicts
        self.calls = self.merges = self.refuted = self.given_up = 0
        self.failure: Exception | None = None
        self._premises: list[Literal] = []
        self._premises_hold: bool | None = None
        self._variables: dict[int, int] = {}
        # Samples on which every premise holds; the others have no say.
        self._words = (1 << graph.samples) - 1
        self._swept: set[int] = {0}
        # Classes are kept by the samples that there were when the last premise was added.
        self._base = self._words
        self._classes = {0: _Class(graph.samples, {0: [FALSE]})}
        self._hard: set[Literal] = set()
        self._refutations: list[Mapping[Literal, bool]] = []

    def assume(self, literal: Literal) -> None:
        """Adds a premise for good: from now on only assignments that satisfy it count."""
        self._premises.append(literal)
        self._premises_hold = None
        with self._watched():
            self._solver.add_clause([self._encode(literal)])
        self._refine()

    def premises_hold(self, *, deadline: Clock | None = None) -> bool | None:
        """Returns whether some assignment satisfies the premises, None if that stays open.

        Where it is False, everything follows from the premises and no answer means anything.
        """
        if self._premises_hold is None:
            match self.witness([], deadline=deadline):
                case Witness():
                    self._premises_hold = True
                    # Classes are told apart on at least one word.
                    self._refine()
                case Unsatisfiable():
                    self._premises_hold = False
                case GaveUp():
                    pass
        return self._premises_hold

    def is_satisfiable(
        self,
        literals: Sequence[Literal],
        *,
        conflicts: int | None = None,
        deadline: Clock | None = None,
    ) -> bool | None:
        """Decides whether all the literals and the premises hold together; None: gave up."""
        if self._samples_satisfying(literals):
            return True
        return self._ask(literals, conflicts, deadline)

    def witness(
        self,
        literals: Sequence[Literal],
        *,
        conflicts: int | None = None,
        deadline: Clock | None = None,
    ) -> WitnessResult:
        """Finds an assignment on which all the literals and the premises hold.

        Raises:
            RuntimeError: if what was found does not hold when it is evaluated on the graph, which
                would be an error of the solver or of its clauses.
        """
        inputs = self._graph.inputs
        if found := self._samples_satisfying(literals):
            sample = found.bit_length() - 1
            values = {i: bool(self._graph.signature(i) >> sample & 1) for i in inputs}
        else:
            answer = self._ask(literals, conflicts, deadline)
            if answer is None:
                return GaveUp()
            if answer is False:
                return Unsatisfiable()
            read = self._model()
            if read is None:
                return GaveUp()
            values = read
            self._refutations.append(values)
        claims = [*self._premises, *literals]
        for claim, holds in zip(claims, self._graph.evaluate_all(claims, values), strict=True):
            if not holds:
                raise RuntimeError(f"Expected literal {claim!r} to hold on the witness {values!r}.")
        return Witness(values)

    def sweep(self, literals: Iterable[Literal], *, deadline: Clock | None = None) -> list[Literal]:
        """Merges what is equal below the literals and returns what now stands for each.

        A node is swept once: later calls look only at nodes that are new to them, and compare them
        with all those swept before. Nothing is merged unless the premises are known to hold.
        """
        literals = list(literals)
        if self.premises_hold(deadline=deadline):
            for node in self._unswept_cone(literals):
                if deadline is not None and deadline.expired:
                    break
                self._visit(node, deadline)
        return [self._graph.find(literal) for literal in literals]

    def close(self) -> None:
        """Frees the solver's memory; only the graph remains usable."""
        self._solver.close()

    def _unswept_cone(self, literals: Iterable[Literal]) -> list[int]:
        """Returns the nodes below the literals that no sweep has visited, operands first."""
        graph, found = self._graph, set[int]()
        pending = list(literals)
        while pending:
            node = graph.find(pending.pop()) >> 1
            if node not in found and node not in self._swept:
                found.add(node)
                pending += graph.operands(node) or ()
        return sorted(found)

    def _visit(self, node: int, deadline: Clock | None) -> None:
        """Merges a node whose operands were visited into an equal one, or enters it in a class."""
        graph, literal = self._graph, 2 * node
        if node in self._swept:
            return
        graph.work.units += _VISIT
        self._swept.add(node)
        if graph.find(literal) != literal:
            return
        same = graph.rehash(node)
        if same != literal:
            entered = same >> 1 in self._swept
            self._merge(literal, same)
            if entered:
                return
            # It is made of the same operands, which were visited: one visit does for both.
            literal = graph.find(literal) & ~1
            self._swept.add(literal >> 1)
        signature, literal = self._normalised(literal)
        tries, tried = 0, set[Literal]()
        members = self._members(signature)
        while tries < _TRIES:
            rest = (m for m in map(graph.find, members) if m not in tried and m not in self._hard)
            member = next(rest, None)
            if member is None:
                break
            tried.add(member)
            tries += 1
            equal = self._are_equal(literal, member, deadline)
            if equal:
                self._merge(literal, member)
                return
            if equal is None:
                if member != FALSE:
                    # One budget is spent on it, not one for every node that looks the same.
                    self._hard.add(member)
            elif len(self._refutations) * _NODES_PER_QUESTION >= len(graph):
                self._refine()
                signature, literal = self._normalised(literal)
                members = self._members(signature)
        members.append(literal)

    def _are_equal(self, a: Literal, b: Literal, deadline: Clock | None) -> bool | None:
        """Decides whether two literals agree wherever the premises hold; None: gave up."""
        # b is FALSE for constants: of the two ways to differ, one is then none.
        for question in ([a, b ^ 1], [a ^ 1, b]):
            if FALSE in question:
                continue
            answer = self._ask(question, self._conflicts, deadline)
            if answer:
                refutation = self._model()
                if refutation is None:
                    return None
                self._refutations.append(refutation)
                self.refuted += 1
                return False
            if answer is None:
                return None
        return True

    def _merge(self, a: Literal, b: Literal) -> None:
        self._graph.merge(a, b)
        self.merges += 1
        # The solver has shown it, and is faster when it is told.
        variables = self._variables
        if self.failure is None and a >> 1 in variables and b >> 1 in variables:
            x = -variables[a >> 1] if a & 1 else variables[a >> 1]
            y = -variables[b >> 1] if b & 1 else variables[b >> 1]
            with self._watched():
                self._solver.add_clause([-x, y])
                self._solver.add_clause([x, -y])

    def _refine(self) -> None:
        """Turns the refutations into samples; classes are split when they are next looked at."""
        graph, old = self._graph, self._graph.samples
        if self._refutations:
            columns = dict.fromkeys(graph.inputs, 0)
            for sample, assignment in enumerate(self._refutations):
                for literal, value in assignment.items():
                    columns[literal] |= value << sample
            graph.add_samples(columns, len(self._refutations))
            self._refutations.clear()
        words = (1 << graph.samples) - 1
        for premise in self._premises:
            words &= graph.signature(premise)
        # What was a word stays one until a premise is added, and then all classes are sorted anew.
        resort = words & ((1 << old) - 1) != self._words or not self._words
        self._words = words
        if resort:
            tables = [group.table for group in self._classes.values()]
            members = {
                graph.find(m) & ~1 for table in tables for part in table.values() for m in part
            }
            self._classes, self._base = {}, words
            for literal in sorted({FALSE} | members):
                signature, normalised = self._normalised(literal)
                self._members(signature).append(normalised)

    def _members(self, signature: int) -> list[Literal]:
        """Returns the nodes entered under a normalised signature."""
        graph = self._graph
        group = self._classes.setdefault(signature & self._base, _Class(graph.samples))
        if group.samples != graph.samples:
            members = [graph.find(m) for part in group.table.values() for m in part]
            group.samples, group.table = graph.samples, {}
            for member in dict.fromkeys(members):
                key = graph.signature(member) & self._words
                group.table.setdefault(key, []).append(member)
        return group.table.setdefault(signature, [])

    def _normalised(self, literal: Literal) -> tuple[int, Literal]:
        """Returns the signature on the words, of the literal or of its negation, and which."""
        signature = self._graph.signature(literal) & self._words
        first_word = self._words & -self._words
        if signature & first_word:
            return signature ^ self._words, literal ^ 1
        return signature, literal

    def _samples_satisfying(self, literals: Iterable[Literal]) -> int:
        found = self._words
        for literal in literals:
            found &= self._graph.signature(literal)
        return found

    def _ask(
        self, literals: Iterable[Literal], conflicts: int | None, deadline: Clock | None
    ) -> bool | None:
        """Puts one question to the solver; whatever goes wrong there leaves it open."""
        answer = None
        if self.failure is None:
            with self._watched():
                assumptions = [self._encode(literal) for literal in literals]
                self.calls += 1
                self._graph.work.units += _QUESTION
                answer = self._solver.solve(assumptions, conflicts=conflicts, deadline=deadline)
        self.given_up += answer is None
        return answer

    def _model(self) -> dict[Literal, bool] | None:
        """Reads the values of the inputs; one that the solver has never seen gets False."""
        variables, value = self._variables, self._solver.model_value
        with self._watched():
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
            # The solver's clauses may now be incomplete, so it is not asked again.
            self.failure = error

    def _encode(self, literal: Literal) -> int:
        """Returns the solver's literal, after giving clauses to every node below it."""
        graph, solver, variables = self._graph, self._solver, self._variables
        pending: list[int] = []

        def known(literal: Literal) -> int:
            literal = graph.find(literal)
            node = literal >> 1
            variable = variables.get(node)
            if variable is None:
                variable = variables[node] = solver.new_variable()
                pending.append(node)
            return -variable if literal & 1 else variable

        root = known(literal)
        while pending:
            node = pending.pop()
            variable = variables[node]
            choice, operands = graph.choice(node), graph.operands(node)
            if choice is not None:
                # A choice gets clauses of its own: without them parities are out of reach.
                c, t, e = map(known, choice)
                clauses = [[-variable, -c, t], [variable, -c, -t]]
                clauses += [[-variable, c, e], [variable, c, -e]]
                if t != -e:
                    clauses += [[-variable, t, e], [variable, -t, -e]]
            elif operands is not None:
                # Tseitin: variable ↔ x ∧ y.
                x, y = map(known, operands)
                clauses = [[-variable, x], [-variable, y], [variable, -x, -y]]
            else:
                clauses = [[-variable]] if node == FALSE else []
            for clause in clauses:
                solver.add_clause(clause)
        return root
