"""The check that an invariant is one: start, layer and safety, finite questions about windows.

It knows nothing of the search. A layer is the one of the symbolic transformer, and a window is gone
through in all its *shapes*: whether the input begins and ends within sight, and where.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import final

from alta.limit import checkpoint
from alta_verify.deadline import Clock, SolverCalls
from alta_verify.reach.slices import SlicedProgram, whole
from alta_verify.reach.symbolic.graph import FALSE, TRUE, Graph, Literal
from alta_verify.reach.symbolic.graph_solver import GraphSolver
from alta_verify.reach.symbolic.transformer import Guards, SymbolicTransformer
from alta_verify.reach.windows.patterns import Invariant, WindowPattern
from alta_verify.reach.windows.system import Hazard, System
from alta_verify.solver.sat import SatSolver
from alta_verify.universal import nonempty

__all__ = ["NotInductive", "check_invariant"]


class NotInductive(Exception):  # noqa: N818 - an outcome, not an error
    """Says in words which condition does not hold, or is not known to."""


def check_invariant(
    system: System,
    invariant: Invariant,
    hazards: Sequence[tuple[Hazard, int]],
    calls: SolverCalls,
    clock: Clock,
    *,
    inductive: bool = False,
) -> None:
    """Shows that no run of a system has a hazard, by an invariant; raises `NotInductive` else.

    With each hazard comes how many neighbours more are looked at. That the invariant is `inductive`
    may have been shown before.
    """
    # Lemma 17 (windows): by three conditions, and by induction over layers, every configuration of
    # every run is in the invariant, and so has no hazard.
    patterns = invariant.patterns
    for width in () if inductive else sorted({pattern.width for pattern in patterns}):
        alike = [pattern for pattern in patterns if pattern.width == width]
        # Start: no pattern matches in a first configuration.
        for window in _windows(system, width, (0, 0), calls, clock):
            window.begin()
            for pattern in alike:
                window.refuse(window.matched(pattern, 0, window.before), "start", pattern, system)
        # Layer: where none matches in what a layer sees, none matches in the middle after it. That
        # no position fails is not assumed: of what fails nothing more is asked than of the rest.
        for window in _windows(system, width, system.radius, calls, clock):
            window.assume(patterns)
            window.run()
            after = window.layer()
            for pattern in alike:
                window.refuse(window.matched(pattern, 0, after), "layer", pattern, system)
    # Safety: where none matches, there is no hazard.
    left, right = system.radius
    for hazard, context in hazards:
        for window in _windows(system, 1, (left + context, right + context), calls, clock):
            window.assume(patterns)
            if hazard.running:
                window.run()
            if hazard.ended:
                window.end()
            if window.possible(window.occurs(hazard)):
                raise NotInductive(f"safety: {hazard.name} may occur where no pattern matches")


@final
@dataclass(frozen=True)
class _Shape:
    """How a window lies in an input.

    Attributes:
        left: how many positions are seen to the left of the middle.
        begins: whether the leftmost of them is the first position of the input.
        right: how many are seen to the right.
        ends: whether the rightmost is the last.
    """

    left: int
    begins: bool
    right: int
    ends: bool


def _windows(
    system: System, width: int, context: tuple[int, int], calls: SolverCalls, clock: Clock
) -> Iterator[_Window]:
    """Yields a window in each of its shapes, of which some input has one."""
    # Either as much is seen as a layer needs, and more is beyond it, or the input ends before.
    lefts = [(context[0], False), *((n, True) for n in range(context[0] + 1))]
    rights = [(context[1], False), *((n, True) for n in range(context[1] + 1))]
    shapes = [_Shape(*left, *right) for left in lefts for right in rights]
    possible = 0
    for shape in shapes:
        checkpoint()
        window = _Window(system, width, shape, calls, clock)
        # Lemma 12 (witnesses): a shape that no input has says nothing, and some input has one.
        if window.possible(TRUE):
            possible += 1
            yield window
    nonempty(possible, f"windows of {width} positions")


@final
class _Window:
    """Neighbours in a configuration, as guards over literals of which premises are known alone."""

    def __init__(
        self, system: System, width: int, shape: _Shape, calls: SolverCalls, clock: Clock
    ) -> None:
        self._system, self._shape, self._clock = system, shape, clock
        self._graph = graph = Graph(0)
        self._solver = GraphSolver(graph, SatSolver(), calls)
        self._transformer = SymbolicTransformer(
            SlicedProgram(system.abstraction, whole(system.program)), graph
        )
        self._places = range(-shape.left, width + shape.right)
        self._width = width
        self.before: Mapping[int, Guards] = {place: self._free(place) for place in self._places}
        self._require(self._of_an_input())

    def _require(self, claims: Iterable[Literal]) -> None:
        for claim in claims:
            self._solver.require(claim)

    def _free(self, place: int) -> Guards:
        """Returns a position of which nothing is known but that each name has one value."""
        guards: Guards = {}
        for name, values in self._system.ranges.items():
            literals = [self._graph.new_input(0) for _ in values]
            pairs = combinations(literals, 2)
            self._require([self._graph.any_of(literals)])
            self._require(self._graph.not_(self._graph.and_(a, b)) for a, b in pairs)
            guards[name] = dict(zip(values, literals, strict=True))
        ends = {
            "first": self._shape.begins and place == self._places[0],
            "last": self._shape.ends and place == self._places[-1],
        }
        for ghost, holds in ends.items():
            guards[self._system.ghosts[ghost]] = (
                {1: TRUE, 0: FALSE} if holds else {0: TRUE, 1: FALSE}
            )
        return guards

    def _ghost(self, ghost: str, place: int) -> Mapping[int, Literal]:
        return self.before[place].get(self._system.ghosts[ghost], {})

    # --- premises ---------------------------------------------------------------------------------

    def _of_an_input(self) -> Iterator[Literal]:
        """Yields what is true of neighbouring positions of any input of the language."""
        graph, system = self._graph, self._system
        language, fold = system.language, system.fold
        for place in self._places:
            states, tokens, specs = (
                self._ghost(name, place) for name in ("state", "token", "spec")
            )
            first, last = place == self._places[0], place == self._places[-1]
            yield self._read_on(place, last)
            # The fold takes it in.
            if first and self._shape.begins:
                yield states[language.start]
                steps = [(tokens[token], specs[spec]) for token, spec in fold.first.items()]
            elif first:
                steps = [(graph.and_(states[q], tokens[t]), specs[p]) for q, t, p in fold.places]
            else:
                earlier = self._ghost("spec", place - 1)
                steps = [
                    (graph.and_(earlier[spec], tokens[token]), specs[after])
                    for (spec, token), after in fold.after.items()
                ]
            yield graph.any_of(graph.and_(*step) for step in steps)
            for ghost in ("layer", "accepted"):
                if not first:
                    # It is the same at all positions.
                    earlier = self._ghost(ghost, place - 1)
                    for value, literal in self._ghost(ghost, place).items():
                        yield graph.not_(graph.xor(literal, earlier[value]))
            if last and self._shape.ends and system.accepting is not None:
                accepted = graph.any_of(specs[spec] for spec in system.accepting)
                yield graph.not_(graph.xor(self._ghost("accepted", place)[1], accepted))

    def _read_on(self, place: int, last: bool) -> Literal:
        """Returns that the language's automaton reads a token on the way through an input."""
        graph, language = self._graph, self._system.language
        states, tokens = self._ghost("state", place), self._ghost("token", place)
        moves = []
        for state, token in ((s, t) for s in states for t in tokens):
            target = language.transitions[state].get(token)
            if target is None or target not in language.useful:
                continue
            goes = [states[state], tokens[token]]
            if not last:
                goes.append(self._ghost("state", place + 1)[target])
            elif self._shape.ends and target not in language.accepting:
                continue
            elif not self._shape.ends and not language.useful & {
                *language.transitions[target].values()
            }:
                # Nothing follows, where something has to.
                continue
            moves.append(graph.all_of(goes))
        return graph.any_of(moves)

    def begin(self) -> None:
        """Assumes that no layer was taken."""
        graph = self._graph
        for place in self._places:
            first = self._transformer.initial(0, self._ghost("token", place))
            for name, summary in first.items():
                for value, literal in summary.items():
                    self._require([graph.or_(graph.not_(literal), self.before[place][name][value])])
            layers = self._ghost("layer", place)
            self._require([layers[0]] if layers else [])

    def assume(self, patterns: Iterable[WindowPattern]) -> None:
        """Assumes that no pattern matches."""
        for pattern in patterns:
            for place in self._places[: max(0, len(self._places) - pattern.width + 1)]:
                self._require([self._graph.not_(self.matched(pattern, place, self.before))])

    def run(self) -> None:
        """Assumes that a layer follows."""
        self._require([self._graph.not_(self._ended(in_sight=True))])

    def end(self) -> None:
        """Assumes that no layer follows, as far as that can be seen."""
        self._require([self._ended(in_sight=False)])

    def _ended(self, *, in_sight: bool) -> Literal:
        """Returns when the run has ended, or, not in sight, when it may have."""
        graph, system = self._graph, self._system
        layers = self._ghost("layer", 0)
        ended = [layers[max(layers)]] if layers else []
        # Where layers are not counted, it may be after as many as there are.
        if not in_sight and not layers and system.bound is not None:
            return TRUE
        if system.halt is not None and (not in_sight or (self._shape.begins and self._shape.ends)):
            name, value = system.halt
            ended.append(graph.all_of(self.before[p][name].get(value, FALSE) for p in self._places))
        return graph.any_of(ended)

    # --- questions --------------------------------------------------------------------------------

    def layer(self) -> Mapping[int, Guards]:
        """Returns the positions in the middle after the layer."""
        attended = self._attended()
        after: dict[int, Guards] = {}
        for place in range(self._width):
            layers = self._ghost("layer", place)
            # The largest number has ended, and what is there then is asked of no run.
            taken = {value + 1: literal for value, literal in layers.items() if value + 1 in layers}
            ghost = {self._system.ghosts["layer"]: taken} if layers else {}
            after[place] = {
                **self.before[place],
                **self._transformer.write(attended[place], {}),
                **ghost,
            }
        return after

    def _attended(self) -> Mapping[int, Guards]:
        # What positions at the ends read beyond them is not known, and not used.
        names = self._system.program.variables
        state = [
            self._transformer.shared({name: self.before[place][name] for name in names})
            for place in self._places
        ]
        attended = self._transformer.attend(state, {}, self._clock)
        return dict(zip(self._places, attended, strict=True))

    def matched(self, pattern: WindowPattern, place: int, names: Mapping[int, Guards]) -> Literal:
        """Returns when a pattern matches at a place."""
        return self._graph.all_of(
            self._in(names[place + d][name], values)
            for d, site in enumerate(pattern.sites)
            for name, values in site
        )

    def _in(self, summary: Mapping[int, Literal], values: Iterable[int]) -> Literal:
        return self._graph.any_of(summary.get(value, FALSE) for value in values)

    def occurs(self, hazard: Hazard) -> Literal:
        """Returns when something occurs at the place in the middle that must not."""
        graph, local = self._graph, {**self.before[0], **self._attended()[0]}
        after = self.layer()[0]
        return graph.any_of(
            graph.all_of(
                [
                    *(self._in(local[name], values) for name, values in case.before.items()),
                    *(self._in(after[name], values) for name, values in case.after.items()),
                    *(
                        self._in(self.before[place][name], values)
                        for place, said in case.beside.items()
                        # What is not in sight is not there, or else anything.
                        if place in self._places
                        for name, values in said.items()
                    ),
                ]
            )
            for case in hazard.cases
        )

    def possible(self, literal: Literal) -> bool:
        """Says whether a literal may hold; only an answer of the solver says that it does not."""
        return self._solver.ask([literal], deadline=self._clock) is not False

    def refuse(
        self, literal: Literal, condition: str, pattern: WindowPattern, system: System
    ) -> None:
        """Raises `NotInductive` where a pattern may match."""
        if self.possible(literal):
            raise NotInductive(f"{condition}: it may be that {pattern.sentence(system.shown)[3:]}")
