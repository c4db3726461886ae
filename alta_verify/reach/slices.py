"""Slices: the part of a program that decides what a few of its names hold.

A slice is a set of names closed under dependence. A variable depends on what the rules that write
it test; a head depends on its query, its key and its value. Whether a head is UNDEFINED depends on
its query and key alone, so a head may also belong to a slice by its *definedness* only. The halt
variable belongs to every slice. So the program without all other names runs as the whole program
does, on the names of the slice, as long as no input has failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import final

from alta.lang.program import Program
from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.reach.answer import Pattern

__all__ = ["DEFINED_VALUE", "Slice", "slice_for", "slice_of", "weakened", "whole"]

DEFINED_VALUE = 0
"""Stands for any value of a head that belongs to a slice by its definedness only."""


@final
@dataclass(frozen=True)
class Slice:
    """A closed set of names.

    Attributes:
        names: the variables and heads whose values are kept.
        defined: the heads of which it is only kept whether they are UNDEFINED.
    """

    names: frozenset[str]
    defined: frozenset[str] = frozenset()

    def weaken(self, pattern: Pattern) -> Pattern:
        """Returns what a pattern says about the names of the slice, and no more than that."""
        weak: dict[str, frozenset[int]] = {}
        for name, values in pattern.items():
            if name in self.names:
                weak[name] = values
            elif name in self.defined:
                weak[name] = frozenset(
                    UNDEFINED_VALUE if value == UNDEFINED_VALUE else DEFINED_VALUE
                    for value in values
                )
        return weak

    def rules(self, program: Program) -> int:
        """Counts the rules that write variables of the slice."""
        return sum(len(rules) for name, rules in program.rules_by_variable.items() if name in self)

    def __contains__(self, name: str) -> bool:
        """Says whether the values of a name are kept."""
        return name in self.names


def whole(program: Program) -> Slice:
    """Returns the slice that is the whole program."""
    return Slice(frozenset(program.domains))


def slice_of(program: Program, names: Iterable[str], defined: Iterable[str] = ()) -> Slice:
    """Returns the smallest slice with the values of some names and the definedness of some heads.

    Args:
        program: the program.
        names: variables and heads.
        defined: heads.
    """
    halt = () if program.halt is None else (program.halt.variable,)
    kept: set[str] = set()
    partly = set(defined)
    pending = [*names, *halt]
    for head in partly:
        pending += _selection(program, head)
    while pending:
        name = pending.pop()
        if name in kept:
            continue
        kept.add(name)
        if name in program.heads:
            pending += [*_selection(program, name), program.heads[name].value]
        else:
            pending += [
                atom.variable for rule in program.rules_by_variable[name] for atom in rule.atoms
            ]
    return Slice(frozenset(kept), frozenset(partly - kept))


def slice_for(program: Program, pattern: Pattern) -> Slice:
    """Returns the smallest slice that decides whether a local state is of a pattern."""
    defined = {
        name
        for name, values in pattern.items()
        if name in program.heads and values == {UNDEFINED_VALUE}
    }
    return slice_of(program, pattern.keys() - defined, defined)


def _selection(program: Program, name: str) -> list[str]:
    """Returns the variables that decide which positions a head selects."""
    head = program.heads[name]
    return [one for one in (head.query, head.key) if one is not None]


def weakened(program: Program, pattern: Pattern) -> Iterator[tuple[Slice, Pattern]]:
    """Yields weaker patterns, each with the slice that it is about; smaller slices first.

    What no run has of a weaker pattern, no run has of the pattern. Slices with more than half of
    the rules are left out, since they save too little.
    """
    slices: set[Slice] = set()
    for name in pattern:
        own = slice_of(program, [name])
        slices.add(slice_for(program, {one: pattern[one] for one in pattern if one in own}))
        if name in program.heads:
            slices.add(slice_of(program, [], [name]))
    sized = [(one.rules(program), sorted(one.names), one) for one in slices]
    for rules, _, one in sorted(sized, key=lambda entry: entry[:2]):
        if 2 * rules <= len(program.rules):
            yield one, one.weaken(pattern)
