"""Guards: rules without which units of the first clipped layer are 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from alta.limit import checkpoint
from alta_verify.abstraction import UNDEFINED_VALUE, RuleCube
from alta_verify.arithmetic.scaled import Integers

__all__ = ["UNGUARDED", "guards"]

UNGUARDED: Final = -1

_UNTESTED: Final = -1


class Units(Protocol):
    """The units of a first clipped layer, by what names add to them."""

    @property
    def n_units(self) -> int:
        """How many there are."""

    @property
    def readers(self) -> Mapping[str, Integers]:
        """For each name that is read, the units that read it."""

    def live(self, name: str) -> npt.NDArray[np.bool_]:
        """Returns at which values (rows) each unit that reads a name (columns) may not be 0."""


def guards(
    layer: Units,
    values: Mapping[str, Sequence[int]],
    tested: Mapping[str, Mapping[frozenset[int], int]],
    rules: Sequence[RuleCube],
) -> Integers:
    """Returns for each unit the index of a rule such that it is 0 unless that rule fires.

    It is so in all local states in which none of the rules reads something UNDEFINED; `UNGUARDED`
    for a unit without such a rule.

    Args:
        layer: the units.
        values: the values of every name, in the order of rows.
        tested: for every name, the sets of values that rules test for, numbered.
        rules: the rules.
    """
    names = [name for name, sets in tested.items() if sets]
    asked = np.full((len(rules), len(names)), _UNTESTED)
    for number, rule in enumerate(rules):
        for index, name in enumerate(names):
            if name in rule.cube:
                asked[number, index] = tested[name][rule.cube[name]]
    needed = np.full((layer.n_units, len(names)), _UNTESTED)
    for index, name in enumerate(names):
        if name in layer.readers:
            units = layer.readers[name]
            needed[units, index] = _needed(layer, values[name], name, list(tested[name]))
    found = np.full(layer.n_units, UNGUARDED)
    # Lemma 13 (firing): for every name that the rule tests, the unit is 0 at all other values of
    # the name. Rules that test the same names are looked up together.
    patterns, members = np.unique(asked != _UNTESTED, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        checkpoint()
        rule_numbers = np.flatnonzero(members == number)
        open_ = (found == UNGUARDED) & (needed[:, pattern] != _UNTESTED).all(axis=1)
        units = np.flatnonzero(open_)
        by_tests = dict(zip(map(bytes, asked[rule_numbers][:, pattern]), rule_numbers, strict=True))
        keys = map(bytes, needed[units][:, pattern])
        found[units] = [by_tests.get(key, UNGUARDED) for key in keys]
    return found


def _needed(
    layer: Units, values: Sequence[int], name: str, sets: Sequence[frozenset[int]]
) -> npt.NDArray[np.intp]:
    """Returns for each unit that reads a name one of some sets, outside of which it is 0.

    A unit may be anything where the name is UNDEFINED; `_UNTESTED` where no set will do.
    """
    defined = np.array([value != UNDEFINED_VALUE for value in values])
    live = layer.live(name)[defined]
    indices = [value for value in values if value != UNDEFINED_VALUE]
    outside = np.array([[value not in set_ for value in indices] for set_ in sets])
    # In float32 counts up to 2^24 are exact, and this is a matrix product.
    escaping = outside.astype(np.float32) @ live.astype(np.float32)
    fits = escaping == 0
    needed: npt.NDArray[np.intp] = np.where(fits.any(axis=0), fits.argmax(axis=0), _UNTESTED)
    return needed
