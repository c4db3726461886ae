"""Simulations, by induction over the steps of the machine.

A step is shown once, of every state of a form that all runs have between steps. The form is guessed
from runs and then proved: what it says of a variable and is not kept by a step, is dropped, until
the rest is kept (as Houdini does: Flanagan and Leino, "Houdini, an annotation assistant", 2001).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, assert_never, final

from alta.interp.run import run
from alta.interp.step import Table
from alta.limit import checkpoint
from alta_verify.deadline import Clock, Work
from alta_verify.obligation import NotShown
from alta_verify.prove.meets.excluding import given_up
from alta_verify.prove.meets.meeting import Meeting
from alta_verify.reach.slices import SlicedProgram, whole
from alta_verify.reach.symbolic.graph import FALSE, Graph, Literal
from alta_verify.reach.symbolic.inputs import Choices, Inputs
from alta_verify.reach.symbolic.sweep import GaveUp, Sweeper, Unsatisfiable, Witness
from alta_verify.reach.symbolic.transformer import (
    Guards,
    Interrupted,
    State,
    Stuck,
    SymbolicTransformer,
)
from alta_verify.reading.reading import Unread, read_facets, table_of, tokens_of
from alta_verify.specs.simulation import Simulates
from alta_verify.universal import nonempty

__all__ = ["show"]

# The form of states is guessed from so many runs, of so many steps each.
_RUNS: Final = 64
_STEPS: Final = 16


def show(meeting: Meeting, simulation: Simulates) -> str:
    """Shows that every run does, some layers at a time, what a machine does."""
    lengths = nonempty(meeting.claim.lengths, "inputs within the bound")
    try:
        forms = max(_show(meeting, simulation, length) for length in lengths)
    except Unread as reason:
        raise NotShown(f"the machine is not read for all of its states at once: {reason}") from None
    except Interrupted:
        raise given_up(meeting.claim.deadline, "a step was not followed to its end") from None
    except Stuck as reason:
        raise NotShown(f"a step cannot be followed: {reason}") from None
    return f"induction over steps of {simulation.every} layers; forms of states tried: {forms}"


def _show(meeting: Meeting, simulation: Simulates, length: int) -> int:
    """Shows it of the inputs of a length; returns how many forms of states were tried."""
    claim, place = meeting.claim, f"length {length}"
    inputs = Inputs(claim.inputs, length, calls=claim.calls)
    first = _Step(meeting, simulation, inputs.graph, inputs.sweeper)
    state = [first.transformer.initial(p, tokens) for p, tokens in enumerate(inputs.tokens)]
    # Lemma 20 (simulation), the base: the first state, on every input.
    begins = first.read(simulation.begins, tokens_of(inputs), first.table(state))
    first.refute(inputs, inputs.graph.not_(begins), f"{place}: the start")
    bound = claim.bound(length)
    if bound is not None and bound < simulation.every:
        return 0
    # The first step on inputs finds most of what is wrong, with an input that shows it.
    after = first.take(state)
    first.refute(inputs, after.wrong, f"{place}: the first step")
    form = _guessed(meeting, simulation, length).kept_by(state)
    forms = 1
    while dropped := _not_kept(meeting, simulation, length, form):
        form = form.without(dropped)
        forms += 1
    return forms


@final
@dataclass(frozen=True)
class _Form:
    """What is so in all states between steps: a template, of which the parts are proved.

    Attributes:
        values: the values that a variable may have at a position, by index; any where none is said.
        shared: variables that are the same at every position.
    """

    values: Mapping[tuple[str, int], frozenset[int]]
    shared: frozenset[str]

    def without(self, dropped: frozenset[str]) -> _Form:
        """Returns what is left when it is not so of some variables, first of their values."""
        limited = {name for name, _ in self.values} & dropped
        values = {key: values for key, values in self.values.items() if key[0] not in dropped}
        return _Form(values, self.shared - (dropped - limited))

    def kept_by(self, state: State) -> _Form:
        """Returns what is so of the first states."""
        values = {
            (name, place): values
            for (name, place), values in self.values.items()
            if state[place][name].keys() <= values
        }
        shared = {n for n in self.shared if all(guards[n] == state[0][n] for guards in state)}
        return _Form(values, frozenset(shared))


def _guessed(meeting: Meeting, simulation: Simulates, length: int) -> _Form:
    """Guesses a form from the states between steps of some runs."""
    claim, abstraction = meeting.claim, meeting.claim.abstraction
    automaton, rng = claim.inputs.automaton(length), random.Random(0)
    bound, layers, tables = claim.bound(length), simulation.every * _STEPS, list[Table]()
    for _ in range(_RUNS):
        checkpoint()
        word = automaton.sample_word(rng, length)
        trace = run(claim.program, word, layers if bound is None else min(bound, layers)).trace
        ends = trace.layers[simulation.every - 1 :: simulation.every]
        tables += [trace.initial, *(layer.after_mlp for layer in ends)]
    halt = claim.program.halt
    if halt is not None:
        # From a state that has halted no step is taken.
        tables = [t for t in tables if any(row[halt.variable] != halt.value for row in t)]
    columns = {
        name: {tuple(abstraction.index_of(name, row[name]) for row in table) for table in tables}
        for name in abstraction.finite.variables
    }
    return _Form(
        {
            (name, place): frozenset(column[place] for column in seen)
            for name, seen in columns.items()
            for place in range(length)
        },
        frozenset(n for n, seen in columns.items() if all(len(set(c)) == 1 for c in seen)),
    )


def _not_kept(meeting: Meeting, simulation: Simulates, length: int, form: _Form) -> frozenset[str]:
    """Returns variables of which a step does not keep what a form says; none if it is shown."""
    claim = meeting.claim
    choices = Choices(Work(), claim.calls)
    step = _Step(meeting, simulation, choices.graph, choices.sweeper)
    rows = meeting.runs.value_sets.rows[:length]
    # Lemma 4 (value sets): no run has another value there.
    allowed = {(n, p): form.values.get((n, p), row[n]) for p, row in enumerate(rows) for n in row}
    state, graph = [], choices.graph
    for place in range(length):
        guards: Guards = {}
        for name in step.names:
            values, key = allowed[name, place], (name, place)
            if name in form.shared:
                # One value that it may have at all positions.
                values = frozenset.intersection(*(allowed[name, p] for p in range(length)))
                key = name, -1
            guards[name] = choices.between(key, sorted(nonempty(values, f"values of {name}")))
        state.append(step.transformer.shared(guards))
    # A step is taken from states that have not halted, of which there are some.
    choices.sweeper.assume(graph.not_(step.transformer.halted(state)))
    after = step.take(state)
    broken = set()
    for name in step.names:
        for place, guards in enumerate(after.state):
            lost = [g for v, g in guards[name].items() if v not in allowed[name, place]]
            if name in form.shared:
                first = after.state[0][name]
                lost += [
                    graph.xor(guards[name].get(value, FALSE), first.get(value, FALSE))
                    for value in guards[name].keys() | first.keys()
                ]
            if not step.is_excluded(graph.and_(after.goes_on, graph.any_of(lost))):
                broken.add(name)
                break
    # Lemma 20 (simulation), the step: from any state of that form.
    if not broken and not step.is_excluded(after.wrong):
        raise NotShown(
            f"length {length}: from a state that may be in no run, the layers do something else "
            "than the machine"
        )
    return frozenset(broken)


@final
@dataclass(frozen=True)
class _After:
    """What is so after a step.

    Attributes:
        state: the guards of the variables, also of runs that have halted.
        goes_on: where a run takes another step.
        wrong: where the variables do not stand for the next state of the machine.
    """

    state: State
    goes_on: Literal
    wrong: Literal


@final
class _Step:
    """Steps of the machine beside the layers of the program, in one graph."""

    def __init__(
        self, meeting: Meeting, simulation: Simulates, graph: Graph, sweeper: Sweeper
    ) -> None:
        abstraction = meeting.claim.abstraction
        self._meeting, self._simulation = meeting, simulation
        self._graph, self._sweeper = graph, sweeper
        self._values = abstraction.values
        self._clock: Clock = meeting.claim.deadline
        sliced = SlicedProgram(abstraction, whole(abstraction.finite))
        self.transformer = SymbolicTransformer(sliced, graph)
        self.names = sliced.variables

    def take(self, state: State) -> _After:
        """Follows the layers of a step from a state, and reads the machine beside them."""
        graph, transformer = self._graph, self.transformer
        before, runs = self.table(state), graph.not_(transformer.halted(state))
        begun, endings = runs, list[tuple[Literal, State]]()
        for _ in range(self._simulation.every):
            # A run that halts sooner stays as it is.
            endings.append((graph.and_(runs, transformer.halted(state)), state))
            runs = graph.and_(runs, graph.not_(transformer.halted(state)))
            attended = transformer.attend(state, {}, self._clock)
            state = [transformer.write(guards, {}) for guards in attended]
        endings.append((runs, state))
        goes_on = graph.and_(runs, graph.not_(transformer.halted(state)))
        ends = [
            {
                name: graph.union(
                    (value, graph.and_(ended, guard))
                    for ended, rows in endings
                    for value, guard in rows[place][name].items()
                )
                for name in self.names
            }
            for place in range(len(state))
        ]
        follows = self.read(self._simulation.follows, before, self.table(ends))
        return _After(state, goes_on, graph.and_(begun, graph.not_(follows)))

    def table(self, state: Sequence[Guards]) -> Any:
        """Returns the facet of the variables, each with its values position by position."""
        return table_of(
            self._graph,
            {
                name: [
                    [(self._values[name][index], g) for index, g in guards[name].items()]
                    for guards in state
                ]
                for name in self.names
            },
        )

    def read(self, function: Any, *facets: Any) -> Literal:
        """Returns where a predicate is true, and raises no error."""
        reading = read_facets(
            function, self._graph, self._sweeper, list(facets), self._clock, swept=False
        )
        raised = self._graph.any_of(guard for guard, _ in reading.faults)
        return self._graph.and_(reading.true(), self._graph.not_(raised))

    def refute(self, inputs: Inputs, wrong: Literal, place: str) -> None:
        """Refutes by an input on which something is wrong, if there is one."""
        witness = self._witness(wrong)
        if witness is not None:
            self._meeting.refute(inputs.read(witness.assignment))
            raise NotShown(f"{place}: a difference was found but did not replay")

    def is_excluded(self, literal: Literal) -> bool:
        """Says whether something is so in no state."""
        return self._witness(literal) is None

    def _witness(self, literal: Literal) -> Witness | None:
        # From premises that nothing satisfies everything would follow.
        if self._sweeper.premises_hold(deadline=self._clock) is not True:
            raise given_up(self._clock, "no state is known from which a run goes on")
        # One step is small, so that the solver is asked of all of it. Sweeping would first tell
        # apart what is so in one state of thousands.
        match (
            Unsatisfiable()
            if literal == FALSE
            else self._sweeper.witness([literal], deadline=self._clock)
        ):
            case Witness() as witness:
                return witness
            case GaveUp():
                raise given_up(self._clock, "the SAT solver gave up")
            case Unsatisfiable():
                return None
            case answer:
                assert_never(answer)
