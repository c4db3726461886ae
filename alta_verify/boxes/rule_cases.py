"""Cases by rule: what a compiled block with noise adds to a variable, whatever rule fires.

As in `encode/firing.py` there is a case for each rule and old value, and one for each old value
where none fires. Here every unit reads a little of everything, so that bounds are in float64 and
nothing is left out but what is 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, final

import numpy as np
import numpy.typing as npt
from jaxtyping import Float64

from alta.limit import checkpoint
from alta.nn.layout import Layout
from alta.nn.sparse import as_dense
from alta.nn.weights import MLPWeights
from alta_verify.abstraction import RuleCube
from alta_verify.arithmetic.directed_rounding import enlarged, finite, rounding_error, upper
from alta_verify.arithmetic.enclosures import Boxes
from alta_verify.arithmetic.formats import Format
from alta_verify.encode.cases import Cubes
from alta_verify.encode.guards import UNGUARDED, guards
from alta_verify.universal import nonempty

__all__ = ["Added", "FirstUnits", "Matrices", "Rows", "RuleCases"]

Array = Float64[npt.NDArray[np.float64], "..."]
Integers = npt.NDArray[np.int64]

# So many numbers are looked at side by side.
_CHUNK: Final = 1 << 21

_NO_RULE: Final = -1


@final
@dataclass(frozen=True)
class Matrices:
    """The matrices and biases of a compiled block in float64, which has them exactly."""

    matrices: tuple[Array, ...]
    biases: tuple[Array, ...]

    @classmethod
    def of(cls, weights: MLPWeights) -> Matrices:
        """Reads the weights."""
        matrices = (weights.expand_in, weights.expand_out, weights.lookup_in, weights.lookup_out)
        biases = (
            weights.expand_in_bias,
            weights.expand_out_bias,
            weights.lookup_in_bias,
            weights.lookup_out_bias,
        )
        return cls(
            tuple(as_dense(matrix).astype(np.float64) for matrix in matrices),
            tuple(np.asarray(bias, dtype=np.float64) for bias in biases),
        )


@final
@dataclass(frozen=True)
class Rows:
    """The boxes of one name's coordinates after attention, a row a value."""

    values: tuple[int, ...]
    boxes: Boxes

    @cached_property
    def places(self) -> Mapping[int, int]:
        """The row of each value."""
        return {value: row for row, value in enumerate(self.values)}

    def among(self, values: frozenset[int]) -> list[int]:
        """Returns the rows of those of some values that there are."""
        return [self.places[value] for value in sorted(values) if value in self.places]


@final
class FirstUnits:
    """The units of the first clipped layer, by what each name adds to them."""

    def __init__(
        self, matrices: Matrices, layout: Layout, rows: Mapping[str, Rows], format_: Format
    ) -> None:
        """Takes the boxes of all names after attention.

        Raises:
            FormatOverflowError: when a sum may be too large for the format.
        """
        weights, bias = matrices.matrices[0], matrices.biases[0]
        self._rows, self._format = rows, format_
        self.n_units, names = len(bias), len(rows)
        size = np.abs(bias)
        self._tables: dict[str, Boxes] = {}
        for name, row in rows.items():
            part = weights[list(layout.columns[name])]
            self._tables[name] = row.boxes.product(part)
            size = size + row.boxes.magnitudes.max(axis=0) @ np.abs(part)
        # Sums are taken in float64 with some operations more: of tables, their hulls and tops.
        slack = rounding_error(enlarged(size), len(weights) + 4 * names + 4, format_)
        self._low, self._high = finite(bias - slack), finite(bias + slack)
        self._tops = {name: table.high.max(axis=0) for name, table in self._tables.items()}

    @cached_property
    def readers(self) -> Mapping[str, Integers]:
        """For each name, the units that read it: all, as there is noise in every weight."""
        return dict.fromkeys(self._tables, np.arange(self.n_units))

    def live(self, name: str) -> npt.NDArray[np.bool_]:
        """Returns at which values (rows) each unit (column) may not be 0."""
        # A unit is 0 at a value if its sum is at most 0 there although all else adds its most.
        remaining = sum((top for key, top in self._tops.items() if key != name), self._high)
        return np.asarray(self._tables[name].high + remaining > 0)

    def bounds(self, chosen: Mapping[str, tuple[list[list[int]], Integers]]) -> Boxes:
        """Returns the units in cases, clipped and stored.

        For each name there are groups of rows, one of which may be the case's, and the group of
        each case.
        """
        low, high = self._low, self._high
        for name, (groups, of_case) in chosen.items():
            table = self._tables[name]
            bottom = np.array([table.low[group].min(axis=0) for group in groups])
            top = np.array([table.high[group].max(axis=0) for group in groups])
            low, high = low + bottom[of_case], high + top[of_case]
        return Boxes(low, high).clipped.stored(self._format)


@final
@dataclass(frozen=True)
class Added:
    """What a block adds to the coordinates of a variable, case by case.

    Attributes:
        old: the row of the old value.
        after: the row of the value that it gets.
        boxes: what is added, with the rounding of the sum.
    """

    old: Integers
    after: Integers
    boxes: Boxes

    def step(self, before: Boxes, format_: Format) -> Boxes:
        """Returns the boxes of all values after a layer, given those after attention."""
        low = -upper(-before.low[self.old] - self.boxes.low)
        high = upper(before.high[self.old] + self.boxes.high)
        bottom = np.full_like(before.low, np.inf)
        top = np.full_like(before.high, -np.inf)
        np.minimum.at(bottom, self.after, low)
        np.maximum.at(top, self.after, high)
        # Every value has a case, in which no rule fires; so none is left without a box.
        return Boxes(finite(bottom), finite(top)).stored(format_)


