"""Termination: a ranking of positions that goes down in every layer, somewhere, and nowhere up.

The states of a position, by a few of its variables, are ranked by the order of the strongly
connected components of the steps between them. What has to be excluded are steps that go up, and
that the leftmost position that has not halted (or the rightmost one) stays in its component.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, TypeAlias, final

from alta_verify.reach.windows.reachability import Unblocked, Windows
from alta_verify.reach.windows.system import Case, Hazard

__all__ = ["Ranking", "ranking_of"]

# With more states, and more than so many variables, none is looked for.
_STATES: Final = 24
_NAMES: Final = 3

_State: TypeAlias = tuple[int, ...]


@final
@dataclass(frozen=True)
class Ranking:
    """A number for each state of some variables of a position.

    Attributes:
        names: the variables.
        ranks: the number of each state.
        side: the offset of the neighbour that has halted, or is not there, where a position that
            has not goes down.
    """

    names: tuple[str, ...]
    ranks: Mapping[_State, int]
    side: int

    @property
    def method(self) -> str:
        """How every run is seen to end."""
        place = "leftmost" if self.side < 0 else "rightmost"
        return (
            f"a ranking by {', '.join(self.names)} that goes up nowhere, and in every layer down "
            f"at the {place} position that has not halted"
        )


def ranking_of(windows: Windows) -> Ranking | None:
    """Returns a ranking that shows that every run ends at the halt, if one is found.

    It extends the invariant of the windows by what excludes the steps that would deny it.
    """
    halt = windows.system.halt
    if halt is None:
        return None
    for names in _choices(windows, halt[0]):
        steps = windows.steps(names, _STATES**2)
        if steps is None:
            continue
        ranks = _ranks(steps)
        if len(ranks) > _STATES:
            continue
        values = [sorted(windows.system.values[name]) for name in names]
        unranked = [state for state in product(*values) if state not in ranks]
        for side in (-1, 1):
            ranking = Ranking(names, ranks, side)
            cases = [*_denied(ranking, *halt), *(Case(_said(names, state)) for state in unranked)]
            hazard = Hazard("a step that does not go down", tuple(cases))
            try:
                # Lemma 18 (termination): the sum of all ranks is a natural number, and each layer
                # takes it down, since a run that goes on has a position that has not halted.
                windows.exclude([*windows.system.failures, hazard])
            except Unblocked:
                continue
            return ranking
    return None


def _choices(windows: Windows, halt: str) -> Iterator[tuple[str, ...]]:
    """Yields variables by which positions may be ranked; the halt variable is one of them."""
    program = windows.system.program
    yield (halt,)
    tested = [name for name in program.tested_by_variable[halt] if name in program.variables]
    chosen = [name for name in dict.fromkeys(tested) if name != halt]
    for name in chosen:
        yield halt, name
    if 1 < len(chosen) < _NAMES:
        yield halt, *chosen


def _denied(ranking: Ranking, halt: str, value: int) -> Iterator[Case]:
    """Yields the steps that go up, and those that do not go down where one has to."""
    names, ranks = ranking.names, ranking.ranks
    halted = {ranking.side: {halt: frozenset({value})}}
    for before, high in ranks.items():
        for after, low in ranks.items():
            stays = low == high and before[names.index(halt)] != value
            if low > high or stays:
                yield Case(_said(names, before), _said(names, after), halted if stays else {})


def _said(names: Sequence[str], state: _State) -> dict[str, frozenset[int]]:
    return {name: frozenset({value}) for name, value in zip(names, state, strict=True)}


def _ranks(steps: set[tuple[_State, _State]]) -> dict[_State, int]:
    """Returns for each state how many states can be reached from it; equal in a component."""
    states = sorted({state for step in steps for state in step})
    reached = {state: {state} for state in states}
    changed = True
    while changed:
        changed = False
        for before, after in steps:
            if not reached[after] <= reached[before]:
                reached[before] |= reached[after]
                changed = True
    # A step leads to a state from which no more can be reached, and fewer can unless it leads back.
    return {state: len(reached[state]) for state in states}
