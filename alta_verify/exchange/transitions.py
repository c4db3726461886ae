"""Transitions: the local states of one variable as boxes, with what it has to become in each.

They are those of Lemma 3: combinations of values in the value sets in which no rule for the
variable fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import Final, TypeAlias, final

from alta.lang.rules import Rule
from alta.limit import checkpoint
from alta.nn.sparse import as_sparse
from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.obligation import NotShown
from alta_verify.prove.computes.context import Context
from alta_verify.universal import nonempty

__all__ = ["Box", "Group", "columns_read", "groups"]

# Of a variable with more local states than this no query is written.
_STATES: Final = 1 << 10

Box: TypeAlias = tuple[tuple[Fraction, Fraction], ...]
"""An interval for each coordinate."""


@final
@dataclass(frozen=True)
class Group:
    """The local states from which a variable comes to one value.

    Attributes:
        value: the value, in words.
        states: the boxes of the coordinates that are read.
        after: the box of the coordinates of the variable after the block.
    """

    value: str
    states: Sequence[Box]
    after: Box


def columns_read(context: Context, variable: str) -> list[int]:
    """Returns the coordinates of the names on which a variable depends, by rules or by weights."""
    layout, mlp = context.model.layout, context.model.weights.compiled_mlp
    wanted = {*layout.columns[variable]}
    for matrix in (mlp.lookup_out, mlp.lookup_in, mlp.expand_out, mlp.expand_in):
        entries = as_sparse(matrix)
        places = zip(entries.pattern.rows.tolist(), entries.pattern.columns.tolist(), strict=True)
        wanted = {row for row, column in places if column in wanted}
    owners = {column: name for name, columns in layout.columns.items() for column in columns}
    names = {owners[column] for column in wanted}
    names |= {variable, *context.finite.tested_by_variable[variable]}
    return [column for name in layout.columns if name in names for column in layout.columns[name]]


def groups(context: Context, variable: str) -> list[Group]:
    """Returns the local states of a variable, by the value that it comes to.

    Raises:
        NotShown: when there are too many, or nothing is known of the network.
    """
    columns = set(columns_read(context, variable))
    names = [name for name, own in context.model.layout.columns.items() if columns & {*own}]
    codes = context.network.codes
    states: dict[int, dict[tuple[int, ...], None]] = {}
    for row in nonempty(context.cubes, "local states"):
        if prod(len(row[name]) for name in names) > _STATES:
            raise NotShown(f"{variable} has more than {_STATES} local states")
        for values in product(*(sorted(row[name]) for name in names)):
            checkpoint()
            local = dict(zip(names, values, strict=True))
            after = _after(context.finite.rules_by_variable[variable], variable, local, context)
            if after is not None:
                states.setdefault(after, {})[values] = None
    if sum(map(len, states.values())) > _STATES:
        raise NotShown(f"{variable} has more than {_STATES} local states")
    # No universal over nothing: in some state no rule fails.
    return [
        Group(
            context.task.abstraction.shown(variable, after),
            [tuple(_box(codes, names, values)) for values in found],
            tuple(_box(codes, [variable], (after,))),
        )
        for after, found in sorted(nonempty(states, f"local states of {variable}").items())
    ]


def _after(
    rules: Sequence[Rule], variable: str, local: Mapping[str, int], context: Context
) -> int | None:
    """Returns the next value, or None where a rule fails, or two fire."""
    written = []
    for rule in rules:
        values = [(local[atom.variable], atom.value) for atom in rule.atoms]
        if all(value in (UNDEFINED_VALUE, wanted) for value, wanted in values):
            if any(value == UNDEFINED_VALUE for value, _ in values):
                return None
            if context.finite.is_trap(rule):
                return None
            written.append(context.finite.index_assigned(rule))
    if len(written) > 1:
        return None
    return written[0] if written else local[variable]


def _box(
    codes: Mapping[str, Mapping[int, Sequence[object]]],
    names: Sequence[str],
    values: Sequence[int],
) -> Iterator[tuple[Fraction, Fraction]]:
    for name, value in zip(names, values, strict=True):
        for interval in codes[name][value]:
            yield interval.lo, interval.hi  # type: ignore[attr-defined]
