"""Causal heads are proved at every length, and a mask that is off by one position is refuted."""

from __future__ import annotations

from functools import cache

import pytest

import alta
from alta.nn.model import Model
from alta_verify import Report, Result, Verdict, equivalent, verify
from tests.alta_verify.exhaustive import Exhaustive, check_refuted
from tests.properties.running import nothing_sampled

LONGEST = 6

MASKS = {"causal": alta.causal(), "before": alta.before()}


@cache
def repeated(mask, first: float = 1.0) -> alta.Program:
    """Says of each letter after the start whether it was there before, by the share at its first.

    The head reads the share of the start among itself and the letter; a mask with the position
    itself finds the letter there, whether it was there before or not.
    """

    def ffn(z):
        if z["token"] != 0:
            z["out"] = int(z["share"] < first)

    return alta.program_spec(
        name="repeated",
        variables={
            "token": alta.input_var(3),
            "alike": alta.set_var(3, [{0}, {0, 1}, {0, 2}], input_init_fn=lambda token: {0, token}),
            "start": alta.numeric_var(input_init_fn=lambda token: token == 0),
            "out": alta.var(2),
        },
        heads={
            "share": alta.qkv(
                "alike", "token", "start", mask, alta.numeric_var(values=(0, 0.5, 1))
            ),
        },
        ffn_fn=ffn,
        output_name="out",
        input_range=3,
        layers=1,
        vocab=("START", "a", "b"),
        inputs=alta.inputs.regex("START (a|b)*"),
    )


@cache
def model(name: str) -> Model:
    return alta.compile(repeated(MASKS[name]), max_len=LONGEST)


def proved(name: str) -> Report:
    report = verify(repeated(MASKS[name]), model(name), max_len=LONGEST)
    assert report.proved, report
    return report


@pytest.mark.parametrize("name", list(MASKS))
def test_a_mask_of_every_length_is_proved_and_certified(name, tmp_path):
    proved(name).save(tmp_path)


def test_only_letters_before_count():
    tokens = ["START", "a", "b", "a", "a", "b"]
    outputs = (0, 0, 0, 1, 1, 1)
    assert alta.run(repeated(alta.before()), tokens).outputs == outputs
    assert model("before").run(tokens).outputs == outputs
    assert model("causal").run(tokens).outputs == (0, 1, 1, 1, 1, 1)


def test_a_mask_that_is_saved_is_loaded(tmp_path):
    model("before").save(tmp_path)
    assert alta.load(tmp_path).program == repeated(alta.before())


@pytest.mark.parametrize(("name", "other"), [("causal", "before"), ("before", "causal")])
def test_a_model_with_a_mask_that_is_off_by_one_is_refuted(name, other):
    program = repeated(MASKS[name])
    check_refuted(verify(program, model(other), max_len=LONGEST), Exhaustive(program, LONGEST))


def test_a_wrong_mask_is_found_by_what_it_reads_when_nothing_is_sampled():
    with nothing_sampled():
        report = verify(repeated(alta.before()), model("causal"), max_len=LONGEST)
    assert report.verdict is Verdict.REFUTED, report
    assert [one.name for one in report.obligations if one.result is Result.FAILED] == [
        "architecture"
    ]


def test_the_start_has_nothing_before_it_to_read():
    program = repeated(alta.before())
    rule = alta.rule({"share": 2}, "out", 1)
    reading = alta.replace(program, rules=[*program.rules, rule])
    report = verify(reading, model("before"), max_len=LONGEST)
    assert report.counterexample.kind in {"conflict", "undefined"}


@pytest.mark.parametrize(("name", "first"), [("causal", 0.5), ("before", 1.0)])
def test_offsets_of_one_length_are_a_mask_of_every_length_up_to_it_and_no_further(name, first):
    mask = MASKS[name]
    every, listed = (repeated(offsets, first) for offsets in (mask, tuple(mask.offsets(LONGEST))))
    assert equivalent(every, listed, max_len=LONGEST).proved
    longer = equivalent(every, listed, max_len=LONGEST + 1)
    # The last position no longer reads the start.
    assert longer.verdict is Verdict.REFUTED
    assert len(longer.counterexample.tokens) == LONGEST + 1
