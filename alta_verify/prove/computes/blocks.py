"""Blocks: how layers with a compiled and with a learned feed-forward block keep a relation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import final

from alta.limit import OutOfTime, in_time
from alta.nn.block import DenseBlock
from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.arithmetic.formats import FormatOverflowError
from alta_verify.boxes.enclosed import EnclosedLayers, enclosed
from alta_verify.boxes.learned import Learned
from alta_verify.boxes.reachable_transitions import reachable_transitions
from alta_verify.encode.network import Network
from alta_verify.encode.relation import Relation, decodes
from alta_verify.obligation import NotShown
from alta_verify.prove.computes.context import Context
from alta_verify.prove.computes.ffn import show_by_cases
from alta_verify.prove.computes.reset import show_taken_away
from alta_verify.reach.answer import Reachable
from alta_verify.search.invariant import invariant

__all__ = ["CompiledBlock", "LearnedBlock", "NoisyBlock"]


@final
class CompiledBlock:
    """A `Block` of four matrices, two of which expand values and two look rules up.

    Its neurons stand for rules. There is one relation for all layers, shown by cases.
    """

    boxes, spilling = None, False
    relations: Sequence[Relation] = ()

    def __init__(self, context: Context) -> None:
        self._context = context

    @cached_property
    def relation(self) -> Relation:
        """What holds before every layer: a guess, of which everything is shown that is needed."""
        context = self._context
        first = context.embedding.relation
        if self._keeps_codes(context.encoded(first)):
            return first
        # A template search for an inductive invariant: boxes that grow where runs leave them, then
        # drift. Nothing rests on how it was found, since every obligation is shown of it.
        return invariant(
            first,
            context.encoded,
            lambda: context.runs.sampled,
            lambda: context.runs.most_layers,
            resets=not context.runs.single_layer,
            format_=context.task.format,
        )

    def _keeps_codes(self, network: Network) -> bool:
        """Says whether a layer is seen to keep all variables and to take all head outputs away."""
        context = self._context
        resets = () if context.runs.single_layer else context.program.heads
        try:
            return all(
                self._firing_cases(network, name) is not None for name in context.program.variables
            ) and all(map(network.clears, resets))
        except (NotShown, FormatOverflowError):
            return False

    def _firing_cases(self, network: Network, variable: str) -> int | None:
        return network.firing_cases(variable, self._context.runs.value_sets.distinct())

    def reads(self, head: str) -> str:
        """Shows that what a head adds decodes to the value that it reads."""
        codes = self._context.network.codes[head]
        domain, format_ = self._context.model.program.domains[head], self._context.task.format
        # Not what Lemma 2 needs, which holds of any box; but a head that gives something else is
        # better left open here, by its name, than at every variable that reads it.
        for value, box in codes.items():
            if value != UNDEFINED_VALUE and decodes(domain, box, value, format_, ()) is not True:
                shown = ", ".join(map(str, box))
                raise NotShown(f"reading {value} gives ({shown}), which does not decode to it")
        return f"exact arithmetic over {len(codes) - 1} values"

    def keeps(self, variable: str) -> str:
        """Shows ``ffn[variable]``."""
        return show_by_cases(self._context, variable)

    def resets(self, head: str) -> str:
        """Shows ``reset[head]``."""
        return show_taken_away(self._context, head)

    def check_sums(self) -> None:
        """Encodes every coordinate and unit, which raises where a number may leave the format."""
        # Encoding a sum bounds every partial sum of it (Lemmas 8 and 9), and raises where one is
        # too large.
        network = self._context.network
        for name, columns in self._context.model.layout.columns.items():
            # Lemma 13 (firing): the cases of a variable have all sums that lead to it.
            if name in network.heads or self._firing_cases(network, name) is None:
                for column in columns:
                    network.mlp.output(column)
        network.mlp.check_unread()

    def renew(self) -> None:
        """Has nothing to forget."""


@final
class NoisyBlock:
    """A `Block` of four matrices, as compiled, with noise on every weight.

    Heads and block write a little everywhere, and boxes hold all that builds up.
    """

    boxes, spilling = None, True
    relations: Sequence[Relation] = ()

    def __init__(self, context: Context) -> None:
        self._context = context

    @property
    def relation(self) -> Relation:
        """What holds before every layer."""
        return self._enclosed.relation

    @property
    def _enclosed(self) -> EnclosedLayers:
        if isinstance(self._tried, NotShown):
            # A new exception, as the one that is kept has the traceback of another obligation.
            raise NotShown(str(self._tried), owner=self._tried.owner)
        return in_time(self._tried)

    @cached_property
    def _tried(self) -> EnclosedLayers | NotShown | OutOfTime:
        # Whatever came of it is kept, as every obligation asks.
        context = self._context
        runs = context.runs
        try:
            layers = runs.most_layers
            if layers is None:
                return NotShown(
                    "coordinates may drift with every layer, and nothing bounds how many there are"
                )
            return enclosed(
                context.model,
                context.embedding.relation,
                context.encoded,
                runs.value_sets.distinct(),
                layers,
                context.task.format,
            )
        except NotShown as reason:
            return reason
        except OutOfTime:
            return OutOfTime("cut short in bounding layers with noise")
        except FormatOverflowError as error:
            return NotShown(str(error))

    def reads(self, head: str) -> str:
        """Bounds what a head adds; where that may be is all that the block rests on."""
        # Lemma 2: the box is all that is presumed, whether or not it decodes.
        return f"boxes of {len(self._context.network.codes[head]) - 1} values"

    def keeps(self, variable: str) -> str:
        """Shows ``ffn[variable]``."""
        layers, context = self._enclosed, self._context
        # No universal over nothing: cases speak of values that have boxes, which all of them have.
        cubes = context.cubes
        # Lemma 12 (witnesses): a step of a run satisfies the premises, and is among the local
        # states.
        step = context.runs.some_step
        if step is None or not any(map(step.is_of, cubes)):
            raise NotShown("no run is seen to take a layer")
        if not layers.kept[variable]:
            raise NotShown(f"layers do not keep the boxes of {variable}")
        return f"boxes, by the rule that fires; {layers.cases[variable]} cases"

    def resets(self, head: str) -> str:
        """Shows ``reset[head]``."""
        if not self._enclosed.kept[head]:
            raise NotShown(f"layers do not keep the boxes of {head}")
        return "affine bounds"

    def check_sums(self) -> None:
        """Has nothing to check: bounds raise where a number may leave the format."""

    def renew(self) -> None:
        """Forgets that there was no time for bounds."""
        if isinstance(self.__dict__.get("_tried"), OutOfTime):
            del self.__dict__["_tried"]


@final
class LearnedBlock:
    """A `Block` of any matrices with ReLU in between: boxes at each boundary, by affine bounds."""

    spilling = False

    def __init__(self, context: Context, block: DenseBlock) -> None:
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
            local = escape.transition.local
            answer = self._context.runs.find({n: frozenset({index}) for n, index in local.items()})
            if isinstance(answer, Reachable):
                self._context.refute_near(answer, local)
        self.boxes.keeps(variable)
        return self.boxes.method

    def resets(self, head: str) -> str:
        """Shows ``reset[head]``, the same in the coordinates of a head."""
        return self.keeps(head)

    def check_sums(self) -> None:
        """Has nothing to check: affine bounds raise where a number may leave the format."""

    def renew(self) -> None:
        """Forgets that there was no time for bounds."""
        self.boxes.renew()
