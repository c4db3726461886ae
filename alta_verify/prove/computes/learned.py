"""Learned blocks, whose units stand for nothing: boxes at each layer boundary, by affine bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import final

from alta.nn.block import DenseBlock
from alta_verify.boxes.learned import Learned
from alta_verify.boxes.reachable_transitions import reachable_transitions
from alta_verify.encode.relation import Relation
from alta_verify.prove.computes.context import Context
from alta_verify.reach.answer import Reachable

__all__ = ["LearnedBlock"]


@final
class LearnedBlock:
    """A `Block` of matrices with ReLU in between, with any weights.

    Attributes:
        boxes: the bounds.
    """

    def __init__(self, context: Context, block: DenseBlock) -> None:
        """Takes what obligations share, and the parameters."""
        self._context = context
        runs = context.runs
        self.boxes = Learned(
            block,
            first=lambda: context.embedding.relation,
            encoded=context.encoded,
            transitions=lambda: reachable_transitions(
                context.finite, runs.value_sets.distinct(), runs.sampled, runs.find
            ),
            layers=lambda: runs.most_layers,
            format_=context.task.format,
        )

    @property
    def relation(self) -> Relation:
        """The hulls of all boxes."""
        return self.boxes.layerwise.union

    @property
    def start(self) -> Relation:
        """The boxes of the embedding."""
        return self.boxes.layerwise.relations[0]

    @property
    def relations(self) -> Sequence[Relation]:
        """The boxes at each layer boundary."""
        return self.boxes.layerwise.relations

    def reads(self, head: str) -> str:
        """Bounds what a head adds; where that may be is all that affine bounds rest on."""
        # Lemma 2: the box is all that the block presumes, whether or not it decodes.
        return f"boxes of {len(self._context.network.codes[head]) - 1} values"

    def keeps(self, variable: str) -> str:
        """Shows ``ffn[variable]``: every layer leads from its boxes to the next ones."""
        # Lemma 11 (forms): affine bounds hold of the real block and of the computed one. Where
        # boxes stop decoding there is a transition that leads out of them, and so, if a run makes
        # it, an input on which it may show.
        escape = self.boxes.layerwise.escape
        if escape is not None and escape.name == variable:
            self._run_into(escape.transition.local)
        self.boxes.keeps(variable)
        return self.boxes.method

    def resets(self, head: str) -> str:
        """Shows ``reset[head]``, the same in the coordinates of a head."""
        return self.keeps(head)

    def _run_into(self, local: Mapping[str, int]) -> None:
        """Runs both sides on an input that gets into a local state.

        Raises:
            Refuted: when they differ.
        """
        pattern = {name: frozenset({value}) for name, value in local.items()}
        answer = self._context.runs.find(pattern)
        if isinstance(answer, Reachable):
            self._context.refute(answer.tokens)

    def check_sums(self) -> None:
        """Has nothing to check: affine bounds raise where a number may leave the format."""

    def renew(self) -> None:
        """Forgets that there was no time for bounds."""
        self.boxes.renew()
