"""Violations: the ways in which a program could have no next state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias, final

from alta.lang.program import Program
from alta.lang.rules import Rule
from alta.limit import checkpoint
from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.reach.answer import Pattern
from alta_verify.reach.sets.value_sets import ValueSets, may_fire

__all__ = ["Violation", "joined", "patterns_of", "possible_violations"]

_Row: TypeAlias = Mapping[str, frozenset[int]]

_Key: TypeAlias = frozenset[tuple[str, frozenset[int] | None]]
"""A pattern but for one name, of which it says whether the pattern says something of it."""


@final
@dataclass(frozen=True)
class Violation:
    """A way in which a program could have no next state.

    Attributes:
        kind: ``"conflict"``, ``"range"`` or ``"undefined"``.
        rules: the rule, or the two rules, involved.
    """

    kind: str
    rules: tuple[Rule, ...]

    def __str__(self) -> str:
        return f"{self.kind}: " + " and ".join(f"'{rule}'" for rule in self.rules)


def patterns_of(violation: Violation) -> Iterator[Pattern]:
    """Yields the local states in which a violation happens."""
    atoms = [atom for rule in violation.rules for atom in rule.atoms]
    # All rules fire, so all their atoms hold. Two rules that conflict never test one name for two
    # values: such pairs exclude one another.
    if violation.kind != "undefined":
        yield {atom.variable: frozenset({atom.value}) for atom in atoms}
        return
    # At least one atom's variable is UNDEFINED; the others hold or are UNDEFINED too.
    for culprit in atoms:
        yield {
            atom.variable: frozenset({UNDEFINED_VALUE})
            if atom == culprit
            else frozenset({atom.value, UNDEFINED_VALUE})
            for atom in atoms
        }


def joined(ways: Iterable[tuple[Violation, Pattern]]) -> list[tuple[Violation, Pattern]]:
    """Returns fewer patterns of the same local states, each with one of its violations."""
    joint = list(ways)
    # What a function makes of a table is a rule for each of its places. Patterns that differ in one
    # name have together the local states of the pattern with the union there.
    for name in dict.fromkeys(name for _, pattern in joint for name in pattern):
        groups: dict[_Key, tuple[Violation, Pattern]] = {}
        for violation, pattern in joint:
            # A pattern that says nothing of the name stays as it is.
            values = pattern.get(name, frozenset())
            key = frozenset({**pattern, name: frozenset() if values else None}.items())
            first, union = groups.get(key, (violation, {**pattern}))
            groups[key] = first, {**union, name: union[name] | values} if values else union
        joint = list(groups.values())
    return joint


def possible_violations(program: Program, sets: ValueSets) -> list[tuple[Violation, list[int]]]:
    """Returns what the value sets do not exclude, with the positions where they do not."""
    # Lemma 4: a local state with a value outside of the sets is in no run.
    rows: dict[tuple[tuple[str, frozenset[int]], ...], list[int]] = {}
    for position, row in enumerate(sets.rows):
        rows.setdefault(tuple(row.items()), []).append(position)
    # Rules that may fire somewhere, and the pairs of them that some assignment fires together; in
    # most programs there are none, and then no position has to be asked.
    anywhere = sets.anywhere()
    live = {
        variable: [rule for rule in rules if may_fire(rule, anywhere)]
        for variable, rules in program.rules_by_variable.items()
    }
    pairs = [pair for rules in live.values() for pair in _overlapping(rules, frozenset())]
    positions: dict[Violation, list[int]] = {}
    for key, places in rows.items():
        for violation in _violations(program, pairs, dict(key)):
            positions.setdefault(violation, []).extend(places)
    return [(violation, sorted(places)) for violation, places in positions.items()]


def _violations(
    program: Program, pairs: Sequence[tuple[Rule, Rule]], row: _Row
) -> Iterator[Violation]:
    for rule in program.rules:
        checkpoint()
        if program.is_trap(rule) and may_fire(rule, row):
            yield Violation("range", (rule,))
        # A rule reads UNDEFINED where some atom does and no other atom keeps the rule from firing.
        if _may_read_undefined(rule, row):
            yield Violation("undefined", (rule,))
    for first, second in pairs:
        if may_fire(first, row) and may_fire(second, row):
            yield Violation("conflict", (first, second))


def _may_read_undefined(rule: Rule, row: _Row) -> bool:
    undefined = [UNDEFINED_VALUE in row[atom.variable] for atom in rule.atoms]
    if not any(undefined):
        return False
    pairs = zip(rule.atoms, undefined, strict=True)
    return all(perhaps or atom.value in row[atom.variable] for atom, perhaps in pairs)


def _overlapping(rules: Sequence[Rule], tested: frozenset[str]) -> Iterator[tuple[Rule, Rule]]:
    """Yields the pairs of rules that some assignment fires together.

    Rules that all test one variable fall apart by its value, so that few pairs are compared.
    """
    if len(rules) < 2:
        return
    common = frozenset.intersection(
        *(frozenset(atom.variable for atom in rule.atoms) for rule in rules)
    )
    split = next(iter(sorted(common - tested)), None)
    # No variable is tested by all of them: each pair is compared. Rules exclude one another if
    # some variable is tested for different values.
    if split is None:
        for first, second in combinations(rules, 2):
            checkpoint()
            if not first.excludes(second):
                yield first, second
        return
    # Rules of different groups test one variable for different values, and never fire together.
    groups: dict[int, list[Rule]] = {}
    for rule in rules:
        value = next(atom.value for atom in rule.atoms if atom.variable == split)
        groups.setdefault(value, []).append(rule)
    for group in groups.values():
        yield from _overlapping(group, tested | {split})
