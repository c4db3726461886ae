"""Classes of positions: finitely many for the inputs of every length.

Two positions are in one class if the language's automaton is in one state before them and in one
state after them, if all variables start alike there, and if as many positions are before them, and
as many behind them, as far as heads look. Each position of each input is in some class. The classes
that neighbours have are neighbours in a finite graph, of which every path from a first class to a
last one is that of some input (as the words of a local language; McNaughton and Papert, 1971).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple, TypeAlias, final

from alta.inputs.dfa import Dfa, closure
from alta.lang.masks import Mask
from alta.limit import checkpoint
from alta_verify.abstraction import Abstraction
from alta_verify.reach.sets.places import Selected
from alta_verify.universal import nonempty

__all__ = ["Class", "Classes"]

# No more positions before, and behind, a position are counted, however far heads look.
_COUNTED: Final = 4
# So many selected positions stand for any larger number.
_CAP: Final = 2

_Graph: TypeAlias = Sequence[frozenset[int]]


class Class(NamedTuple):
    """A class of positions.

    Attributes:
        state: that of the language's automaton before the position.
        token: one of the tokens that lead from there to the same state, and with which all
            variables start alike.
        before: how many positions are before it; the largest number stands for so many or more.
        behind: how many are behind it, in the same way.
    """

    state: int
    token: int
    before: int
    behind: int


@final
class Classes:
    """The classes of all positions of inputs of any length; they are `Places`."""

    def __init__(self, abstraction: Abstraction) -> None:
        program = abstraction.finite
        automaton = program.inputs.automaton(0)
        # Whether a position is the first one, or the last, is always known.
        looked_at = [d for head in program.heads.values() for d in head.mask.listed or ()]
        self._before = min(_COUNTED, max([1, *(-offset for offset in looked_at)]))
        self._behind = min(_COUNTED, max([1, *looked_at]))
        successors = self._successors(automaton, _tokens(abstraction, automaton))
        # Lemma 15 (classes): no class is empty, as each lies on a path from a first class to a
        # last one, which is the path of some input.
        self.members = nonempty(tuple(_useful(successors, automaton)), "classes of positions")
        numbers = {member: number for number, member in enumerate(self.members)}
        self._after: _Graph = [
            frozenset(numbers[behind] for behind in successors[member] if behind in numbers)
            for member in self.members
        ]
        self._ahead: _Graph = [
            frozenset(number for number, targets in enumerate(self._after) if place in targets)
            for place in range(len(self.members))
        ]
        # No position is told apart from others of its class.
        self.starts = [[(member.token, 0)] for member in self.members]
        self._distant = cache(self._at)
        self._reachable = cache(self._beyond)
        self._avoiding = cache(self._without)
        self._passing = cache(self._visits)

    def _successors(
        self, automaton: Dfa, tokens: Sequence[Sequence[int]]
    ) -> dict[Class, list[Class]]:
        """Returns all classes that a path from the start reaches, each with those behind it."""

        def members(state: int, before: int) -> list[Class]:
            return [
                Class(state, token, before, behind)
                for token in tokens[state]
                for behind in range(self._behind + 1)
            ]

        pending = members(automaton.start, 0)
        successors: dict[Class, list[Class]] = {}
        while pending:
            checkpoint()
            member = pending.pop()
            if member in successors:
                continue
            target = automaton.transitions[member.state][member.token]
            successors[member] = [
                follower
                for follower in members(target, min(member.before + 1, self._before))
                # One more is behind the position before; where that is not told apart, it may be.
                if min(follower.behind + 1, self._behind) == member.behind
            ]
            pending += successors[member]
        return successors

    # --- which classes see which ------------------------------------------------------------------

    def readable(self, place: int, mask: Mask) -> Sequence[int]:
        """Returns the classes of which a mask lets a position of a class select some."""
        return sorted(self._seen(place, mask, 1))

    def readers(self, place: int, mask: Mask) -> Iterable[int]:
        """Returns the classes of positions that may select some of a class."""
        return self._seen(place, mask, -1)

    def _seen(self, place: int, mask: Mask, sign: int) -> frozenset[int]:
        """Returns the classes at the distances of a mask, or at the opposite ones."""
        if mask.listed is not None:
            offsets = (sign * offset for offset in mask.listed)
            return frozenset[int]().union(*(self._distant(place, offset) for offset in offsets))
        seen = self._reachable(place, -sign)
        if mask.last != -1:
            seen |= {place}
        return seen | self._reachable(place, sign) if mask.last is None else seen

    def _at(self, place: int, offset: int) -> frozenset[int]:
        """Returns the classes of positions at a distance from one of a class."""
        if not offset:
            return frozenset({place})
        step = 1 if offset > 0 else -1
        graph = self._after if step > 0 else self._ahead
        nearer = self._distant(place, offset - step)
        return frozenset[int]().union(*(graph[number] for number in nearer))

    def _beyond(self, place: int, direction: int) -> frozenset[int]:
        """Returns the classes of all positions behind one of a class, or before it."""
        graph = self._after if direction > 0 else self._ahead
        return closure(graph[place], graph.__getitem__)

    def _is_there(self, place: int, offset: int) -> bool:
        """Says whether there is a position at a distance from each of a class."""
        member = self.members[place]
        return -member.before <= offset <= member.behind

    # --- how many are selected --------------------------------------------------------------------

    def selected(
        self, place: int, mask: Mask, perhaps: Sequence[int], surely: Collection[int]
    ) -> Selected:
        """Returns how many positions are selected from one, if of the readable places some may be.

        Where a mask has no list of offsets, two stand for any number.
        """
        possible, sure = frozenset(perhaps), frozenset(surely)
        if mask.listed is not None:
            # At each distance there is one position at most.
            seen = {offset: self._distant(place, offset) for offset in mask.listed}
            lower = sum(seen[d] <= sure and self._is_there(place, d) for d in seen)
            return Selected(lower, sum(not seen[d].isdisjoint(possible) for d in seen))
        lower, upper = 0, 0
        if mask.last != -1:
            lower, upper = int(place in sure), int(place in possible)
        for direction in (-1, 1) if mask.last is None else (-1,):
            # Lemma 15 (classes): what a path from a first class passes, positions of an input are.
            lower += place not in self._avoiding(sure, direction)
            upper += self._passing(possible, direction).get(place, 0)
        return Selected(min(lower, _CAP), min(upper, _CAP))

    def _without(self, classes: frozenset[int], direction: int) -> frozenset[int]:
        """Returns what paths from an end of inputs reach that pass none of some classes before."""
        graph = self._after if direction < 0 else self._ahead
        reached = {number for number in range(len(self.members)) if self._is_end(number, direction)}
        pending = list(reached)
        while pending:
            number = pending.pop()
            if number not in classes:
                fresh = graph[number] - reached
                reached |= fresh
                pending += fresh
        return frozenset(reached)

    def _visits(self, classes: frozenset[int], direction: int) -> Mapping[int, int]:
        """Returns how many of some classes paths from an end of inputs pass before each class."""
        graph = self._after if direction < 0 else self._ahead
        upper: dict[int, int] = {}
        pending = list(range(len(self.members)))
        # The least fixed point, reached from below: numbers only grow, up to several.
        while pending:
            number = pending.pop()
            passed = min(upper.get(number, 0) + (number in classes), _CAP)
            for neighbour in graph[number]:
                if upper.get(neighbour, 0) < passed:
                    upper[neighbour] = passed
                    pending.append(neighbour)
        return upper

    def _is_end(self, place: int, direction: int) -> bool:
        """Says whether no position is before those of a class, or none behind."""
        member = self.members[place]
        return not (member.before if direction < 0 else member.behind)


def _tokens(abstraction: Abstraction, automaton: Dfa) -> list[list[int]]:
    """Returns for each state tokens that lead to all states, with all ways to start."""
    variables = abstraction.finite.variables.items()
    tokens = []
    for moves in automaton.transitions:
        # Tokens that lead to one state, and with which all variables start alike, are one to every
        # run: neither a variable nor what may follow tells them apart.
        alike: dict[tuple[int, ...], int] = {}
        for token, target in moves.items():
            if target in automaton.useful:
                starts = (v.initial_value(token, 0, name=name) for name, v in variables)
                alike.setdefault((target, *starts), token)
        tokens.append(list(alike.values()))
    return tokens


def _useful(successors: Mapping[Class, Sequence[Class]], automaton: Dfa) -> Iterator[Class]:
    """Yields the classes from which a path leads to the end of an input."""
    sources: dict[Class, list[Class]] = {member: [] for member in successors}
    for member, targets in successors.items():
        for target in targets:
            sources[target].append(member)
    ends = (
        member
        for member in successors
        if not member.behind
        and automaton.transitions[member.state][member.token] in automaton.accepting
    )
    useful = closure(ends, sources.__getitem__)
    return (member for member in successors if member in useful)
