"""Plans: which parts of a program are worked out once a sequence, and which once a position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from alta.lang.kinds import Numerical
from alta.lang.paths import ManyPaths
from alta.lang.program import Program
from alta.lang.uniform import uniform_names

__all__ = ["Plan", "Selection", "plan_of"]


@final
@dataclass(frozen=True)
class Selection:
    """What some heads have in common: they select the same positions.

    Attributes:
        query: the query variable, or None.
        key: the key variable, or None.
        mask: the relative positions that may be selected, or None.
        heads: the heads that select so.
        values: for each head, the variable that it reads.
        averages: whether the only head is numerical, and reads the mean of what it selects.
        uniform: whether all positions select the same.
        lasting: whether the selection is the same in all layers.
        blind: whether a lasting selection is the same for all tokens.
    """

    query: str | None
    key: str | None
    mask: tuple[int, ...] | None
    heads: tuple[str, ...]
    values: tuple[str, ...]
    averages: bool
    uniform: bool
    lasting: bool
    blind: bool


@final
@dataclass(frozen=True)
class Plan:
    """A program taken apart.

    Attributes:
        uniform: the uniform variables, in the program's order.
        positional: the other variables.
        shared: the selections that are the same for all positions.
        separate: the selections that differ between positions.
        lasting: the variables that no rule assigns.
    """

    uniform: tuple[str, ...]
    positional: tuple[str, ...]
    shared: tuple[Selection, ...]
    separate: tuple[Selection, ...]
    lasting: frozenset[str]


def plan_of(program: Program) -> Plan:
    """Takes a program apart."""
    uniform = uniform_names(program)
    # A variable that no rule assigns keeps its first value, so that it lasts.
    lasting = frozenset(program.variables) - _assigned(program)
    selections = _selections(program, uniform, lasting)
    return Plan(
        uniform=tuple(name for name in program.variables if name in uniform),
        positional=tuple(name for name in program.variables if name not in uniform),
        shared=tuple(selection for selection in selections if selection.uniform),
        separate=tuple(selection for selection in selections if not selection.uniform),
        lasting=lasting,
    )


def _assigned(program: Program) -> frozenset[str]:
    # A function may assign any variable.
    if isinstance(program.mlp, ManyPaths):
        return frozenset(program.variables)
    return frozenset(rule.variable for rule in program.mlp)


def _selections(
    program: Program, uniform: frozenset[str], lasting: frozenset[str]
) -> list[Selection]:
    # Categorical heads with one query, key and mask share a selection; a mean has its own sums.
    alike: dict[tuple[str | None, str | None, tuple[int, ...] | None, str | None], list[str]] = {}
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
