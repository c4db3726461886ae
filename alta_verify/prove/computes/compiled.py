"""Compiled blocks, whose neurons stand for rules: one relation for all layers, shown by cases."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import final

from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.encode.relation import Relation, decodes
from alta_verify.obligation import NotShown
from alta_verify.prove.computes.context import Context
from alta_verify.prove.computes.ffn import show_by_cases
from alta_verify.prove.computes.reset import show_taken_away
from alta_verify.search.invariant import invariant

__all__ = ["CompiledBlock"]


@final
class CompiledBlock:
    """A `Block` of four matrices: two expand values, two look rules up."""

    boxes = None
    relations: Sequence[Relation] = ()

    def __init__(self, context: Context) -> None:
        """Takes what obligations share."""
        self._context = context

    @cached_property
    def relation(self) -> Relation:
        """What holds before every layer: a guess, of which everything is shown that is needed."""
        context = self._context
        # A template search for an inductive invariant: boxes that grow where runs leave them, then
        # drift. Nothing rests on how it was found, since every obligation is shown of it.
        return invariant(
            context.embedding.relation,
            context.encoded,
            lambda: context.runs.sampled,
            lambda: context.runs.most_layers,
            resets=not context.runs.single_layer,
            format_=context.task.format,
        )

    @property
    def start(self) -> Relation:
        """The one relation."""
        return self._context.relation

    def reads(self, head: str) -> str:
        """Shows that what a head adds decodes to the value that it reads."""
        codes = self._context.network.codes[head]
        domain = self._context.model.program.domains[head]
        # Not what Lemma 2 needs, which holds of any box; but a head that gives something else is
        # better left open here, by its name, than at every variable that reads it.
        for value, box in codes.items():
            if value != UNDEFINED_VALUE and decodes(domain, box, value) is not True:
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
        for column in range(self._context.model.layout.width):
            self._context.network.mlp.output(column)
        self._context.network.mlp.check_unread()

    def renew(self) -> None:
        """Has nothing to forget."""
