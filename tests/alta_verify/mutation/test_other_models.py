"""Models that sampling finds right although they are not: wrong on one token of thousands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import alta
from alta.lang.program import Program
from alta.nn.model import Model
from alta.nn.weights import HeadWeights
from alta_verify import Report, Result, Verdict, verify
from tests.alta_verify.blocks import condition_of, unshared
from tests.alta_verify.mutants import with_arrays, with_heads, with_mlp

TOKENS = 3000

ODD = 1701
"""A token that is in none of the inputs that are sampled."""


def marking(token: int = ODD, read: str = "mark", layers: int = 2) -> Program:
    """The program that sets `out` at one token, which it marks and then reads with a head."""
    return alta.program_spec_from_rules(
        name="marking",
        variables={
            "mark": alta.input_var(2, init_fn=lambda t: t == token),
            "blank": alta.var(2),
            "out": alta.var(2),
        },
        heads={"seen": alta.v_relative(read, 0)},
        rules=[alta.rule({"seen": 1, "out": 0}, "out", 1)],
        output_name="out",
        input_range=TOKENS,
        layers=layers,
    )


PROGRAM = marking()


@pytest.fixture(scope="module")
def model() -> Model:
    return alta.compile(PROGRAM)


def check_unseen(report: Report) -> None:
    """Checks that sampling saw nothing wrong, and that nothing wrong was proved nevertheless."""
    results = {one.name: one.result for one in report.obligations}
    assert results["sampling"] is Result.PROVED
    assert report.verdict in {Verdict.UNKNOWN, Verdict.REFUTED}


def test_the_right_model_is_proved(model):
    assert verify(PROGRAM, model, max_len=1).proved
    assert alta.run(PROGRAM, [ODD]).outputs == model.run([ODD]).outputs == (1,)


def test_the_model_of_a_program_with_other_initial_values_is_refuted():
    other = alta.compile(marking(token=ODD + 1))
    assert other.run([ODD]).outputs == (0,)
    report = verify(PROGRAM, other, max_len=1)
    check_unseen(report)
    assert report.counterexample.tokens in {(ODD,), (ODD + 1,)}


def test_the_model_of_a_program_whose_head_reads_another_variable_is_not_proved():
    other = alta.compile(marking(read="blank"))
    assert other.run([ODD]).outputs == (0,)
    check_unseen(verify(PROGRAM, other, max_len=1))


def test_the_model_of_a_program_that_takes_fewer_layers_is_refuted():
    other = alta.compile(marking(layers=0))
    assert other.run([ODD]).outputs == (0,)
    report = verify(PROGRAM, other, max_len=1)
    assert report.verdict is Verdict.REFUTED
    found = report.counterexample
    assert (found.expected, found.actual) == ("running after 2 layers", "running after 0 layers")
    assert found.replay().confirmed
    # With a bound of the caller's own, both take that many.
    assert verify(PROGRAM, other, max_len=1, max_layers=2).proved


def counting(layers: int | None, *, halts: bool = False) -> Program:
    """Counts layers up to 3, and halts there perhaps."""
    return alta.program_spec_from_rules(
        name="counting",
        variables={"token": alta.input_var(2), "count": alta.var(4)},
        heads={},
        rules=[alta.rule({"count": n}, "count", n + 1) for n in range(3)],
        output_name="count",
        input_range=2,
        layers=layers,
        halt=alta.halt_spec("count", 3) if halts else None,
    )


@pytest.mark.parametrize(
    ("mine", "theirs", "ends"),
    [
        (1, 2, ("running after 1 layer", "running after 2 layers")),
        (2, 1, ("running after 2 layers", "running after 1 layer")),
        pytest.param(
            3, 7, ("running after 3 layers", "running after 7 layers"), marks=pytest.mark.campaign
        ),
        pytest.param(
            7, 3, ("running after 7 layers", "running after 3 layers"), marks=pytest.mark.campaign
        ),
        (3, None, ("running after 3 layers", "running without end")),
    ],
)
def test_other_numbers_of_layers_show_on_an_input(mine, theirs, ends):
    report = verify(counting(mine), alta.compile(counting(theirs), max_len=2), max_len=2)
    assert report.verdict is Verdict.REFUTED
    found = report.counterexample
    assert (found.expected, found.actual) == ends
    assert str(found) == f"on input '0': {ends[0]} in the program, {ends[1]} in the model"
    assert found.replay().confirmed


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (3, 5),
        pytest.param(5, 3, marks=pytest.mark.campaign),
        (4, None),
        pytest.param(None, 4, marks=pytest.mark.campaign),
    ],
)
def test_bounds_on_layers_make_no_difference_where_runs_halt_before(mine, theirs):
    program = counting(mine, halts=True)
    report = verify(program, alta.compile(counting(theirs, halts=True), max_len=2), max_len=2)
    # That every run halts before the lower bound is not shown.
    assert report.verdict is Verdict.UNKNOWN
    assert [reason.partition(":")[0] for reason in report.reasons] == ["architecture"]


@pytest.mark.parametrize(
    ("mine", "theirs", "ends"),
    [
        (5, 2, ("halted after 3 layers", "running after 2 layers")),
        (2, 5, ("running after 2 layers", "running after 5 layers")),
    ],
)
def test_a_run_that_a_bound_ends_before_it_halts_shows_that(mine, theirs, ends):
    program = counting(mine, halts=True)
    report = verify(program, alta.compile(counting(theirs, halts=True), max_len=2), max_len=2)
    assert report.verdict is Verdict.REFUTED
    found = report.counterexample
    assert (found.expected, found.actual) == ends
    assert found.replay().confirmed


def test_the_model_of_the_same_program_under_another_name_is_proved():
    other = alta.compile(replace(PROGRAM, name="another", encode=list))
    assert verify(PROGRAM, other, max_len=1).proved


@pytest.mark.parametrize("weight", [0.0, -1.0, 0.5], ids=["0", "-1", "0.5"])
def test_a_wrong_row_of_the_embedding_is_refuted_by_the_token_that_it_is_for(model, weight):
    table = model.weights.token_embedding.copy()
    table[ODD, model.layout.columns["mark"][1]] = weight
    report = verify(PROGRAM, with_arrays(model, {"token_embedding": table}), max_len=1)
    check_unseen(report)
    assert report.verdict is Verdict.REFUTED
    found = report.counterexample
    assert (found.tokens, found.layer, found.variable) == ((ODD,), 0, "mark")
    assert found.replay().confirmed


def test_a_row_of_the_embedding_that_decodes_alike_is_proved(model):
    table = model.weights.token_embedding.copy()
    table[ODD, model.layout.columns["mark"][1]] = 2
    assert verify(PROGRAM, with_arrays(model, {"token_embedding": table}), max_len=1).proved


def test_a_wrong_row_for_a_token_at_one_place_is_refuted():
    # The token occurs near the end of the longest inputs only.
    program = alta.program_spec_from_rules(
        name="late",
        variables={
            "late": alta.input_var(2, init_fn=lambda t: t == 2),
            "pos": alta.position_var(12),
        },
        heads={},
        rules=[],
        output_name="late",
        input_range=3,
        position_range=12,
        layers=0,
        inputs=alta.inputs.regex("(0|1){1,10} | 1 0 (0|1){8} 2 1"),
    )
    known = alta.compile(program)
    assert verify(program, known, max_len=12).proved
    table = known.weights.token_embedding.copy()
    table[2, list(known.layout.columns["late"])] = [1, 0]
    report = verify(program, with_arrays(known, {"token_embedding": table}), max_len=12)
    assert report.verdict is Verdict.REFUTED
    assert report.counterexample.tokens[-2:] == (2, 1)


def scoring(model: Model, weight: float) -> Model:
    """The model with scores that are not 0 where both positions are marked.

    The mask allows one position, so that scores have no say, as long as they are finite.
    """
    column = model.layout.columns["mark"][1]
    matrix = np.zeros((model.layout.width, 1), dtype=np.float32)
    matrix[column] = weight
    head = model.weights.heads["seen"]
    return with_heads(model, {"seen": HeadWeights(matrix, matrix, head.value, head.output)})


def test_scores_that_overflow_where_one_token_leads_are_not_proved(model):
    subject = scoring(model, 1e30)
    assert subject.run([ODD]).outputs == (alta.UNDEFINED,)
    check_unseen(verify(PROGRAM, subject, max_len=1))


def test_finite_scores_do_not_matter_where_the_mask_allows_one_position(model):
    assert verify(PROGRAM, scoring(model, 2.0**20), max_len=1).proved


def counting_votes(length: int) -> Program:
    """The program in which one head sees all positions alike, so that its output is UNDEFINED."""
    return alta.program_spec_from_rules(
        name="counting_votes",
        variables={"key": alta.var(1), "vote": alta.input_var(2), "out": alta.var(2)},
        heads={"all": alta.qkv("key", "key", "vote")},
        rules=[alta.rule({"vote": 1, "out": 0}, "out", 1)],
        output_name="out",
        input_range=2,
        position_range=length,
        layers=3,
    )


def cancelling(program: Program, weight: float) -> Model:
    """The model with two more neurons that add and subtract the same in the head's coordinates."""
    model = unshared(program, alta.compile(program))
    mlp, columns = model.weights.mlp, model.layout.columns
    unit = condition_of(model, {"vote": 1})
    rows = len(mlp.lookup_in)
    inward = np.zeros((rows, 2), dtype=np.float32)
    inward[unit] = 1
    outward = np.zeros((2, model.layout.width), dtype=np.float32)
    outward[:, list(columns["all"])] = [[weight], [-weight]]
    return with_mlp(
        model,
        replace(
            mlp,
            lookup_in=np.concatenate([mlp.lookup_in, inward], axis=1),
            lookup_in_bias=np.append(mlp.lookup_in_bias, np.zeros(2, dtype=np.float32)),
            lookup_out=np.concatenate([mlp.lookup_out, outward]),
        ),
    )


def test_numbers_that_cancel_in_the_reals_and_not_in_floats_are_not_proved():
    # x - x + 1 - 1 is 0, but not with x = 1/3, which a mean of three votes leaves.
    program = counting_votes(3)
    subject = cancelling(program, 1)
    after = subject.residual_streams([0, 1, 1], 1)[-1]
    assert (after[:, list(subject.layout.columns["all"])] != 0).any()
    report = verify(program, subject, max_len=3)
    assert report.verdict is Verdict.UNKNOWN
    assert any(reason.startswith("reset[all]") for reason in report.reasons)


def test_neurons_that_add_nothing_to_what_is_cancelled_stay_proved():
    program = counting_votes(3)
    assert verify(program, cancelling(program, 0), max_len=3).proved
