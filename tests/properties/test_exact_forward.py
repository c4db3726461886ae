"""The verifier's model of the network holds of the network in rationals, and of JAX."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import combinations
from typing import Any

import jax
import numpy as np
import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

import alta
from alta.nn import forward
from alta.nn.model import Model
from alta.nn.weights import MLPWeights
from alta_verify.abstraction import UNDEFINED_VALUE, Abstraction
from alta_verify.arithmetic.formats import FORMATS, Span, storing_slack, sum_slack, total
from alta_verify.arithmetic.interval import ZERO, Interval, hull, point
from alta_verify.encode.attention import HeadCodes, encode_head
from alta_verify.encode.coordinates import Coordinates
from alta_verify.encode.linear import evaluate
from alta_verify.encode.mlp import MLPEncoding
from alta_verify.encode.relation import Codes, Relation
from alta_verify.encode.scores import encode_scores
from alta_verify.encode.softmax import Softmax, leakage
from alta_verify.strategies import mutations
from tests.properties import exact_forward
from tests.properties.exact_forward import Vector, exact
from tests.properties.running import cases

TERMS = 24
POSITIONS = 13
"""The mean of so many ones is not 1, as JAX computes it."""
DTYPES = list(FORMATS)


# --- one sum of products -------------------------------------------------------------------------


@partial(jax.jit, static_argnums=0)
def mlp_in_jax(accumulate: str, weights: MLPWeights, x: Any) -> Any:
    after, _ = forward.mlp(
        forward.Architecture((), None, accumulate), weights, jax.numpy.moveaxis(x, -1, 0)
    )
    return jax.numpy.moveaxis(after, 0, -1)


def run_mlp(weights: MLPWeights, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """What JAX makes of rows of coordinates."""
    accumulate = FORMATS[str(x.dtype)].accumulate
    with jax.enable_x64(x.dtype == np.float64):
        return np.asarray(mlp_in_jax(accumulate, weights, x))


def summing(
    factors: list[float], weights: list[float], bias: float, x: float, dtype: str
) -> MLPWeights:
    """A block with one coordinate, which adds one sum of products to it."""
    one = np.eye(TERMS)
    arrays = {
        "expand_in": np.zeros((1, TERMS)),
        "expand_in_bias": np.array(factors),
        "expand_out": one,
        "expand_out_bias": np.zeros(TERMS),
        "lookup_in": one,
        "lookup_in_bias": np.zeros(TERMS),
        "lookup_out": np.array(weights)[:, None],
        "lookup_out_bias": np.array([bias]),
    }
    return MLPWeights(**{name: array.astype(dtype) for name, array in arrays.items()})


dyadic = st.builds(lambda n, e: n / 2**e, st.integers(-(2**7), 2**7), st.integers(0, 14))
halves = st.integers(0, 8).map(lambda n: n / 8)
anything = st.floats(-100, 100, width=16)


def within(have: float, want: Fraction, slack: Fraction) -> bool:
    return abs(Fraction(have) - want) <= slack


@pytest.mark.parametrize("dtype", DTYPES)
@cases(60)
@given(
    factors=st.lists(halves, min_size=TERMS, max_size=TERMS),
    weights=st.lists(dyadic | anything, min_size=TERMS, max_size=TERMS),
    scale=st.integers(0, 20),
    bias=dyadic,
    x=dyadic,
)
def test_a_sum_is_exact_where_its_slack_is_0_and_within_its_slack_elsewhere(
    dtype, factors, weights, scale, bias, x
) -> None:
    # One large term tells formats apart; float16 has no room for it.
    weights = [weights[0] * 2 ** (scale if dtype != "float16" else scale % 6), *weights[1:]]
    block = summing(factors, weights, bias, x, dtype)
    stored = np.array([[x]], dtype=dtype)
    have = float(run_mlp(block, stored)[0, 0])
    terms = exact_forward.products(exact(block.expand_in_bias), block.lookup_out)[0]
    terms += [exact(block.lookup_out_bias)[0], exact(stored)[0][0]]
    spans = [Span.of([point(term)]) for term in terms]
    slack = sum_slack(spans, FORMATS[dtype]) + storing_slack(total(spans), FORMATS[dtype])
    event(f"{dtype}: {'exact' if not slack else 'rounded'}")
    assert within(have, sum(terms, Fraction(0)), slack)


def test_a_sum_beyond_the_headroom_of_its_format_is_rounded_and_its_slack_says_so() -> None:
    terms = [2.0**24, 1.0] + [0.0] * (TERMS - 2)
    block = summing([1.0] * TERMS, terms, 0.0, 0.0, "float32")
    assert float(run_mlp(block, np.zeros((1, 1), dtype=np.float32))[0, 0]) == 2.0**24
    assert sum_slack([Span.of([point(Fraction(t))]) for t in terms], FORMATS["float32"]) >= 1


# --- models whose parts are drawn at random ------------------------------------------------------


def _programs() -> list[alta.Program]:
    """Programs with every kind of head and variable, few, so that JAX compiles little."""
    step = alta.program_spec(
        variables={
            "a": alta.input_var(2),
            "b": alta.input_var(3, init_fn=lambda token: token + 1),
        },
        heads={"h": alta.qkv("a", "a", "b", [0]), "g": alta.v_relative("a", 0)},
        ffn_fn=lambda z: z.__setitem__("b", z["h"] if z["g"] else (z["b"] + 1) % 3),
        output_name="b",
        input_range=2,
    )
    copy = alta.program_spec_from_rules(
        variables={"x": alta.input_var(2), "y": alta.var(2)},
        heads={"h": alta.qkv("y", "x", "x", [0])},
        rules=[alta.rule({"h": value}, "y", value) for value in range(2)],
        output_name="y",
        input_range=2,
    )
    mean = alta.program_spec_from_rules(
        variables={"z": alta.input_var(2)},
        heads={"h": alta.Head(None, None, "z"), "g": alta.v_relative("z", POSITIONS)},
        rules=[],
        output_name="z",
        input_range=2,
    )
    return [step, copy, mean]


MODELS = {
    (program.output_name, dtype): alta.compile(program, dtype=dtype)
    for program in _programs()
    for dtype in ("float32", "float64")
}

small = st.sampled_from([0.0, 0.0, 0.0, 1.0, -1.0, 2.0, 0.5, -0.5, 0.25, 1.5])
numbers = st.sampled_from([small, small | st.floats(-3, 3, width=16)])


@st.composite
def models(draw: st.DrawFn, outputs: str) -> Model:
    """A compiled model with some weights changed, or one array, or all arrays made up."""
    names = [(output, dtype) for output, dtype in MODELS if output in outputs]
    model = MODELS[draw(st.sampled_from(names))]
    kind = draw(st.sampled_from(["mutated", "one array", "all arrays"]))
    if kind == "mutated":
        return draw(mutations(model, max_edits=8)).model
    leaves, structure = jax.tree.flatten(model.weights)
    chosen = range(len(leaves)) if kind == "all arrays" else [draw(st.integers(0, len(leaves) - 1))]
    entries = draw(numbers)
    for index in chosen:
        shape, size = leaves[index].shape, leaves[index].size
        drawn = draw(st.lists(entries, min_size=size, max_size=size))
        leaves[index] = np.array(drawn).reshape(shape).astype(model.dtype)
    return model.with_weights(jax.tree.unflatten(structure, leaves))


widths = st.sampled_from([st.just(0), st.sampled_from([0, 2**-12, 2**-6, 2**-3])])


def one_hot(value: int, size: int) -> tuple[Interval, ...]:
    return tuple(point(Fraction(place == value)) for place in range(size))


@st.composite
def codes_near(draw: st.DrawFn, size: int) -> Codes:
    """For each value of a variable the intervals of its coordinates, at its code or around it."""
    width = draw(widths)
    result = {}
    for value in range(size):
        slacks = draw(st.lists(width, min_size=size, max_size=size))
        result[value] = tuple(
            one.widened(Fraction(slack))
            for one, slack in zip(one_hot(value, size), slacks, strict=True)
        )
    return result


@st.composite
def relations(draw: st.DrawFn, model: Model) -> Relation:
    variables = model.program.variables.items()
    codes = {name: draw(codes_near(variable.size)) for name, variable in variables}
    return Relation(Abstraction.of(model.program), model.layout, FORMATS[model.dtype], codes)


@st.composite
def points(draw: st.DrawFn, intervals: tuple[Interval, ...]) -> Vector:
    """A point of a box; short binary fractions all."""
    shares = [Fraction(draw(st.sampled_from([0, 8, 3])), 8) for _ in intervals]
    return [
        one.lo + share * (one.hi - one.lo) for one, share in zip(intervals, shares, strict=True)
    ]


@st.composite
def related(draw: st.DrawFn, codes: dict[str, Codes], layout: Any) -> tuple[dict[str, int], Vector]:
    """A state of one position and coordinates that are related to it; other coordinates are 0."""
    x = [Fraction(0)] * layout.width
    state = {}
    for name, known in codes.items():
        state[name] = draw(st.sampled_from(sorted(known)))
        drawn = draw(points(known[state[name]]))
        for column, one in zip(layout.columns[name], drawn, strict=True):
            x[column] = one
    return state, x


def as_array(x: list[Vector], dtype: str) -> np.ndarray[Any, Any]:
    """The rows in the format, which holds them exactly."""
    array = np.array([[float(one) for one in row] for row in x], dtype=dtype)
    assert exact(array) == x
    return array


# --- the MLP -------------------------------------------------------------------------------------


def smallest(x: Vector, columns: tuple[int, ...]) -> Fraction | None:
    """A lower bound on the size of those of these coordinates that are not 0."""
    return min((abs(x[column]) for column in columns if x[column]), default=None)


@st.composite
def blocks(draw: st.DrawFn):
    """A model, what its coordinates can be after attention, and a position that is like that."""
    model = draw(models("byz"))
    codes: dict[str, Codes] = {}
    for name, domain in model.program.domains.items():
        codes[name] = draw(codes_near(domain.size))
        if name in model.program.heads:
            mixture = Interval(Fraction(0), Fraction(65, 64))
            codes[name] = {**codes[name], UNDEFINED_VALUE: (mixture,) * domain.size}
    return model, codes, *draw(related(codes, model.layout))


@cases(150)
@given(blocks(), st.booleans())
def test_the_encoding_of_the_mlp_holds_of_its_exact_value_and_of_jax(drawn, floored) -> None:
    model, codes, local, x = drawn
    floors = {
        name: smallest(x, model.layout.columns[name])
        if floored and name in model.program.heads
        else None
        for name in codes
    }
    weights, layout = model.weights.mlp, model.layout
    encoding = MLPEncoding(weights, Coordinates(layout, codes, floors), FORMATS[model.dtype])
    wanted = exact_forward.mlp(weights, x)
    computed = run_mlp(weights, as_array([x] * 2, model.dtype))[0]
    for column in range(layout.width):
        output = encoding.output(column)
        reach = evaluate(output.remainder, local) + point(output.kept * x[column])
        assert point(wanted.after[column]).within(reach)
        assert point(Fraction(float(computed[column]))).within(reach)
        if output.kept == 0 and all(evaluate(one, local) == ZERO for one in output.parts):
            event("a coordinate is taken away")
            assert computed[column] == 0


@cases(60)
@given(blocks())
def test_the_units_of_the_mlp_are_what_the_encoding_says(drawn) -> None:
    model, codes, local, x = drawn
    weights = model.weights.mlp
    floors = dict.fromkeys(codes)
    encoding = MLPEncoding(weights, Coordinates(model.layout, codes, floors), FORMATS[model.dtype])
    wanted = exact_forward.mlp(weights, x)
    for units, encoded in (
        (wanted.hidden, encoding.hidden),
        (wanted.expanded, encoding.expanded),
        (wanted.fired, encoding.neuron),
    ):
        for index, value in enumerate(units):
            linear = encoded(index)
            copies = sum(
                (part.of(point(x[c])).lo * factor for (c, part), factor in linear.copies.items()),
                Fraction(0),
            )
            plain = replace(linear, copies={})
            assert point(value).within(evaluate(plain, local) + point(copies))


# --- attention -----------------------------------------------------------------------------------


@st.composite
def streams(draw: st.DrawFn, outputs: str = "by", length: int = 3):
    """A model, a relation, and some positions whose coordinates are related to states."""
    model = draw(models(outputs))
    relation = draw(relations(model))
    one = related(relation.codes, model.layout)
    drawn = [draw(one)] * length if draw(st.booleans()) else [draw(one) for _ in range(length)]
    return model, relation, [state for state, _ in drawn], [x for _, x in drawn]


def rounded_score(head: Any, attending: Any, attended: Any) -> float:
    """The score in the format of the weights, summed as NumPy does."""
    return float((attending @ head.query) @ (attended @ head.key))


@cases(120)
@given(streams())
def test_the_bounds_on_scores_hold_of_exact_and_of_rounded_scores(drawn) -> None:
    model, relation, states, stream = drawn
    weights, declared = model.weights.heads["h"], model.program.heads["h"]
    bounds = encode_scores(model, relation, "h", FORMATS[model.dtype])
    rows = as_array(stream, model.dtype)
    for i, attending in enumerate(states):
        selected, others = [], []
        for j, attended in enumerate(states):
            scores = [
                exact_forward.score(weights, stream[i], stream[j]),
                Fraction(rounded_score(weights, rows[i], rows[j])),
            ]
            assert all(abs(one) <= bounds.largest for one in scores)
            same = attending[declared.query] == attended[declared.key]
            (selected if same else others).append(scores)
        for high in selected:
            for low in others:
                assert bounds.gap is not None
                assert all(a - b >= bounds.gap for a, b in zip(high, low, strict=True))
        format_ = FORMATS[model.dtype]
        for known in zip(*selected, *others, strict=True):
            for a, b in combinations(sorted(known), 2):
                assert b - a >= format_.exp_zero or b - a <= bounds.apart.deepest
        assert not bounds.apart.level or bounds.apart.deepest <= format_.exp_normal


@st.composite
def attentions(draw: st.DrawFn, n: int, leak: Fraction) -> tuple[int, Vector]:
    """A selected position and weights that sum to 1, at most `leak` of it elsewhere."""
    chosen = draw(st.integers(0, n - 1))
    parts = [draw(st.integers(0, 4)) if j != chosen else 0 for j in range(n)]
    spread = leak * draw(st.integers(0, 4)) / 4 if sum(parts) else Fraction(0)
    weights = [spread * part / (sum(parts) or 1) for part in parts]
    weights[chosen] = 1 - spread
    return chosen, weights


@cases(120)
@given(streams(), st.sampled_from(["h", "g"]), st.sampled_from([0, 2**-20, 2**-4]), st.data())
def test_the_codes_of_a_head_hold_of_what_it_adds(drawn, head, leak, data) -> None:
    model, relation, states, stream = drawn
    head = head if head in model.program.heads else "h"
    weights, columns = model.weights.heads[head], model.layout.columns[head]
    encoded = encode_head(
        model,
        relation,
        head,
        softmax=Softmax(Fraction(leak), True, Fraction(0), Fraction(1, 2 * len(states))),
        count=len(states),
        format_=FORMATS[model.dtype],
    )
    chosen, attention = data.draw(attentions(len(states), Fraction(leak)))
    added = exact_forward.read(weights, attention, stream)
    value = states[chosen][model.program.heads[head].value]
    for column, reach in zip(columns, encoded.codes[value], strict=True):
        assert point(added[column]).within(reach)
    # Several keys selected, or none; a head without a query has one neighbour, or none.
    most = 0 if model.program.heads[head].query is None else 2
    counts = data.draw(st.lists(st.integers(0, most), min_size=3, max_size=3))
    mixture = [Fraction(count, sum(counts) or 1) for count in counts]
    mixed = exact_forward.read(weights, mixture, stream)
    for column, reach in zip(columns, encoded.codes[UNDEFINED_VALUE], strict=True):
        assert point(mixed[column]).within(reach)
        if encoded.floor is not None and mixed[column]:
            assert abs(mixed[column]) >= encoded.floor
    for column in set(range(model.layout.width)) - set(columns) - set(encoded.spill):
        assert added[column] == mixed[column] == 0


def attended_in_jax(model: Model, rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    with model.precision():
        valid = np.ones(len(rows), dtype=bool)
        attended, _ = forward.layer(model.architecture, model.device_weights, rows, valid)
    return np.asarray(attended)


def encoded_heads(model: Model, relation: Relation, length: int) -> dict[str, HeadCodes]:
    format_, softmax = FORMATS[model.dtype], Softmax.by_mask(length)
    return {
        head: encode_head(model, relation, head, softmax=softmax, count=length, format_=format_)
        for head in model.program.heads
    }


def all_within(row: np.ndarray[Any, Any], columns: Any, reaches: Any) -> bool:
    return all(
        point(Fraction(float(row[column]))).within(reach)
        for column, reach in zip(columns, reaches, strict=True)
    )


@cases(60)
@given(streams())
def test_the_codes_of_heads_that_see_one_position_hold_of_jax(drawn) -> None:
    # The masks of both programs allow each position itself only, so its weight is exactly 1.
    model, relation, states, stream = drawn
    encoded = encoded_heads(model, relation, len(states))
    assume(not any(one.spill for one in encoded.values()))
    attended = attended_in_jax(model, as_array(stream, model.dtype))
    for head, declared in model.program.heads.items():
        for state, row in zip(states, attended, strict=True):
            reaches = encoded[head].codes[state[declared.value]]
            assert all_within(row, model.layout.columns[head], reaches)


@cases(60)
@given(streams("z", POSITIONS))
def test_the_codes_of_undefined_hold_of_jax(drawn) -> None:
    # One head sees all positions, and one sees none.
    model, relation, states, stream = drawn
    encoded = encoded_heads(model, relation, len(states))
    assume(not any(one.spill for one in encoded.values()))
    attended = attended_in_jax(model, as_array(stream, model.dtype))
    for head, codes in encoded.items():
        for row in attended:
            reaches = codes.codes[UNDEFINED_VALUE]
            assert all_within(row, model.layout.columns[head], reaches)


@cases(60)
@given(st.fractions(0, 60), st.integers(1, 30))
def test_the_leak_of_softmax_bounds_the_weight_of_keys_below_the_gap(gap, length) -> None:
    below = np.exp(-np.longdouble(float(gap)))
    weight = (length - 1) * below / (1 + (length - 1) * below)
    assert float(leakage(gap, length)) >= float(weight) * (1 - 1e-12)


def test_an_interval_that_leaves_out_the_exact_value_is_noticed() -> None:
    model = MODELS["y", "float32"]
    codes: dict[str, Codes] = {
        name: {value: one_hot(value, domain.size) for value in range(domain.size)}
        for name, domain in model.program.domains.items()
    }
    state = dict.fromkeys(codes, 1)
    x = [Fraction(i) for name in codes for i in range(2)]
    coordinates = Coordinates(model.layout, codes, dict.fromkeys(codes))
    encoding = MLPEncoding(model.weights.mlp, coordinates, FORMATS["float32"])
    wanted = exact_forward.mlp(model.weights.mlp, x).after
    reaches = [
        evaluate(output.remainder, state) + point(output.kept * one)
        for output, one in ((encoding.output(column), x[column]) for column in range(len(x)))
    ]
    assert all(point(one).within(reach) for one, reach in zip(wanted, reaches, strict=True))
    assert hull(reaches).is_point is False
    assert not point(wanted[3] + Fraction(1, 2**30)).within(reaches[3])
