"""The invariant: a guess of what every layer keeps, where that is not exactly the codes.

Weights that were rounded, rescaled or split may write 1.008 where the code has 1, leave a little
of a head output behind, or be off by one last place in every layer. The guess starts from what the
embedding gives, looks at steps that runs take, and makes room for what the network may do there.
Nothing rests on it: whatever is guessed, the obligations are shown of it, or not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor
from typing import Final, NamedTuple, TypeAlias, final

import numpy as np
import numpy.typing as npt

from alta.lang.kinds import Numerical
from alta.limit import checkpoint
from alta_verify.arithmetic.formats import Format, FormatOverflowError
from alta_verify.arithmetic.interval import ZERO, Interval, hull
from alta_verify.encode.linear import ClippedUnit, Linear, evaluate
from alta_verify.encode.network import Network
from alta_verify.encode.relation import Codes, Relation, code, decodes
from alta_verify.obligation import NotShown
from alta_verify.transition import Transition

__all__ = ["invariant", "is_steady"]

_Numbers: TypeAlias = npt.NDArray[np.float64]

_ROUNDS: Final = 24

_GROWING: Final = 2
"""A coordinate that grows after so many rounds is taken to do so in every layer."""

_SMALL: Final = Fraction(1, 2**12)
"""What a coordinate may be off by and be said to drift."""

_ROOM: Final = Fraction(17, 16)
"""How much more than was seen a coordinate may drift."""

_MORE_ROOM: Final = Fraction(2)
"""The same where that is little."""

_FAR: Final = Fraction(2)
"""Coordinates of codes are nowhere near this."""


def is_steady(network: Network) -> bool:
    """Says whether everything that a layer writes is a sum of units that are 0 or 1, exactly.

    Then it keeps the codes or does not, and no other relation would help.
    """
    for name, columns in network.relation.layout.columns.items():
        for column in columns:
            output = network.mlp.output(column)
            if output.kept:
                steady = name not in network.heads or _is_zero(network, name, column)
            else:
                steady = output.taken_away or name not in network.heads
                steady &= output.rest.constant.is_point
                steady &= all(unit.switching for _, unit in output.rest.units)
            if not steady:
                return False
    return True


def _is_zero(network: Network, name: str, column: int) -> bool:
    """Says whether a coordinate of a head output is always 0."""
    table = network.mlp.coordinate(column).tables[name]
    return all(one == ZERO for one in table.values())


def invariant(
    first: Relation,
    network: Callable[[Relation], Network],
    seen: Callable[[], Sequence[Transition]],
    layers: Callable[[], int | None],
    *,
    resets: bool,
    format_: Format,
) -> Relation:
    """Returns a relation that the steps at hand keep; the first one where there is none.

    Args:
        first: the relation of the embedding.
        network: encodes a layer for a relation.
        seen: gives steps that runs take.
        layers: gives the most layers that a run has; None where there may be any number.
        resets: whether it matters what is left of head outputs.
        format_: the arithmetic.

    Raises:
        NotShown: when it is not known whether there is a last layer.
        OutOfTime: when the limit passes before.
    """
    at = _encoded(network, first)
    if at is None or is_steady(at):
        return first
    guess = _Guess(network, seen(), layers, format_, resets=resets)
    kept = guess.kept(at, _as_it_is)
    if kept is None:
        return first
    # Steps that were not seen may go as far as others did that were.
    return guess.kept(guess.encoded(_alike(guess.roomier(kept))), _alike) or kept


def _encoded(network: Callable[[Relation], Network], relation: Relation) -> Network | None:
    """Encodes a layer, all of it; None where that cannot be done, as obligations will say."""
    try:
        encoded = network(relation)
        for column in range(relation.layout.width):
            encoded.mlp.output(column)
    except (NotShown, FormatOverflowError):
        return None
    return encoded


def _decodes(relation: Relation) -> bool:
    """Says whether coordinates still say what the values of all variables are."""
    variables, values = relation.abstraction.concrete.variables, relation.abstraction.values
    return all(
        decodes(variables[name], intervals, values[name][index])
        for name, codes in relation.last.items()
        for index, intervals in codes.items()
    )


class _Place(NamedTuple):
    """A coordinate in states with some value.

    Attributes:
        name: whose coordinate.
        value: the value after a step; None for a head output.
        coordinate: which one of the name.
    """

    name: str
    value: int | None
    coordinate: int


@final
@dataclass(frozen=True)
class _Excess:
    """A coordinate that may leave its interval.

    Attributes:
        place: which.
        reach: where it may be.
        wanted: where it should be.
    """

    place: _Place
    reach: Interval
    wanted: Interval

    @property
    def beyond(self) -> Interval:
        """What has to be added to where it should be."""
        return Interval(
            min(Fraction(0), self.reach.lo - self.wanted.lo),
            max(Fraction(0), self.reach.hi - self.wanted.hi),
        )


@final
@dataclass(frozen=True)
class _Guess:
    """Makes room in relations until steps that were seen keep them.

    Attributes:
        network: encodes a layer for a relation.
        seen: steps that runs take.
        layers: gives the most layers that a run has; None where there may be any number.
        format_: the arithmetic.
        resets: whether it matters what is left of head outputs.
    """

    network: Callable[[Relation], Network]
    seen: Sequence[Transition]
    layers: Callable[[], int | None]
    format_: Format
    resets: bool

    def encoded(self, relation: Relation) -> Network | None:
        """Encodes a layer for a relation; None where it would be of no use."""
        return _encoded(self.network, relation) if _decodes(relation) else None

    def kept(self, at: Network | None, shaped: Callable[[Relation], Relation]) -> Relation | None:
        """Returns a relation around another that the steps keep; None where that leads nowhere.

        Args:
            at: a layer, encoded for the relation from which to start.
            shaped: what is done to every wider relation before it is looked at.
        """
        grown: Counter[_Place] = Counter()
        for _ in range(_ROUNDS):
            if at is None:
                return None
            excesses = list(self._excesses(at))
            if not excesses:
                return at.relation
            grown.update(one.place for one in excesses)
            wider = self._wider(at.relation, excesses, grown)
            at = None if wider is None else self.encoded(shaped(wider))
        return None

    def roomier(self, relation: Relation) -> Relation:
        """Returns a relation with a little more room wherever it has some."""
        step = 1 / Fraction(self._grid)
        more = Interval(-step, step)
        start: dict[str, Codes] = {}
        for name, codes in relation.start.items():
            exact = _exact(relation, name)
            start[name] = {
                value: tuple(
                    one if one == known else self._outward(one + more)
                    for one, known in zip(own, exact[value], strict=True)
                )
                for value, own in codes.items()
            }
        residue = {
            name: tuple(one if one == ZERO else self._outward(one + more) for one in own)
            for name, own in relation.residue.items()
        }
        drift = {
            name: tuple(_with_room(one, below=True, above=True) for one in own)
            for name, own in relation.drift.items()
        }
        return replace(relation, start=start, residue=residue, drift=drift)

    def _excesses(self, network: Network) -> Iterator[_Excess]:
        if not self.seen:
            return
        relation, steps = network.relation, _Steps(self.seen)
        for name, columns in relation.layout.columns.items():
            if name in network.heads and not self.resets:
                continue
            drift = relation.drift_of(name)
            for index, column in enumerate(columns):
                output = network.mlp.output(column)
                if name in network.heads and output.taken_away:
                    continue
                if name not in network.heads and output.kept:
                    continue
                checkpoint()
                after = output.after(network.mlp.coordinate(column))
                for value, reach in steps.reaches(after, name):
                    place = _Place(name, value, index)
                    wanted = _box(relation, place) + drift[index]
                    if not reach.within(wanted):
                        yield _Excess(place, reach, wanted)

    def _wider(
        self, relation: Relation, excesses: Iterable[_Excess], grown: Counter[_Place]
    ) -> Relation | None:
        """Returns a relation with room for what was found, or None where that leads nowhere."""
        start = {name: dict(codes) for name, codes in relation.start.items()}
        residue = dict(relation.residue)
        drift = dict(relation.drift)
        for one in excesses:
            name, value, index = one.place
            numerical = isinstance(relation.abstraction.concrete.domains[name], Numerical)
            if value is not None and numerical:
                return None
            if self._drifts(one, grown[one.place]):
                own = drift.get(name, relation.drift_of(name))
                drift[name] = _with(own, index, hull([own[index], _further(relation, one)]))
                continue
            room = self._outward(_box(relation, one.place) + one.beyond)
            if room.magnitude > _FAR and not numerical:
                return None
            if value is None:
                residue[name] = _with(residue.get(name, relation.residue_of(name)), index, room)
            else:
                start[name][value] = _with(start[name][value], index, room)
        most = self.layers() if drift else 0
        return replace(relation, start=start, residue=residue, drift=drift, layers=most or 0)

    def _drifts(self, one: _Excess, rounds: int) -> bool:
        """Says whether a coordinate is better said to drift than to have a larger interval."""
        if rounds <= _GROWING and one.beyond.magnitude > _SMALL and self.layers() != 1:
            return False
        # Where there is one layer, nothing builds up; where there is no last one, everything does.
        return self.layers() is not None

    @property
    def _grid(self) -> int:
        """Numbers up to 2 with this many steps from 0 to 1 are numbers of the format."""
        return int(2 ** min(14, self.format_.precision - 2))

    def _outward(self, one: Interval) -> Interval:
        """Returns a slightly larger interval whose ends the format holds, near 1."""
        step = self._grid
        return Interval(Fraction(floor(one.lo * step), step), Fraction(ceil(one.hi * step), step))


def _box(relation: Relation, place: _Place) -> Interval:
    if place.value is None:
        return relation.residue_of(place.name)[place.coordinate]
    return relation.start[place.name][place.value][place.coordinate]


def _exact(relation: Relation, name: str) -> Codes:
    """Returns the codes of a variable's values as the program has them."""
    variable, values = relation.abstraction.concrete.variables[name], relation.abstraction.values
    return {value: code(variable, values[name][value]) for value in relation.start[name]}


