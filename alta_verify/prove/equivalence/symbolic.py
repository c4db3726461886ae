"""Joint runs: both programs on every input of one length at once, in one graph.

What both compute from the same input literals is swept together, so that guards that are equal
between the programs are mostly one literal before anything is asked about outputs (SAT sweeping,
as in combinational equivalence checking).
"""

from __future__ import annotations

from typing import Final, assert_never, final

from alta.lang.values import Value
from alta_verify.claim.equivalent import SIDES, Pair
from alta_verify.obligation import NotShown
from alta_verify.reach.slices import SlicedProgram, whole
from alta_verify.reach.symbolic.graph import Literal
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.run import SymbolicRun
from alta_verify.reach.symbolic.sweep import GaveUp, Unsatisfiable, Witness

__all__ = ["GAVE_UP", "JointRuns"]

GAVE_UP: Final = "out of time or given up"


@final
class JointRuns:
    """The runs of both programs on all inputs of one length.

    Attributes:
        inputs: the inputs, which both have in common.
        by_side: the runs.
    """

    def __init__(self, pair: Pair, length: int) -> None:
        """Begins the runs."""
        self.inputs = Inputs(pair.inputs, length, calls=pair.calls)
        self._pair = pair
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

    def input_with(self, literal: Literal) -> tuple[int, ...] | None:
        """Returns an input on which a literal holds, or None where there is none.

        Raises:
            NotShown: when that could not be found out.
        """
        match self.inputs.sweeper.witness([literal], deadline=self._pair.deadline):
            case Witness(assignment=assignment):
                return self.inputs.read(assignment)
            case GaveUp():
                raise NotShown(GAVE_UP)
            case Unsatisfiable():
                return None
            case answer:
                assert_never(answer)

    def sweep(self, literals: list[Literal]) -> list[Literal]:
        """Merges what is equal on all inputs; returns what stands for each literal."""
        return self.inputs.sweeper.sweep(literals, deadline=self._pair.deadline)

    def outputs(self, side: str, position: int) -> dict[Value, Literal]:
        """Returns the inputs on which a program gives each of its outputs."""
        values = self._pair.abstractions[side].values[self._pair.program(side).output_name]
        outputs = self.by_side[side].outputs(position)
        return {values[index]: literal for index, literal in outputs.items()}
