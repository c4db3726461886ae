"""States of many sequences as numbers, in two parts: what is the same at all positions or is not.

A plan says which parts of a program are worked out once a sequence, and which once a position.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import numpy.typing as npt

from alta.interp.batch.interning import Ids, Places, Rows
from alta.lang.kinds import Numerical
from alta.lang.masks import Mask
from alta.lang.paths import ManyPaths
from alta.lang.program import Program
from alta.lang.uniform import uniform_names

__all__ = ["Plan", "Selection", "StateRows", "States", "Tables", "plan_of"]

Tables = npt.NDArray[np.int64]
"""Codes (`alta.interp.batch.codes`) of shape (batch, length, names); UNDEFINED is -1."""


@final
@dataclass(frozen=True)
class Selection:
    """What some heads have in common: by query, key and mask they select the same positions.

    Each reads one of `values`; a numerical head is alone, and averages. A lasting selection is the
    same in all layers, and a blind one for all tokens.
    """

    query: str | None
    key: str | None
    mask: Mask
    heads: tuple[str, ...]
    values: tuple[str, ...]
    averages: bool
    uniform: bool
    lasting: bool
    blind: bool


@final
@dataclass(frozen=True)
class Plan:
    """A program taken apart; `lasting` are the variables that no rule assigns."""

    uniform: tuple[str, ...]
    positional: tuple[str, ...]
    shared: tuple[Selection, ...]
    separate: tuple[Selection, ...]
    lasting: frozenset[str]


def plan_of(program: Program) -> Plan:
    """Takes a program apart."""
    uniform = uniform_names(program)
    # A variable that no rule assigns keeps its first value; a function may assign any.
    lasting: frozenset[str] = frozenset()
    if not isinstance(program.mlp, ManyPaths):
        lasting = frozenset(program.variables) - {rule.variable for rule in program.mlp}
    selections = _selections(program, uniform, lasting)
    return Plan(
        uniform=tuple(name for name in program.variables if name in uniform),
        positional=tuple(name for name in program.variables if name not in uniform),
        shared=tuple(selection for selection in selections if selection.uniform),
        separate=tuple(selection for selection in selections if not selection.uniform),
        lasting=lasting,
    )


def _selections(
    program: Program, uniform: frozenset[str], lasting: frozenset[str]
) -> list[Selection]:
    # Categorical heads with one query, key and mask share a selection; a mean has its own sums.
    alike: dict[tuple[str | None, str | None, Mask, str | None], list[str]] = {}
    for name, head in program.heads.items():
        alone = name if isinstance(program.domains[name], Numerical) else None
        alike.setdefault((head.query, head.key, head.mask, alone), []).append(name)
    selections = []
    for (query, key, mask, alone), names in alike.items():
        # A selection depends on its query and key alone, not on what is read there.
        read = {name for name in (query, key) if name is not None}
        selections.append(
            Selection(
                query=query,
                key=key,
                mask=mask,
                heads=tuple(names),
                values=tuple(program.heads[name].value for name in names),
                averages=alone is not None,
                uniform=names[0] in uniform,
                lasting=read <= lasting,
                # What lasts and does not start by token is the same in all sequences of one length.
                blind=all(program.variables[name].initial.source != "token" for name in read),
            )
        )
    return selections


@final
@dataclass
class States:
    """The states of equally long sequences: uniform (batch,) and positional (batch, length)."""

    uniform: Ids
    positional: Ids

    def restricted(self, rows: Places | slice) -> States:
        """Returns the states of some of the sequences."""
        return States(self.uniform[rows], self.positional[rows])

    def copy(self) -> States:
        """Returns the same states on arrays of their own."""
        return States(self.uniform.copy(), self.positional.copy())


@final
@dataclass(frozen=True)
class StateRows:
    """What the numbers of states mean: rows of the uniform variables, and rows of the others."""

    uniform: Rows
    positional: Rows

    def column(self, name: str, states: States) -> npt.NDArray[Any]:
        """Returns the codes of a variable; shape (batch, length), or (batch, 1) if uniform."""
        if name in self.uniform.names:
            return self.uniform.column(name)[states.uniform][:, None]
        return self.positional.column(name)[states.positional]

    def table(self, names: Collection[str], states: States) -> Tables:
        """Returns the codes of variables."""
        table = np.empty((*states.positional.shape, len(names)), dtype=np.int64)
        for index, name in enumerate(names):
            table[..., index] = self.column(name, states)
        return table
