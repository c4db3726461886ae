"""Cases: the local states of one variable's transition, split until little is left in each.

Rules and neurons test values of names, so fixing the name that most of them test leaves few of them
in each case. A solver that is asked case by case has small questions instead of one large one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, final

from alta.lang.rules import Rule
from alta_verify.encode.linear import Clipped, Linear
from alta_verify.encode.mlp import Output
from alta_verify.encode.relation import UNDEFINED_VALUE

__all__ = ["Case", "Situations", "split"]

_SMALL: Final = 64
"""A case with at most so many rules and neurons is not split further."""

Situations = Sequence[Mapping[str, frozenset[int]]]
"""Over-approximates the local states that occur: one of the rows holds, each name in its set."""


@final
@dataclass(frozen=True)
class Case:
    """Is a set of local states, with what can happen to one variable in them.

    Attributes:
        situations: the local states.
        rules: the rules for the variable that may fire or read UNDEFINED in them.
        outputs: the variable's coordinates after the MLP, without neurons that are 0 in them.
    """

    situations: Situations
    rules: tuple[Rule, ...]
    outputs: tuple[Output, ...]

    @property
    def idle(self) -> bool:
        """Whether no rule and no neuron can do anything to the variable."""
        return not self.rules and all(
            output.kept == 1 and output.rest.is_zero for output in self.outputs
        )


def split(case: Case) -> Iterator[Case]:
    """Yields cases that together have all the local states of a case."""
    case = _live(case)
    units = {unit for output in case.outputs for _, unit in output.rest.units}
    name = None
    if len(case.rules) + len(units) > _SMALL:
        name = _most_tested(case, units)
    if name is None:
        yield case
        return
    for values in _groups(case, units, name):
        rows = [{**row, name: row[name] & values} for row in case.situations if row[name] & values]
        if rows:
            yield from split(replace(case, situations=rows))


def _allowed(case: Case) -> dict[str, frozenset[int]]:
    names = case.situations[0] if case.situations else {}
    return {name: frozenset().union(*(row[name] for row in case.situations)) for name in names}


def _live(case: Case) -> Case:
    """Returns the case without the rules and neurons that can do nothing in it."""
    allowed = _allowed(case)

    def may_matter(rule: Rule) -> bool:
        return all(
            atom.value in allowed[atom.variable] or UNDEFINED_VALUE in allowed[atom.variable]
            for atom in rule.atoms
        )

    def may_fire(unit: Clipped) -> bool:
        tests = unit.conjunction
        return tests is None or all(not allowed[n].isdisjoint(one) for n, _, one in tests)

    fires: dict[Clipped, bool] = {}
    outputs = []
    for output in case.outputs:
        units = []
        for weight, unit in output.rest.units:
            if unit not in fires:
                fires[unit] = may_fire(unit)
            if fires[unit]:
                units.append((weight, unit))
        rest = Linear(output.rest.constant, output.rest.tables, output.rest.copies, tuple(units))
        outputs.append(replace(output, rest=rest))
    rules = tuple(rule for rule in case.rules if may_matter(rule))
    return Case(case.situations, rules, tuple(outputs))


def _tests(case: Case, units: set[Clipped]) -> Iterator[tuple[str, frozenset[int]]]:
    """Yields every test of a name for values, by rules and by neurons."""
    for rule in case.rules:
        for atom in rule.atoms:
            yield atom.variable, frozenset({atom.value, UNDEFINED_VALUE})
    for unit in units:
        for name, _, values in unit.conjunction or ():
            yield name, values


def _most_tested(case: Case, units: set[Clipped]) -> str | None:
    """Returns the name on whose value most depends, if there is one with several values."""
    allowed = _allowed(case)
    counts = Counter(name for name, values in _tests(case, units) if not allowed[name] <= values)
    return max(counts, key=lambda name: (counts[name], name)) if counts else None


def _groups(case: Case, units: set[Clipped], name: str) -> list[frozenset[int]]:
    """Returns the values of a name, those together that no test tells apart."""
    tests = {values for tested, values in _tests(case, units) if tested == name}
    groups: dict[tuple[bool, ...], set[int]] = {}
    ordered = sorted(tests, key=sorted)
    for value in sorted(_allowed(case)[name]):
        key = tuple(value in values for values in ordered)
        groups.setdefault(key, set()).add(value)
    return [frozenset(group) for group in groups.values()]
