"""Models that are wrong as a whole: heads or coordinates exchanged, scores of another scale."""

from __future__ import annotations

from functools import cache

import pytest

import alta
from alta_verify import Result, Verdict, verify
from tests.alta_verify.exhaustive import Exhaustive, check_refuted, judge, record, sweep
from tests.alta_verify.mutants import sampled, swapped_columns, with_heads, with_scale

LONGEST = 8

RELATIVE = alta.programs.parity_sequential_relative()
ABSOLUTE = alta.programs.parity_sequential_absolute(max_length=LONGEST)

PROGRAMS = {"relative": RELATIVE, "absolute": ABSOLUTE}


@cache
def model(name: str) -> alta.nn.model.Model:
    return alta.compile(PROGRAMS[name])


@cache
def oracle(name: str) -> Exhaustive:
    return Exhaustive(PROGRAMS[name], LONGEST)


@pytest.mark.parametrize("name", list(PROGRAMS))
def test_exchanged_heads_are_refuted(name):
    heads = model(name).weights.heads
    parity, done = heads["parity_left"], heads["done_left"]
    exchanged = with_heads(model(name), {"parity_left": done, "done_left": parity})
    check_refuted(verify(PROGRAMS[name], exchanged, max_len=LONGEST), oracle(name))


def test_heads_that_write_into_each_other_s_place_are_refuted():
    heads = model("relative").weights.heads
    parity, done = heads["parity_left"], heads["done_left"]
    crossed = {
        "parity_left": alta.nn.weights.HeadWeights(
            parity.query, parity.key, parity.value, done.output
        ),
        "done_left": alta.nn.weights.HeadWeights(
            done.query, done.key, done.value, parity.output
        ),
    }
    report = verify(RELATIVE, with_heads(model("relative"), crossed), max_len=LONGEST)
    check_refuted(report, oracle("relative"))


def test_two_exchanged_coordinates_are_refuted_or_make_no_difference():
    outcomes = sweep(oracle("relative"), sampled(swapped_columns(model("relative")), 10))
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


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_scores_of_too_small_a_scale_are_never_proved(scale):
    subject = with_scale(model("absolute"), scale / 16)
    assert judge(oracle("absolute"), subject) == "equivalent, UNKNOWN"
    report = verify(ABSOLUTE, subject, max_len=LONGEST)
    (left_open,) = {one.name for one in report.obligations if one.result is not Result.PROVED} - {
        "attention[parity_left]",
        "attention[done_left]",
    }
    assert left_open.startswith("softmax")


@pytest.mark.parametrize("factor", [2, 4])
def test_scores_of_a_larger_scale_stay_proved(factor):
    assert judge(oracle("absolute"), with_scale(model("absolute"), factor)) == "equivalent, PROVED"


def test_scores_that_overflow_are_not_proved():
    subject = with_scale(model("absolute"), 1e18)
    assert verify(ABSOLUTE, subject, max_len=LONGEST).verdict is not Verdict.PROVED
