"""The invariant: a guess of what every layer keeps, where that is not exactly the codes.

Weights that were rounded, rescaled or split may write 1.008 where the code has 1, leave a little
of a head output behind, or be off by one last place in every layer. The guess starts from what the
embedding gives, looks at steps that runs take, and makes room for what the network may do there.
Nothing rests on it: whatever is guessed, the obligations are shown of it, or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor
from typing import Final, TypeAlias, final

import numpy as np
import numpy.typing as npt

from alta.lang.kinds import Numerical
from alta_verify.encode.formats import Format, FormatOverflowError
from alta_verify.encode.linear import Clipped, Linear
from alta_verify.encode.relation import Relation, decodes
from alta_verify.interval import ZERO, Interval, hull
from alta_verify.ledger import NotShown
from alta_verify.network import Network
from alta_verify.transition import Transition

__all__ = ["invariant", "is_steady"]

_Numbers: TypeAlias = npt.NDArray[np.float64]

_ROUNDS: Final = 16

_GROWING: Final = 3
"""After so many rounds, what still grows is taken to do so in every layer."""

_SMALL: Final = Fraction(1, 2**12)
"""What a coordinate may be off by and be said to drift."""

_ROOM: Final = Fraction(9, 8)

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
    """
    relation, at = first, _encoded(network, first)
    if at is None or is_steady(at):
        return first
    for turn in range(_ROUNDS):
        excesses = list(_excesses(at, seen(), resets=resets))
        if not excesses:
            return relation
        # Where there is one layer, nothing builds up.
        drifting = turn >= _GROWING or layers() == 1
        wider = _wider(relation, excesses, layers, format_, drifting=drifting)
        if wider is None or not _decodes(wider):
            return first
        relation, at = wider, _encoded(network, wider)
        if at is None:
            return first
    return first


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


@final
@dataclass(frozen=True)
class _Excess:
    """Is a coordinate that may leave its interval.

    Attributes:
        name: whose coordinate.
        value: the value after the step; None for a head output.
        index: which coordinate of the name.
        reach: where it may be.
        wanted: where it should be.
    """

    name: str
    value: int | None
    index: int
    reach: Interval
    wanted: Interval

    @property
    def size(self) -> Fraction:
        """How far it may be outside."""
        return max(self.wanted.lo - self.reach.lo, self.reach.hi - self.wanted.hi)


def _excesses(network: Network, seen: Sequence[Transition], *, resets: bool) -> Iterator[_Excess]:
    if not seen:
        return
    relation, steps = network.relation, _Steps(seen)
    for name, columns in relation.layout.columns.items():
        if name in network.heads and not resets:
            continue
        drift = relation.drift_of(name)
        for index, column in enumerate(columns):
            output = network.mlp.output(column)
            if name in network.heads and output.taken_away:
                continue
            if name not in network.heads and output.kept:
                continue
            after = output.after(network.mlp.coordinate(column))
            for value, reach in steps.reaches(after, name):
                wanted = (
                    relation.residue_of(name)[index]
                    if value is None
                    else relation.start[name][value][index]
                ).widened(drift[index])
                if not reach.within(wanted):
                    yield _Excess(name, value, index, reach, wanted)


def _wider(
    relation: Relation,
    excesses: Sequence[_Excess],
    layers: Callable[[], int | None],
    format_: Format,
    *,
    drifting: bool,
) -> Relation | None:
    """Returns a relation with room for what was found, or None where that leads nowhere."""
    start = {name: dict(codes) for name, codes in relation.start.items()}
    residue = {name: list(own) for name, own in relation.residue.items()}
    drift = {name: list(own) for name, own in relation.drift.items()}
    for one in excesses:
        variable = relation.abstraction.concrete.domains[one.name]
        if one.value is not None and isinstance(variable, Numerical):
            return None
        if (drifting or one.size <= _SMALL) and layers() is not None:
            own = drift.setdefault(one.name, list(relation.drift_of(one.name)))
            own[one.index] = max(
                own[one.index], 2 * (relation.drift_of(one.name)[one.index] + one.size)
            )
            continue
        room = _outward(hull([one.wanted, one.reach]), format_)
        if room.magnitude > _FAR and not isinstance(variable, Numerical):
            return None
        if one.value is None:
            left = residue.setdefault(one.name, list(relation.residue_of(one.name)))
            left[one.index] = hull([left[one.index], room])
        else:
            codes = list(start[one.name][one.value])
            codes[one.index] = hull([codes[one.index], room])
            start[one.name][one.value] = tuple(codes)
    most = layers() if drift else 0
    return replace(
        relation,
        start=start,
        residue={name: tuple(own) for name, own in residue.items()},
        drift={name: tuple(own) for name, own in drift.items()},
        layers=most or 0,
    )


def _outward(one: Interval, format_: Format) -> Interval:
    """Returns a slightly larger interval whose ends the format holds, near 1."""
    step = 2 ** min(10, format_.precision - 2)
    return Interval(Fraction(floor(one.lo * step), step), Fraction(ceil(one.hi * step), step))


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
        self._ends: dict[Clipped, tuple[_Numbers, _Numbers]] = {}
        self._units: dict[int, dict[Clipped, Interval]] = {}

    def reaches(self, linear: Linear, name: str) -> Iterator[tuple[int | None, Interval]]:
        """Yields the values that a name has after some step, with where a sum can be in those.

        A head output has no value after a step, which is None.
        """
        low, high = self._ends_of(linear)
        for value, rows in self._after(name).items():
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
        local, units = self._seen[row].local, self._units.setdefault(row, {})
        total = linear.constant
        for name, table in linear.tables.items():
            total += table[local[name]]
        for weight, unit in linear.units:
            if unit not in units:
                units[unit] = self._exactly(unit.argument, row).clipped()
            total += units[unit].scaled(weight)
        return total
