"""Symbolic comparison: for each length, both programs on every input at once, in one graph.

What both compute from the same input literals is swept together, so that guards that are equal
between the programs are mostly one literal before anything is asked about outputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import assert_never, final

from alta.interp.ending import ENDLESS
from alta.lang.values import Value
from alta_verify.claim.equivalent import SIDES, Pair
from alta_verify.obligation import NotShown
from alta_verify.prove.equivalence.comparison import refute
from alta_verify.reach.answer import Pattern, Reachable, Undecided, Unfinished, Unreachable
from alta_verify.reach.sets.value_sets import ValueSets, value_sets
from alta_verify.reach.slices import SlicedProgram, whole
from alta_verify.reach.symbolic.graph import FALSE, Literal
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.run import SymbolicRun
from alta_verify.reach.symbolic.sweep import GaveUp, Unsatisfiable, Witness
from alta_verify.reach.violations import patterns_of, possible_violations
from alta_verify.universal import nonempty

__all__ = ["SymbolicComparison"]

_GAVE_UP = "out of time or given up"


@final
class SymbolicComparison:
    """Runs both programs symbolically, one length after the other, each length once."""

    def __init__(self, pair: Pair) -> None:
        """Takes what is compared."""
        self._pair = pair
        self._runs: dict[int, _Runs] = {}

    def fault(self, side: str, kind: str) -> str:
        """Shows that no run of a program lacks outputs for one reason."""
        if kind == ENDLESS:
            return self._ends(side)
        abstraction = self._pair.abstractions[side]
        suspects = [
            violation
            for violation, _ in possible_violations(abstraction.finite, self._value_sets[side])
            if violation.kind == kind
        ]
        for violation in suspects:
            for pattern in nonempty(list(patterns_of(violation)), f"ways to {kind}"):
                self._exclude(side, pattern, str(violation))
        if suspects:
            return f"symbolic runs of every length ({len(suspects)} cases)"
        return "value sets, for any number of layers"

    def outputs(self, length: int) -> str:
        """Shows that the outputs are the same on all inputs of one length."""
        runs = self._of(length)
        for side, run in runs.by_side.items():
            if not run.complete:
                raise NotShown(f"the {side} program: {_GAVE_UP}")
        asked = 0
        for position in range(length):
            different = self._different(runs, position)
            if different == FALSE:
                continue
            asked += 1
            if self._refuted_by(runs, different):
                raise NotShown(f"position {position}: a difference was found but did not replay")
        how = "symbolic runs in one graph"
        if not asked:
            return f"{how}; all guards merged"
        return f"{how}; the SAT solver excluded a difference at {asked} positions"

    def _ends(self, side: str) -> str:
        if None not in nonempty(self._pair.bounds[side], "inputs in common").values():
            return "the number of layers is bounded"
        for length in self._pair.lengths:
            runs = self._of(length)
            run = runs.by_side[side]
            if not run.complete:
                raise NotShown(f"length {length}: {_GAVE_UP}")
            if run.endless != FALSE and self._refuted_by(runs, run.endless):
                raise NotShown(f"length {length}: an endless run was found but did not replay")
        return "symbolic runs of every length, each followed to its halt"

    def _exclude(self, side: str, pattern: Pattern, what: str) -> None:
        """Shows that no run has a local state of a pattern."""
        sets = self._value_sets[side].positions
        if not any(all(row[n] & values for n, values in pattern.items()) for row in sets):
            return
        for length in nonempty(self._pair.lengths, "inputs in common"):
            match self._of(length).by_side[side].find(pattern, self._pair.deadline):
                case Reachable(tokens=tokens):
                    refute(self._pair, tokens)
                    raise NotShown(f"{what} was reached but did not replay")
                case Undecided(reason=reason):
                    raise NotShown(f"{what}: {reason}")
                case Unfinished():
                    raise NotShown(f"{what}: out of time")
                case Unreachable():
                    pass
                case other:
                    assert_never(other)

    def _refuted_by(self, runs: _Runs, literal: Literal) -> bool:
        """Says whether an input was found on which a literal holds, but that refutes nothing."""
        match runs.ask(literal):
            case Witness(assignment=assignment):
                refute(self._pair, runs.inputs.read(assignment))
                return True
            case GaveUp():
                raise NotShown(_GAVE_UP)
            case Unsatisfiable():
                return False
            case other:
                assert_never(other)

    def _different(self, runs: _Runs, position: int) -> Literal:
        """Returns the inputs on which some value is the output of one program only.

        Of programs that end without fault each has exactly one output there, so these are the
        inputs on which the outputs differ.
        """
        graph = runs.inputs.graph
        first, second = (runs.outputs(side, position) for side in SIDES)
        # Not empty: there is an input, and both runs on it end.
        values = [*nonempty(first, "outputs of the first program").keys()]
        values += nonempty(second, "outputs of the second program").keys() - first.keys()
        pairs = [(first.get(value, FALSE), second.get(value, FALSE)) for value in values]
        merged = iter(runs.sweep([literal for pair in pairs for literal in pair]))
        apart = [graph.xor(one, other) for one, other in zip(merged, merged, strict=True)]
        (different,) = runs.sweep([graph.any_of(apart)])
        return different

    def _of(self, length: int) -> _Runs:
        if length not in self._runs:
            self._runs[length] = _Runs(self._pair, length)
        self._runs[length].advance()
        return self._runs[length]

    @cached_property
    def _value_sets(self) -> Mapping[str, ValueSets]:
        abstractions = self._pair.abstractions
        return {
            side: value_sets(abstractions[side], self._pair.live, self._pair.lengths)
            for side in SIDES
        }


@final
class _Runs:
    """The runs of both programs on all inputs of one length.

    Attributes:
        inputs: the inputs, which both have in common.
        by_side: the runs.
    """

    def __init__(self, pair: Pair, length: int) -> None:
        self.inputs = Inputs(pair.inputs, length, calls=pair.calls)
        self._pair = pair
        self._abstractions = pair.abstractions
        self._names = {side: pair.program(side).output_name for side in SIDES}
        self.by_side = {
            side: SymbolicRun(
                SlicedProgram(pair.abstractions[side], whole(pair.abstractions[side].finite)),
                self.inputs,
                pair.bounds[side][length],
            )
            for side in SIDES
        }

    def advance(self) -> None:
        """Follows the runs on to their ends, as far as there is time."""
        for run in self.by_side.values():
            run.advance(self._pair.deadline)

    def ask(self, literal: Literal) -> Witness | Unsatisfiable | GaveUp:
        """Looks for an input on which a literal holds."""
        return self.inputs.sweeper.witness([literal], deadline=self._pair.deadline)

    def sweep(self, literals: list[Literal]) -> list[Literal]:
        """Merges what is equal on all inputs; returns what stands for each literal."""
        return self.inputs.sweeper.sweep(literals, deadline=self._pair.deadline)

    def outputs(self, side: str, position: int) -> dict[Value, Literal]:
        """Returns the inputs on which a program gives each of its outputs."""
        values = self._abstractions[side].values[self._names[side]]
        found = self.by_side[side].outputs(position)
        return {values[index]: literal for index, literal in found.items()}
