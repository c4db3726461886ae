"""Template-invariant search: a candidate for what every layer keeps, where that is not the codes.

Weights that were rounded, rescaled or split may write 1.008 where the code has 1, leave a little
of a head output behind, or be off by one last place in every layer. The template is that of
`Relation`: a box for each value and a drift that is linear in the number of layers (templates as in
Sankaranarayanan, Sipma and Manna, 2005). Its intervals start from what the embedding gives, are
fitted to sampled transitions (guess and check; Sharma et al., 2013), and then get some slack.
Nothing rests on it: whatever the candidate, the obligations are shown of it, or not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, NamedTuple, TypeAlias, final

import numpy as np
import numpy.typing as npt

from alta.lang.kinds import Numerical
from alta.limit import checkpoint
from alta_verify.abstraction import Transition
from alta_verify.arithmetic.formats import Format, FormatOverflowError
from alta_verify.arithmetic.interval import ZERO, Interval, hull
from alta_verify.encode.linear import ClippedUnit, Linear, evaluate
from alta_verify.encode.network import Network
from alta_verify.encode.relation import Codes, Relation
from alta_verify.obligation import NotShown

__all__ = ["invariant"]

_Numbers: TypeAlias = npt.NDArray[np.float64]

_Box: TypeAlias = tuple[Interval, ...]

_ROUNDS: Final = 24
# A coordinate that grows after so many rounds is taken to do so in every layer.
_GROWING: Final = 2

# What a coordinate may be off by and be said to drift.
_SMALL: Final = Fraction(1, 2**12)

# How much more than was sampled a coordinate may drift.
_SLACK: Final = Fraction(17, 16)

# The same where that is little.
_SLACK_IF_SMALL: Final = Fraction(2)

# Coordinates of codes are nowhere near this.
_FAR: Final = Fraction(2)


def invariant(
    first: Relation,
    network: Callable[[Relation], Network],
    sampled: Callable[[], Sequence[Transition]],
    layers: Callable[[], int | None],
    *,
    resets: bool,
    format_: Format,
) -> Relation:
    """Returns a relation that the sampled transitions keep; the first one where there is none.

    The first is that of the embedding. There are so many layers at most; None if there may be any
    number, and `NotShown` is raised where that is not known. `resets` says whether it matters what
    is left of head outputs.
    """
    # Where the codes are kept exactly there is nothing to search; where a layer cannot be encoded,
    # the obligations say why.
    layer = _encoded(network, first)
    if layer is None or _writes_codes(layer):
        return first
    # First for the sampled transitions alone, each value with its own box. Room that passes from
    # value to value, as of a counter, takes a round for each; shared by all of them, it takes one.
    search = _TemplateSearch(network, sampled(), layers, format_, resets=resets)
    stable = search.stable(layer, lambda relation: relation) or search.stable(layer, _uniform)
    if stable is None:
        return first
    # Transitions that were not sampled may go as far as others did that were.
    roomy = search.encoded(_uniform(search.with_slack(stable)))
    return search.stable(roomy, _uniform) or stable


def _encoded(network: Callable[[Relation], Network], relation: Relation) -> Network | None:
    """Encodes a layer, all of it; None where that cannot be done, as obligations will say."""
    # Outputs are encoded on demand, so all are asked for: what cannot be encoded shows here.
    try:
        encoded = network(relation)
        for column in range(relation.layout.width):
            encoded.mlp.output(column)
    except (NotShown, FormatOverflowError):
        return None
    return encoded


def _writes_codes(network: Network) -> bool:
    """Says whether everything that a layer writes is a sum of units that are 0 or 1, exactly."""
    # Then it keeps the codes or does not, and no other relation would help.
    for name, columns in network.relation.layout.columns.items():
        is_head = name in network.heads
        for column in columns:
            output = network.mlp.output(column)
            # What is kept is as it was. What is written is exact if its constant is one number and
            # its units are 0 or 1, since the reset takes old values away exactly.
            if output.kept:
                table = network.mlp.coordinate(column).tables[name] if is_head else {}
                exact = all(interval == ZERO for interval in table.values())
            else:
                exact = output.taken_away or not is_head
                exact &= output.remainder.constant.is_point
                exact &= all(unit.switching for _, unit in output.remainder.units)
            if not exact:
                return False
    return True


class _Place(NamedTuple):
    """A coordinate of a name, in states where it has some value; None for a head output."""

    name: str
    value: int | None
    coordinate: int

    def interval(self, relation: Relation) -> Interval:
        """Returns where a relation has it before the first layer."""
        # Drift apart, which grows with the layers and is added by whoever asks.
        if self.value is None:
            return relation.residue_of(self.name)[self.coordinate]
        return relation.start[self.name][self.value][self.coordinate]


_Excess: TypeAlias = tuple[_Place, Interval]
"""A coordinate that may leave its interval, and what has to be added to that."""


@final
@dataclass(frozen=True)
class _TemplateSearch:
    """A search that widens intervals of the template until the sampled transitions keep them."""

    network: Callable[[Relation], Network]
    sampled: Sequence[Transition]
    layers: Callable[[], int | None]
    format_: Format
    resets: bool

    def encoded(self, relation: Relation) -> Network | None:
        """Encodes a layer for a relation; None where it would be of no use."""
        return _encoded(self.network, relation) if relation.decodable else None

    def stable(
        self, layer: Network | None, shaped: Callable[[Relation], Relation]
    ) -> Relation | None:
        """Returns a relation around that of a layer, shaped, which sampled transitions keep."""
        growth: Counter[_Place] = Counter()
        for _ in range(_ROUNDS):
            if layer is None:
                return None
            excesses = list(self._excesses(layer))
            if not excesses:
                return layer.relation
            # Kleene iteration on the samples: widen what is exceeded, encode again, look again.
            # What rounding adds drifts whatever else does, and says nothing of an offset.
            growth.update(place for place, beyond in excesses if beyond.magnitude > _SMALL)
            wider = self._wider(layer.relation, excesses, growth)
            layer = None if wider is None else self.encoded(shaped(wider))
        return None

    def with_slack(self, relation: Relation) -> Relation:
        """Returns a relation with a little more room wherever it has some."""
        slack = Fraction(1, self._grid)

        def wider(box: _Box, exact: _Box) -> _Box:
            return tuple(
                interval if interval == point else interval.widened(slack).outward(self._grid)
                for interval, point in zip(box, exact, strict=True)
            )

        return replace(
            relation,
            start={
                name: {
                    value: wider(box, _code(relation, name, value)) for value, box in codes.items()
                }
                for name, codes in relation.start.items()
            },
            residue={
                name: wider(box, (ZERO,) * len(box)) for name, box in relation.residue.items()
            },
            drift={
                name: tuple(_drift_with_slack(drift, below=True, above=True) for drift in box)
                for name, box in relation.drift.items()
            },
        )

    def _excesses(self, layer: Network) -> Iterator[_Excess]:
        if not self.sampled:
            return
        relation, sums = layer.relation, _SampledSums(self.sampled)
        for name, columns in relation.layout.columns.items():
            is_head = name in layer.heads
            if is_head and not self.resets:
                continue
            for index, column in enumerate(columns):
                output = layer.mlp.output(column)
                # A head output that is taken away leaves nothing, and a variable that is kept is
                # where it was: neither can exceed its interval.
                if output.taken_away if is_head else output.kept:
                    continue
                checkpoint()
                after = output.after(layer.mlp.coordinate(column))
                for value, reach in sums.reaches(after, name):
                    place = _Place(name, value, index)
                    wanted = place.interval(relation) + relation.drift_of(name)[index]
                    if not reach.within(wanted):
                        low, high = reach.lo - wanted.lo, reach.hi - wanted.hi
                        yield place, Interval(min(Fraction(0), low), max(Fraction(0), high))

    def _wider(
        self, relation: Relation, excesses: Iterable[_Excess], growth: Counter[_Place]
    ) -> Relation | None:
        """Returns a relation with room for what was found, or None where that leads nowhere."""
        start = {name: dict(codes) for name, codes in relation.start.items()}
        residue, drift = dict(relation.residue), dict(relation.drift)
        for place, beyond in excesses:
            name, value, index = place
            numerical = isinstance(relation.abstraction.concrete.domains[name], Numerical)
            # Numbers decode as they are: one that is off is another number, so no room helps.
            if value is not None and numerical:
                return None
            if self._drifts(beyond, growth[place]):
                box = drift.get(name, relation.drift_of(name))
                # What it has to drift by, with some slack on the side of the excess.
                drifted = relation.drift_of(name)[index] + beyond
                further = _drift_with_slack(drifted, below=beyond.lo < 0, above=beyond.hi > 0)
                drift[name] = _with(box, index, hull([box[index], further]))
                continue
            room = (place.interval(relation) + beyond).outward(self._grid)
            # Boxes that grow so far no longer decode, and would overflow one day.
            if room.magnitude > _FAR and not numerical:
                return None
            if value is None:
                residue[name] = _with(residue.get(name, relation.residue_of(name)), index, room)
            else:
                start[name][value] = _with(start[name][value], index, room)
        layers = (self.layers() or 0) if drift else 0
        return replace(relation, start=start, residue=residue, drift=drift, layers=layers)

    def _drifts(self, beyond: Interval, rounds: int) -> bool:
        """Says whether a coordinate is better said to drift than to have a larger interval."""
        # What is large and settles in a few rounds is an offset; what keeps growing a little in
        # every round is added by every layer.
        if rounds <= _GROWING and beyond.magnitude > _SMALL and self.layers() != 1:
            return False
        # Where there is one layer, nothing builds up; where there is no last one, everything does.
        return self.layers() is not None

    @property
    def _grid(self) -> int:
        """Numbers up to 2 with this many steps from 0 to 1 are numbers of the format."""
        return int(2 ** min(14, self.format_.precision - 2))


def _code(relation: Relation, name: str, value: int) -> _Box:
    """Returns the code of a variable's value as the program has it."""
    return relation.code(name, value)


