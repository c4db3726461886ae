"""What is said of mixtures of values holds of every mixture, of either sign and in any format."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alta
from alta.nn.layout import Layout
from alta_verify.abstraction import Abstraction
from alta_verify.arithmetic.formats import FORMATS, FormatOverflowError
from alta_verify.arithmetic.interval import ZERO, Interval, hull, point
from alta_verify.arithmetic.matrices import RationalMatrix
from alta_verify.encode.attention import (
    _floor,
    _leaking,
    _mixture,
    _project,
    _projected,
    _score_slack,
    _underflowing,
    check_scores,
    encode_head,
    encode_scores,
)
from alta_verify.encode.embedding import encode_embedding
from alta_verify.encode.relation import Relation
from alta_verify.encode.softmax import Softmax
from tests.alta_verify.mutants import with_heads

FORMAT = FORMATS["float32"]

CRISP = Softmax.by_mask(4)

numbers = st.sampled_from([Fraction(n, 2) for n in range(-3, 4)])
boxes = st.builds(lambda a, b: Interval(min(a, b), max(a, b)), numbers, numbers)


def ends(one: Interval) -> tuple[Fraction, Fraction]:
    return one.lo, one.hi


@given(
    st.lists(boxes, min_size=1, max_size=3),
    st.sampled_from([Fraction(0), Fraction(1, 8), Fraction(1)]),
    st.sampled_from([Fraction(0), Fraction(1, 4)]),
    st.booleans(),
)
def test_a_value_is_replaced_by_others_up_to_the_leak_and_its_error(
    choices, leak, weight_error, zero_in_floats
):
    softmax = Softmax(leak, zero_in_floats, weight_error, None)
    value = choices[0]
    have = _leaking(value, choices, softmax, 4, FORMAT)
    for own, other in product(ends(value), [end for one in choices for end in ends(one)]):
        assert point(own).within(have)
        assert point(own * (1 - leak) + other * leak).within(have)
        moved = own * (1 - leak) + other * leak
        for sign in (-1, 1):
            off = moved + sign * weight_error * max(abs(own), abs(other))
            if not all(one.lo >= 0 for one in choices) and not all(one.hi <= 0 for one in choices):
                assert point(off).within(have)
    if zero_in_floats and not weight_error and not leak:
        assert have == value


@pytest.mark.parametrize("zero_in_floats", [True, False])
def test_sums_of_weights_that_are_not_zero_in_floats_are_rounded(zero_in_floats):
    value = Interval(Fraction(-1), Fraction(1))
    have = _leaking(
        value, [value], Softmax(Fraction(0), zero_in_floats, Fraction(1, 64), None), 4, FORMAT
    )
    assert have.lo == -have.hi
    assert (have.hi - 1 - Fraction(1, 64) > FORMAT.sum_rounding) == (not zero_in_floats)
    if zero_in_floats:
        assert have.hi == 1 + Fraction(1, 64)


@given(st.lists(boxes, min_size=1, max_size=3))
def test_a_mixture_may_be_nothing_and_is_stretched_by_rounding(choices):
    have, wanted = _mixture(choices), hull([*choices, ZERO])
    assert ends(have) == tuple(end * Fraction(65, 64) for end in ends(wanted))


# --- floors ---------------------------------------------------------------------------------------


def output(*columns: dict[int, float]) -> RationalMatrix:
    """A matrix from units to coordinates."""
    units = max(unit for column in columns for unit in column) + 1
    array = np.zeros((units, len(columns)), dtype=np.float32)
    for place, column in enumerate(columns):
        for unit, weight in column.items():
            array[unit, place] = weight
    return RationalMatrix.of(array)


def floor_of(matrix: RationalMatrix, read: dict[int, list[Interval]], softmax: Softmax = CRISP):
    columns = tuple(range(len(matrix.columns)))
    return _floor(columns, matrix, read, softmax, FORMAT)


def test_numbers_of_one_sign_do_not_cancel():
    read = {0: [point(2), point(Fraction(1, 2)), ZERO]}
    assert floor_of(output({0: 4.0}), read) == 4 * Fraction(1, 2) * Fraction(1, 8)
    two = output({0: 4.0}, {1: 0.25})
    assert floor_of(two, {**read, 1: [point(1)]}) == Fraction(1, 4) * Fraction(1, 2) * Fraction(
        1, 8
    )


def test_the_floor_is_below_the_least_of_what_a_number_can_be():
    read = {0: [Interval(Fraction(1, 4), Fraction(3)), point(2)]}
    assert floor_of(output({0: 1.0}), read) == Fraction(1, 4) * Fraction(1, 8)


def test_what_is_left_when_numbers_cancel_is_on_a_grid():
    read = {0: [point(1), point(Fraction(-1, 2))]}
    # Weights of 1/8 and more, on a grid with 24 bits below each.
    wanted = Fraction(1, 2) * Fraction(1, 2**24) * Fraction(1, 8) / 2
    assert floor_of(output({0: 1.0}), read) == wanted
    assert floor_of(output({0: -2.0}), read) == 2 * wanted


@pytest.mark.parametrize(
    ("matrix", "read", "softmax"),
    [
        (output({0: 1.0, 1: 1.0}), {0: [point(1)], 1: [point(-1)]}, CRISP),
        (output({0: 1.0}), {0: [Interval(Fraction(-1), Fraction(1))]}, CRISP),
        (output({0: 1.0}), {0: [Interval(Fraction(0), Fraction(1))]}, CRISP),
        (output({0: 1.0}), {0: [ZERO]}, CRISP),
        (output({0: 0.0}), {0: [point(1)]}, CRISP),
        (output({0: 1.0}), {0: [point(1)]}, replace(CRISP, floor=None)),
        (output({0: 1.0}), {0: [point(Fraction(1, 3)), point(-1)]}, CRISP),
        (output({0: 2.0**-126}), {0: [point(1)]}, CRISP),
        (output({0: 2.0**126}), {0: [point(Fraction(1, 2**124))]}, CRISP),
    ],
    ids=[
        "two units",
        "either sign",
        "0 or more",
        "nothing is read",
        "nothing is written",
        "weights have none",
        "no grid",
        "it would be subnormal",
        "what is read would be subnormal",
    ],
)
def test_otherwise_there_is_no_floor(matrix, read, softmax):
    assert floor_of(matrix, read, softmax) is None


def test_a_power_of_two_keeps_a_number_except_below_the_normal_ones():
    tiny, huge = FORMAT.tiny, FORMAT.huge
    for box in (point(0), Interval(tiny, huge), Interval(-huge, -tiny), Interval(-tiny, tiny)):
        assert _underflowing(box, FORMAT) == box
    assert _underflowing(Interval(tiny / 4, tiny / 2), FORMAT) == Interval(Fraction(0), tiny)
    assert _underflowing(Interval(-tiny / 2, -tiny / 4), FORMAT) == Interval(-tiny, Fraction(0))
    assert _underflowing(Interval(-tiny / 2, Fraction(3)), FORMAT) == Interval(-tiny, Fraction(3))
    with pytest.raises(FormatOverflowError):
        _underflowing(Interval(-huge - 1, Fraction(0)), FORMAT)


# --- scores ---------------------------------------------------------------------------------------


def relative(max_len: int = 4, head_name: str = "fetched", **changes: np.ndarray):
    """A model of a program with a query, with a matrix of that head changed, and its relation."""
    program = alta.programs.sort_unique(max_value=3)
    model = alta.compile(program, max_len=max_len)
    if changes:
        head = model.weights.heads[head_name]
        model = with_heads(model, {head_name: replace(head, **changes)})
    abstraction = Abstraction.of(program)
    pairs = [(t, p) for t in range(program.input_range) for p in range(max_len)]
    return model, encode_embedding(model, abstraction, pairs).relation


def test_where_anything_is_left_of_a_head_output_nothing_is_known_of_how_small_it_may_be():
    model, relation = relative()
    width = len(relation.layout.columns["fetched"])

    def floor(*left: Interval) -> Fraction | None:
        residue = {"fetched": (*left, *[ZERO] * (width - len(left)))}
        of = replace(relation, residue=residue)
        return encode_head(model, of, "fetched", softmax=CRISP, length=4, format_=FORMAT).floor

    assert floor() is not None
    assert floor(Interval(Fraction(0), Fraction(1, 8))) is None


def wide(relation: Relation, name: str, slack: Fraction, twice: int = -1) -> Relation:
    """The relation with codes of a variable that are known less well, and of one value least."""
    codes = {
        value: tuple(one.widened(slack * (2 if value == twice else 1)) for one in row)
        for value, row in relation.start[name].items()
    }
    return replace(relation, start={**relation.start, name: codes})


def dense(matrix) -> np.ndarray:
    from alta.nn.sparse import as_dense

    return np.array(as_dense(matrix))


def test_selected_scores_that_are_known_less_well_are_spread_by_all_of_that():
    model, relation = relative()
    declared = model.program.heads["fetched"]
    even = encode_scores(model, relation, "fetched", FORMAT)
    assert even.spread == 0
    slack = Fraction(1, 64)
    uneven = encode_scores(model, wide(relation, declared.key, slack), "fetched", FORMAT)
    # The score of one key may be as much less as the score of another is more.
    assert uneven.spread > 0
    assert uneven.gap == even.gap - uneven.spread
    assert uneven.largest == even.largest + uneven.spread / 2
    assert uneven.apart.deepest >= even.apart.deepest


def test_the_spread_is_from_the_least_of_what_is_selected_to_the_most():
    model, relation = relative()
    key = model.program.heads["fetched"].key
    one, two = (
        encode_scores(model, wide(relation, key, Fraction(n, 64)), "fetched", FORMAT).spread
        for n in (1, 2)
    )
    assert two == 2 * one
    for value in relation.start[key]:
        mixed = wide(relation, key, Fraction(1, 64), value)
        assert encode_scores(model, mixed, "fetched", FORMAT).spread == two


def test_selected_scores_that_differ_are_spread_by_their_difference():
    model, _ = relative()
    query = dense(model.weights.heads["mean"].query)
    even = encode_scores(*relative(head_name="mean", query=query), "mean", FORMAT)
    assert even.spread == 0
    # Whoever asks for 1 also asks for 0, whose score stays as it was.
    query[model.layout.columns["up_to"][1], 1] += 4
    key = dense(model.weights.heads["mean"].key)[model.layout.columns["token"][1], 1]
    uneven = encode_scores(*relative(head_name="mean", query=query), "mean", FORMAT)
    assert uneven.spread == 4 * Fraction(float(key))
    assert uneven.gap == even.gap


def test_scores_that_may_be_too_large_are_refused():
    model, relation = relative()
    head = model.weights.heads["fetched"]
    check_scores(model, relation, "fetched", FORMAT)
    factor = np.float32(2.0**100)
    model, relation = relative(query=dense(head.query) * factor, key=dense(head.key) * factor)
    with pytest.raises(FormatOverflowError):
        check_scores(model, relation, "fetched", FORMAT)
    with pytest.raises(FormatOverflowError):
        encode_scores(model, relation, "fetched", FORMAT)


def test_what_is_projected_may_be_larger_by_rounding():
    model, relation = relative()
    third = np.float32(1 / 3)
    array = dense(model.weights.heads["fetched"].query)
    array[list(model.layout.columns[model.program.heads["fetched"].query]), :] = third
    spans = _projected(RationalMatrix.of(array), relation, FORMAT)
    for span in spans:
        assert span.quantum is None
        size = model.program.position_range * Fraction(float(third))
        assert size + size * FORMAT.sum_rounding < span.magnitude < size * (1 + Fraction(1, 2**16))


def test_what_is_projected_is_stored_within_what_is_said_of_it():
    model, relation = relative()
    array = np.zeros((model.layout.width, 1), dtype=np.float32)
    columns = model.layout.columns
    # 1 + 2^-7 + 3/4 2^-7 is on a grid of sums, and stored in 8 bits as 1 + 2^-6.
    array[columns["index"][0]], array[columns["token"][0]] = 1 + 2.0**-7, 3 * 2.0**-9
    own, rest = _project(RationalMatrix.of(array), relation, "index", FORMATS["bfloat16"])
    assert point(1 + Fraction(1, 2**6)).within(own[0][0] + rest[0])
    assert point(ZERO.lo).within(own[1].get(0, ZERO) + rest[0])
    own, rest = _project(RationalMatrix.of(array), relation, "index", FORMAT)
    assert own[0][0] + rest[0] == Interval(
        1 + Fraction(1, 2**7), 1 + Fraction(1, 2**7) + Fraction(3, 2**9)
    )


def test_variables_count_wherever_head_outputs_are():
    model, relation = relative()
    columns = model.layout.columns
    for order in (1, -1):
        places = {
            name: tuple(range(model.layout.width)[c if order > 0 else -1 - c] for c in own)
            for name, own in columns.items()
        }
        array = np.zeros((model.layout.width, 1), dtype=np.float32)
        for name in ("token", "fetched"):
            array[places[name][0]] = 1
        moved = replace(relation, layout=Layout(model.layout.width, places))
        _, rest = _project(RationalMatrix.of(array), moved, "index", FORMAT)
        assert rest[0] == Interval(Fraction(0), Fraction(1))


def test_rounding_of_scores_is_bounded_over_all_queries_and_keys():
    queries = {0: {0: point(1), 1: point(Fraction(1, 3))}, 1: {2: point(8)}}
    keys = {0: {0: point(3)}, 1: {1: point(2), 3: point(9)}}
    slack = _score_slack(queries, keys, FORMAT)
    assert slack >= (3 + Fraction(2, 3)) * FORMAT.sum_rounding
    # Of products of which one factor is never there, nothing is added.
    assert slack < 8 * (3 + Fraction(2, 3)) * FORMAT.sum_rounding
    assert _score_slack({0: {0: point(1)}}, {0: {0: point(1)}}, FORMAT) == 0
