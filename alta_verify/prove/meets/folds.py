"""What was meant is run symbolically, in one graph with the program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias, assert_never, final

from alta.lang.values import Value
from alta.limit import checkpoint
from alta_verify.deadline import Budget, Clock, Work
from alta_verify.obligation import NotShown
from alta_verify.prove.meets import functions
from alta_verify.prove.meets.excluding import excluded, followed, given_up
from alta_verify.prove.meets.meeting import Meeting
from alta_verify.reach.slices import SlicedProgram, slice_of
from alta_verify.reach.symbolic.graph import FALSE, TRUE, Literal
from alta_verify.reach.symbolic.inputs import Inputs, InputSpace
from alta_verify.reach.symbolic.sweep import GaveUp, Unsatisfiable, Witness
from alta_verify.specs.specification import (
    Accepts,
    Function,
    Indefinite,
    Predicate,
    Specification,
    Transducer,
    places,
)
from alta_verify.universal import nonempty

__all__ = ["show"]

# With more states than this a fold is not followed.
_STATES: Final = 1 << 12

_Guarded: TypeAlias = Mapping[Any, Literal]
"""What may be something, each with the inputs on which it is."""


def show(meeting: Meeting, units: int | None = None) -> str:
    """Compares what was meant with the outputs, length by length, on all inputs of it at once.

    With a number of units, no more work than that is done. Raises `Unread` where what was meant is
    a function that cannot be followed so.
    """
    claim, work = meeting.claim, Work()
    clock: Clock = claim.deadline if units is None else Budget(work, units, claim.deadline)
    space = InputSpace.of_program(claim.program, work=work, calls=claim.calls)
    asked = 0
    for length in nonempty(claim.lengths, "inputs within the bound"):
        if length not in meeting.compared:
            runs = _Beside(meeting, length, space.of(length), clock)
            meeting.compared[length] = _compare(meeting, runs)
        asked += meeting.compared[length]
    how = "symbolic runs beside what was meant, in one graph"
    if meeting.counted:
        how += ", with values of all Parikh vectors at once"
    if not asked:
        return f"{how}; all guards merged"
    return f"{how}; the SAT solver excluded a difference in {asked} places"


def _compare(meeting: Meeting, runs: _Beside) -> int:
    """Excludes a difference on inputs of a length; returns in how many places a solver had to."""
    # Lemma 7 (symbolic runs): guards describe the runs, so that the outputs are not what was meant
    # on exactly the inputs on which one of these literals holds. Lemma 6 (slices): what the output
    # does not depend on is left out; whether anything fails is asked of the whole program.
    return sum(
        excluded(meeting, runs.inputs, wrong, place, runs.clock)
        for place, wrong in runs.wrong(meeting.claim.specification)
    )


@final
class _Beside:
    """The runs on all inputs of a length, and what was meant of them, in one graph.

    What both compute from the same input literals is swept together (SAT sweeping, FRAIG), so that
    guards that are equal in fact are mostly one literal before anything is asked.
    """

    def __init__(self, meeting: Meeting, length: int, inputs: Inputs, clock: Clock) -> None:
        claim = meeting.claim
        self.length = length
        self.clock, self._judge = clock, meeting.judge
        self.inputs, self._graph = inputs, inputs.graph
        abstraction, name = claim.abstraction, claim.program.output_name
        self._values = abstraction.values[name]
        sliced = SlicedProgram(abstraction, slice_of(abstraction.finite, [name]), claim.max_layers)
        self._run = followed(sliced, self.inputs, length, clock)
        meeting.counted |= self._run.counted

    def wrong(self, specification: Specification) -> Iterator[tuple[str, Literal]]:
        """Yields the inputs on which something is not as meant, place by place."""
        yield f"length {self.length}: the end", self._run.endless
        match specification:
            case Accepts():
                yield from self._beside_pattern(specification)
            case Transducer():
                yield from self._beside_fold(specification)
            case Function() | Predicate():
                beside = self._outputs, self._different
                yield from functions.wrong(
                    specification, self.inputs, self.length, *beside, self.clock
                )
            case _:
                raise NotShown(f"{specification.name} has no symbolic form")

    def _outputs(self, position: int) -> dict[Value, Literal]:
        # Not empty: there is an input, and a run on it that ends has an output.
        outputs = nonempty(self._run.outputs(position), "outputs")
        return {self._values[index]: literal for index, literal in outputs.items()}

    def _beside_pattern(self, specification: Accepts) -> Iterator[tuple[str, Literal]]:
        automata = specification.factors(self.length)
        member = self._graph.all_of(map(self.inputs.accepted_by, automata))
        for position in places(specification.at, self.length):
            output = self._outputs(position).get(specification.output, FALSE)
            yield self._place(position), self._apart([(output, member)])

    def _beside_fold(self, specification: Transducer) -> Iterator[tuple[str, Literal]]:
        wanted = set(places(specification.at, self.length))
        # The fold is run symbolically: for each state the inputs that lead there.
        states: _Guarded = {specification.start: TRUE}
        for position, tokens in enumerate(self.inputs.tokens):
            moves = [
                ((state, token), self._graph.and_(reached, guard))
                for state, reached in states.items()
                for token, guard in tokens.items()
            ]
            states = self._mapped(moves, lambda move: specification.after(*move))
            if len(states) > _STATES:
                raise NotShown(f"the fold has more than {_STATES} states at position {position}")
            if position in wanted:
                meant = self._mapped(states.items(), specification.value)
                yield self._place(position), self._different(self._outputs(position), meant)

    def _mapped(
        self, cases: Iterable[tuple[Any, Literal]], function: Callable[[Any], Any]
    ) -> _Guarded:
        """Returns what a function makes of cases, each with the inputs that lead there."""
        keys, guards = zip(*cases, strict=True)
        # Merged with what the program computes from the same tokens; and what no input leads to,
        # as a token in the wrong place, the user's code is not asked about.
        merged = self.inputs.sweeper.sweep(guards, deadline=self.clock)
        possible = [(key, guard) for key, guard in zip(keys, merged, strict=True) if guard != FALSE]
        results = []
        for key, guard in possible:
            checkpoint()
            try:
                results.append((function(key), guard))
            except Indefinite as reason:
                self._refuse(guard, reason)
        # Not empty: there is an input, and it leads to some case.
        return self._graph.union(nonempty(results, "cases of a fold"))

    def _refuse(self, guard: Literal, reason: Indefinite) -> None:
        """Refuses a fold that is not definite on some input; where there is none, all is well."""
        match self.inputs.sweeper.witness([guard], deadline=self.clock):
            case Witness(assignment=assignment):
                raise self._judge.indefinite(self.inputs.read(assignment), str(reason))
            case GaveUp():
                raise given_up(self.clock, f"length {self.length}: {reason}")
            case Unsatisfiable():
                pass
            case answer:
                assert_never(answer)

    def _place(self, position: int) -> str:
        return f"length {self.length}, position {position}"

    def _different(self, outputs: _Guarded, meant: _Guarded) -> Literal:
        """Returns the inputs on which some value is the output, or was meant, and not both."""
        # Of runs that end without fault each has exactly one output, and one was meant.
        values = [*outputs, *(meant.keys() - outputs.keys())]
        return self._apart([(outputs.get(v, FALSE), meant.get(v, FALSE)) for v in values])

    def _apart(self, pairs: list[tuple[Literal, Literal]]) -> Literal:
        """Returns the inputs on which the literals of some pair differ."""
        literals = [literal for pair in pairs for literal in pair]
        merged = iter(self.inputs.sweeper.sweep(literals, deadline=self.clock))
        apart = [self._graph.xor(left, right) for left, right in zip(merged, merged, strict=True)]
        return self._graph.any_of(apart)
