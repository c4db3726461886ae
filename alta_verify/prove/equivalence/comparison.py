"""The context of a comparison: what its obligations share, each part made when first asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final, assert_never, final

from alta.lang.values import Value
from alta_verify.claim.equivalent import SIDES, Pair
from alta_verify.obligation import NotShown, Refuted
from alta_verify.reach.outputs import OutputRuns, Outputs, chunks
from alta_verify.reach.sets.value_sets import ValueSets, value_sets
from alta_verify.reach.slices import SlicedProgram, whole
from alta_verify.reach.symbolic.graph import Literal
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.run import SymbolicRun
from alta_verify.reach.symbolic.sweep import GaveUp, Unsatisfiable, Witness
from alta_verify.search.disagreement import Disagreement, find_disagreement
from alta_verify.universal import nonempty

__all__ = ["GAVE_UP", "Comparison", "JointRuns"]

GAVE_UP: Final = "out of time or given up"

# Languages with at most so many inputs are run through rather than reasoned about.
_ENUMERABLE: Final = 1 << 15


@final
class Comparison:
    """Two programs with what is known of their runs; tables are kept between calls."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self._runs = {side: OutputRuns(pair.program(side)) for side in SIDES}
        self._agreed: dict[int, int] = {}
        self._joint_runs: dict[int, JointRuns] = {}

    @property
    def enumerable(self) -> bool:
        """Whether there are so few inputs that all are run."""
        # Running all inputs is the meaning itself, and fast for so few.
        return self.pair.number <= _ENUMERABLE

    @cached_property
    def value_sets(self) -> Mapping[str, ValueSets]:
        """What each name of each program can be, position by position."""
        pair = self.pair
        return {
            side: value_sets(abstraction, pair.live, pair.lengths)
            for side, abstraction in pair.abstractions.items()
        }

    def joint_runs(self, length: int) -> JointRuns:
        """Returns the runs of both programs on all inputs of a length, as far as there is time."""
        if length not in self._joint_runs:
            self._joint_runs[length] = JointRuns(self.pair, length)
        # Goes on where it stopped: what there was no time for may be done in a later turn.
        self._joint_runs[length].advance()
        return self._joint_runs[length]

    def replay(self, tokens: tuple[int, ...]) -> Disagreement | None:
        """Runs both programs on an input, and returns how they disagree, if they do."""
        pair = self.pair
        return find_disagreement(pair.first, pair.second, tokens, pair.max_layers)

    def refute(self, tokens: tuple[int, ...]) -> None:
        """Raises `Refuted` if both programs, run on an input, disagree."""
        disagreement = self.replay(tokens)
        if disagreement is not None:
            raise Refuted(disagreement)

    # --- both programs on the same inputs, with the batch interpreter -----------------------------

    def run_all(self, length: int) -> int:
        """Returns how many inputs of a length there are, once both programs agree on all."""
        if length not in self._agreed:
            inputs, expected = 0, self.pair.count(length)
            words = self.pair.inputs.automaton(length).enumerate_words(length)
            # Runs are deterministic, so that to run an input with both programs settles it for
            # good.
            for chunk in chunks(words):
                self.agree(chunk)
                inputs += len(chunk)
            # The automaton counts without enumerating: a second witness that no input was left out.
            if inputs != expected:
                raise NotShown(f"{inputs} inputs were run, not {expected}")
            self._agreed[length] = nonempty(inputs, f"inputs of {length} tokens")
        return self._agreed[length]

    def agree(self, words: Sequence[tuple[int, ...]]) -> None:
        """Runs both programs on inputs of one length, and raises when they disagree or seem to."""
        for word in self.suspects(words):
            self.refute(word)
            raise NotShown(f"on {word} a batch disagreed, but no run on its own did")

    def suspects(self, words: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
        """Returns the inputs, of one length, on which outputs are missing or not the same."""
        if not words:
            return []
        outputs = (self._outputs(side, words) for side in SIDES)
        return [
            word
            for word, left, right in zip(words, *outputs, strict=True)
            if left is None or right is None or left != right
        ]

    def _outputs(self, side: str, words: Sequence[tuple[int, ...]]) -> list[Outputs]:
        """Returns the outputs of one program; None where it has none."""
        return self._runs[side].of(words, self.pair.bounds[side][len(words[0])])


@final
class JointRuns:
    """The runs of both programs on every input of one length at once, in one graph.

    What both compute from the same input literals is swept together, so that guards that are equal
    between the programs are mostly one literal before anything is asked about outputs (SAT
    sweeping, as in combinational equivalence checking).
    """

    def __init__(self, pair: Pair, length: int) -> None:
        self.inputs = Inputs(pair.inputs, length, calls=pair.calls)
        self._pair = pair
        self.by_side = {
            side: SymbolicRun(
                SlicedProgram(abstraction, whole(abstraction.finite)),
                self.inputs,
                pair.bounds[side][length],
            )
            for side, abstraction in pair.abstractions.items()
        }

    def advance(self) -> None:
        """Follows the runs on to their ends, as far as there is time."""
        for run in self.by_side.values():
            run.advance(self._pair.deadline)

    def input_with(self, literal: Literal) -> tuple[int, ...] | None:
        """Returns an input on which a literal holds; None where there is none, as is known."""
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
