"""Questions: can a variable be wrong after the MLP, in some state of one position?

A question is settled by going through the states, case by case, or handed to a solver.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from typing import Final, TypeAlias, final

from alta_verify.check.numbers import ONE, ZERO, Interval
from alta_verify.check.program import UNDEFINED, Mask, Rule, indices
from alta_verify.check.smtlib import premises, smtlib
from alta_verify.check.sums import Sum, Unit, restricted
from alta_verify.check.universal import nonempty
from alta_verify.check.value_sets import Pattern, Row, may_fire

__all__ = ["Question", "State"]

State: TypeAlias = Mapping[str, int]
"""The index of each name that matters; -1 for UNDEFINED."""

_PARTS: Final = 192
"""Questions with more rules and units are split before a solver is asked."""


@final
@dataclass(frozen=True)
class Question:
    """Asks for a state in which the rules give a variable some value and its code is not there.

    Not asked about are states in which a rule for it reads UNDEFINED, is a trap, or fires together
    with another one, and those of a pattern that is known not to occur: none of them occurs.

    Attributes:
        variable: the variable.
        rows: the states: of one row, each name has one of its values.
        rules: the rules that assign the variable.
        after: its coordinates after the MLP.
        codes: by index, what its coordinates should be.
        absent: patterns that do not occur.
        known: the values of each name for which `after` is simplified already.
    """

    variable: str
    rows: tuple[Row, ...]
    rules: tuple[Rule, ...]
    after: tuple[Sum, ...]
    codes: Mapping[int, Sequence[Interval]]
    absent: tuple[Pattern, ...] = ()
    known: Mapping[str, Mask] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuses a question about no states."""
        nonempty(self.rows, f"states in which {self.variable} could be wrong")

    @property
    def allowed(self) -> dict[str, Mask]:
        """The values that each name has in some row."""
        return {name: reduce(or_, (row[name] for row in self.rows)) for name in self.rows[0]}

    @property
    def names(self) -> list[str]:
        """The names on which something depends, the variable among them."""
        found = {self.variable} | {name for rule in self.rules for name in rule.tests}
        for unit in self.units:
            found |= unit.inside.tables.keys()
        for one in self.after:
            found |= one.tables.keys()
        for pattern in self.absent:
            found |= pattern.keys()
        return sorted(found)

    @property
    def units(self) -> list[Unit]:
        """All units, those that others read first."""
        found: dict[Unit, None] = {}

        def visit(one: Sum) -> None:
            for unit in one.units:
                if unit not in found:
                    visit(unit.inside)
                    found[unit] = None

        for one in self.after:
            visit(one)
        return list(found)

    def parts(self) -> Iterator[Question]:
        """Yields smaller questions that together are this one."""
        here = self._simplified()
        if here._is_settled():
            return
        choice = here._choice()
        if choice is None or len(here.rules) + len(here.units) <= _PARTS:
            yield here
            return
        name, groups = choice
        for values in groups:
            yield from here._within(name, values).parts()

    def decide(self) -> State | None:
        """Returns a state in which the variable may be wrong; None if there is none."""
        here = self._simplified()
        if here._is_settled():
            return None
        choice = here._choice()
        if choice is None:
            return {name: next(indices(mask)) for name, mask in here.allowed.items()}
        name, groups = choice
        for values in groups:
            found = here._within(name, values).decide()
            if found is not None:
                return found
        return None

    def witness(self) -> State | None:
        """Returns a state that is asked about; None if there is none, which settles everything."""
        # With 1 where only 0 is right, every state that is asked about is wrong.
        nothing_right = {value: [ZERO] for value in self.codes}
        return replace(self, after=(Sum(ONE),), codes=nothing_right, known={}).decide()

    def text(self) -> str:
        """Returns it in SMT-LIB 2: unsatisfiable exactly if no state may be wrong."""
        return smtlib(self)

    def premises(self) -> str:
        """Returns in SMT-LIB 2 what is satisfiable exactly if a state is asked about."""
        return premises(self)

    def _within(self, name: str, values: Mask) -> Question:
        """Returns the question about the states in which a name has one of some values.

        Some row has one of them: they are of those that are allowed.
        """
        rows = ({**row, name: row[name] & values} for row in self.rows)
        return replace(self, rows=tuple(row for row in rows if row[name]))

    def _simplified(self) -> Question:
        """Returns the question without what cannot matter."""
        allowed = self.allowed
        rules = tuple(rule for rule in self.rules if _may_matter(rule, allowed))
        fresh = {name: mask for name, mask in allowed.items() if self.known.get(name) != mask}
        after = tuple(restricted(self.after, fresh))
        absent = tuple(
            one for one in self.absent if all(allowed[name] & mask for name, mask in one.items())
        )
        return replace(self, rules=rules, after=after, absent=absent, known=allowed)

    def _is_settled(self) -> bool:
        """Says whether it is clear that no state of the question is wrong."""
        allowed = self.allowed
        if any(_never_asked(rule, allowed) for rule in self.rules):
            return True
        if any(all(not allowed[n] & ~mask for n, mask in one.items()) for one in self.absent):
            return True
        sure = [rule for rule in self.rules if _surely_fires(rule, allowed)]
        if len(sure) > 1:
            return True
        if sure:
            # Whatever other rules may do: if they fired too, it would be a conflict.
            values = [sure[0].value]
        else:
            values = [rule.value for rule in self.rules if may_fire(rule, allowed)]
            values += indices(allowed[self.variable])
        # A variable that keeps its value may well be right whichever it is, but only together.
        return all(
            one.reach.within(self.codes[value][place])
            for value in values
            if value is not None
            for place, one in enumerate(self.after)
        )

    def _choice(self) -> tuple[str, list[Mask]] | None:
        """Returns the name on which most depends, with its values, those together that are alike.

        None if nothing depends on which values names have.
        """
        allowed = self.allowed
        counts: Counter[str] = Counter()
        for rule in self.rules:
            counts.update(rule.tests.keys())
        for unit in self.units:
            counts.update(unit.inside.tables.keys())
        for one in self.after:
            counts.update(one.tables.keys())
        for pattern in self.absent:
            counts.update(pattern.keys())
        counts[self.variable] += 1
        for name in sorted(counts, key=lambda name: (-counts[name], name)):
            if allowed[name].bit_count() > 1:
                groups = self._groups(name)
                if len(groups) > 1:
                    return name, groups
        return None

    def _groups(self, name: str) -> list[Mask]:
        """Returns the values of a name, those together between which nothing tells."""
        tables = [one.tables[name] for one in self.after if name in one.tables]
        tables += [one.inside.tables[name] for one in self.units if name in one.inside.tables]
        tests = [rule.tests[name] for rule in self.rules if name in rule.tests]
        tests += [pattern[name] for pattern in self.absent if name in pattern]
        groups: dict[object, Mask] = {}
        for index in indices(self.allowed[name]):
            bit = 1 << (index + 1)
            own = index if name == self.variable else None
            key = (
                own,
                index == -1,
                tuple(bool(test & bit) for test in tests),
                tuple(table[index] for table in tables),
            )
            groups[key] = groups.get(key, 0) | bit
        return list(groups.values())


def _may_matter(rule: Rule, allowed: Mapping[str, Mask]) -> bool:
    """Says whether a rule fires, or depends on something UNDEFINED, in some state."""
    return all(allowed[name] & (mask | UNDEFINED) for name, mask in rule.tests.items())


def _surely_fires(rule: Rule, allowed: Mapping[str, Mask]) -> bool:
    return all(not allowed[name] & ~mask for name, mask in rule.tests.items())


def _never_asked(rule: Rule, allowed: Mapping[str, Mask]) -> bool:
    """Says whether in every state the rule is a trap that fires, or depends on UNDEFINED."""
    if rule.value is None and _surely_fires(rule, allowed):
        return True
    some = any(allowed[name] == UNDEFINED for name in rule.tests)
    return some and all(not allowed[n] & ~(mask | UNDEFINED) for n, mask in rule.tests.items())
