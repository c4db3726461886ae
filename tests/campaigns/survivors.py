"""Survivors: mutants of the verifier that no test near them tells from it, and why that is fine.

They are in `survivors.toml`, by module, function and text of the line, so that lines can move;
but for those that leave out an assertion, which are all alike.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from tests.campaigns.source_mutants import SourceMutant, line_at, places

__all__ = [
    "Explanation",
    "Why",
    "explanation_of",
    "explanations",
    "is_left_out",
    "out_of_date",
]

TABLE = Path(__file__).parent / "survivors.toml"


class Why(StrEnum):
    """How little a mutant matters."""

    EQUIVALENT = "equivalent"
    """Nothing that is computed is different."""

    WEAKER = "weaker"
    """What is proved is true; less may be proved, or more asked than is needed."""

    MARGIN = "margin"
    """A bound with room to spare has a little less of it, or more; what is proved is true."""

    SPEED = "speed"
    """It takes more time, or less."""

    WORDING = "wording"
    """Something is said in other words."""


@dataclass(frozen=True)
class Explanation:
    """Says why some mutants may live.

    Attributes:
        module: which file.
        scope: which function or class; empty for none.
        before: the lines that are changed, on one.
        after: what they become, each.
        kind: what comes of it.
        why: how one knows.
        times: at how many places of the function that can be done.
    """

    module: str
    scope: str
    before: str
    after: tuple[str, ...]
    kind: Why
    why: str
    times: int = 1

    def explains(self, mutant: SourceMutant) -> bool:
        where = (mutant.place.module, mutant.scope, mutant.before)
        return mutant.after in self.after and where == (self.module, self.scope, self.before)


@cache
def explanations() -> tuple[Explanation, ...]:
    """Everything in the table."""
    found = []
    for module, entries in tomllib.loads(TABLE.read_text()).items():
        for entry in entries:
            after = entry.pop("after")
            entry["after"] = (after,) if isinstance(after, str) else tuple(after)
            found.append(Explanation(module, **{**entry, "kind": Why(entry["kind"])}))
    return tuple(found)


def explanation_of(mutant: SourceMutant) -> Explanation | None:
    if is_left_out(mutant):
        return Explanation(
            mutant.place.module,
            mutant.scope,
            mutant.before,
            (mutant.after,),
            Why.EQUIVALENT,
            "it is asserted that lists are equally long, which they are in every test",
        )
    return next((one for one in explanations() if one.explains(mutant)), None)


def is_left_out(mutant: SourceMutant) -> bool:
    """Says whether a mutant no longer asserts that what it goes through together is as long."""
    asserted, other = "strict=True", "strict=False"
    parts = mutant.before.split(asserted)
    return mutant.after in {
        f"{asserted.join(parts[:n])}{other}{asserted.join(parts[n:])}" for n in range(1, len(parts))
    }


# Several explanations are often of one line.
_mutant_of = cache(SourceMutant.of)


def out_of_date(some: Iterable[Explanation]) -> list[str]:
    """Returns what is said of mutants that there are not, or are elsewhere as well."""
    wrong = []
    for one in some:
        # A place is on one of the lines that change.
        near = [place for place in places(one.module) if line_at(place) in one.before]
        mutants = [_mutant_of(place) for place in near]
        counts = Counter(
            mutant.after for mutant in mutants if mutant is not None and one.explains(mutant)
        )
        wrong += [
            f"{one.module}: {one.scope}: {one.before} -> {after}, {counts[after]} times"
            for after in one.after
            if counts[after] != one.times
        ]
    return wrong