def _with(box: _Box, index: int, interval: Interval) -> _Box:
    return (*box[:index], interval, *box[index + 1 :])


def _drift_with_slack(drift: Interval, *, below: bool, above: bool) -> Interval:
    """Returns more than a drift at either end or both."""
    low, high = (
        end * ((_SLACK_IF_SMALL if abs(end) <= _SMALL else _SLACK) if wanted else 1)
        for end, wanted in ((drift.lo, below), (drift.hi, above))
    )
    return Interval(low, high)


def _uniform(relation: Relation) -> Relation:
    """Returns a relation with as much room for a value as any other of the variable has."""
    # Coordinates that are 0 in the code of a value are given the same room, and so are those that
    # are 1. All coordinates of a name drift alike, and heads leave as much in all of their own.
    # The symmetry of the template: the compiler treats all values of a variable alike.
    start: dict[str, Codes] = {}
    for name, codes in relation.start.items():
        exact = {value: _code(relation, name, value) for value in codes}
        rooms: dict[Interval, Interval] = {}
        for value, box in codes.items():
            for interval, point in zip(box, exact[value], strict=True):
                rooms[point] = hull([interval, rooms.get(point, point)])
        start[name] = {value: tuple(rooms[point] for point in box) for value, box in exact.items()}
    return replace(
        relation,
        start=start,
        residue={name: (hull(box),) * len(box) for name, box in relation.residue.items()},
        drift={name: (hull(box),) * len(box) for name, box in relation.drift.items()},
    )


