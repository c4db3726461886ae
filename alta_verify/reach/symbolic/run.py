"""Symbolic runs: for one length, every input at once; and the engine with one for each length.

Attention and rules act on guards; after each of them the sweeper merges guards that are equal in
fact. Runs of inputs that have halted go on in the guards, but nothing is asked about them: each
layer has a literal that says which inputs still run. A run that is interrupted goes on from the
last layer that it came to the end of, and finds most of what it had begun in the graph.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from typing import assert_never, final

from alta.limit import checkpoint
from alta.progress import tell
from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Clock, SolverCalls
from alta_verify.reach.answer import (
    Pattern,
    Reachable,
    ReachAnswer,
    Undecided,
    Unfinished,
    Unreachable,
)
from alta_verify.reach.slices import SlicedProgram, slice_of
from alta_verify.reach.symbolic.counted import CountedRun
from alta_verify.reach.symbolic.graph import FALSE, TRUE, Literal, possible
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.sweep import GaveUp, Unsatisfiable, Witness, WitnessResult
from alta_verify.reach.symbolic.transformer import (
    Guards,
    Interrupted,
    Known,
    State,
    Stuck,
    Summary,
    SymbolicTransformer,
)
from alta_verify.universal import nonempty

__all__ = ["SymbolicEngine", "SymbolicRun", "most_layers"]


@final
class SymbolicRun:
    """The run of a sliced program on all inputs of one length; without a bound, to their ends.

    Attributes:
        layers: of each layer that was followed, the inputs whose run has it, and the guards after
            attention.
        complete: whether all runs were followed to their ends.
        stuck: why the runs cannot be followed to their ends, however much time there is.
        endless: the inputs whose run repeats itself and that nothing ends.
    """

    def __init__(
        self,
        program: SlicedProgram,
        inputs: Inputs,
        max_layers: int | None,
        counted: CountedRun | None = None,
    ) -> None:
        """Takes what counting knows, which then is not worked out again."""
        self._program, self._counted = program, counted
        # The variables whose guards were counted, and that were not swept for themselves.
        self._counted_names = frozenset[str]()
        self._transformer = SymbolicTransformer(program, inputs.graph)
        self._inputs = inputs
        self._graph = inputs.graph
        self._max_layers = max_layers
        # The inputs whose runs end somewhere, with the guards of the outputs at each position.
        self._endings: list[tuple[Literal, list[Summary]]] = []
        self._state = [
            self._transformer.initial(position, tokens)
            for position, tokens in enumerate(inputs.tokens)
        ]
        self._running = TRUE
        # The states before each layer, and how many layers led to them.
        self._states: list[State] = []
        self._past: dict[object, int] = {}
        self._impossible: set[Literal] = set()
        # By identity: guards with those that stand for them, both kept.
        self._merged: dict[int, tuple[Guards, Guards]] = {}
        self.layers: list[tuple[Literal, State]] = []
        self.endless = FALSE
        self.complete = False
        self.stuck: str | None = None

    def advance(self, clock: Clock) -> bool:
        """Follows the runs on until the clock says stop, and says whether to their ends."""
        if self.complete or self.stuck is not None:
            return self.complete
        # What raises leaves it so: from a layer that was half entered nothing may go on.
        self.stuck = "an error ended the run"
        try:
            if self._inputs.sweeper.premises_hold(deadline=clock) is not True:
                raise _stopped(clock, "the SAT solver found no input of this length")
            while not self.complete:
                tell(f"layer {len(self.layers) + 1} of all runs on {len(self._state)} tokens")
                self._layer(clock)
            self.stuck = None
        except (Interrupted, Stuck) as reason:
            self.stuck = str(reason) if isinstance(reason, Stuck) else None
        return self.complete

    def find(self, pattern: Pattern, clock: Clock) -> ReachAnswer | Unfinished:
        """Decides whether a run on an input of this length has a local state of the pattern."""
        self.advance(clock)
        gave_up = False
        for number, (running, attended) in enumerate(self.layers, start=1):
            for position, guards in enumerate(attended):
                checkpoint()
                # Lemma 7: the inputs whose run has a state of the pattern in this place.
                match self._ask(self._occurs(pattern, running, guards), clock):
                    case Witness(assignment=assignment):
                        return Reachable(self._inputs.read(assignment), number, position)
                    case GaveUp():
                        gave_up = True
                    case Unsatisfiable():
                        pass
                    case answer:
                        assert_never(answer)
        if self.stuck is not None:
            return Undecided(self.stuck)
        if gave_up and not clock.expired:
            return Undecided("the SAT solver gave up")
        # Lemma 7: all runs were followed to their ends, and in no place is there an input.
        return Unreachable() if self.complete and not gave_up else Unfinished()

    def steps(self) -> Iterator[tuple[Literal, State, State]]:
        """Yields of each layer the inputs that take it, and the guards before it and after it.

        The last guards are those after the last layer; without a layer there is none.
        """
        states = [*self._states, self._state]
        taken = (running for running, _ in self.layers)
        yield from zip(taken, states[:-1], states[1:], strict=True)

    @property
    def first(self) -> State:
        """The guards before the first layer."""
        return [*self._states, self._state][0]

    def outputs(self, position: int) -> Summary:
        """Returns the inputs on which the output is each of its values, by index, at the end.

        A run that has halted keeps the outputs that it had then. On endless runs, on those that
        were not followed to their ends and on those that fail, nothing means anything; nor is
        there anything where the slice lacks the output variable.
        """
        return self._graph.union(
            (index, self._graph.and_(ended, guard))
            for ended, outputs in self._endings
            for index, guard in outputs[position].items()
        )

    def _occurs(self, pattern: Pattern, running: Literal, guards: Guards) -> Literal:
        """Returns the inputs that still run and on which a position is of a pattern."""
        values = [
            self._graph.any_of(guard for value, guard in guards[name].items() if value in wanted)
            for name, wanted in pattern.items()
        ]
        return self._graph.all_of([running, *values])

    def _ask(self, literal: Literal, clock: Clock) -> WitnessResult:
        """Looks for an input; what there is none for is not asked again."""
        if literal == FALSE or literal in self._impossible:
            return Unsatisfiable()
        answer = self._inputs.sweeper.witness([literal], deadline=clock)
        if isinstance(answer, Unsatisfiable):
            self._impossible.add(literal)
        return answer

    def _layer(self, clock: Clock) -> None:
        """Adds one layer, or finds that there is none.

        Where this raises `Interrupted` or `Stuck`, nothing has changed but the graph.
        """
        state, graph, transformer = self._state, self._graph, self._transformer
        if len(self.layers) == self._max_layers:
            self._end(self._running, state)
            self.complete = True
            return
        halted = transformer.halted(state)
        ending = graph.and_(self._running, halted)
        # An input runs in this layer if it ran in the one before and has not halted.
        (running,) = self._inputs.sweeper.sweep(
            [graph.and_(self._running, graph.not_(halted))], deadline=clock
        )
        # Equal guards are one object.
        before = (running, tuple(map(id, state)))
        ended = self._all_ended(running, clock)
        if ended or before in self._past:
            self._end(ending, state)
            if not ended:
                # On all inputs that go on it is the same state: these runs repeat themselves.
                self._repeat(running, self._past[before])
            self.complete = True
            return
        # Lemma 16 (counted values): what counting knows is so on all inputs that take the layer.
        heads, variables = self._known()
        attended = transformer.attend(state, heads, clock)
        attended = self._swept(attended, heads.keys() | self._counted_names, clock)
        after = [
            transformer.write(guards, {name: rows[place] for name, rows in variables.items()})
            for place, guards in enumerate(attended)
        ]
        after = self._swept(after, variables.keys(), clock)
        self._end(ending, state)
        self._past[before] = len(self._states)
        self._states.append(state)
        self.layers.append((running, attended))
        self._state, self._running = after, running
        self._counted_names = frozenset(variables)

    @property
    def counted(self) -> bool:
        """Whether what counting knows was taken."""
        return self._counted is not None

    def _known(self) -> tuple[Known, Known]:
        """Returns what counting knows of the next layer, of heads and of variables after it."""
        if self._counted is None:
            return {}, {}
        return self._counted.attended(len(self.layers)), self._counted.written(len(self.layers))

    def _all_ended(self, running: Literal, clock: Clock) -> bool:
        """Says whether no input is left that runs."""
        # There is an input, so that something always true needs no solver.
        match Witness({}) if running == TRUE else self._ask(running, clock):
            case Witness():
                return False
            case Unsatisfiable():
                return True
            case GaveUp():
                raise _stopped(clock, "the SAT solver gave up")
            case answer:
                assert_never(answer)

    def _repeat(self, running: Literal, first: int) -> None:
        """Ends the runs that have come back to a state, and will do so again and again."""
        states, max_layers = self._states, self._max_layers
        if max_layers is None:
            self.endless = running
            return
        # State f comes back at layer l, so layer b is like layer f + (b - f) mod (l - f).
        last = states[first + (max_layers - first) % (len(states) - first)]
        self._end(running, last)

    def _end(self, ended: Literal, state: State) -> None:
        """Notes the state in which the runs on some inputs end."""
        output = self._program.finite.output_name
        if ended != FALSE and output in self._program.variables:
            self._endings.append((ended, [guards[output] for guards in state]))

    def _swept(self, state: State, counted: Collection[str], clock: Clock) -> State:
        """Returns the guards that stand for those of a state, without those that never hold.

        What was counted is swept where something else is made of it.
        """
        fresh = list(
            {id(guards): guards for guards in state if id(guards) not in self._merged}.values()
        )
        literals = [
            guard
            for guards in fresh
            for name, values in guards.items()
            if name not in counted
            for guard in values.values()
        ]
        merged = iter(self._inputs.sweeper.sweep(literals, deadline=clock))
        if clock.expired:
            # Not all was swept, and what is not swept grows.
            raise Interrupted
        for guards in fresh:
            swept: Guards = {}
            for name, values in guards.items():
                alike = values if name in counted else {v: next(merged) for v in values}
                # Not empty: there is an input, and on it each name has some value.
                swept[name] = nonempty(possible(alike), f"values of {name}")
            stands = self._transformer.shared(swept)
            self._merged[id(guards)] = guards, stands
            self._merged.setdefault(id(stands), (stands, stands))
        return [self._merged[id(guards)][1] for guards in state]


def _stopped(clock: Clock, why: str) -> Interrupted | Stuck:
    """Returns what to raise where the solver gave no answer: it may be asked again, or never."""
    return Interrupted() if clock.expired else Stuck(why)


_Key = frozenset[tuple[str, frozenset[int]]]


@final
class SymbolicEngine:
    """The local states that the runs of a slice have, exactly, one length after the other."""

    def __init__(
        self, program: SlicedProgram, lengths: Iterable[int], inputs: Callable[[int], Inputs]
    ) -> None:
        self._program = program
        self._lengths = tuple(lengths)
        self._run = cache(lambda n: SymbolicRun(program, inputs(n), program.layer_bound(n)))
        self._answers: dict[tuple[_Key, int], Unreachable | Undecided] = {}

    @property
    def method(self) -> str:
        """How the answers are found, for the report."""
        program = self._program
        if len(program.names) == len(program.finite.domains) and not program.defined:
            return "symbolic runs of every length, swept with a SAT solver"
        return "symbolic runs of slices, for every length"

    def find(self, pattern: Pattern, clock: Clock) -> ReachAnswer | Unfinished:
        """Decides whether a run of the slice has a local state; shorter inputs come first."""
        key = frozenset(pattern.items())
        answers = []
        for length in self._lengths:
            if (key, length) not in self._answers:
                answer = self._run(length).find(pattern, clock)
                # A slice has a local state as soon as one length has it, and lacks it if none has.
                if isinstance(answer, Reachable | Unfinished):
                    return answer
                self._answers[key, length] = answer
            answers.append(self._answers[key, length])
        undecided = (answer for answer in answers if isinstance(answer, Undecided))
        return next(undecided, Unreachable())


def most_layers(
    abstraction: Abstraction,
    lengths: tuple[int, ...],
    max_layers: int | None,
    clock: Clock,
    calls: SolverCalls,
) -> int | None:
    """Returns a number of layers after which every run that has not failed has ended.

    Where nothing bounds the layers, the halt has to: runs of the slice that decides when to halt
    are followed to their ends, for all inputs of a length at once. None where some run does not
    end, or where that is not known.
    """
    # Lemma 6 (slices): the program halts where the slice of its halt variable does.
    program = SlicedProgram(abstraction, slice_of(abstraction.finite, ()), max_layers)
    layers = []
    for length in nonempty(lengths, "inputs within the bound"):
        bound = program.layer_bound(length)
        if bound is None and program.finite.halt is None:
            return None
        if bound is None:
            inputs = Inputs(abstraction.concrete.inputs, length, calls=calls)
            run = SymbolicRun(program, inputs, None)
            # Lemma 7: an input runs in a layer exactly if its guard says so, and is endless so too.
            if not run.advance(clock) or run.endless != FALSE:
                return None
            bound = len(run.layers)
        layers.append(bound)
    return max(layers)
