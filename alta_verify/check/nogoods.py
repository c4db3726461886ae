"""Nogoods: whether names can have values so that no combination is one that cannot be.

A name has one value of a finite set; a *nogood* is for some names a set of values each, which they
cannot all be in at once (Dechter 1990). Whether there are values without a nogood is decided by
going through them, with what follows from nogoods that are all but met taken at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias, final

from alta_verify.check.program import ValueBits
from alta_verify.check.refused import Refused

__all__ = ["Name", "Nogoods"]

Name: TypeAlias = tuple[str, int, str]
"""What it is the value of, at which place, and its name there."""

# A question takes at most so many steps, each of which looks at one nogood.
_STEPS: Final = 50_000_000


@final
class Nogoods:
    """Names with the values that they can have, and what cannot be."""

    def __init__(self) -> None:
        self._domains: dict[Name, ValueBits] = {}
        self._nogoods: list[tuple[tuple[Name, ValueBits], ...]] = []
        self._having: dict[Name, list[int]] = {}
        self._steps = 0

    def declare(self, name: Name, values: ValueBits) -> None:
        """Declares a name with its values, at least one."""
        if not values or name in self._domains:
            raise Refused(f"windows: expected a new name with values, got {name!r:.80}")
        self._domains[name] = values
        self._having[name] = []

    def forbid(self, together: Mapping[Name, ValueBits]) -> None:
        """Forbids that each of some names has one of some values."""
        entries = []
        for name, bits in together.items():
            possible = self._domains[name] & bits
            # What one name cannot have is not forbidden; where it has nothing else, others decide.
            if not possible:
                return
            if possible != self._domains[name]:
                entries.append((name, possible))
        for name, _ in entries:
            self._having[name].append(len(self._nogoods))
        self._nogoods.append(tuple(entries))

    def solution(self, wanted: Mapping[Name, ValueBits]) -> dict[Name, ValueBits] | None:
        """Returns a value for each name, of some one that is wanted; None if there are none."""
        domains = dict(self._domains)
        for name, bits in wanted.items():
            domains[name] &= bits
        if not all(domains.values()) or not self._consequences(domains, range(len(self._nogoods))):
            return None
        # Depth first; each of these is a way that is not gone yet.
        waiting = [domains]
        while waiting:
            domains = waiting.pop()
            choice = self._choice(domains)
            if choice is None:
                return {name: bits & -bits for name, bits in domains.items()}
            name, values = choice
            # Both parts have fewer values, so that this comes to an end; together they have all.
            for part in (domains[name] & ~values, domains[name] & values):
                smaller = {**domains, name: part}
                if self._consequences(smaller, self._having[name]):
                    waiting.append(smaller)
        return None

    def _consequences(self, domains: dict[Name, ValueBits], looked_at: Iterable[int]) -> bool:
        """Takes away what some nogoods exclude, and what follows; says whether values are left."""
        pending = dict.fromkeys(looked_at)
        while pending:
            number = next(reversed(pending))
            del pending[number]
            self._steps += 1
            undecided: list[tuple[Name, ValueBits]] = []
            for name, bits in self._nogoods[number]:
                domain = domains[name]
                if not domain & bits:
                    break  # it cannot be met any more
                if domain & ~bits:
                    undecided.append((name, bits))
                    if len(undecided) > 1:
                        break
            else:
                if not undecided:
                    return False
                name, bits = undecided[0]
                domains[name] &= ~bits
                pending.update(dict.fromkeys(self._having[name]))
        if self._steps > _STEPS:
            raise Refused(f"windows: a question takes more than {_STEPS} steps")
        return True

    def _choice(self, domains: Mapping[Name, ValueBits]) -> tuple[Name, ValueBits] | None:
        """Returns a name on which a nogood depends, and some of its values; None if none does."""
        best: tuple[int, Name, ValueBits] | None = None
        for nogood in self._nogoods:
            self._steps += 1
            undecided = []
            for name, bits in nogood:
                domain = domains[name]
                if not domain & bits:
                    break
                if domain & ~bits:
                    undecided.append((name, bits))
            else:
                # Of a nogood of which little is missing much follows.
                if undecided and (best is None or len(undecided) < best[0]):
                    best = len(undecided), *undecided[0]
                    if best[0] == 2:
                        break
        return None if best is None else best[1:]
