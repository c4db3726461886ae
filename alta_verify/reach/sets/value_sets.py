"""Value sets: which values each name can have at each position, in any layer of any run.

The sets forget how values go together, which makes them cheap and holds for any number of layers.
They are taken for all lengths at once: position p stands for position p of every sequence that is
long enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import final

from alta.lang.heads import Head
from alta.lang.program import Program
from alta.lang.rules import Rule
from alta.limit import checkpoint
from alta_verify.abstraction import UNDEFINED_VALUE, Abstraction
from alta_verify.arithmetic.means import TooManyMeans, means
from alta_verify.universal import nonempty

__all__ = ["ValueSets", "Violation", "possible_violations", "value_sets"]

_Sets = dict[str, set[int]]


@final
@dataclass(frozen=True)
class ValueSets:
    """What each name can be after attention, position by position.

    Attributes:
        positions: for each position, the values of every name; UNDEFINED is -1.
        rounds: how many positions were updated until nothing changed.
    """

    positions: tuple[Mapping[str, frozenset[int]], ...]
    rounds: int

    def __post_init__(self) -> None:
        """Refuses rows of which everything would hold: at every position a name has some value."""
        for position, row in enumerate(nonempty(self.positions, "positions")):
            for name, values in nonempty(row, f"names at position {position}").items():
                nonempty(values, f"values of {name} at position {position}")

    def distinct(self) -> list[Mapping[str, frozenset[int]]]:
        """Returns the positions' rows without repetition."""
        return list({tuple(row.items()): row for row in self.positions}.values())

    def anywhere(self) -> dict[str, frozenset[int]]:
        """Returns the values that each name can have at some position."""
        rows = self.positions
        return {name: frozenset().union(*(row[name] for row in rows)) for name in rows[0]}


def value_sets(
    abstraction: Abstraction, live: Sequence[frozenset[int]], lengths: Iterable[int] = ()
) -> ValueSets:
    """Computes the value sets of a program.

    Args:
        abstraction: the program.
        live: for each position, the tokens that occur there in some sequence of the language.
        lengths: every length that such a sequence has. Without them, an input with a position is
            only known to have those to the left of it.
    """
    program = abstraction.finite
    state: list[_Sets] = [
        {
            name: {variable.initial_value(token, position, name=name) for token in tokens}
            for name, variable in program.variables.items()
        }
        for position, tokens in enumerate(live)
    ]
    readers = _Readers(abstraction, state, _present(len(live), lengths))
    pending = dict.fromkeys(range(len(live)))
    rounds = 0
    while pending:
        checkpoint()
        position = next(iter(pending))
        del pending[position]
        rounds += 1
        row = state[position] | readers.read(position)
        changed = set()
        for rule in program.rules:
            known = state[position][rule.variable]
            if rule.value not in known and not program.is_trap(rule) and _may_fire(rule, row):
                known.add(rule.value)
                changed.add(rule.variable)
        if changed:
            pending[position] = None
            pending |= dict.fromkeys(readers.affected(position, changed))
    rows = []
    for position in range(len(live)):
        row = state[position] | readers.read(position)
        rows.append({name: frozenset(row[name]) for name in program.domains})
    return ValueSets(tuple(rows), rounds)


def _present(longest: int, lengths: Iterable[int]) -> list[int]:
    """Returns for each position how many positions every input that has it is sure to have."""
    known = sorted(lengths)
    return [next((n for n in known if n > p), p + 1) for p in range(longest)]


def _may_fire(rule: Rule, row: Mapping[str, set[int] | frozenset[int]]) -> bool:
    return all(atom.value in row[atom.variable] for atom in rule.atoms)