@final
class _SampledSums:
    """The reach of sums over sampled transitions.

    All of them are looked at in floating point, and those where a sum is least or greatest exactly.
    """

    def __init__(self, sampled: Sequence[Transition]) -> None:
        self._sampled = sampled
        self._locals = {
            name: np.array([step.local[name] for step in sampled]) for name in sampled[0].local
        }
        self._ends: dict[ClippedUnit, tuple[_Numbers, _Numbers]] = {}
        self._units: dict[int, dict[ClippedUnit, Interval]] = {}

    def reaches(self, linear: Linear, name: str) -> Iterator[tuple[int | None, Interval]]:
        """Yields the values of a name after a layer, None for a head, with where a sum can be."""
        # float64 is good enough to choose rows by; those chosen are evaluated in rationals.
        low, high = self._ends_of(linear)
        for value, rows in self._after(name).items():
            checkpoint()
            extreme = {int(rows[np.argmin(low[rows])]), int(rows[np.argmax(high[rows])])}
            reach = hull(
                evaluate(linear, self._sampled[row].local, self._units.setdefault(row, {}))
                for row in sorted(extreme)
            )
            yield value, reach

    def _after(self, name: str) -> dict[int | None, npt.NDArray[np.intp]]:
        groups: dict[int | None, list[int]] = {}
        for row, step in enumerate(self._sampled):
            groups.setdefault(step.after.get(name), []).append(row)
        return {value: np.array(rows) for value, rows in groups.items()}

    def _ends_of(self, linear: Linear) -> tuple[_Numbers, _Numbers]:
        """Returns both ends of a sum without copies, for every transition."""
        low = np.full(len(self._sampled), float(linear.constant.lo))
        high = np.full(len(self._sampled), float(linear.constant.hi))
        for name, table in linear.tables.items():
            values, where = np.unique(self._locals[name], return_inverse=True)
            low += np.array([float(table[value].lo) for value in values.tolist()])[where]
            high += np.array([float(table[value].hi) for value in values.tolist()])[where]
        for weight, unit in linear.units:
            if unit not in self._ends:
                inside = self._ends_of(unit.argument)
                self._ends[unit] = np.clip(inside[0], 0, 1), np.clip(inside[1], 0, 1)
            ends = self._ends[unit]
            # An interval times a negative number changes its ends over.
            factor = float(weight)
            low += factor * ends[factor < 0]
            high += factor * ends[factor > 0]
        return low, high
