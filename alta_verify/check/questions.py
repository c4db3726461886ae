"""Questions: can a variable be wrong after the MLP, in some state of one position?

A question is settled by going through the states, case by case, or handed to a solver in SMT-LIB
(`alta_verify.check.smtlib`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import chain
from operator import or_
from typing import Final, TypeAlias, final

from alta_verify.check.numbers import ONE, ZERO, Interval
from alta_verify.check.program import UNDEFINED, Rule, ValueBits, indices
from alta_verify.check.refused import nonempty
from alta_verify.check.sums import Sum, Unit, restricted
from alta_verify.check.value_sets import Pattern, Row, meets

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
    """

    variable: str
    rows: tuple[Row, ...]  # the states: of one row, each name has one of its values
    rules: tuple[Rule, ...]  # those that assign the variable
    after: tuple[Sum, ...]  # its coordinates after the MLP
    codes: Mapping[int, Sequence[Interval]]  # by index, what its coordinates should be
    absent: tuple[Pattern, ...] = ()  # patterns that do not occur
    simplified_for: Row = field(default_factory=dict)  # the values that `after` is restricted to

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
        tests = [*(rule.tests for rule in self.rules), *self.absent]
        tables = [total.tables for total in (*self.after, *(unit.inside for unit in self.units))]
        return Counter([self.variable, *chain.from_iterable([*tests, *tables])])

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
        return self._unsettled(_PARTS)

    def _unsettled(self, few: int) -> Iterator[Question]:
        """Yields cases with few rules and units, or in which nothing tells the states apart."""
        simple = self._simplified()
        if simple._is_settled():
            return
        choice = simple._choice()
        if choice is None or len(simple.rules) + len(simple.units) <= few:
            yield simple
            return
        name, groups = choice
        # Every case leaves fewer values of a name, so that this comes to an end.
        for values in groups:
            yield from simple._within(name, values)._unsettled(few)

    def decide(self) -> State | None:
        """Returns a state in which the variable may be wrong; None if there is none."""
        for case in self._unsettled(-1):
            # Nothing tells its states apart, and some coordinate may be outside its box.
            return {name: next(indices(bits)) for name, bits in case.allowed.items()}
        return None

    def witness(self) -> State | None:
        """Returns a state that is asked about; None if there is none, which settles everything."""
        # With 1 where only 0 is right, every state that is asked about is wrong.
        nothing_right = {value: [ZERO] for value in self.codes}
        asked = replace(self, after=(Sum(ONE),), codes=nothing_right, simplified_for={})
        return asked.decide()

    def _within(self, name: str, values: ValueBits) -> Question:
        """Returns the question about the states in which a name has one of some allowed values."""
        rows = ({**row, name: row[name] & values} for row in self.rows)
        return replace(self, rows=tuple(row for row in rows if row[name]))

    def _simplified(self) -> Question:
        """Returns the question without what cannot matter."""
        allowed = self.allowed
        rules = tuple(rule for rule in self.rules if meets(rule.weakened, allowed))
        # Nothing changes in the tables of names that lost no values since the last time.
        narrowed = {n: bits for n, bits in allowed.items() if self.simplified_for.get(n) != bits}
        after = tuple(restricted(self.after, narrowed))
        absent = tuple(pattern for pattern in self.absent if meets(pattern, allowed))
        return replace(self, rules=rules, after=after, absent=absent, simplified_for=allowed)

    def _is_settled(self) -> bool:
        """Says whether it is clear that no state of the question is wrong."""
        allowed = self.allowed
        # The premises fail in every state: by a trap or an undefined read, by a pattern that does
        # not occur, or by a conflict.
        sure = [rule for rule in self.rules if _holds(rule.tests, allowed)]
        if len(sure) > 1 or any(_never_asked(rule, allowed) for rule in self.rules):
            return True
        if any(_holds(pattern, allowed) for pattern in self.absent):
            return True
        if sure:
            # Whatever other rules may do: if they fired too, it would be a conflict.
            values = [sure[0].value]
        else:
            values = [rule.value for rule in self.rules if meets(rule.tests, allowed)]
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
            if allowed[name].bit_count() > 1 and len(groups := self._groups(name)) > 1:
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
            bit = 1 << (index + 1)
            key = (
                index if name == self.variable else None,
                # UNDEFINED on its own: to read it breaks the premises, whatever a rule tests for.
                index == -1,
                tuple(bool(test & bit) for test in tests),
                tuple(table[index] for table in tables),
            )
            groups[key] = groups.get(key, 0) | bit
        return list(groups.values())


def _holds(pattern: Pattern, allowed: Row) -> bool:
    """Says whether all states have a pattern."""
    return all(not allowed[name] & ~bits for name, bits in pattern.items())


def _never_asked(rule: Rule, allowed: Row) -> bool:
    """Says whether in every state the rule is a trap that fires, or depends on UNDEFINED."""
    if rule.value is None and _holds(rule.tests, allowed):
        return True
    undefined = any(allowed[name] == UNDEFINED for name in rule.tests)
    return undefined and _holds(rule.weakened, allowed)
