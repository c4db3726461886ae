"""The context of a comparison: what its obligations share, each part made when first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final, final

from alta_verify.claim.equivalent import SIDES, Pair
from alta_verify.obligation import Refuted
from alta_verify.prove.equivalence.side_by_side import SideBySide
from alta_verify.prove.equivalence.symbolic import JointRuns
from alta_verify.reach.sets.value_sets import ValueSets, value_sets
from alta_verify.search.disagreement import Disagreement, find_disagreement

__all__ = ["Comparison"]

# Languages with at most so many inputs are run through rather than reasoned about.
_ENUMERABLE: Final = 1 << 15


@final
class Comparison:
    """Two programs with what is known of their runs.

    Attributes:
        pair: what is compared.
        side_by_side: runs both programs on inputs.
        agreed: for each length that was run through, how many inputs it has.
    """

    def __init__(self, pair: Pair) -> None:
        """Takes what is compared."""
        self.pair = pair
        self.side_by_side = SideBySide(pair)
        self.agreed: dict[int, int] = {}
        self._joint_runs: dict[int, JointRuns] = {}

    @cached_property
    def enumerable(self) -> bool:
        """Whether there are so few inputs that all are run."""
        # Running all inputs is the meaning itself, and fast for so few.
        return self.pair.number <= _ENUMERABLE

    @cached_property
    def value_sets(self) -> Mapping[str, ValueSets]:
        """What each name of each program can be, position by position."""
        abstractions = self.pair.abstractions
        return {
            side: value_sets(abstractions[side], self.pair.live, self.pair.lengths)
            for side in SIDES
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
        """Runs both programs on an input on which they seem to disagree.

        Raises:
            Refuted: when they do.
        """
        disagreement = self.replay(tokens)
        if disagreement is not None:
            raise Refuted(disagreement)
