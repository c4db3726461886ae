"""Firing: what a layer makes of one variable, case by case over the rule that fires.

In a local state without a conflict, a trap or an UNDEFINED read at most one rule for a variable
fires. So there is a case for each rule and each old value of the variable, and one for each old
value where none fires. In each nearly all units of the first clipped layer are 0, because they need
some other rule to fire; the others go through the remaining layers as intervals of scaled integers,
all cases side by side. That takes time linear in the cases and in the weights, and no solver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, final

import numpy as np
from scipy import sparse

from alta.limit import checkpoint
from alta.nn.layout import Layout
from alta.nn.weights import MLPWeights
from alta_verify.abstraction import RuleCube
from alta_verify.arithmetic.formats import Format
from alta_verify.arithmetic.scaled import GRID, UNIT, Bounds, Integers, ScaledLayer
from alta_verify.encode.cases import Cubes
from alta_verify.encode.first_layer import Boxes, FirstLayer
from alta_verify.encode.guards import UNGUARDED, guards
from alta_verify.encode.relation import Codes
from alta_verify.universal import nonempty

__all__ = ["Firing", "ScaledMLP"]

# So many intervals are looked at side by side.
_CHUNK: Final = 1 << 21

_NO_RULE: Final = -1


@final
@dataclass(frozen=True)
class ScaledMLP:
    """The four layers of a feed-forward block, each a `ScaledLayer`."""

    expand_in: ScaledLayer
    expand_out: ScaledLayer
    lookup_in: ScaledLayer
    lookup_out: ScaledLayer

    @classmethod
    def of(cls, weights: MLPWeights) -> ScaledMLP:
        """Reads the weights, exactly.

        Raises:
            NotScalableError: when they need too many bits.
        """
        return cls(
            ScaledLayer.of(weights.expand_in, weights.expand_in_bias),
            ScaledLayer.of(weights.expand_out, weights.expand_out_bias),
            ScaledLayer.of(weights.lookup_in, weights.lookup_in_bias),
            ScaledLayer.of(weights.lookup_out, weights.lookup_out_bias),
        )

    def into(self, columns: Sequence[int]) -> ScaledMLP:
        """Returns the part of it on which some coordinates depend."""
        lookup_out, neurons = self.lookup_out.into(np.array(columns))
        lookup_in, expanded = self.lookup_in.into(neurons)
        expand_out, units = self.expand_out.into(expanded)
        everything = np.arange(self.expand_in.matrix.shape[0])
        return ScaledMLP(self.expand_in.part(everything, units), expand_out, lookup_in, lookup_out)


@final
@dataclass(frozen=True)
class _Cases:
    """Cases side by side: the rule that fires, or `_NO_RULE`, and the row of the old value."""

    rules: Integers
    old: Integers


@final
class Firing:
    """One variable of a layer, with the cases of its transition."""

    def __init__(
        self,
        mlp: ScaledMLP,
        layout: Layout,
        boxes: Callable[[str], Boxes],
        format_: Format,
        variable: str,
        rules: Sequence[RuleCube],
        cubes: Cubes,
    ) -> None:
        """Takes a layer and the rules.

        Args:
            mlp: the feed-forward block.
            layout: where the names live.
            boxes: gives for every name the intervals of its coordinates after attention.
            format_: the arithmetic.
            variable: the variable.
            rules: the rules for it, traps apart.
            cubes: the local states that may occur.

        Raises:
            NotScalableError: when numbers do not fit.
            FormatOverflowError: when one may be too large for the format.
        """
        self._variable, self._format = variable, format_
        self._part = mlp.into(layout.columns[variable])
        owners = {column: name for name, columns in layout.columns.items() for column in columns}
        read = {
            owners[column] for column in np.unique(self._part.expand_in.matrix.indices).tolist()
        }
        tested = {name for rule in rules for name in rule.cube}
        # In the order of the layout, so that every process does the same.
        self._boxes = {
            name: boxes(name) for name in layout.columns if name in read | tested | {variable}
        }
        # Of no local states no rule would fire, and everything would hold.
        self._rules, self._cubes = rules, nonempty(cubes, "local states")
        self._tested: dict[str, dict[frozenset[int], int]] = {name: {} for name in self._boxes}
        for rule in self._rules:
            for name, values in rule.cube.items():
                self._tested[name].setdefault(values, len(self._tested[name]))
        self._first = FirstLayer(
            self._part.expand_in,
            layout,
            self._boxes,
            {name: list(sets) for name, sets in self._tested.items()},
            format_,
        )
        self._guards = guards(
            self._first,
            {name: boxes.values for name, boxes in self._boxes.items()},
            self._tested,
            self._rules,
        )

    def keeps(self, codes: Codes) -> int | None:
        """Returns the number of cases, if in all of them the variable gets the code of its value.

        None if it may not in some. Nothing is known then: cases forget how values go together.

        Args:
            codes: for each value, the intervals in which the coordinates have to lie.

        Raises:
            NotScalableError: when numbers do not fit.
            FormatOverflowError: when one may be too large for the format.
        """
        # Lemma 13 (firing): in each case, the box of the value that the rule assigns, or of the old
        # one where none fires. A value that it gets has to have a box.
        if not all(self._rules[number].after in codes for number in self._firing):
            return None
        cases, targets = self._cases, Boxes.of(codes, inward=True)
        old = np.array([targets.places[value] for value in self._boxes[self._variable].values])
        assigned = np.array(
            [targets.places.get(rule.after, _NO_RULE) for rule in self._rules], dtype=np.int64
        )
        after = np.where(cases.rules == _NO_RULE, old[cases.old], _NO_RULE)
        fired = cases.rules != _NO_RULE
        after[fired] = assigned[cases.rules[fired]]
        nonempty(range(len(cases.old)), "cases")
        for chunk in self._chunks(cases.old):
            checkpoint()
            reached = self._after(_Cases(cases.rules[chunk], cases.old[chunk]))
            low, high = targets.low[after[chunk]], targets.high[after[chunk]]
            if (reached.low < low).any() or (reached.high > high).any():
                return None
        return len(cases.old)

    @cached_property
    def _firing(self) -> list[int]:
        """The rules that fire in some local state that may occur, by number."""
        return [n for n, rule in enumerate(self._rules) if rule.may_fire(self._cubes)]

    @cached_property
    def _cases(self) -> _Cases:
        """Every old value with no rule, and with every rule that does not test for another one."""
        boxes = self._boxes[self._variable]
        rules, old = [_NO_RULE] * len(boxes.values), list(range(len(boxes.values)))
        for number in self._firing:
            rule = self._rules[number]
            rows = boxes.rows(rule.cube.get(self._variable, frozenset(boxes.values)))
            rules += [number] * len(rows)
            old += rows
        return _Cases(np.array(rules), np.array(old))

    def _after(self, cases: _Cases) -> Bounds:
        """Returns the coordinates after the layer."""
        part, format_ = self._part, self._format
        expanded = part.expand_out.sums(self._units(cases), format_, storing=True)
        neurons = part.lookup_in.sums(expanded, format_).clipped(format_)
        boxes = self._boxes[self._variable]
        before = Bounds(boxes.low[cases.old], boxes.high[cases.old], boxes.exponents)
        # Lemma 3 (MLP): storing is monotonic, so that it keeps the sum in intervals whose ends the
        # format has, and the relation has no others (`rounding`).
        return part.lookup_out.sums(neurons, format_, beside=before)

    # --- the first layer --------------------------------------------------------------------------

    def _units(self, cases: _Cases) -> Bounds:
        """Returns the units of the first layer, case by case, without those that are 0."""
        numbers = np.arange(len(cases.old))
        of_rule, by_rule = self._guarded
        starts, ends = by_rule[cases.rules], by_rule[cases.rules + 1]
        counts = np.where(cases.rules == _NO_RULE, 0, ends - starts)
        # Lemma 13 (firing): a unit that needs another rule to fire is 0; so the entries are the
        # units of the rule that fires, and those that need none.
        offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        guarded = of_rule[np.repeat(starts, counts) + offsets]
        (free,) = np.nonzero(self._guards == UNGUARDED)
        entries = np.concatenate([np.repeat(numbers, counts), np.repeat(numbers, len(free))])
        units = np.concatenate([guarded, np.tile(free, len(numbers))])
        rows = {
            name: cases.old if name == self._variable else self._rows[name][cases.rules]
            for name in self._first.tables
        }
        low, high = self._first.entries(rows, entries, units)
        partly = np.unique(units[(low % UNIT != 0) | (high % UNIT != 0)])
        exponents = np.zeros(self._first.n_units, dtype=np.int64)
        exponents[partly] = -GRID
        (some,) = np.nonzero(high)
        places, shape = (entries[some], units[some]), (len(numbers), self._first.n_units)
        return Bounds(
            sparse.csr_array((low[some], places), shape=shape),
            sparse.csr_array((high[some], places), shape=shape),
            exponents,
        )

    @cached_property
    def _guarded(self) -> tuple[Integers, Integers]:
        """The units that need a rule to fire, rule by rule, and where those of each rule begin."""
        order = np.argsort(self._guards, kind="stable")
        order = order[self._guards[order] != UNGUARDED]
        return order, np.searchsorted(self._guards[order], np.arange(len(self._rules) + 1))

    @cached_property
    def _rows(self) -> Mapping[str, Integers]:
        """For each name, the row of its table in the cases of each rule, and of none (the last)."""
        rows = {}
        for name, boxes in self._boxes.items():
            n_values, sets = len(boxes.values), self._tested[name]
            anything = n_values + len(sets)
            rows[name] = np.array(
                [
                    n_values + sets[rule.cube[name]] if name in rule.cube else anything
                    for rule in self._rules
                ]
                + [anything]
            )
        return rows

    def _chunks(self, old: Integers) -> Iterator[slice]:
        """Yields the cases in parts of about as many intervals."""
        part = self._part
        free = int((self._guards == UNGUARDED).sum())
        widths = part.expand_out.matrix.shape[1] + part.lookup_in.matrix.shape[1] + free
        size = max(1, _CHUNK // (widths + 1))
        for start in range(0, len(old), size):
            yield slice(start, start + size)