def _with(own: Sequence[Interval], index: int, one: Interval) -> tuple[Interval, ...]:
    return (*own[:index], one, *own[index + 1 :])


def _further(relation: Relation, one: _Excess) -> Interval:
    """Returns what a coordinate has to drift by for an excess, with some room on its side."""
    drift, beyond = relation.drift_of(one.place.name)[one.place.coordinate], one.beyond
    return _with_room(drift + beyond, below=beyond.lo < 0, above=beyond.hi > 0)


def _with_room(drift: Interval, *, below: bool, above: bool) -> Interval:
    """Returns more than a drift at either end or both."""
    low, high = (
        end * ((_MORE_ROOM if abs(end) <= _SMALL else _ROOM) if wanted else 1)
        for end, wanted in ((drift.lo, below), (drift.hi, above))
    )
    return Interval(low, high)


# --- what other values are given ------------------------------------------------------------------


def _as_it_is(relation: Relation) -> Relation:
    return relation


def _alike(relation: Relation) -> Relation:
    """Returns a relation with as much room for a value as any other of the variable has.

    Coordinates that are 0 in the code of a value are given the same room, and so are those that
    are 1. All coordinates of a name drift alike, and heads leave as much in all of their own.
    """
    start: dict[str, Codes] = {}
    for name, codes in relation.start.items():
        exact = _exact(relation, name)
        rooms: dict[Interval, Interval] = {}
        for value, own in codes.items():
            for one, known in zip(own, exact[value], strict=True):
                rooms[known] = hull([one, rooms.get(known, known)])
        start[name] = {value: tuple(rooms[one] for one in known) for value, known in exact.items()}
    return replace(
        relation,
        start=start,
        residue={name: (hull(own),) * len(own) for name, own in relation.residue.items()},
        drift={name: (hull(own),) * len(own) for name, own in relation.drift.items()},
    )


