"""Questions: can a variable be wrong after the MLP, in some state of one position?

A question is settled by going through the states, case by case, or handed to a solver in SMT-LIB
(`alta_verify.check.smtlib`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from typing import Final, TypeAlias, final

from alta_verify.check.numbers import ONE, ZERO, Interval
from alta_verify.check.program import UNDEFINED, Rule, ValueBits, indices
from alta_verify.check.refused import nonempty
from alta_verify.check.sums import Sum, Table, Unit, restricted
from alta_verify.check.value_sets import Pattern, Row, may_fire, may_matter

__all__ = ["Question", "State"]

State: TypeAlias = Mapping[str, int]
"""The index of each name that matters; -1 for UNDEFINED."""

# Questions with more rules and units are split before a solver is asked.
_PARTS: Final = 192


@final
@dataclass(frozen=True)
class Question:
    """A query for a state in which the rules give a variable some value and its code is not there.

    Not asked about are states in which a rule for it reads UNDEFINED, is a trap, or fires together
    with another one, and those of a pattern that is known not to occur: none of them occurs.

    Attributes:
        variable: the variable.
        rows: the states: of one row, each name has one of its values.
        rules: the rules that assign the variable.
        after: its coordinates after the MLP.
        codes: by index, what its coordinates should be.
        absent: patterns that do not occur.
        simplified_for: the values of each name for which `after` is simplified already.
    """

    variable: str
    rows: tuple[Row, ...]
    rules: tuple[Rule, ...]
    after: tuple[Sum, ...]
    codes: Mapping[int, Sequence[Interval]]
    absent: tuple[Pattern, ...] = ()
    simplified_for: Mapping[str, ValueBits] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuses a question about no states."""
        # Lemma 12 (witnesses).
        nonempty(self.rows, f"states in which {self.variable} could be wrong")

    @property
    def allowed(self) -> dict[str, ValueBits]:
        """The values that each name has in some row."""
        return {name: reduce(or_, (row[name] for row in self.rows)) for name in self.rows[0]}

    @property
    def names(self) -> list[str]:
        """The names on which something depends, the variable among them."""
        return sorted(self._dependencies())

    def _dependencies(self) -> Counter[str]:
        """Counts for each name how much depends on it."""
        counts = Counter([self.variable])
        for mapping in (
            *(rule.tests for rule in self.rules),
            *(unit.inside.tables for unit in self.units),
            *(total.tables for total in self.after),
            *self.absent,
        ):
            counts.update(mapping.keys())
        return counts

    @property
    def units(self) -> list[Unit]:
        """All units, those that others read first."""
        units: dict[Unit, None] = {}

        def visit(total: Sum) -> None:
            for unit in total.units:
                if unit not in units:
                    visit(unit.inside)
                    units[unit] = None

        for total in self.after:
            visit(total)
        return list(units)

    # Lemma 3 (MLP): case by case over all states. A case fixes a name to a few of its values, and
    # cases together have all states.

    def parts(self) -> Iterator[Question]:
        """Yields smaller questions that together are this one."""
        simple = self._simplified()
        if simple._is_settled():
            return
        choice = simple._choice()
        if choice is None or len(simple.rules) + len(simple.units) <= _PARTS:
            yield simple
            return
        name, groups = choice
        for values in groups:
            yield from simple._within(name, values).parts()

    def decide(self) -> State | None:
        """Returns a state in which the variable may be wrong; None if there is none."""
        simple = self._simplified()
        if simple._is_settled():
            return None
        choice = simple._choice()
        # Nothing tells the states that are left apart, and some coordinate may be outside its box.
        if choice is None:
            return {name: next(indices(bits)) for name, bits in simple.allowed.items()}
        name, groups = choice
        # Every case leaves fewer values of a name, so that this comes to an end.
        failing = (simple._within(name, values).decide() for values in groups)
        return next((state for state in failing if state is not None), None)

    def witness(self) -> State | None:
        """Returns a state that is asked about; None if there is none, which settles everything."""
        # With 1 where only 0 is right, every state that is asked about is wrong.
        nothing_right = {value: [ZERO] for value in self.codes}
        asked = replace(self, after=(Sum(ONE),), codes=nothing_right, simplified_for={})
        return asked.decide()

    def _within(self, name: str, values: ValueBits) -> Question:
        """Returns the question about the states in which a name has one of some values.

        Some row has one of them: they are of those that are allowed.
        """
        rows = ({**row, name: row[name] & values} for row in self.rows)
        return replace(self, rows=tuple(row for row in rows if row[name]))

    def _simplified(self) -> Question:
        """Returns the question without what cannot matter."""
        allowed = self.allowed
        rules = tuple(rule for rule in self.rules if may_matter(rule, allowed))
        # Only names that lost values since the last time: nothing changes in the tables of the
        # others.
        narrowed = {n: bits for n, bits in allowed.items() if self.simplified_for.get(n) != bits}
        after = tuple(restricted(self.after, narrowed))
        absent = tuple(pattern for pattern in self.absent if _meets(pattern, allowed))
        return replace(self, rules=rules, after=after, absent=absent, simplified_for=allowed)

    def _is_settled(self) -> bool:
        """Says whether it is clear that no state of the question is wrong."""
        allowed = self.allowed
        # The premises fail in every state: by a trap or an undefined read, by a pattern that does
        # not occur, or by a conflict.
        if any(_never_asked(rule, allowed) for rule in self.rules):
            return True
        if any(_holds(pattern, allowed) for pattern in self.absent):
            return True
        sure = [rule for rule in self.rules if _holds(rule.tests, allowed)]
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
            total.reach.within(self.codes[value][place])
            for value in values
            if value is not None
            for place, total in enumerate(self.after)
        )

    def _choice(self) -> tuple[str, list[ValueBits]] | None:
        """Returns the name on which most depends, with its values, those together that are alike.

        None if nothing depends on which values names have.
        """
        # The name on which most depends comes first, as in constraint search: it settles most.
        allowed, counts = self.allowed, self._dependencies()
        for name in sorted(counts, key=lambda name: (-counts[name], name)):
            if allowed[name].bit_count() > 1:
                groups = self._groups(name)
                if len(groups) > 1:
                    return name, groups
        return None

    def _groups(self, name: str) -> list[ValueBits]:
        """Returns the values of a name, those together between which nothing tells."""
        # Values that fire the same rules, have the same entries in all tables and are no values of
        # the variable itself lead to the same states, so that they are one case.
        sums = [*self.after, *(unit.inside for unit in self.units)]
        tables = [total.tables[name] for total in sums if name in total.tables]
        patterns = [*(rule.tests for rule in self.rules), *self.absent]
        tests = [pattern[name] for pattern in patterns if name in pattern]
        groups: dict[object, ValueBits] = {}
        for index in indices(self.allowed[name]):
            key = self._told_apart_by(name, index, tests, tables)
            groups[key] = groups.get(key, 0) | 1 << (index + 1)
        return list(groups.values())

    def _told_apart_by(
        self, name: str, index: int, tests: Sequence[ValueBits], tables: Sequence[Table]
    ) -> object:
        return (
            index if name == self.variable else None,
            # UNDEFINED on its own, since to read it breaks the premises, whatever a rule tests for.
            index == -1,
            tuple(bool(test & 1 << (index + 1)) for test in tests),
            tuple(table[index] for table in tables),
        )


def _meets(pattern: Pattern, allowed: Row) -> bool:
    """Says whether some state has a pattern."""
    return all(allowed[name] & bits for name, bits in pattern.items())


def _holds(pattern: Pattern, allowed: Row) -> bool:
    """Says whether all states have a pattern."""
    return all(not allowed[name] & ~bits for name, bits in pattern.items())


def _never_asked(rule: Rule, allowed: Row) -> bool:
    """Says whether in every state the rule is a trap that fires, or depends on UNDEFINED."""
    if rule.value is None and _holds(rule.tests, allowed):
        return True
    undefined = any(allowed[name] == UNDEFINED for name in rule.tests)
    return undefined and _holds({n: b | UNDEFINED for n, b in rule.tests.items()}, allowed)
