"""Models that are wrong as a whole: heads or coordinates exchanged, scores of another scale."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

import alta
from alta.nn.model import Model
from alta_verify import Result, verify
from tests.alta_verify.exhaustive import Exhaustive, check_refuted, judge, record, sweep
from tests.alta_verify.mutants import sampled, swapped_columns, with_heads, with_scale

LONGEST = 8

RELATIVE = alta.programs.parity_sequential_relative()
ABSOLUTE = alta.programs.parity_sequential_absolute(max_length=LONGEST)

PROGRAMS = {"relative": RELATIVE, "absolute": ABSOLUTE}


@cache
def model(name: str) -> Model:
    return alta.compile(PROGRAMS[name])


@cache
def oracle(name: str) -> Exhaustive:
    return Exhaustive(PROGRAMS[name], LONGEST)


def crossed(subject: Model, first: str, second: str, part: str):
    """The model with one matrix of two heads exchanged."""
    heads = subject.weights.heads
    return with_heads(
        subject,
        {
            first: replace(heads[first], **{part: getattr(heads[second], part)}),
            second: replace(heads[second], **{part: getattr(heads[first], part)}),
        },
    )


@pytest.mark.parametrize("part", ["value", "output"])
@pytest.mark.parametrize("name", list(PROGRAMS))
def test_heads_that_read_or_write_in_each_other_s_place_are_refuted(name, part):
    subject = crossed(model(name), "parity_left", "done_left", part)
    check_refuted(verify(PROGRAMS[name], subject, max_len=LONGEST), oracle(name))


@pytest.mark.parametrize("name", list(PROGRAMS))
def test_heads_of_one_mask_that_are_exchanged_whole_make_no_difference(name):
    heads = model(name).weights.heads
    subject = with_heads(
        model(name), {"parity_left": heads["done_left"], "done_left": heads["parity_left"]}
    )
    # Each then writes into the other's coordinates, which no obligation allows.
    assert judge(oracle(name), subject) == "equivalent, UNKNOWN"


def test_heads_of_two_masks_that_are_exchanged_whole_are_refuted():
    program = alta.program_spec_from_rules(
        name="neighbours",
        variables={"token": alta.input_var(2), "out": alta.var(2)},
        heads={"left": alta.v_relative("token", -1), "right": alta.v_relative("token", 1)},
        rules=[alta.rule({"token": 1, "left": 1, "out": 0}, "out", 1)],
        output_name="out",
        input_range=2,
        layers=1,
        inputs=alta.inputs.regex("0 (0|1)*"),
    )
    known = alta.compile(program)
    heads = known.weights.heads
    subject = with_heads(known, {"left": heads["right"], "right": heads["left"]})
    assert verify(program, known, max_len=LONGEST).proved
    check_refuted(verify(program, subject, max_len=LONGEST), Exhaustive(program, LONGEST))


def test_two_exchanged_coordinates_are_refuted_or_make_no_difference():
    outcomes = sweep(oracle("relative"), sampled(swapped_columns(model("relative")), 3))
    assert outcomes["REFUTED"]


@pytest.mark.campaign
@pytest.mark.parametrize("name", list(PROGRAMS))
def test_many_exchanged_coordinates_are_refuted_or_make_no_difference(name, record_property):
    outcomes = sweep(oracle(name), sampled(swapped_columns(model(name)), 60))
    record(f"{name}, coordinates exchanged", outcomes, record_property)
    assert outcomes["REFUTED"]


def test_scores_without_a_scale_are_refuted():
    # The compiler takes 16 for queries and keys alike: now a selected key scores 1, others 0.
    unscaled = with_scale(model("absolute"), 1 / 16)
    check_refuted(verify(ABSOLUTE, unscaled, max_len=LONGEST), oracle("absolute"))


@pytest.mark.parametrize(
    "scale",
    [3, pytest.param(4, marks=pytest.mark.campaign), pytest.param(8, marks=pytest.mark.campaign)],
)
def test_weights_that_are_not_quite_0_do_not_matter_where_units_snap(scale):
    # Scores are 9, 16 or 64 apart, so that unselected keys have weights even when computed.
    assert judge(oracle("absolute"), with_scale(model("absolute"), scale / 16)) == (
        "equivalent, PROVED"
    )


def test_weights_that_leak_more_than_units_bear_are_not_proved():
    # Scores are 4 apart: seven other keys have an eighth of the weight together.
    subject = with_scale(model("absolute"), 2 / 16)
    assert judge(oracle("absolute"), subject) == "equivalent, UNKNOWN"
    report = verify(ABSOLUTE, subject, max_len=LONGEST)
    left_open = {one.name for one in report.obligations if one.result is Result.OPEN}
    assert left_open == {"ffn[parity]", "ffn[done]"}


@pytest.mark.parametrize("factor", [2, pytest.param(4, marks=pytest.mark.campaign)])
def test_scores_of_a_larger_scale_stay_proved(factor):
    assert judge(oracle("absolute"), with_scale(model("absolute"), factor)) == "equivalent, PROVED"


@pytest.mark.parametrize(
    "factor",
    [
        pytest.param(2.0**30, marks=pytest.mark.campaign),
        pytest.param(2.0**50, marks=pytest.mark.campaign),
        2.0**59,
    ],
    ids=["30", "50", "59"],
)
def test_scores_of_an_astronomic_scale_are_judged_rightly(factor):
    judge(oracle("absolute"), with_scale(model("absolute"), factor))


def test_scores_that_overflow_are_refuted():
    subject = with_scale(model("absolute"), 2.0**62)
    check_refuted(verify(ABSOLUTE, subject, max_len=LONGEST), oracle("absolute"))
