"""The search for an invariant: property directed reachability (Bradley 2011), over windows.

What leads to something bad is a pattern of neighbours, which is wider by what a layer sees, or it
is blocked: no configuration has it after so many layers, as patterns say that were blocked before.
If none is left that can be reached, the patterns are an invariant; if first configurations have
one, a chain of windows leads from an input to what is bad. Windows may get as wide as it takes.

Nothing that is proved rests on what is found here: `induction.py` checks it, or an input is run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from typing import Final, TypeAlias, final

from alta.limit import checkpoint
from alta_verify.deadline import Clock, SolverCalls
from alta_verify.reach.windows.encoding import Window
from alta_verify.reach.windows.patterns import Invariant, WindowPattern, pattern_of
from alta_verify.reach.windows.system import Hazard, System

__all__ = ["Chain", "Search", "Stopped"]

# The level of what was blocked after any number of layers.
_ALWAYS: Final = 1 << 30

# Automata of languages with more states know more than whether a position is the first one.
_SMALL: Final = 3

_Atom: TypeAlias = tuple[int, str, int]
"""A place, a name, and a value that it does not have."""


@final
@dataclass(frozen=True)
class Chain:
    """A first configuration, as far as it matters, from which windows lead to what is bad.

    Attributes:
        sites: the values of every name, of neighbours from left to right.
        layers: after how many layers it is bad.
    """

    sites: tuple[Mapping[str, int], ...]
    layers: int


class Stopped(Exception):  # noqa: N818 - an outcome, not an error
    """Time is up; with the pattern that was to be blocked, if there is one."""

    def __init__(self, pattern: WindowPattern | None) -> None:
        super().__init__()
        self.pattern = pattern


@final
class Search:
    """What is known of the runs of a system; it is kept from one hazard to the next."""

    def __init__(self, system: System, calls: SolverCalls, clock: Clock) -> None:
        self._system, self._calls, self._clock = system, calls, clock
        # Up to which number of layers no configuration has a pattern; and in the order of learning.
        self._levels: dict[WindowPattern, int] = {}
        self._log: list[tuple[WindowPattern, int]] = []
        self._windows: dict[tuple[int, int], _Asked] = {}
        self._top = 0
        self._ghosts = {system.ghosts["state"]} if len(system.moves) > _SMALL else set[str]()
        # How many predecessors were blocked.
        self.blocked = 0

    @property
    def invariant(self) -> Invariant:
        """The patterns that no configuration has, after any number of layers."""
        always = (pattern for pattern, level in self._levels.items() if level == _ALWAYS)
        return Invariant(tuple(sorted(always, key=_order)))

    def exclude(self, hazards: Sequence[tuple[Hazard, int]]) -> tuple[Hazard, Chain] | None:
        """Extends the invariant until no hazard occurs in it; or returns how one may occur.

        With each hazard comes how many neighbours more are looked at. Raises `Stopped`.
        """
        self._top = 0
        while True:
            for hazard, context in hazards:
                chain = self._block_all(hazard, context)
                if chain is not None:
                    return hazard, chain
            self._top += 1
            if self._push():
                return None

    def steps(
        self, names: Sequence[str], limit: int
    ) -> set[tuple[tuple[int, ...], tuple[int, ...]]] | None:
        """Returns all steps of some variables in the invariant; None where they are too many."""
        asked, steps = self._asked(1), set[tuple[tuple[int, ...], tuple[int, ...]]]()
        window, solver = asked.window, asked.window.solver
        guard = solver.new_variable()
        while asked.ask(_ALWAYS, [guard, window.stepping]):
            if len(steps) == limit:
                return None
            chosen = [
                [
                    next(
                        (v, x)
                        for v, x in held[name].items()
                        if solver.model_value(abs(x)) is (x > 0)
                    )
                    for name in names
                ]
                for held in (window.before[0], window.after[0])
            ]
            before, after = (tuple(value for value, _ in side) for side in chosen)
            steps.add((before, after))
            solver.add_clause([-guard, *(-x for side in chosen for _, x in side)])
        return steps

    def _block_all(self, hazard: Hazard, context: int) -> Chain | None:
        asked = self._asked(1, context)
        occurs = asked.window.hazard(hazard)
        premises = asked.window.premises(hazard)
        # What was blocked is known to the windows that are asked next.
        while self._asked(1, context).ask(self._top, [occurs, *premises]):
            pattern, first = asked.lifted([occurs], premises), None
            if self._top == 0:
                first = self._first(pattern)
            chain = self._block(pattern, self._top) if first is None else Chain(first, 0)
            if chain is not None:
                return chain
        return None

    def _block(self, pattern: WindowPattern, level: int) -> Chain | None:
        """Blocks a pattern up to a number of layers, or returns how it is reached."""
        order = count()
        pending: list[tuple[int, int, int, WindowPattern]] = []

        def add(level: int, depth: int, pattern: WindowPattern) -> Chain | None:
            first = self._first(pattern)
            if first is not None:
                return Chain(first, depth)
            heappush(pending, (level, next(order), depth, pattern))
            return None

        chain = add(level, 0, pattern)
        while pending and chain is None:
            if self._clock.expired:
                raise Stopped(pattern)
            level, _, depth, pattern = heappop(pending)
            asked = self._asked(pattern.width)
            if self._is_excluded(pattern, level):
                continue
            if level > 0 and asked.reaches(level - 1, pattern):
                target = asked.target(pattern)
                before = asked.lifted(target, [asked.window.stepping])
                heappush(pending, (level, next(order), depth, pattern))
                chain = add(level - 1, depth + 1, before)
                continue
            general = self._generalised(asked.reduced(pattern), pattern, level)
            self.blocked += 1
            while level < self._top and not self._asked(general.width).reaches(level, general):
                level += 1
            # It is not asked for at higher levels now, where windows would get wide in vain.
            self._learn(general, level)
        return chain

    def _push(self) -> bool:
        """Raises levels as far as they can be, and says whether the invariant is one."""
        for level in range(1, self._top):
            level_patterns = [pattern for pattern, upto in self._levels.items() if upto == level]
            stuck = False
            for pattern in level_patterns:
                if self._clock.expired:
                    raise Stopped(pattern)
                if self._asked(pattern.width).reaches(level, pattern):
                    stuck = True
                else:
                    self._learn(pattern, level + 1)
            if not stuck:
                # F_level = F_level+1: what is blocked there is so after any number of layers.
                for pattern, upto in list(self._levels.items()):
                    if level < upto < _ALWAYS:
                        self._learn(pattern, _ALWAYS)
                return True
        return False

    def _learn(self, pattern: WindowPattern, level: int) -> None:
        if level > self._levels.get(pattern, -1):
            self._levels[pattern] = level
            self._log.append((pattern, level))

    def _generalised(
        self, pattern: WindowPattern, original: WindowPattern, level: int
    ) -> WindowPattern:
        """Returns a pattern that says less and that no configuration has at a level either."""
        # The core alone may be a pattern of first configurations: then all is kept.
        if self._first(pattern) is not None:
            pattern = original
        origin = 0
        # First what is said of nothing, at the ends, and then name by name.
        for part in [(-1, ""), *_parts(pattern, self._ghosts)]:
            partial = _without(pattern, (part[0] - origin, part[1]))
            said = [d for d, site in enumerate(partial.sites) if site]
            if not said:
                continue
            weaker = WindowPattern(partial.sites[said[0] : said[-1] + 1])
            shown = None if weaker == pattern else self._blocked(weaker, level)
            if shown is not None:
                pattern, origin = shown, origin + said[0]
        return self._widened(pattern, level)

    def _widened(self, pattern: WindowPattern, level: int) -> WindowPattern:
        """Returns a pattern with more values for its names."""
        for d, name in _parts(pattern):
            values = dict(pattern.sites[d])[name]
            absent = [v for v in self._system.ranges[name] if v not in values]
            if len(absent) < 2:
                continue
            for value in absent:
                site = {**dict(pattern.sites[d])}
                site[name] |= {value}
                sites = [*map(dict, pattern.sites)]
                sites[d] = site
                shown = self._blocked(pattern_of(sites), level)
                if shown is not None and _parts(shown) == _parts(pattern):
                    pattern = shown
        return pattern

    def _blocked(self, pattern: WindowPattern, level: int) -> WindowPattern | None:
        """Returns the pattern or a weaker one if no configuration has it at a level."""
        if self._first(pattern) is not None:
            return None
        asked = self._asked(pattern.width)
        if asked.reaches(max(0, level - 1), pattern):
            return None
        reduced = asked.reduced(pattern)
        return pattern if self._first(reduced) is not None else reduced

    def _is_excluded(self, pattern: WindowPattern, level: int) -> bool:
        """Says whether a pattern that was blocked matches wherever this one does."""
        # Not whether some window has it: that it has no neighbours has to be learnt as well.
        return any(
            upto >= level and _is_weaker(blocked, pattern) for blocked, upto in self._levels.items()
        )

    def _first(self, pattern: WindowPattern) -> tuple[Mapping[str, int], ...] | None:
        """Returns the sites of a first configuration that has a pattern, if there is one."""
        return self._asked(pattern.width).first(pattern)

    def _asked(self, width: int, context: int = 0) -> _Asked:
        key = width, context
        if key not in self._windows:
            self._windows[key] = _Asked(
                Window(self._system, width, context), self._calls, self._clock
            )
        asked = self._windows[key]
        asked.learn(self._log)
        return asked


@final
class _Asked:
    """Questions about windows of one width, with what is known of them."""

    def __init__(self, window: Window, calls: SolverCalls, clock: Clock) -> None:
        self.window, self._calls, self._clock = window, calls, clock
        self._guards: dict[int, int] = {}
        self._learnt = 0

    def learn(self, log: Sequence[tuple[WindowPattern, int]]) -> None:
        """Takes in patterns that were learnt since."""
        for pattern, level in log[self._learnt :]:
            if level not in self._guards:
                self._guards[level] = self.window.solver.new_variable()
            self.window.exclude(pattern, self._guards[level])
        self._learnt = len(log)

    def ask(self, level: int, literals: Sequence[int]) -> bool:
        """Says whether some configuration after so many layers at most has what is asked for."""
        checkpoint()
        guards = [guard for upto, guard in self._guards.items() if upto >= max(level, 1)]
        first = [self.window.first] if level == 0 else []
        self._calls.sat += 1
        answer = self.window.solver.solve([*first, *guards, *literals], deadline=self._clock)
        if answer is None:
            raise Stopped(None)
        return answer

    def target(self, pattern: WindowPattern) -> list[int]:
        """Returns the literals of a pattern after the layer."""
        return self.window.matched(pattern, 0, after=True)

    def reaches(self, level: int, pattern: WindowPattern) -> bool:
        """Says whether a layer leads to a pattern from a configuration at a level without it."""
        guard = self.window.solver.new_variable()
        self.window.exclude(pattern, guard)
        return self.ask(level, [guard, self.window.stepping, *self.target(pattern)])

    def reduced(self, pattern: WindowPattern) -> WindowPattern:
        """Returns what is needed of a pattern for the last answer to be No."""
        core, after = self.window.solver.core(), self.window.after
        sites: list[dict[str, set[int]]] = [{} for _ in range(pattern.width)]
        for place, site in enumerate(pattern.sites):
            for name, values in site:
                for value, literal in after[place][name].items():
                    if value not in values and -literal in core:
                        sites[place].setdefault(name, set(after[place][name])).discard(value)
        weaker = pattern_of(sites)
        return pattern if not _parts(weaker) else weaker

    def first(self, pattern: WindowPattern) -> tuple[Mapping[str, int], ...] | None:
        """Returns the sites of a first configuration that has a pattern, if there is one."""
        if not self.ask(0, self.window.matched(pattern, 0, after=False)):
            return None
        chosen = self.window.chosen()
        return tuple(chosen[place] for place in range(pattern.width))

    def lifted(self, target: Sequence[int], premises: Sequence[int]) -> WindowPattern:
        """Returns what matters of the last answer's configuration for the target to hold."""
        window = self.window
        solver, chosen = window.solver, window.chosen()
        # It has to matter as well that the run goes on, if that is a premise.
        wanted = [*target, *([-window.over] if premises else [])]
        assumed = window.succeeding if window.stepping in premises else []
        guard = solver.new_variable()
        solver.add_clause([-guard, *(-literal for literal in wanted)])
        atoms = {
            literal: atom
            for literal, atom in self._atoms(chosen).items()
            if chosen[atom[0]][atom[1]] != atom[2]
        }
        exists = {self.window.exists[place]: place for place in chosen}
        self._calls.sat += 1
        answer = solver.solve([guard, *assumed, *atoms, *exists], deadline=self._clock)
        core = frozenset(atoms) | frozenset(exists) if answer else solver.core()
        places = {atoms[literal][0] for literal in core if literal in atoms}
        places |= {exists[literal] for literal in core if literal in exists} | {0}
        low, high = min(places), max(places)
        sites: list[dict[str, set[int]]] = [{} for _ in range(low, high + 1)]
        for literal in core:
            if literal in atoms:
                place, name, value = atoms[literal]
                site = sites[place - low]
                site.setdefault(name, set(self.window.before[place][name])).discard(value)
        # What the language's automaton knows of all that is to the left may be why there is no
        # such thing, where it knows more than that there is something.
        state = window.system.ghosts["state"]
        for place, site in enumerate(sites, start=low):
            if site and len(window.system.moves) > _SMALL:
                site[state] = {chosen[place][state]}
        return pattern_of(sites)

    def _atoms(self, places: Iterable[int]) -> dict[int, _Atom]:
        return {
            -literal: (place, name, value)
            for place in places
            for name, values in self.window.before[place].items()
            if len(values) > 1
            for value, literal in values.items()
        }


def _parts(pattern: WindowPattern, last: Collection[str] = ()) -> list[tuple[int, str]]:
    """Returns the names of all sites, those that are far from the middle first, and some last."""
    parts = [(d, name) for d, site in enumerate(pattern.sites) for name, _ in site]
    return sorted(parts, key=lambda part: (part[1] in last, -abs(2 * part[0] - pattern.width + 1)))


def _without(pattern: WindowPattern, part: tuple[int, str]) -> WindowPattern:
    sites = [
        {name: values for name, values in site if (d, name) != part}
        for d, site in enumerate(pattern.sites)
    ]
    return pattern_of(sites)


def _is_weaker(weak: WindowPattern, pattern: WindowPattern) -> bool:
    """Says whether the first pattern matches wherever the second one does."""
    said = [dict(site) for site in pattern.sites]
    return any(
        all(
            name in said[shift + d] and said[shift + d][name] <= values
            for d, site in enumerate(weak.sites)
            for name, values in site
        )
        for shift in range(pattern.width - weak.width + 1)
    )


def _order(pattern: WindowPattern) -> tuple[int, str]:
    return pattern.width, str([[(n, sorted(vs)) for n, vs in site] for site in pattern.sites])
