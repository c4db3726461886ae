"""A unit with a guard is 0 wherever the rule does not fire and nothing UNDEFINED is read."""

from __future__ import annotations

import numpy as np

from alta.nn.layout import Layout
from alta_verify.abstraction import UNDEFINED_VALUE, RuleCube
from alta_verify.arithmetic.formats import FORMATS
from alta_verify.arithmetic.interval import ONE, ZERO, hull
from alta_verify.arithmetic.scaled import ScaledLayer
from alta_verify.encode.first_layer import Boxes, FirstLayer
from alta_verify.encode.guards import UNGUARDED, guards
from alta_verify.encode.relation import Codes

LAYOUT = Layout(5, {"v": (0, 1), "h": (2, 3, 4)})

ONE_HOT: dict[str, Codes] = {
    "v": {0: (ONE, ZERO), 1: (ZERO, ONE)},
    "h": {
        0: (ONE, ZERO, ZERO),
        1: (ZERO, ONE, ZERO),
        2: (ZERO, ZERO, ONE),
        UNDEFINED_VALUE: (hull([ZERO, ONE]),) * 3,
    },
}

ZERO_OR_ONE, TWO, BOTH = frozenset({0}), frozenset({2}), frozenset({0, 1})


def guards_of(rules: list[RuleCube], *units: tuple[list[float], float]) -> list[int]:
    """The guards of units with some weights and a bias each."""
    weights = np.array([weights for weights, _ in units], np.float32).T
    layer = ScaledLayer.of(weights, np.array([bias for _, bias in units], np.float32))
    tested: dict[str, dict[frozenset[int], int]] = {"v": {}, "h": {}}
    for each in rules:
        for name, values in each.cube.items():
            tested[name].setdefault(values, len(tested[name]))
    boxes = {name: Boxes.of(codes) for name, codes in ONE_HOT.items()}
    sets = {name: list(values) for name, values in tested.items()}
    first = FirstLayer(layer, LAYOUT, boxes, sets, FORMATS["float32"])
    rows = {name: list(codes) for name, codes in ONE_HOT.items()}
    return guards(first, rows, tested, rules).tolist()


BOTH_TESTED = RuleCube({"v": ZERO_OR_ONE, "h": TWO}, 1)
ONE_TESTED = RuleCube({"h": TWO}, 1)
NONE_TESTED = RuleCube({}, 1)

CONDITION = ([2, 0, 0, 0, 2], -2.5)
"""1 where v is 0 and h is 2, and 0 elsewhere."""

SNAP = ([0, 0, 0, 0, 2], -0.5)
"""1 where h is 2."""


def test_a_condition_needs_its_rule():
    assert guards_of([BOTH_TESTED], CONDITION) == [0]
    assert guards_of([RuleCube({"v": frozenset({1}), "h": TWO}, 1), BOTH_TESTED], CONDITION) == [1]


def test_a_unit_that_is_1_elsewhere_too_has_no_guard():
    assert guards_of([BOTH_TESTED], SNAP) == [UNGUARDED]
    # With room for one of the two tests to fail.
    assert guards_of([BOTH_TESTED], (CONDITION[0], -1.5)) == [UNGUARDED]
    assert guards_of([RuleCube({"v": frozenset({1}), "h": TWO}, 1)], CONDITION) == [UNGUARDED]


def test_a_unit_needs_a_rule_with_fewer_tests_as_well():
    assert guards_of([ONE_TESTED], CONDITION, SNAP) == [0, 0]
    assert guards_of([NONE_TESTED], CONDITION, ([0] * 5, 1)) == [0, 0]


def test_a_rule_for_several_values_guards_what_needs_some_of_them():
    wide = RuleCube({"v": BOTH, "h": TWO}, 1)
    assert guards_of([wide], CONDITION, SNAP) == [0, UNGUARDED]
    either = ([2, 2, 0, 0, 2], -2.5)
    assert guards_of([wide], either) == [0]
    assert guards_of([BOTH_TESTED], either) == [UNGUARDED]


def test_what_a_unit_is_where_something_undefined_is_read_does_not_matter():
    """With v = 0 and h UNDEFINED the rule would read UNDEFINED, which the premises exclude."""
    assert ONE_HOT["h"][UNDEFINED_VALUE][2].hi == 1
    assert guards_of([BOTH_TESTED], CONDITION) == [0]
    # But the rule has nothing to do with v = 1, where h may be UNDEFINED as well.
    assert guards_of([BOTH_TESTED], ([2, 2, 0, 0, 2], -2.5)) == [UNGUARDED]


def test_without_rules_there_are_no_guards():
    assert guards_of([], CONDITION, SNAP) == [UNGUARDED, UNGUARDED]
