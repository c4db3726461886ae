"""Places: what happens at one position in one layer of a run, and why.

A value changes because a rule fires, and a head reads what it reads because some positions are
selected. Both are told in the program's words, from the states of the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from alta.interp.step import Local, Table, firing, selected
from alta.lang.heads import Head
from alta.lang.kinds import Numerical
from alta.lang.masks import Mask
from alta.lang.program import Program
from alta.lang.rules import Rule
from alta.lang.values import UNDEFINED, Value, show_value

__all__ = ["Place", "Reading", "head_words", "place_of", "selections"]

# So many positions are named; a head that looks everywhere selects most of them.
_LISTED: Final = 6


@final
@dataclass(frozen=True)
class Reading:
    """The output of a head at a position, and where it is from.

    Attributes:
        head: its name.
        value: what it reads; UNDEFINED where nothing can be read.
        selected: the positions that it selects in the program, in ascending order.
        why: what selects them, and what is made of their values, in words.
    """

    head: str
    value: Value
    selected: tuple[int, ...]
    why: str

    def __str__(self) -> str:
        return f"{self.head} reads {show_value(self.value)}: {self.why}"


@final
@dataclass(frozen=True)
class Place:
    """A position in a layer: its values before and after, what heads read, the rules that fire.

    Attributes:
        layer: which one, from 1.
        position: which one, from 0.
        token: its name.
        before: the value of each variable that the layer starts from.
        after: the value of each variable after the MLP.
        reads: what each head reads, by name.
        rules: the rules that fire, in canonical order.
    """

    layer: int
    position: int
    token: str
    before: Local
    after: Local
    reads: dict[str, Reading]
    rules: tuple[Rule, ...]

    def __str__(self) -> str:
        lines = [f"layer {self.layer}, position {self.position} ({self.token}):"]
        lines += [f"  {reading}" for reading in self.reads.values()]
        by_rule = {rule.variable: f", by the rule '{rule}'" for rule in self.rules}
        for name, value in self.after.items():
            if name in by_rule or value != self.before[name]:
                values = f"{show_value(self.before[name])} → {show_value(value)}"
                lines.append(f"  {name}: {values}{by_rule.get(name, ', by no rule')}")
        return "\n".join([*lines, *([] if self.rules else ["  no rule fires"])])


def place_of(
    program: Program,
    tokens: Sequence[int],
    tables: Sequence[Table],
    layer: int,
    position: int,
) -> Place:
    """Returns what happens at a place; the tables are those before, within and after the layer."""
    before, attended, after = tables
    return Place(
        layer,
        position,
        program.vocab[tokens[position]],
        before[position],
        after[position],
        {
            name: _reading(program, name, before, position, attended[position][name])
            for name in program.heads
        },
        tuple(firing(program, attended[position])),
    )


def selections(
    program: Program, name: str, state: Table
) -> tuple[tuple[tuple[int, float], ...], ...]:
    """Returns for each position those that a head selects from it, each with its share."""
    head = program.heads[name]
    rows = [selected(head, state, position) for position in range(len(state))]
    return tuple(tuple((source, 1 / len(row)) for source in row) for row in rows)


def head_words(head: Head) -> str:
    """Returns what a head reads, wherever it is."""
    if head.query is None:
        return f"'{head.value}' of {_within(head.mask)}"
    where = f"{_within(head.mask)} with '{head.key}' matching the reader's '{head.query}'"
    return f"'{head.value}' of {where}"


def _reading(program: Program, name: str, state: Table, position: int, value: Value) -> Reading:
    head = program.heads[name]
    sources = selected(head, state, position)
    if isinstance(program.domains[name], Numerical):
        made = f", the mean of their '{head.value}'" if sources else "; of none there is no mean"
    elif len(sources) == 1:
        made = f", where '{head.value}' is {show_value(state[sources[0]][head.value])}"
    else:
        made = "; a categorical value needs exactly one"
    criterion = f"selects {_wanted(head, state[position])}"
    why = f"{criterion}: {_listed(sources, position)}{made}"
    return Reading(name, value, tuple(sources), why)


def _wanted(head: Head, local: Local) -> str:
    """Says which positions a head looks for from a local state."""
    where = _within(head.mask)
    if head.query is None or head.key is None:
        return where
    query = local[head.query]
    if query is UNDEFINED:
        return f"nothing, as its query '{head.query}' is UNDEFINED"
    relation = "in" if isinstance(query, frozenset) else "="
    return f"{where} with '{head.key}' {relation} {show_value(query)}, its own '{head.query}'"


def _within(mask: Mask) -> str:
    if mask.listed is not None:
        return "what is " + " or ".join(map(_away, mask.listed))
    return {None: "all", 0: "all up to itself", -1: "all before itself"}[mask.last]


def _away(offset: int) -> str:
    return f"{abs(offset)} to the {'left' if offset < 0 else 'right'}" if offset else "itself"


def _listed(sources: Sequence[int], position: int) -> str:
    shown = [f"{source} (itself)" if source == position else f"{source}" for source in sources]
    hidden = len(shown) - _LISTED
    listed = ", ".join(shown[:_LISTED]) + (f" and {hidden} more" if hidden > 0 else "")
    return f"position{'s' if len(shown) > 1 else ''} {listed}" if shown else "no position"
