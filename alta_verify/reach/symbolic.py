"""Symbolic runs: for one length, every input at once.

Every position and name holds a map from value to *guard*, the literal of a Boolean function of the
input tokens. Attention and rules act on guards; after each of them the sweeper merges guards that
are equal in fact. Runs of inputs that have halted go on in the guards, but nothing is asked about
them: each layer has a literal that says which inputs still run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, final

from alta.lang.heads import Head
from alta.lang.program import Program
from alta.lang.rules import Rule
from alta_verify.abstraction import UNDEFINED_VALUE, Abstraction
from alta_verify.deadline import Deadline
from alta_verify.reach.graph import FALSE, TRUE, Literal
from alta_verify.reach.inputs import Inputs
from alta_verify.reach.reach import Absent, Found, Open, Pattern, ReachAnswer
from alta_verify.reach.slices import DEFINED_VALUE, Slice, weakened, whole
from alta_verify.reach.sweep import GaveUp, Unsatisfiable, Witness
from alta_verify.solver.smt import SolverCalls

__all__ = ["SymbolicReach", "SymbolicRun"]

_SUMS: Final = 4096
"""Heads that average have at most so many pairs of count and sum."""


class _Unfinished(Exception):  # noqa: N818 - an outcome, not an error
    """Says that time is up, or that a head can read too many sums to follow them all."""


Guards = dict[str, dict[int, Literal]]
"""For each name of one position, the guard of every value that it can have."""

_Items = tuple[tuple[int, Literal], ...]
"""The guards of one name, as a key of memos."""


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
@dataclass(frozen=True)
class Ending:
    """Is a layer after which some runs end.

    Attributes:
        here: the inputs whose run ends there.
        outputs: for each position, the guards of the output variable.
    """

    here: Literal
    outputs: list[dict[int, Literal]] = field(repr=False)


@final
class SymbolicRun:
    """Is the run of a slice of a program on all inputs of one length.

    Attributes:
        layers: the layers that some input's run has.
        complete: whether all runs were followed to their ends.
        endless: the inputs whose run repeats itself and that nothing ends.
    """

    def __init__(
        self,
        abstraction: Abstraction,
        slice_: Slice,
        inputs: Inputs,
        max_layers: int | None,
        deadline: Deadline,
        calls: SolverCalls,
    ) -> None:
        """Runs until no input runs any more, the state repeats, or the bound is reached.

        Args:
            abstraction: the program.
            slice_: the names that are run; the others are as if they did not exist.
            inputs: the inputs, which all have one length.
            max_layers: the most layers; None for until then.
            deadline: when to give up.
            calls: counts the solver's questions.
        """
        self._abstraction = abstraction
        self._program = program = abstraction.finite
        self._variables = [name for name in program.variables if name in slice_]
        self._heads = {
            name: head
            for name, head in program.heads.items()
            if name in slice_ or name in slice_.defined
        }
        self._partly = slice_.defined
        self._writing = _writing(program, self._variables)
        # What the MLP makes of the same guards is the same, whatever the position and the layer.
        self._written: dict[tuple[str, tuple[_Items, ...]], dict[int, Literal]] = {}
        self._inputs = inputs
        self._length = len(inputs.tokens)
        self._graph = inputs.graph
        self._deadline = deadline
        self._calls = calls
        self._endings: list[Ending] = []
        self.layers: list[Layer] = []
        self.endless = FALSE
        self.complete = inputs.sweeper.premises_hold(deadline=deadline) is True
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
                    return Found(self._inputs.read(answer.assignment), number, position)
                open_ = open_ or isinstance(answer, GaveUp)
        return Open("out of time or given up") if open_ else Absent()

    def outputs(self, position: int) -> dict[int, Literal]:
        """Returns the inputs on which the output is each of its values, by index, at the end.

        A run that has halted keeps the outputs that it had then. On endless runs, on those that
        were not followed to their ends and on those that fail, nothing means anything; nor is
        there anything where the slice lacks the output variable.
        """
        graph = self._graph
        ways: dict[int, list[Literal]] = {}
        for ended in self._endings:
            for index, guard in ended.outputs[position].items():
                ways.setdefault(index, []).append(graph.and_(ended.here, guard))
        return {index: graph.any_of(some) for index, some in ways.items()}

    def _ask(self, literal: Literal) -> Witness | Unsatisfiable | GaveUp:
        before = self._inputs.sweeper.calls
        answer = self._inputs.sweeper.witness([literal], deadline=self._deadline)
        self._calls.sat += self._inputs.sweeper.calls - before
        return answer

    def _run(self, max_layers: int | None) -> bool:
        """Builds layer after layer; says whether it came to the end of all runs."""
        state = [
            self._initial(position, tokens) for position, tokens in enumerate(self._inputs.tokens)
        ]
        running = TRUE
        states: list[list[Guards]] = []
        past: dict[object, int] = {}
        while max_layers is None or len(self.layers) < max_layers:
            halted = self._halted(state)
            self._end(self._graph.and_(running, halted), state)
            running = self._graph.and_(running, self._graph.not_(halted))
            (running,) = self._sweep([running])
            if running == FALSE:
                return True
            key = (running, _key(state))
            if key in past:
                self._repeat(running, states, past[key], max_layers)
                return True
            # There is an input, so that something always true needs no solver.
            match Witness({}) if running == TRUE else self._ask(running):
                case Unsatisfiable():
                    return True
                case GaveUp():
                    return False
            past[key] = len(states)
            states.append(state)
            if self._deadline.expired:
                return False
            try:
                attended = self._attend(state)
            except _Unfinished:
                return False
            attended = self._swept(attended)
            self.layers.append(Layer(running, attended))
            state = self._swept([self._mlp(guards) for guards in attended])
        self._end(running, state)
        return True

    def _repeat(
        self, running: Literal, states: list[list[Guards]], first: int, max_layers: int | None
    ) -> None:
        """Ends the runs that have come back to a state, and will do so again and again."""
        if max_layers is None:
            self.endless = running
            return
        # State f comes back at layer l, so layer b is like layer f + (b - f) mod (l - f).
        last = states[first + (max_layers - first) % (len(states) - first)]
        self._end(running, last)

    def _end(self, here: Literal, state: list[Guards]) -> None:
        """Notes the state in which the runs on some inputs end."""
        name = self._program.output_name
        if here != FALSE and name in self._variables:
            self._endings.append(Ending(here, [guards[name] for guards in state]))

    def _initial(self, position: int, tokens: Mapping[int, Literal]) -> Guards:
        guards: Guards = {}
        for name in self._variables:
            variable = self._program.variables[name]
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

    def _attend(self, state: list[Guards]) -> list[Guards]:
        attended = [dict(guards) for guards in state]
        for name, head in self._heads.items():
            for guards, read in zip(attended, self._head(name, head, state), strict=True):
                guards[name] = read
        return attended

    def _head(self, name: str, head: Head, state: list[Guards]) -> Iterator[dict[int, Literal]]:
        """Yields what a head gives at each position.

        Without a mask that depends on the query alone, whose guards many positions may share.
        """
        keys = _index(state, head)
        known: dict[_Items, dict[int, Literal]] = {}
        for position in range(self._length):
            if self._deadline.expired:
                raise _Unfinished
            if head.mask is not None:
                yield self._read_values(name, self._near(head, state, position), state)
                continue
            query = {} if head.query is None else state[position][head.query]
            items = _items(query)
            if items not in known:
                matches = self._far(head, query, keys)
                known[items] = self._read_values(name, matches, state)
            yield known[items]

    def _near(
        self, head: Head, state: list[Guards], position: int
    ) -> Iterator[tuple[int, Literal]]:
        """Yields the positions that the mask allows, with when they are selected."""
        for j, source in enumerate(state):
            if not head.allows(j - position):
                continue
            match = TRUE
            if head.query is not None and head.key is not None:
                query, key = state[position][head.query], source[head.key]
                match = self._graph.any_of(
                    self._graph.and_(guard, key[asked])
                    for value, guard in query.items()
                    for asked in sorted(self._abstraction.keys(head.query, value) & key.keys())
                )
            if match != FALSE:
                yield j, match

    def _far(
        self,
        head: Head,
        query: Mapping[int, Literal],
        keys: Mapping[int, list[tuple[int, Literal]]],
    ) -> Iterator[tuple[int, Literal]]:
        """Yields the positions that a query may select without a mask, with when it does."""
        if head.query is None:
            yield from ((j, TRUE) for j in range(self._length))
            return
        ways: dict[int, list[Literal]] = {}
        for value, guard in query.items():
            for asked in sorted(self._abstraction.keys(head.query, value)):
                for j, other in keys.get(asked, ()):
                    ways.setdefault(j, []).append(self._graph.and_(guard, other))
        for j in sorted(ways):
            match = self._graph.any_of(ways[j])
            if match != FALSE:
                yield j, match

    def _read_values(
        self, name: str, selected: Iterable[tuple[int, Literal]], state: list[Guards]
    ) -> dict[int, Literal]:
        """Returns what a head gives, from when it selects each position."""
        if name not in self._partly:
            value = self._heads[name].value
            matches = ((match, state[j][value]) for j, match in selected)
            if self._abstraction.averages(name):
                return self._mean(name, matches)
            return self._only(matches)
        matches = ((match, {DEFINED_VALUE: TRUE}) for _, match in selected)
        if not self._abstraction.averages(name):
            return self._only(matches)
        some = self._graph.any_of(match for match, _ in matches)
        found = {DEFINED_VALUE: some, UNDEFINED_VALUE: self._graph.not_(some)}
        return {value: guard for value, guard in found.items() if guard != FALSE}

    def _only(self, matches: Iterable[tuple[Literal, Mapping[int, Literal]]]) -> dict[int, Literal]:
        """Runs over the keys, keeping: none so far, exactly one with this value, several."""
        graph = self._graph
        none, several = TRUE, FALSE
        one: dict[int, Literal] = {}
        for match, values in matches:
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

    def _mean(
        self, name: str, matches: Iterable[tuple[Literal, Mapping[int, Literal]]]
    ) -> dict[int, Literal]:
        """Runs over the keys, keeping how many were selected and what their values add up to."""
        graph, amounts = self._graph, self._abstraction.amounts(name)
        sums: dict[tuple[int, Fraction], Literal] = {(0, Fraction(0)): TRUE}
        for match, values in matches:
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
                raise _Unfinished
        buckets: dict[int, list[Literal]] = {}
        for (count, total), guard in sums.items():
            index = self._abstraction.bucket(name, total / count) if count else UNDEFINED_VALUE
            buckets.setdefault(index, []).append(guard)
        found = {index: graph.any_of(some) for index, some in buckets.items()}
        return {index: guard for index, guard in found.items() if guard != FALSE}

    def _mlp(self, guards: Guards) -> Guards:
        after: Guards = {}
        for name in self._variables:
            tested = self._writing[name].tested
            key = (name, tuple(_items(guards[other]) for other in (name, *tested)))
            if key not in self._written:
                self._written[key] = self._write(name, guards)
            after[name] = self._written[key]
        return after

    def _write(self, name: str, guards: Guards) -> dict[int, Literal]:
        """Returns the guards of one variable after the MLP."""
        graph = self._graph
        writes: dict[int, list[Literal]] = {}
        for rule in self._writing[name].rules:
            atoms = [guards[atom.variable].get(atom.value, FALSE) for atom in rule.atoms]
            if FALSE not in atoms:
                fires = graph.all_of(atoms)
                if fires != FALSE:
                    writes.setdefault(self._program.index_assigned(rule), []).append(fires)
        if not writes:
            return guards[name]
        written = {value: graph.any_of(ways) for value, ways in writes.items()}
        kept = graph.not_(graph.any_of(written.values()))
        mixed = {
            value: graph.or_(
                written.get(value, FALSE),
                graph.and_(kept, guards[name].get(value, FALSE)),
            )
            for value in written.keys() | guards[name].keys()
        }
        return {value: guard for value, guard in mixed.items() if guard != FALSE}

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
        before = self._inputs.sweeper.calls
        merged = self._inputs.sweeper.sweep(literals, deadline=self._deadline)
        self._calls.sat += self._inputs.sweeper.calls - before
        return merged


@final
@dataclass(frozen=True)
class _Writing:
    """Is how one variable is written.

    Attributes:
        rules: the rules that write it, without traps.
        tested: the names that these rules test.
    """

    rules: tuple[Rule, ...]
    tested: tuple[str, ...]


def _writing(program: Program, names: Iterable[str]) -> dict[str, _Writing]:
    found = {}
    for name in names:
        rules = tuple(r for r in program.rules_by_variable[name] if not program.is_trap(r))
        tested = {atom.variable: None for rule in rules for atom in rule.atoms}
        found[name] = _Writing(rules, tuple(tested))
    return found


def _items(guards: Mapping[int, Literal]) -> _Items:
    return tuple(sorted(guards.items()))


def _index(state: list[Guards], head: Head) -> dict[int, list[tuple[int, Literal]]]:
    """Returns for each value of the key the positions that may have it, with when they do."""
    found: dict[int, list[tuple[int, Literal]]] = {}
    if head.key is not None and head.mask is None:
        for j, guards in enumerate(state):
            for value, guard in guards[head.key].items():
                found.setdefault(value, []).append((j, guard))
    return found


def _key(state: list[Guards]) -> tuple[tuple[tuple[str, tuple[tuple[int, int], ...]], ...], ...]:
    return tuple(
        tuple((name, tuple(sorted(values.items()))) for name, values in guards.items())
        for guards in state
    )


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
        self._whole = whole(abstraction.finite)
        self._inputs: dict[int, Inputs] = {}
        self._runs: dict[tuple[Slice, int], SymbolicRun] = {}
        self._known: dict[tuple[Slice, frozenset[tuple[str, frozenset[int]]]], ReachAnswer] = {}

    @property
    def method(self) -> str:
        """How the answers are found, for the report."""
        if self._runs and all(slice_ != self._whole for slice_, _ in self._runs):
            return "symbolic runs of slices, for every length"
        return "symbolic runs of every length, swept with a SAT solver"

    @property
    def failure_free(self) -> bool:
        """Nothing is known of failures before somebody asks for them one by one."""
        return False

    def find(self, pattern: Pattern) -> ReachAnswer:
        """Decides whether a run has a local state of the pattern; shorter inputs come first.

        What is absent of a slice is absent. What a slice has is asked of the whole program.
        """
        for slice_, weak in weakened(self._abstraction.finite, pattern):
            if isinstance(self._find(slice_, weak), Absent):
                return Absent()
        return self._find(self._whole, pattern)

    def _find(self, slice_: Slice, pattern: Pattern) -> ReachAnswer:
        key = (slice_, frozenset(pattern.items()))
        if key not in self._known:
            self._known[key] = self._ask(slice_, pattern)
        return self._known[key]

    def _ask(self, slice_: Slice, pattern: Pattern) -> ReachAnswer:
        reasons = []
        for run in self._all_runs(slice_):
            answer = run.find(pattern)
            if isinstance(answer, Found):
                return answer
            if isinstance(answer, Open):
                reasons.append(answer.reason)
        return Open(reasons[0]) if reasons else Absent()

    def _all_runs(self, slice_: Slice) -> Iterator[SymbolicRun]:
        max_layers, deadline, calls = self._arguments
        for length in self._lengths:
            key = (slice_, length)
            if key not in self._runs:
                if length not in self._inputs:
                    self._inputs[length] = Inputs(self._program.inputs, length)
                inputs = self._inputs[length]
                bound = self._program.layer_bound(length) if max_layers is None else max_layers
                self._runs[key] = SymbolicRun(
                    self._abstraction, slice_, inputs, bound, deadline, calls
                )
            yield self._runs[key]
