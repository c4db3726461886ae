"""Gates are the clipped sums that they were made of, in every local state."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alta_verify.arithmetic.interval import ONE, ZERO, Interval, point
from alta_verify.encode.gates import Gate
from alta_verify.encode.linear import ClippedUnit, End, Linear, Switch, evaluate

NAMES = ("a", "b", "c")


def holds(gate: Gate, local: dict[str, int]) -> bool:
    """Follows a diagram from its root."""
    place = gate.root
    while not isinstance(place, bool):
        branch = gate.branches[place]
        subject = branch.subject
        value = value_of(subject, local) if isinstance(subject, Switch) else local[subject]
        (place,) = [target for values, target in branch.ways if value in values]
    return place


def value_of(switch: Switch, local: dict[str, int]) -> int:
    return int(switch.end.of(evaluate(switch.unit.argument, local).clipped()))


def table(*amounts: float) -> dict[int, Interval]:
    return {value: point(Fraction(amount)) for value, amount in enumerate(amounts)}


def condition(*names: str, weight: float = 2, bias: float = 1.5) -> ClippedUnit:
    """The conjunction that names are 1, as the compiler makes it."""
    tables = {name: table(0, weight) for name in names}
    return ClippedUnit(Linear(point(Fraction(bias) - 2 * len(names)), tables))


def locals_() -> list[dict[str, int]]:
    return [dict(zip(NAMES, values, strict=True)) for values in product((0, 1), repeat=3)]


def truths(unit: ClippedUnit) -> list[dict[str, int]]:
    """The local states in which a unit is 1 by its gate, which is compared with its numbers."""
    found = []
    for local in locals_():
        number = evaluate(unit.argument, local).clipped()
        for end in End:
            gate = unit.gate(end)
            assert gate is not None
            assert end.of(number) == holds(gate, local)
        if number == ONE:
            found.append(local)
    return found


@pytest.mark.parametrize("size", [0, 1, 2, 3])
def test_a_condition_is_the_conjunction_of_its_atoms(size):
    unit = condition(*NAMES[:size])
    assert truths(unit) == [one for one in locals_() if all(one[n] for n in NAMES[:size])]
    assert unit.switching


@pytest.mark.parametrize("weight", [1.875, 2.125], ids=["1.875", "2.125"])
def test_a_condition_of_noisy_weights_is_the_same(weight):
    assert truths(condition(*NAMES, weight=weight)) == [{"a": 1, "b": 1, "c": 1}]


def test_a_condition_that_fires_by_half_is_no_gate():
    unit = condition("a", "b", bias=0.5)
    assert not unit.switching
    assert unit.gate(End.LOW) is None


def units(*ones: ClippedUnit) -> tuple[tuple[Fraction, ClippedUnit], ...]:
    return tuple((Fraction(1), one) for one in ones)


def test_a_sum_of_conditions_is_their_disjunction():
    unit = ClippedUnit(Linear(units=units(condition("a", "b"), condition("b", "c"))))
    assert truths(unit) == [one for one in locals_() if one["b"] and (one["a"] or one["c"])]


def test_an_old_value_that_is_written_is_taken_away():
    old = {"a": table(0, 1)}
    unit = ClippedUnit(Linear(point(-1), old, {}, units(condition("b"), condition("c"))))
    assert truths(unit) == [one for one in locals_() if one["a"] + one["b"] + one["c"] >= 2]


def test_a_sum_of_what_is_no_gate_is_none():
    assert not ClippedUnit(Linear(units=units(condition("a", bias=0.5)))).switching


def test_bounds_that_differ_have_two_gates():
    # Something UNDEFINED is between the codes of all values.
    tables = {"a": {-1: Interval(Fraction(0), Fraction(2)), 0: ZERO, 1: point(2)}}
    unit = ClippedUnit(Linear(point(Fraction(-1, 2)), tables))
    low, high = unit.gate(End.LOW), unit.gate(End.HIGH)
    assert unit.switching
    assert [holds(low, {"a": value}) for value in (-1, 0, 1)] == [False, False, True]
    assert [holds(high, {"a": value}) for value in (-1, 0, 1)] == [True, False, True]


def test_a_diagram_that_would_be_too_large_is_not_drawn():
    # All sums of distinct powers of two are different.
    tables = {str(n): table(0, Fraction(1, 2**n)) for n in range(16)}
    assert ClippedUnit(Linear(point(Fraction(1, 2**20)), tables)).gate(End.LOW) is None


amounts = st.integers(-4, 4).map(lambda number: Fraction(number, 2))
tables = st.dictionaries(
    st.sampled_from(NAMES), st.tuples(amounts, amounts).map(lambda t: table(*t))
)
leaves = st.builds(lambda c, t: ClippedUnit(Linear(point(c), t)), amounts, tables)
weighted = st.tuples(amounts.filter(bool), leaves)
sums = st.builds(
    lambda c, t, us: ClippedUnit(Linear(point(c), t, {}, tuple(us))),
    amounts,
    tables,
    st.lists(weighted, max_size=3),
)


def wide(*ends: tuple[float, float]) -> dict[int, Interval]:
    return {value: Interval(*map(Fraction, own)) for value, own in enumerate(ends)}


pairs = st.tuples(amounts, amounts).map(sorted)
uneven = st.builds(
    lambda c, t: ClippedUnit(Linear(Interval(*c), t)),
    pairs,
    st.dictionaries(st.sampled_from(NAMES), st.tuples(pairs, pairs).map(lambda t: wide(*t))),
)


@given(sums | uneven)
# Of one end all numbers are whole, of the other not.
@example(ClippedUnit(Linear(tables={"a": wide((0, 0), (0, 0.5))})))
@example(ClippedUnit(Linear(tables={"a": wide((0, 0), (0.5, 1))})))
def test_every_gate_is_the_clipped_sum(unit):
    for local in locals_():
        number = evaluate(unit.argument, local).clipped()
        for end in End:
            gate = unit.gate(end)
            if gate is not None:
                assert end.of(number) == holds(gate, local)
        if unit.switching:
            assert {number.lo, number.hi} <= {Fraction(0), Fraction(1)}


@pytest.mark.parametrize("weight", [Fraction(1, 2), Fraction(3), Fraction(-1, 2), Fraction(-3)])
def test_the_ends_of_a_product_come_from_those_of_its_factor(weight):
    one = Interval(Fraction(-1), Fraction(2))
    for end in End:
        assert end.of(one.scaled(weight)) == end.under(weight).of(one) * weight
