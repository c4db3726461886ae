"""Slices: the part of a program that decides what a few of its names hold.

This is program slicing (Weiser 1981), or the cone of influence of model checking (Clarke, Grumberg
and Peled 1999). A slice is a set of names closed under dependence. A variable depends on what the
rules that write it test; a head depends on its query, its key and its value. Whether a head is
UNDEFINED depends on its query and key alone, so a head may also belong to a slice by its
*definedness* only. The halt variable belongs to every slice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import final

from alta.lang.heads import Head
from alta.lang.program import Program
from alta.lang.rules import Rule
from alta_verify.abstraction import UNDEFINED_VALUE, Abstraction
from alta_verify.reach.answer import Pattern

__all__ = ["DEFINED_VALUE", "Slice", "SlicedProgram", "slice_for", "slice_of", "weakened", "whole"]

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
                # UNDEFINED_VALUE lies below, and all other values above.
                weak[name] = frozenset(min(value, DEFINED_VALUE) for value in values)
        return weak

    def rules(self, program: Program) -> int:
        """Counts the rules that write variables of the slice."""
        written = program.rules_by_variable.items()
        return sum(len(rules) for name, rules in written if name in self.names)


@final
class SlicedProgram:
    """A program that has only the names of a slice, and only the rules that write its variables.

    Attributes:
        abstraction: the whole program; `finite` is the same over indices.
        heads: the heads that are kept, also those in `defined`, kept by their definedness only.
        names: the `variables` that are kept, and then these heads.
    """

    # Lemma 6 (slices): as long as the whole program does not fail on an input, it and the sliced
    # one agree on the names of the slice, and halt after the same layer.

    def __init__(
        self, abstraction: Abstraction, kept: Slice, max_layers: int | None = None
    ) -> None:
        self.abstraction = abstraction
        self.finite = program = abstraction.finite
        self.defined = kept.defined
        self.variables = [name for name in program.variables if name in kept.names]
        self.heads: Mapping[str, Head] = {
            name: head for name, head in program.heads.items() if name in kept.names | kept.defined
        }
        self.names = (*self.variables, *self.heads)
        self._max_layers = max_layers

    def layer_bound(self, length: int) -> int | None:
        """Returns the most layers of a run; None where only a halt or a repetition ends it."""
        if self._max_layers is not None:
            return self._max_layers
        return self.abstraction.concrete.layer_bound(length)

    @cached_property
    def rules(self) -> Mapping[str, tuple[Rule, ...]]:
        """For each variable the rules that write it, without traps."""
        trap, written = self.finite.is_trap, self.finite.rules_by_variable
        return {
            name: tuple(rule for rule in written[name] if not trap(rule)) for name in self.variables
        }

    @cached_property
    def tested(self) -> Mapping[str, tuple[str, ...]]:
        """For each variable the names that these rules test."""
        return {
            name: tuple(dict.fromkeys(atom.variable for rule in rules for atom in rule.atoms))
            for name, rules in self.rules.items()
        }

    @cached_property
    def rules_by_value(self) -> Mapping[str, Mapping[str, Mapping[int, Sequence[Rule]]]]:
        """The same rules by each name that all rules for a variable test, and its value."""
        index: dict[str, dict[str, dict[int, list[Rule]]]] = {}
        for variable, rules in self.rules.items():
            counts = Counter(atom.variable for rule in rules for atom in rule.atoms)
            common = {name for name, count in counts.items() if count == len(rules)}
            index[variable] = {name: {} for name in sorted(common)}
            for rule in rules:
                for atom in rule.atoms:
                    if atom.variable in common:
                        index[variable][atom.variable].setdefault(atom.value, []).append(rule)
        return index

    @cached_property
    def alike(self) -> Mapping[int, int]:
        """Each token with the first one with which all variables start alike.

        A run depends on tokens through these values alone: alike tokens lead to the same run.
        """
        by_token = [
            variable
            for name, variable in self.finite.variables.items()
            if name in self.variables and variable.initial.source == "token"
        ]
        first: dict[tuple[int, ...], int] = {}
        return {
            # These values come from the token alone, so that any position will do.
            token: first.setdefault(
                tuple(variable.initial_value(token, 0, name="") for variable in by_token), token
            )
            for token in range(self.finite.input_range)
        }


def whole(program: Program) -> Slice:
    """Returns the slice that is the whole program."""
    return Slice(frozenset(program.domains))


def slice_of(program: Program, names: Iterable[str], defined: Iterable[str] = ()) -> Slice:
    """Returns the smallest slice with the values of some names, and the definedness of heads."""
    halt = () if program.halt is None else (program.halt.variable,)
    kept: set[str] = set()
    partly = set(defined)
    pending = [*names, *halt]
    for head in partly:
        pending += _selection(program, head)
    # The least fixed point: every name is entered once, with what it depends on.
    while pending:
        name = pending.pop()
        if name in kept:
            continue
        kept.add(name)
        if name in program.heads:
            pending += [*_selection(program, name), program.heads[name].value]
        else:
            pending += program.tested_by_variable[name]
    return Slice(frozenset(kept), frozenset(partly - kept))


def slice_for(program: Program, pattern: Pattern) -> Slice:
    """Returns the smallest slice that decides whether a local state is of a pattern."""
    # Whether a head is UNDEFINED depends on what it selects, not on what it reads there.
    defined = {n for n in pattern if n in program.heads and pattern[n] == {UNDEFINED_VALUE}}
    return slice_of(program, pattern.keys() - defined, defined)


def _selection(program: Program, name: str) -> list[str]:
    """Returns the variables that decide which positions a head selects."""
    head = program.heads[name]
    return [variable for variable in (head.query, head.key) if variable is not None]


def weakened(program: Program, pattern: Pattern) -> Iterator[tuple[Slice, Pattern]]:
    """Yields weaker patterns, each with the slice that it is about; smaller slices first.

    What no run has of a weaker pattern, no run has of the pattern. Slices with more than half of
    the rules are left out, since they save too little.
    """
    cones = [slice_of(program, [name]) for name in pattern]
    slices = {slice_for(program, {n: pattern[n] for n in pattern if n in c.names}) for c in cones}
    # Often it does not matter what a head gives, as long as it gives something.
    slices |= {slice_of(program, [], [name]) for name in pattern if name in program.heads}
    sized = [(kept.rules(program), sorted(kept.names), kept) for kept in slices]
    for rules, _, kept in sorted(sized, key=lambda entry: entry[:2]):
        if 2 * rules <= len(program.rules):
            yield kept, kept.weaken(pattern)
