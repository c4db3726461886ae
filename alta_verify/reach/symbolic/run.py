"""Symbolic runs: for one length, every input at once.

Every position and name holds a map from value to *guard*, the literal of a Boolean function of the
input tokens. Attention and rules act on guards; after each of them the sweeper merges guards that
are equal in fact. Runs of inputs that have halted go on in the guards, but nothing is asked about
them: each layer has a literal that says which inputs still run. A run that is interrupted goes on
from the last layer that it came to the end of, and finds most of what it had begun in the graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, assert_never, final

from alta.lang.heads import Head
from alta.lang.program import Program
from alta.lang.rules import Rule
from alta.limit import checkpoint
from alta_verify.abstraction import UNDEFINED_VALUE, Abstraction
from alta_verify.deadline import Clock, SolverCalls
from alta_verify.reach.answer import (
    Pattern,
    Reachable,
    ReachAnswer,
    Undecided,
    Unfinished,
    Unreachable,
)
from alta_verify.reach.slices import DEFINED_VALUE, Slice
from alta_verify.reach.symbolic.graph import FALSE, TRUE, Literal
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.sweep import GaveUp, Unsatisfiable, Witness, WitnessResult
from alta_verify.universal import nonempty

__all__ = ["SymbolicRun"]

_SUMS: Final = 4096
"""Heads that average have at most so many pairs of count and sum."""


class _Interrupted(Exception):  # noqa: N818 - an outcome, not an error
    """Says that time is up."""


class _Stuck(Exception):  # noqa: N818 - an outcome, not an error
    """Says why a run cannot be followed, however much time there is."""


Guards = dict[str, dict[int, Literal]]
"""For each name of one position, the guard of every value that it can have."""

_Items = tuple[tuple[int, Literal], ...]
"""The guards of one name, as a key of memos."""


@final
@dataclass(frozen=True)
class Layer:
    """One layer of all runs.

    Attributes:
        running: the inputs whose run has this layer.
        attended: the guards after attention.
    """

    running: Literal
    attended: list[Guards] = field(repr=False)


@final
@dataclass(frozen=True)
class Ending:
    """A layer after which some runs end.

    Attributes:
        here: the inputs whose run ends there.
        outputs: for each position, the guards of the output variable.
    """

    here: Literal
    outputs: list[dict[int, Literal]] = field(repr=False)


@final
class SymbolicRun:
    """The run of a slice of a program on all inputs of one length.

    Attributes:
        layers: the layers that some input's run has, as far as they were followed.
        complete: whether all runs were followed to their ends.
        stuck: why the runs cannot be followed to their ends, however much time there is.
        endless: the inputs whose run repeats itself and that nothing ends.
    """

    def __init__(
        self,
        abstraction: Abstraction,
        slice_: Slice,
        inputs: Inputs,
        max_layers: int | None,
        calls: SolverCalls,
    ) -> None:
        """Takes what is run; runs begin when they are first told to advance.

        Args:
            abstraction: the program.
            slice_: the names that are run; the others are as if they did not exist.
            inputs: the inputs, which all have one length.
            max_layers: the most layers; None for until no input runs any more or the state repeats.
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
        self._max_layers = max_layers
        self._calls = calls
        self._endings: list[Ending] = []
        self._state = [
            self._initial(position, tokens) for position, tokens in enumerate(inputs.tokens)
        ]
        self._running = TRUE
        # The states before each layer, and how many layers led to them.
        self._states: list[list[Guards]] = []
        self._past: dict[object, int] = {}
        self._impossible: set[Literal] = set()
        self.layers: list[Layer] = []
        self.endless = FALSE
        self.complete = False
        self.stuck: str | None = None

    def advance(self, clock: Clock) -> bool:
        """Follows the runs on, and says whether to their ends.

        Args:
            clock: when to stop; a later call goes on from there.
        """
        if self.complete or self.stuck is not None:
            return self.complete
        # What raises leaves it so: from a layer that was half entered nothing may go on.
        self.stuck = "an error ended the run"
        try:
            if self._inputs.sweeper.premises_hold(deadline=clock) is not True:
                raise _stopped(clock, "the SAT solver found no input of this length")
            while not self.complete:
                self._layer(clock)
            self.stuck = None
        except _Interrupted:
            self.stuck = None
        except _Stuck as reason:
            self.stuck = str(reason)
        return self.complete

    def find(self, pattern: Pattern, clock: Clock) -> ReachAnswer | Unfinished:
        """Decides whether a run on an input of this length has a local state of the pattern.

        Args:
            pattern: what is looked for.
            clock: when to stop; a later call goes on from there.
        """
        self.advance(clock)
        gave_up = False
        for number, layer in enumerate(self.layers, start=1):
            for position, guards in enumerate(layer.attended):
                checkpoint()
                literal = self._graph.all_of(
                    [layer.running]
                    + [
                        self._graph.any_of(
                            guard for value, guard in guards[name].items() if value in values
                        )
                        for name, values in pattern.items()
                    ]
                )
                match self._ask(literal, clock):
                    case Witness(assignment=assignment):
                        return Reachable(self._inputs.read(assignment), number, position)
                    case GaveUp():
                        gave_up = True
                    case Unsatisfiable():
                        pass
                    case other:
                        assert_never(other)
        if self.stuck is not None:
            return Undecided(self.stuck)
        if gave_up and not clock.expired:
            return Undecided("the SAT solver gave up")
        return Unreachable() if self.complete and not gave_up else Unfinished()

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

    def _ask(self, literal: Literal, clock: Clock) -> WitnessResult:
        """Looks for an input; what there is none for is not asked again."""
        if literal == FALSE or literal in self._impossible:
            return Unsatisfiable()
        before = self._inputs.sweeper.calls
        answer = self._inputs.sweeper.witness([literal], deadline=clock)
        self._calls.sat += self._inputs.sweeper.calls - before
        if isinstance(answer, Unsatisfiable):
            self._impossible.add(literal)
        return answer

    def _layer(self, clock: Clock) -> None:
        """Adds one layer, or finds that there is none.

        Raises:
            _Interrupted: when time is up; nothing has changed then but the graph.
            _Stuck: when the solver gives up, or a head can read too much.
        """
        state, past = self._state, self._past
        if len(self.layers) == self._max_layers:
            self._end(self._running, state)
            self.complete = True
            return
        halted = self._halted(state)
        ending = self._graph.and_(self._running, halted)
        running = self._graph.and_(self._running, self._graph.not_(halted))
        (running,) = self._sweep([running], clock)
        key = (running, _key(state))
        if self._run_no_more(running, clock):
            self._end(ending, state)
            self.complete = True
            return
        if key in past:
            self._end(ending, state)
            self._repeat(running, past[key])
            self.complete = True
            return
        attended = self._swept(self._attend(state, clock), clock)
        after = self._swept([self._mlp(guards) for guards in attended], clock)
        if clock.expired:
            # Not all was swept, and what is not swept grows.
            raise _Interrupted
        self._end(ending, state)
        past[key] = len(self._states)
        self._states.append(state)
        self.layers.append(Layer(running, attended))
        self._state, self._running = after, running

    def _run_no_more(self, running: Literal, clock: Clock) -> bool:
        """Says whether no input is left that runs."""
        # There is an input, so that something always true needs no solver.
        match Witness({}) if running == TRUE else self._ask(running, clock):
            case Witness():
                return False
            case Unsatisfiable():
                return True
            case GaveUp():
                raise _stopped(clock, "the SAT solver gave up")
            case other:
                assert_never(other)

    def _repeat(self, running: Literal, first: int) -> None:
        """Ends the runs that have come back to a state, and will do so again and again."""
        states, max_layers = self._states, self._max_layers
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

    def _attend(self, state: list[Guards], clock: Clock) -> list[Guards]:
        attended = [dict(guards) for guards in state]
        for name, head in self._heads.items():
            for guards, read in zip(attended, self._head(name, head, state, clock), strict=True):
                guards[name] = read
        return attended

    def _head(
        self, name: str, head: Head, state: list[Guards], clock: Clock
    ) -> Iterator[dict[int, Literal]]:
        """Yields what a head gives at each position.

        Without a mask that depends on the query alone, whose guards many positions may share.
        """
        keys = _index(state, head)
        known: dict[_Items, dict[int, Literal]] = {}
        for position in range(self._length):
            if clock.expired:
                raise _Interrupted
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
        checkpoint()
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
            checkpoint()
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
                raise _Stuck("a head can read too many different sums")
        buckets: dict[int, list[Literal]] = {}
        for (count, total), guard in sums.items():
            index = self._abstraction.bucket(name, total / count) if count else UNDEFINED_VALUE
            buckets.setdefault(index, []).append(guard)
        found = {index: graph.any_of(some) for index, some in buckets.items()}
        return {index: guard for index, guard in found.items() if guard != FALSE}

    def _mlp(self, guards: Guards) -> Guards:
        after: Guards = {}
        for name in self._variables:
            checkpoint()
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

    def _swept(self, state: list[Guards], clock: Clock) -> list[Guards]:
        literals = [
            guard for guards in state for values in guards.values() for guard in values.values()
        ]
        merged = iter(self._sweep(literals, clock))
        swept: list[Guards] = []
        for guards in state:
            row: Guards = {}
            for name, values in guards.items():
                found = {value: next(merged) for value in values}
                kept = {value: guard for value, guard in found.items() if guard != FALSE}
                # Not empty: there is an input, and on it the name has some value.
                row[name] = nonempty(kept, f"values of {name}")
            swept.append(row)
        return swept

    def _sweep(self, literals: list[Literal], clock: Clock) -> list[Literal]:
        before = self._inputs.sweeper.calls
        merged = self._inputs.sweeper.sweep(literals, deadline=clock)
        self._calls.sat += self._inputs.sweeper.calls - before
        return merged


def _stopped(clock: Clock, why: str) -> _Interrupted | _Stuck:
    """Returns what to raise where the solver gave no answer: it may be asked again, or never."""
    return _Interrupted() if clock.expired else _Stuck(why)


@final
@dataclass(frozen=True)
class _Writing:
    """The way in which one variable is written.

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
