"""Rules as cases: what a variable becomes, with alike rules together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, TypeAlias, final

from alta.lang.rules import Rule
from alta.lang.values import Defined

__all__ = ["Case", "cases_of"]

# So many rules that add the same number to a variable are one case.
_ALIKE: Final = 3

_Tested: TypeAlias = Mapping[str, tuple[int, ...]]


@final
@dataclass(frozen=True)
class Case:
    """A value, and a condition under which a variable becomes it.

    Attributes:
        value: what the variable becomes; None for null, which no variable holds.
        tested: for each variable that is tested, the indices of which it has to have one.
        source: a variable to whose index the value is added; None where it stands alone.
    """

    value: Defined | None
    tested: _Tested
    source: str | None = None


def cases_of(rules: Iterable[Rule]) -> list[Case]:
    """Returns cases of which one holds exactly where one of the rules fires, and says the same.

    Two conjunctions that are alike but for one variable's indices are one whose indices are those
    of both. This is so for one variable after the other, which need not give the fewest cases.
    """
    cases = [
        Case(rule.value, MappingProxyType({atom.variable: (atom.value,) for atom in rule.atoms}))
        for rule in rules
    ]
    names = list(dict.fromkeys(name for case in cases for name in case.tested))
    for name in names:
        cases = _together([_shifted(case, name) for case in cases], name, _ALIKE, cases)
    for name in names:
        cases = _together(cases, name, 1, cases)
    return cases


def _shifted(case: Case, name: str) -> Case:
    """Returns a case that says its value as the one of a variable and something added to it."""
    indices = case.tested.get(name, ())
    # True is no number here; and what has a source already keeps it.
    if type(case.value) is not int or case.source is not None or len(indices) != 1:
        return case
    return replace(case, value=case.value - indices[0], source=name)


def _together(cases: list[Case], name: str, least: int, before: list[Case]) -> list[Case]:
    """Puts cases together that differ in the indices of one variable alone.

    Where fewer are alike, they stay as they were before.
    """
    groups: dict[object, list[int]] = {}
    for number, case in enumerate(cases):
        context = frozenset((key, held) for key, held in case.tested.items() if key != name)
        # Without a test of the variable a rule fires whatever it is, and where it is UNDEFINED.
        place = (type(case.value), case.value, case.source, context, name in case.tested)
        groups.setdefault(place, []).append(number)
    joined = []
    for numbers in groups.values():
        case = cases[numbers[0]]
        if len(numbers) < least or name not in case.tested:
            joined += [before[number] for number in numbers]
        else:
            indices = sorted({index for number in numbers for index in cases[number].tested[name]})
            tested = MappingProxyType({**case.tested, name: tuple(indices)})
            joined.append(replace(case, tested=tested))
    return joined
