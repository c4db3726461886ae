"""The network: all that is encoded of a layer, given a relation that holds before it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property
from typing import final

from alta.nn.model import Model
from alta_verify.arithmetic.formats import Format, FormatOverflowError
from alta_verify.arithmetic.interval import ZERO
from alta_verify.arithmetic.scaled import NotScalableError
from alta_verify.encode.attention import HeadCodes, encode_head
from alta_verify.encode.cases import Cubes
from alta_verify.encode.coordinates import Coordinates
from alta_verify.encode.firing import Firing, ScaledMLP
from alta_verify.encode.first_layer import Boxes
from alta_verify.encode.mlp import MLPEncoding
from alta_verify.encode.relation import Codes, Relation
from alta_verify.encode.scores import Scores, encode_scores
from alta_verify.encode.softmax import Softmax, softmax
from alta_verify.obligation import NotShown, Obligation

__all__ = ["Network"]


@final
class Network:
    """One layer of a model as a function of the state of the program.

    Masks are the model's, as these are what it runs with. Which variables a head is about says the
    program, as nothing in a model does.

    What it says presumes the relation before the layer, and the obligations about masks and scores.
    """

    def __init__(self, model: Model, relation: Relation, length: int, format_: Format) -> None:
        self._model, self._length, self._format = model, length, format_
        self._program = relation.abstraction.concrete
        self.relation = relation
        self._cases: dict[str, int | None] = {}
        # Most names are read by several variables.
        self._boxes = cache(lambda name: Boxes.of(self.codes[name]))

    def single(self, head: str) -> bool:
        """Says whether the mask lets every position attend to at most one."""
        return self._model.program.heads[head].mask.single

    def mixed(self, head: str) -> int:
        """Returns how many positions may have weight at once, at most."""
        return self._model.program.heads[head].mask.most(self._length)

    @cached_property
    def scores(self) -> Mapping[str, Scores]:
        """The scores of every head that has a query and a choice."""
        return {
            name: encode_scores(self._model, self.relation, name, self._format)
            for name, head in self._program.heads.items()
            if head.query is not None and not self.single(name)
        }

    def softmax(self, head: str) -> Softmax:
        """Returns what is known of the weights of a head.

        Raises `NotShown` when a key that is not selected may have as high a score as one that is.
        """
        scores = self.scores.get(head)
        if scores is None:
            return Softmax.by_mask(self.mixed(head))
        if scores.gap is not None and scores.gap <= 0:
            raise NotShown(self.gap_text(head), owner=Obligation("softmax", head))
        return softmax(scores.gap, scores.spread, scores.apart, self.mixed(head), self._format)

    def gap_text(self, head: str) -> str:
        """Returns how far apart scores of selected keys and of others are, in words."""
        scores = self.scores[head]
        if scores.gap is None or scores.worst is None:
            return "all keys are selected"
        query, key = scores.worst
        declared = self._program.heads[head]
        asked = self.relation.abstraction.shown(str(declared.query), query)
        return f"score gap {float(scores.gap):g} at {declared.query}={asked}, {declared.key}={key}"

    @cached_property
    def heads(self) -> Mapping[str, HeadCodes]:
        """What every head adds."""
        return {
            name: encode_head(
                self._model,
                self.relation,
                name,
                softmax=self.softmax(name),
                count=self.mixed(name),
                format_=self._format,
            )
            for name in self._program.heads
        }

    @cached_property
    def start(self) -> Mapping[str, Codes]:
        """The intervals of every name after attention, before anything has drifted."""
        return {
            **self.relation.start,
            **{name: head.codes for name, head in self.heads.items()},
        }

    @cached_property
    def codes(self) -> Mapping[str, Codes]:
        """The intervals of every name after attention."""
        # Before a layer at most T_max - 1 others have drifted (theorem: The relation).
        return {name: self.relation.drifted(name, codes) for name, codes in self.start.items()}

    def check_spill(self) -> None:
        """Raises `NotShown` when a head writes to coordinates that are not its own."""
        # Lemma 2: no head writes to what another one, or a variable, has in the residual stream.
        for name, head in self.heads.items():
            if head.spill:
                raise NotShown(
                    f"head {name} writes to coordinates that are not its own",
                    owner=Obligation("attention", name),
                )

    @cached_property
    def mlp(self) -> MLPEncoding:
        """The feed-forward block; raises as `check_spill` does."""
        self.check_spill()
        # Coordinates of variables are not bounded away from 0, so that no multiple of one is taken
        # to be exact.
        floors = {name: head.floor for name, head in self.heads.items()}
        coordinates = Coordinates(
            self._model.layout,
            self.codes,
            {**floors, **dict.fromkeys(self._program.variables)},
            self.start,
            self.relation.drift,
            self.relation.layers,
        )
        return MLPEncoding(self._model.weights.compiled_mlp, coordinates, self._format)

    def clears(self, head: str) -> bool:
        """Says whether the block is seen to leave nothing of what a head adds."""
        outputs = map(self.mlp.output, self._model.layout.columns[head])
        # What the head never writes to may stay as it is.
        return all(
            output.taken_away
            or (output.kept and all(box[index] == ZERO for box in self.codes[head].values()))
            for index, output in enumerate(outputs)
        )

    def firing_cases(self, variable: str, cubes: Cubes) -> int | None:
        """Returns in how many cases a variable gets the code of its next value, if in all of them.

        The cases are those of `Firing`; None where they do not show it, whatever the reason. Raises
        as `check_spill` does.

        Args:
            variable: the variable.
            cubes: the local states that may occur; always the same ones.
        """
        if variable not in self._cases:
            self.check_spill()
            try:
                self._cases[variable] = self._kept_cases(variable, cubes)
            except (NotScalableError, FormatOverflowError):
                self._cases[variable] = None
        return self._cases[variable]

    def _kept_cases(self, variable: str, cubes: Cubes) -> int | None:
        relation = self.relation
        # Where coordinates drift, what they have drifted by is in no box.
        if relation.drift:
            return None
        firing = Firing(
            self._scaled,
            self._model.layout,
            self._boxes,
            self._format,
            variable,
            relation.abstraction.cubes(variable),
            cubes,
        )
        return firing.keeps(relation.start[variable])

    @cached_property
    def _scaled(self) -> ScaledMLP:
        """The feed-forward block in scaled integers."""
        return ScaledMLP.of(self._model.weights.compiled_mlp)