@final
@dataclass(frozen=True, eq=False)
class RuleCases:
    """The cases of one variable: by the rule that fires, or none, and by the old value.

    Attributes:
        matrices: the block.
        units: its first layer.
        layout: where the names live.
        rows: the boxes of all names after attention.
        variable: the variable.
        rules: the rules for it, traps apart.
        cubes: the local states that may occur.
        format_: the arithmetic.
    """

    matrices: Matrices
    units: FirstUnits
    layout: Layout
    rows: Mapping[str, Rows]
    variable: str
    rules: Sequence[RuleCube]
    cubes: Cubes
    format_: Format

    def added(self) -> Added | None:
        """Returns what the block adds to the variable; None where a value it gets has no box.

        Raises:
            FormatOverflowError: when a sum may be too large for the format.
        """
        # Of no local states no rule would fire, and everything would hold.
        nonempty(self.cubes, "local states")
        values = self.rows[self.variable]
        if not all(self.rules[number].after in values.places for number in self._firing):
            return None
        fired, old = self._cases
        assigned = [values.places.get(rule.after, _NO_RULE) for rule in self.rules]
        after = np.where(fired == _NO_RULE, old, np.array([*assigned, _NO_RULE])[fired])
        width, parts = sum(matrix.shape[1] for matrix in self.matrices.matrices), []
        for part in _chunks(len(old), width):
            checkpoint()
            parts.append(self._outputs(self._hidden(fired[part], old[part]), old[part]))
        low, high = (np.concatenate([getattr(p, end) for p in parts]) for end in ("low", "high"))
        return Added(old, after, Boxes(low, high))

    @cached_property
    def _firing(self) -> list[int]:
        """The rules that fire in some local state that may occur, by number."""
        return [n for n, rule in enumerate(self.rules) if rule.may_fire(self.cubes)]

    @cached_property
    def _cases(self) -> tuple[Integers, Integers]:
        """The rule of each case, or `_NO_RULE`, and the row of its old value."""
        # Lemma 13 (firing): a case for every old value where no rule fires, and for every rule with
        # every old value for which it tests.
        values = self.rows[self.variable]
        fired, old = [_NO_RULE] * len(values.values), [*range(len(values.values))]
        for number in self._firing:
            tested = self.rules[number].cube.get(self.variable, frozenset(values.values))
            rows = values.among(tested)
            fired += [number] * len(rows)
            old += rows
        return np.array(fired), np.array(nonempty(old, "cases"))

    @cached_property
    def _tested(self) -> Mapping[str, dict[frozenset[int], int]]:
        """For each name, the sets of values that rules test for, numbered."""
        tested: dict[str, dict[frozenset[int], int]] = {name: {} for name in self.rows}
        for rule in self.rules:
            for name, values in rule.cube.items():
                tested[name].setdefault(values, len(tested[name]))
        return tested

    @cached_property
    def _guards(self) -> Integers:
        values = {name: rows.values for name, rows in self.rows.items()}
        return guards(self.units, values, self._tested, self.rules)

    @cached_property
    def _groups(self) -> Mapping[str, tuple[list[list[int]], Integers]]:
        """For each other name, groups of rows, and which of them a rule tests for; the last: all.

        Nothing is tested for where no rule fires.
        """
        groups = {}
        for name, sets in self._tested.items():
            rows = self.rows[name]
            # Of values that do not occur there is no row, and no case: any will do.
            choices = [rows.among(values) or [0] for values in sets]
            numbers = [
                sets[rule.cube[name]] if name in rule.cube else len(sets) for rule in self.rules
            ]
            groups[name] = (
                [*choices, [*range(len(rows.values))]],
                np.array([*numbers, len(sets)]),
            )
        return groups

    def _hidden(self, fired: Integers, old: Integers) -> Boxes:
        """Returns the units of the first layer in some cases."""
        chosen = {name: (groups, of[fired]) for name, (groups, of) in self._groups.items()}
        chosen[self.variable] = [[row] for row in range(len(self.rows[self.variable].values))], old
        hidden = self.units.bounds(chosen)
        # Lemma 13 (firing): a unit that needs another rule to fire is 0.
        possible = (self._guards == UNGUARDED) | (self._guards == fired[:, None])
        return Boxes(np.where(possible, hidden.low, 0.0), np.where(possible, hidden.high, 0.0))

    def _outputs(self, hidden: Boxes, old: Integers) -> Boxes:
        """Returns what the block adds to the variable, given the units of its first layer."""
        format_, before = self.format_, self.rows[self.variable].boxes[old]
        (_, expand_out, lookup_in, lookup_out), biases = (
            self.matrices.matrices,
            self.matrices.biases,
        )
        expanded = hidden.sums(expand_out, biases[1], format_).stored(format_)
        neurons = expanded.sums(lookup_in, biases[2], format_).clipped.stored(format_)
        columns = list(self.layout.columns[self.variable])
        weights, bias = lookup_out[:, columns], biases[3][columns]
        # What is added is rounded together with what it is added to.
        size = neurons.magnitudes @ np.abs(weights) + np.abs(bias) + before.magnitudes
        product = neurons.product(weights)
        slack = rounding_error(enlarged(size), len(weights) + 4, format_)
        return Boxes(finite(product.low + bias), finite(product.high + bias)).widened(slack)


def _chunks(cases: int, width: int) -> Iterator[slice]:
    size = max(1, _CHUNK // (width + 1))
    for start in range(0, cases, size):
        yield slice(start, start + size)
