"""The checker's bounds on what heads add are the prover's, which were written apart from them."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alta
from alta.nn.model import Model
from alta.nn.sparse import as_dense
from alta_verify.arithmetic import formats
from alta_verify.arithmetic.interval import Interval as Box
from alta_verify.arithmetic.interval import point as box
from alta_verify.arithmetic.matrices import RationalMatrix
from alta_verify.check import attention as checker
from alta_verify.check import averages
from alta_verify.check.numbers import FORMATS, ZERO, Interval, point
from alta_verify.check.refused import Refused
from alta_verify.check.weights import Matrix
from alta_verify.encode import attention as prover
from alta_verify.encode.softmax import Softmax, leakage
from tests.alta_verify.check.theorems import compiled, theorem, theorem_of
from tests.alta_verify.mutants import with_heads, with_scale

names = pytest.mark.parametrize("name", list(FORMATS))

LENGTH = 4

numbers = st.sampled_from([Fraction(n, 4) for n in range(-9, 10)])
tiny = st.sampled_from(
    [Fraction(n) * Fraction(2) ** e for n in (-3, -1, 1, 5) for e in (-130, -15, -1024)]
)
factors = st.sampled_from([0.0, 0.0, 1.0, -2.0, 0.75, 2.0**-130, 2.0**-16, 2.0**100])


def ends(one):
    return one.lo, one.hi


@names
@given(
    entries=st.lists(factors, min_size=4, max_size=4),
    read=st.lists(st.lists(numbers | tiny, min_size=1, max_size=3), min_size=2, max_size=2),
)
def test_floors_are_the_same(name, entries, read):
    array = np.array(entries).reshape(2, 2)
    places = {(i, j): Fraction(array[i, j]) for i in range(2) for j in range(2) if array[i, j]}
    have = checker._floor(
        Matrix((2, 2), places), (0, 1), dict(enumerate(read)), LENGTH, FORMATS[name]
    )
    boxes = {unit: [box(one) for one in own] for unit, own in enumerate(read)}
    wanted = prover._floor(
        (0, 1), RationalMatrix.of(array), boxes, Softmax.by_mask(LENGTH), formats.FORMATS[name]
    )
    assert have == wanted


@pytest.mark.parametrize("numbers", [(1, 3), (Fraction(1, 2), Fraction(-3, 4)), (-1, -2)])
def test_a_floor_is_less_than_any_number_that_is_not_0(numbers):
    one = Matrix((1, 1), {(0, 0): Fraction(1)})
    floor = checker._floor(
        one, (0,), {0: [Fraction(n) for n in numbers]}, LENGTH, FORMATS["float32"]
    )
    # Of up to four positions, each with its part of the weight, computed in float32.
    for counts in ((1, 0), (0, 1), (1, 1), (2, 1), (1, 2), (3, 1), (1, 3)):
        share = np.float32(1) / np.float32(sum(counts))
        terms = [
            np.float32(share) * np.float32(n)
            for n, c in zip(numbers, counts, strict=True)
            for _ in range(c)
        ]
        total = np.sum(np.array(terms, dtype=np.float32), dtype=np.float32)
        assert not total or abs(Fraction(float(total))) >= floor


@names
@given(a=numbers | tiny | st.sampled_from([Fraction(2) ** 130]), b=numbers | tiny)
def test_what_may_underflow_is_the_same(name, a, b):
    low, high = min(a, b), max(a, b)
    try:
        wanted = prover._underflowing(Box(low, high), formats.FORMATS[name])
    except formats.FormatOverflowError:
        with pytest.raises(Refused, match="a number may reach"):
            checker._underflowing(Interval(low, high), FORMATS[name])
    else:
        assert ends(checker._underflowing(Interval(low, high), FORMATS[name])) == ends(wanted)


@names
def test_numbers_as_large_as_the_format_has_are_fine(name):
    huge = FORMATS[name].huge
    assert checker._underflowing(point(huge), FORMATS[name]) == point(huge)
    assert ends(prover._underflowing(box(huge), formats.FORMATS[name])) == (huge, huge)


@given(numbers, numbers, numbers, st.sampled_from([Fraction(0), Fraction(1, 8), Fraction(1)]))
def test_leaks_are_the_same(value, one, other, leak):
    anything = Interval(min(one, other), max(one, other))
    value = min(max(value, anything.lo), anything.hi)
    wanted = prover._leaking(
        box(value),
        [box(anything.lo), box(anything.hi)],
        Softmax(leak, True, Fraction(0), None),
        LENGTH,
        formats.FORMATS["float32"],
    )
    assert ends(checker._leaking(point(value), anything, leak)) == ends(wanted)


# --- scores ---------------------------------------------------------------------------------------


def gap_of(*keys: float) -> Fraction | None:
    """The score gap of a head that is asked for one of two keys, with some scores."""
    chosen = alta.set_var(3, values=[{0, 1}], default={0, 1})
    program = alta.program_spec_from_rules(
        name="either",
        variables={"either": chosen, "own": alta.input_var(3), "found": alta.var(3)},
        heads={"fetched": alta.qkv("either", "own", "own")},
        rules=[alta.rule({"fetched": value}, "found", value) for value in range(3)],
        output_name="found",
        input_range=3,
        layers=1,
    )
    model = alta.compile(program, max_len=LENGTH)
    own, columns = model.weights.heads["fetched"], model.layout.columns
    query, key = (np.zeros((model.layout.width, 1), dtype=np.float32) for _ in range(2))
    query[columns["either"][0]] = 1
    for column, number in zip(columns["own"], keys, strict=True):
        key[column] = number
    changed = with_heads(model, {"fetched": replace(own, query=query, key=key)})
    subject = theorem_of(program, changed, LENGTH)
    return subject._heads.gap("fetched")


@pytest.mark.parametrize(
    ("keys", "gap"), [((256, 256, 0), 256), ((512, 256, 0), 256), ((512, 256, 128), 128)]
)
def test_the_gap_is_between_the_least_that_is_selected_and_the_most_that_is_not(keys, gap):
    assert gap_of(*keys) == gap


@pytest.mark.parametrize("keys", [(512, 0, 256), (0, 512, 256), (0, 0, 256)])
def test_a_key_that_is_not_selected_but_scores_higher_than_a_selected_one_is_noticed(keys):
    with pytest.raises(Refused, match="score gap"):
        gap_of(*keys)


# --- whole heads ----------------------------------------------------------------------------------


def output(gap: Fraction | None, length: int = LENGTH):
    return theorem("sorting")._heads.output("fetched", gap, length)


@pytest.mark.parametrize("bits", [1, 10, 1000, 4000])
def test_bounds_on_exponentials_are_above_them(bits):
    # ln 2 = 0.693147180559945309…, so that exp(-gap) is more than 2^-bits.
    gap = bits * Fraction(693147180559945, 10**15)
    assert checker._exp_above(gap) == Fraction(1, 2 ** (bits - 1))
    assert leakage(gap, 2) == checker._exp_above(gap)


def test_no_bound_has_astronomically_many_digits():
    assert checker._exp_above(Fraction(10**9)) == Fraction(1, 2**4096)


@pytest.mark.parametrize("gap", [Fraction(1), Fraction(5, 2), Fraction(30)])
def test_what_leaks_is_bounded_by_the_gap(gap):
    own, leak = output(gap), leakage(gap, LENGTH)
    assert leak >= (LENGTH - 1) * math.exp(-float(gap))
    for code in own.codes.values():
        for one in code:
            assert one.lo == 0 or one.hi == Fraction(65, 64) or one.hi == 1 or one.hi == leak
    assert own.codes[1][1].lo == 1 - leak
    assert own.codes[1][2].hi == leak
    assert output(gap, 1).codes[1][1] == point(Fraction(1))
    assert output(None).codes[1][1] == point(Fraction(1))


def test_mixtures_of_too_many_values_are_refused():
    assert output(Fraction(128), 1 << 14).codes
    with pytest.raises(Refused, match="mixtures of more than 16384 values"):
        output(Fraction(128), (1 << 14) + 1)


def test_undefined_is_anything_between_nothing_and_all():
    for one in output(None).codes[checker.UNDEFINED_INDEX]:
        assert one == Interval(Fraction(0), Fraction(65, 64))
    assert output(None).codes[0][1] == ZERO


def test_with_very_many_means_a_head_is_refused(monkeypatch):
    heads = theorem("sum")._heads
    codes = heads.output("mean", None, LENGTH).codes
    assert set(codes) == {-1, *range(LENGTH)}
    # Sums of up to four numbers that are 0 or 1.
    monkeypatch.setattr(averages, "_SUMS", 5)
    heads.output("mean", None, LENGTH)
    monkeypatch.setattr(averages, "_SUMS", 4)
    with pytest.raises(Refused, match="more than 4 different means"):
        heads.output("mean", None, LENGTH)


# --- heads that are wrong ------------------------------------------------------------------------


def changed_head(name: str, head: str, part: str, change) -> Model:
    """A model with a change to an entry of a matrix of a head."""
    _, model = compiled(name)
    own = model.weights.heads[head]
    array = np.array(as_dense(getattr(own, part)))
    change(array, model.layout.columns)
    return with_heads(model, {head: replace(own, **{part: array})})


def put(where: str, place: int, unit: int, number: float):
    def change(array, columns):
        array[columns[where][place], unit] = number

    return change


def written(where: str, place: int, unit: int, number: float):
    def change(array, columns):
        array[unit, columns[where][place]] = number

    return change


def times(factor: float):
    def change(array, columns):
        array *= np.float32(factor)

    return change


ATTENTION = {
    "a value is read of another variable": (
        ("relative", "done_left", "value", put("parity", 0, 0, 1.0)),
        "attention[done_left]",
        "done_left looks at other variables than done",
    ),
    "a query is read of another variable": (
        ("sorting", "fetched", "query", put("token", 0, 0, 1.0)),
        "softmax[fetched]",
        "looks at other variables than index",
    ),
    "a key is read of another variable": (
        ("sorting", "fetched", "key", put("token", 0, 0, 1.0)),
        "softmax[fetched]",
        "looks at other variables than rank",
    ),
    "what is read is rounded": (
        ("relative", "done_left", "value", put("done", 0, 0, 2.0**-140)),
        "attention[done_left]",
        "rounds what it reads",
    ),
    "it is written to a variable": (
        ("relative", "done_left", "output", written("parity", 0, 0, 1.0)),
        "attention[done_left]",
        "writes to coordinates that are not its own",
    ),
    "it is written to another head's output": (
        ("relative", "done_left", "output", written("parity_left", 1, 1, 1.0)),
        "attention[done_left]",
        "writes to coordinates that are not its own",
    ),
    "scores are too close": (
        ("sorting", "fetched", "query", times(0.25)),
        "softmax[fetched]",
        "too close|score gap",
    ),
    "scores are exchanged": (
        ("sorting", "fetched", "query", times(-1)),
        "softmax[fetched]",
        "score gap",
    ),
    "scores are all the same": (
        ("sorting", "fetched", "query", times(0)),
        "softmax[fetched]",
        "score gap",
    ),
    "selected keys have scores of their own": (
        ("sorting", "mean", "query", put("up_to", 1, 1, 4096.0)),
        "softmax[mean]",
        "different weights",
    ),
}


@pytest.mark.parametrize("what", ATTENTION)
def test_a_head_that_is_wrong_is_refused(what):
    (name, head, part, change), obligation, reason = ATTENTION[what]
    wrong = changed_head(name, head, part, change)
    subject = theorem(name, wrong)
    with pytest.raises(Refused, match=reason):
        subject.show(obligation)


def test_a_head_without_a_query_has_no_scores():
    _, model = compiled("relative")
    own, columns = model.weights.heads["done_left"], model.layout.columns
    query = np.zeros((model.layout.width, 2), dtype=np.float32)
    key = query.copy()
    query[columns["done"][0], 0] = key[columns["parity"][1], 1] = 1
    apart = replace(own, query=query, key=key)
    theorem("relative", with_heads(model, {"done_left": apart})).show("softmax[done_left]")
    key[columns["parity"][1], 0] = 1
    together = replace(own, query=query, key=key)
    with pytest.raises(Refused, match="has scores"):
        theorem("relative", with_heads(model, {"done_left": together})).show("softmax[done_left]")


def test_scores_that_are_too_close_are_refused():
    program = alta.programs.sort_unique(max_value=4)
    model = alta.compile(program, max_len=3)
    theorem = theorem_of(program, with_scale(model, 0.5), 3)
    with pytest.raises(Refused, match=r"close|gap"):
        theorem.show("softmax[fetched]")


def test_scores_of_keys_that_are_not_selected_are_equal_or_far_apart():
    program = alta.programs.parity_sequential_absolute(max_length=4)
    model = alta.compile(program, max_len=4)
    head = model.weights.heads["parity_left"]
    asked, _, other = model.layout.columns[program.heads["parity_left"].key][:3]
    (unit,) = np.flatnonzero(head.key[asked])
    key = head.key.copy()
    # Far below what is selected, and a little above all others.
    key[other, unit] = key[asked, unit] * 2.0**-10
    theorem = theorem_of(program, with_heads(model, {"parity_left": replace(head, key=key)}), 4)
    with pytest.raises(Refused, match="too close to each other"):
        theorem.show("softmax[parity_left]")
