"""Symbolic runs: for one length, every input at once.

Every position and name holds a map from value to *guard*, the literal of a Boolean function of the
input tokens. Attention and rules act on guards; after each of them the sweeper merges guards that
are equal in fact. Runs of inputs that have halted go on in the guards, but nothing is asked about
them: each layer has a literal that says which inputs still run.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, final

from alta.lang.automata import Dfa
from alta.lang.heads import Head
from alta_verify.abstraction import UNDEFINED_VALUE, Abstraction
from alta_verify.deadline import Deadline
from alta_verify.reach.graph import FALSE, TRUE, Graph, Literal
from alta_verify.reach.reach import Absent, Found, Open, Pattern, ReachAnswer
from alta_verify.reach.sweep import GaveUp, Sweeper, Unsatisfiable, Witness
from alta_verify.solver.smt import SolverCalls

__all__ = ["SymbolicReach", "SymbolicRun"]

_SAMPLES: Final = 512

_SUMS: Final = 4096
"""Heads that average have at most so many pairs of count and sum."""


class TooManySums(Exception):  # noqa: N818 - an outcome, not an error
    """Says that a head can read too many different sums to follow them all."""


Guards = dict[str, dict[int, Literal]]
"""For each name of one position, the guard of every value that it can have."""


@final
@dataclass(frozen=True)
class Layer:
    """Is one layer of all runs.

    Attributes:
        running: the inputs whose run has this layer.
        attended: the guards after attention.
    """

    running: Literal
    attended: list[Guards] = field(repr=False)


@final
class SymbolicRun:
    """Is the run of a program on all inputs of one length."""

    def __init__(
        self,
        abstraction: Abstraction,
        length: int,
        max_layers: int | None,
        deadline: Deadline,
        calls: SolverCalls,
    ) -> None:
        """Runs until no input runs any more, the state repeats, or the bound is reached.

        Args:
            abstraction: the program.
            length: the inputs' length.
            max_layers: the most layers; None for until then.
            deadline: when to give up.
            calls: counts the solver's questions.
        """
        self._abstraction = abstraction
        self._program = program = abstraction.finite
        self._length = length
        self._deadline = deadline
        self._calls = calls
        automaton = program.inputs.automaton(length)
        samples = _samples(automaton, length)
        self._graph = Graph(len(samples))
        self._sweeper = Sweeper(self._graph)
        self._tokens = self._input_guards(automaton, samples)
        self._sweeper.assume(self._accepted(program.inputs.factors(length)))
        self.layers: list[Layer] = []
        self.complete = self._sweeper.premises_hold(deadline=deadline) is True
        if self.complete:
            self.complete = self._run(max_layers)

    def find(self, pattern: Pattern) -> ReachAnswer:
        """Decides whether a run on an input of this length has a local state of the pattern."""
        open_ = not self.complete
        for number, layer in enumerate(self.layers, start=1):
            for position, guards in enumerate(layer.attended):
                literal = self._graph.all_of(
                    [layer.running]
                    + [
                        self._graph.any_of(
                            guard for value, guard in guards[name].items() if value in values
                        )
                        for name, values in pattern.items()
                    ]
                )
                if literal == FALSE:
                    continue
                answer = self._ask(literal)
                if isinstance(answer, Witness):
                    return Found(self._read(answer.assignment), number, position)
                open_ = open_ or isinstance(answer, GaveUp)
        return Open("out of time or given up") if open_ else Absent()

    def close(self) -> None:
        """Frees the solver."""
        self._sweeper.close()

    def _ask(self, literal: Literal) -> Witness | Unsatisfiable | GaveUp:
        before = self._sweeper.calls
        answer = self._sweeper.witness([literal], deadline=self._deadline)
        self._calls.sat += self._sweeper.calls - before
        return answer

    def _input_guards(
        self, automaton: Dfa, samples: list[tuple[int, ...]]
    ) -> list[dict[int, Literal]]:
        """Makes the inputs: for each position, a literal for every token that occurs there."""
        guards = []
        for position, tokens in enumerate(automaton.live_tokens(self._length)):
            choices = sorted(tokens)
            signatures = [
                sum((word[position] == token) << index for index, word in enumerate(samples))
                for token in choices
            ]
            if len(choices) == 1:
                guards.append({choices[0]: TRUE})
            elif len(choices) == 2:
                first = self._graph.new_input(signatures[0])
                guards.append({choices[0]: first, choices[1]: self._graph.not_(first)})
            else:
                literals = [self._graph.new_input(signature) for signature in signatures]
                guards.append(dict(zip(choices, literals, strict=True)))
        return guards

    def _accepted(self, automata: Iterable[Dfa]) -> Literal:
        """Returns the literal that says: exactly one token a position, and all accept the word."""
        graph = self._graph
        claims: list[Literal] = []
        for guards in self._tokens:
            literals = list(guards.values())
            if len(literals) > 2:
                claims.append(graph.any_of(literals))
                claims += [
                    graph.not_(graph.and_(a, b))
                    for index, a in enumerate(literals)
                    for b in literals[index + 1 :]
                ]
        claims += [self._accepted_by(automaton) for automaton in automata]
        return graph.all_of(claims)

    def _accepted_by(self, automaton: Dfa) -> Literal:
        """Returns the literal that says that an automaton accepts the word."""
        graph = self._graph
        reached: dict[int, Literal] = {automaton.start: TRUE}
        for guards in self._tokens:
            following: dict[int, list[Literal]] = {}
            for state, guard in reached.items():
                for token, target in automaton.transitions[state].items():
                    if token in guards:
                        following.setdefault(target, []).append(graph.and_(guard, guards[token]))
            reached = {state: graph.any_of(ways) for state, ways in following.items()}
        return graph.any_of(reached.get(state, FALSE) for state in automaton.accepting)

    def _read(self, assignment: Mapping[Literal, bool]) -> tuple[int, ...]:
        word = []
        for guards in self._tokens:
            literals = list(guards.values())
            values = self._graph.evaluate_all(literals, assignment)
            word.append(next(t for t, v in zip(guards, values, strict=True) if v))
        return tuple(word)

    def _run(self, max_layers: int | None) -> bool:
        """Builds layer after layer; says whether it came to the end of all runs."""
        state = [self._initial(position, tokens) for position, tokens in enumerate(self._tokens)]
        running = TRUE
        past = set()
        while max_layers is None or len(self.layers) < max_layers:
            running = self._graph.and_(running, self._graph.not_(self._halted(state)))
            (running,) = self._sweep([running])
            key = (running, _key(state))
            if running == FALSE or key in past:
                return True
            match self._ask(running):
                case Unsatisfiable():
                    return True
                case GaveUp():
                    return False
            past.add(key)
            if self._deadline.expired:
                return False
            attended = []
            for position in range(self._length):
                if self._deadline.expired:
                    return False
                try:
                    attended.append(self._attend(state, position))
                except TooManySums:
                    return False
            attended = self._swept(attended)
            self.layers.append(Layer(running, attended))
            state = self._swept([self._mlp(guards) for guards in attended])
        return True

    def _initial(self, position: int, tokens: Mapping[int, Literal]) -> Guards:
        guards: Guards = {}
        for name, variable in self._program.variables.items():
            ways: dict[int, list[Literal]] = {}
            for token, guard in tokens.items():
                value = variable.initial_value(token, position, name=name)
                ways.setdefault(value, []).append(guard)
            # A variable with one possible value has it whatever the token is.
            guards[name] = (
                {next(iter(ways)): TRUE}
                if len(ways) == 1
                else {value: self._graph.any_of(guard) for value, guard in ways.items()}
            )
        return guards

    def _halted(self, state: list[Guards]) -> Literal:
        halt, index = self._program.halt, self._program.halt_index
        if halt is None or index is None:
            return FALSE
        return self._graph.all_of(guards[halt.variable].get(index, FALSE) for guards in state)

    def _attend(self, state: list[Guards], position: int) -> Guards:
        return state[position] | {
            name: self._averaged(name, head, state, position)
            if self._abstraction.averages(name)
            else self._head(head, state, position)
            for name, head in self._program.heads.items()
        }

    def _matches(
        self, head: Head, state: list[Guards], position: int
    ) -> Iterator[tuple[Literal, dict[int, Literal]]]:
        """Yields when each position is selected, and its values, where it may be at all."""
        graph = self._graph
        for j, source in enumerate(state):
            if not head.allows(j - position):
                continue
            match = TRUE
            if head.query is not None and head.key is not None:
                query, key = state[position][head.query], source[head.key]
                match = graph.any_of(
                    graph.and_(guard, key[asked])
                    for value, guard in query.items()
                    for asked in sorted(self._abstraction.keys(head.query, value) & key.keys())
                )
            if match != FALSE:
                yield match, source[head.value]

    def _head(self, head: Head, state: list[Guards], position: int) -> dict[int, Literal]:
        """Runs over the keys, keeping: none so far, exactly one with this value, several."""
        graph = self._graph
        none, several = TRUE, FALSE
        one: dict[int, Literal] = {}
        for match, values in self._matches(head, state, position):
            several = graph.or_(several, graph.and_(match, graph.not_(none)))
            first = graph.and_(match, none)
            for value in one.keys() | values.keys():
                one[value] = graph.or_(
                    graph.and_(graph.not_(match), one.get(value, FALSE)),
                    graph.and_(first, values.get(value, FALSE)),
                )
            none = graph.and_(none, graph.not_(match))
        one[UNDEFINED_VALUE] = graph.or_(none, several)
        return {value: guard for value, guard in one.items() if guard != FALSE}

    def _averaged(
        self, name: str, head: Head, state: list[Guards], position: int
    ) -> dict[int, Literal]:
        """Runs over the keys, keeping how many were selected and what their values add up to."""
        graph, amounts = self._graph, self._abstraction.amounts(name)
        sums: dict[tuple[int, Fraction], Literal] = {(0, Fraction(0)): TRUE}
        for match, values in self._matches(head, state, position):
            ways: dict[tuple[int, Fraction], list[Literal]] = {}
            for (count, total), guard in sums.items():
                ways.setdefault((count, total), []).append(graph.and_(guard, graph.not_(match)))
                more = graph.and_(guard, match)
                for value, other in values.items():
                    key = (count + 1, total + amounts[value])
                    ways.setdefault(key, []).append(graph.and_(more, other))
            sums = {key: graph.any_of(some) for key, some in ways.items()}
            sums = {key: guard for key, guard in sums.items() if guard != FALSE}
            if len(sums) > _SUMS:
                raise TooManySums
        buckets: dict[int, list[Literal]] = {}
        for (count, total), guard in sums.items():
            index = self._abstraction.bucket(name, total / count) if count else UNDEFINED_VALUE
            buckets.setdefault(index, []).append(guard)
        found = {index: graph.any_of(some) for index, some in buckets.items()}
        return {index: guard for index, guard in found.items() if guard != FALSE}

    def _mlp(self, guards: Guards) -> Guards:
        graph = self._graph
        after: Guards = {}
        for name, rules in self._program.rules_by_variable.items():
            writes: dict[int, list[Literal]] = {}
            for rule in rules:
                atoms = [guards[atom.variable].get(atom.value, FALSE) for atom in rule.atoms]
                if FALSE not in atoms and not self._program.is_trap(rule):
                    fires = graph.all_of(atoms)
                    if fires != FALSE:
                        writes.setdefault(self._program.index_assigned(rule), []).append(fires)
            if not writes:
                after[name] = guards[name]
                continue
            written = {value: graph.any_of(ways) for value, ways in writes.items()}
            kept = graph.not_(graph.any_of(written.values()))
            mixed = {
                value: graph.or_(
                    written.get(value, FALSE),
                    graph.and_(kept, guards[name].get(value, FALSE)),
                )
                for value in written.keys() | guards[name].keys()
            }
            after[name] = {value: guard for value, guard in mixed.items() if guard != FALSE}
        return after

    def _swept(self, state: list[Guards]) -> list[Guards]:
        literals = [
            guard for guards in state for values in guards.values() for guard in values.values()
        ]
        merged = iter(self._sweep(literals))
        swept: list[Guards] = []
        for guards in state:
            row: Guards = {}
            for name, values in guards.items():
                found = {value: next(merged) for value in values}
                row[name] = {value: guard for value, guard in found.items() if guard != FALSE}
            swept.append(row)
        return swept

    def _sweep(self, literals: list[Literal]) -> list[Literal]:
        before = self._sweeper.calls
        merged = self._sweeper.sweep(literals, deadline=self._deadline)
        self._calls.sat += self._sweeper.calls - before
        return merged


def _key(state: list[Guards]) -> tuple[tuple[tuple[str, tuple[tuple[int, int], ...]], ...], ...]:
    return tuple(
        tuple((name, tuple(sorted(values.items()))) for name, values in guards.items())
        for guards in state
    )


def _samples(automaton: Dfa, length: int) -> list[tuple[int, ...]]:
    rng = random.Random(0)
    return [automaton.sample_word(rng, length) for _ in range(_SAMPLES)]


@final
class SymbolicReach:
    """Knows the local states of all runs through one symbolic run a length."""

    def __init__(
        self,
        abstraction: Abstraction,
        max_len: int,
        max_layers: int | None,
        deadline: Deadline,
        calls: SolverCalls,
    ) -> None:
        """Runs every length from 1 to max_len symbolically.

        Args:
            abstraction: the program.
            max_len: the longest input.
            max_layers: the most layers; None for the program's own bound, or until every input
                halts or the symbolic state repeats.
            deadline: when to give up.
            calls: counts the solver's questions.
        """
        self._abstraction = abstraction
        self._program = program = abstraction.concrete
        self._arguments = (max_layers, deadline, calls)
        self._lengths = [n for n in program.inputs.lengths(max_len) if n > 0]
        self._runs: dict[int, SymbolicRun] = {}

    @property
    def method(self) -> str:
        """How the answers are found, for the report."""
        return "symbolic runs of every length, swept with a SAT solver"

    @property
    def failure_free(self) -> bool:
        """Nothing is known of failures before somebody asks for them one by one."""
        return False

    def find(self, pattern: Pattern) -> ReachAnswer:
        """Decides whether a run has a local state of the pattern; shorter inputs come first."""
        reasons = []
        for run in self._all_runs():
            answer = run.find(pattern)
            if isinstance(answer, Found):
                return answer
            if isinstance(answer, Open):
                reasons.append(answer.reason)
        return Open(reasons[0]) if reasons else Absent()

    def _all_runs(self) -> Iterator[SymbolicRun]:
        max_layers, deadline, calls = self._arguments
        for length in self._lengths:
            if length not in self._runs:
                bound = self._program.layer_bound(length) if max_layers is None else max_layers
                self._runs[length] = SymbolicRun(self._abstraction, length, bound, deadline, calls)
            yield self._runs[length]