@final
class _Readers:
    """Reads heads over value sets, and knows who reads whom."""

    def __init__(self, abstraction: Abstraction, state: list[_Sets], present: list[int]) -> None:
        self._abstraction = abstraction
        self._program = abstraction.finite
        self._state = state
        self._present = present
        self._averages: dict[tuple[str, frozenset[int], int], set[int]] = {}

    def read(self, position: int) -> _Sets:
        """Returns what every head can give at a position."""
        return {
            name: self._head(name, head, position) for name, head in self._program.heads.items()
        }

    def affected(self, position: int, changed: set[str]) -> Iterator[int]:
        """Yields the positions whose heads may read something else now."""
        for head in self._program.heads.values():
            if changed & {head.key, head.value} or head.query in changed:
                if head.mask is None:
                    yield from range(len(self._state))
                    return
                for offset in head.mask:
                    if 0 <= position - offset < len(self._state):
                        yield position - offset

    def _head(self, name: str, head: Head, position: int) -> set[int]:
        state = self._state
        candidates: Sequence[int] = range(len(state))
        if head.mask is not None:
            candidates = [position + o for o in head.mask if 0 <= position + o < len(state)]
        asked: Iterable[frozenset[int] | None] = [None]
        if head.query is not None:
            asked = {self._abstraction.keys(head.query, a) for a in state[position][head.query]}
        # A run asks for one of these at a time, so each is answered on its own.
        return set().union(
            *(self._answers(name, head, candidates, position, keys) for keys in asked)
        )

    def _answers(
        self,
        name: str,
        head: Head,
        candidates: Sequence[int],
        position: int,
        asked: frozenset[int] | None,
    ) -> set[int]:
        """Returns what a head can give when it is asked for some keys; None selects all."""
        checkpoint()
        state = self._state
        found: set[int] = set()
        matching = 0
        certain = False
        for j in candidates:
            keys = None if asked is None or head.key is None else state[j][head.key]
            if keys is not None and asked is not None and asked.isdisjoint(keys):
                continue
            matching += 1
            found |= state[j][head.value]
            surely = keys is None or asked is None or keys <= asked
            certain = certain or (surely and j < self._present[position])
        if self._abstraction.averages(name):
            key = name, frozenset(found), matching
            if key not in self._averages:
                self._averages[key] = self._averaged(name, found, matching)
            means_ = self._averages[key]
            return means_ if certain else means_ | {UNDEFINED_VALUE}
        if matching != 1 or not certain:
            found.add(UNDEFINED_VALUE)
        return found

    def _averaged(self, name: str, values: set[int], count: int) -> set[int]:
        """Returns the buckets that means of values can lie in."""
        amounts = self._abstraction.amounts(name)
        try:
            possible = means((amounts[value] for value in values), count)
        except TooManyMeans:
            return set(range(self._program.domains[name].size))
        return {self._abstraction.bucket(name, mean) for mean in possible}


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


def possible_violations(program: Program, sets: ValueSets) -> list[tuple[Violation, list[int]]]:
    """Returns what the value sets do not exclude, with the positions where they do not."""
    found: dict[Violation, list[int]] = {}
    cache: dict[tuple[tuple[str, frozenset[int]], ...], list[Violation]] = {}
    for position, row in enumerate(sets.positions):
        key = tuple(row.items())
        if key not in cache:
            cache[key] = list(_violations(program, row))
        for violation in cache[key]:
            found.setdefault(violation, []).append(position)
    return list(found.items())


def _violations(program: Program, row: Mapping[str, frozenset[int]]) -> Iterator[Violation]:
    for rule in program.rules:
        checkpoint()
        if program.is_trap(rule) and _may_fire(rule, row):
            yield Violation("range", (rule,))
        if _may_read_undefined(rule, row):
            yield Violation("undefined", (rule,))
    for rules in program.rules_by_variable.values():
        live = [rule for rule in rules if _may_fire(rule, row)]
        for first, second in _overlapping(live, frozenset()):
            yield Violation("conflict", (first, second))


def _may_read_undefined(rule: Rule, row: Mapping[str, frozenset[int]]) -> bool:
    undefined = False
    for atom in rule.atoms:
        values = row[atom.variable]
        if UNDEFINED_VALUE in values:
            undefined = True
        elif atom.value not in values:
            return False
    return undefined


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
    if split is None:
        for index, first in enumerate(rules):
            checkpoint()
            for second in rules[index + 1 :]:
                if not first.excludes(second):
                    yield first, second
        return
    groups: dict[int, list[Rule]] = {}
    for rule in rules:
        value = next(atom.value for atom in rule.atoms if atom.variable == split)
        groups.setdefault(value, []).append(rule)
    for group in groups.values():
        yield from _overlapping(group, tested | {split})