@final
class _Steps:
    """Says where sums can be in steps that runs take.

    All steps are looked at in floating point, and those where a sum is least or greatest exactly.
    """

    def __init__(self, seen: Sequence[Transition]) -> None:
        self._seen = seen
        self._locals = {
            name: np.array([step.local[name] for step in seen]) for name in seen[0].local
        }
        self._ends: dict[ClippedUnit, tuple[_Numbers, _Numbers]] = {}
        self._units: dict[int, dict[ClippedUnit, Interval]] = {}

    def reaches(self, linear: Linear, name: str) -> Iterator[tuple[int | None, Interval]]:
        """Yields the values that a name has after some step, with where a sum can be in those.

        A head output has no value after a step, which is None.
        """
        low, high = self._ends_of(linear)
        for value, rows in self._after(name).items():
            checkpoint()
            ends = {rows[np.argmin(low[rows])], rows[np.argmax(high[rows])]}
            yield value, hull(self._exactly(linear, int(row)) for row in sorted(ends))

    def _after(self, name: str) -> dict[int | None, npt.NDArray[np.intp]]:
        groups: dict[int | None, list[int]] = {}
        for row, step in enumerate(self._seen):
            groups.setdefault(step.after.get(name), []).append(row)
        return {value: np.array(rows) for value, rows in groups.items()}

    def _ends_of(self, linear: Linear) -> tuple[_Numbers, _Numbers]:
        """Returns both ends of a sum without copies, for every step."""
        constant = linear.constant
        low = np.full(len(self._seen), float(constant.lo))
        high = np.full(len(self._seen), float(constant.hi))
        for name, table in linear.tables.items():
            values, where = np.unique(self._locals[name], return_inverse=True)
            low += np.array([float(table[value].lo) for value in values.tolist()])[where]
            high += np.array([float(table[value].hi) for value in values.tolist()])[where]
        for weight, unit in linear.units:
            if unit not in self._ends:
                inside = self._ends_of(unit.argument)
                self._ends[unit] = np.clip(inside[0], 0, 1), np.clip(inside[1], 0, 1)
            ends = self._ends[unit]
            factor = float(weight)
            low += factor * ends[factor < 0]
            high += factor * ends[factor > 0]
        return low, high

    def _exactly(self, linear: Linear, row: int) -> Interval:
        """Returns the interval of a sum without copies in one step."""
        return evaluate(linear, self._seen[row].local, self._units.setdefault(row, {}))
