"""A trained block is proved as far as it holds, and trained on until it is proved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import alta
from alta.errors import AltaError
from alta.interp.run import run
from alta.learn import configuration, train
from alta.learn.tracing.extraction import traces
from alta.learn.training.data import inputs_of
from alta_verify import Verdict, verify
from alta_verify.learning import fine_tuning, longest_proved, train_until_proved
from tests.alta_verify.boxes.learned_blocks import EXACT, LONGEST, MODEL, PROGRAM, rectified

# Training takes seconds.
pytestmark = pytest.mark.campaign

# A program with few transitions.
SMALL = alta.program_spec_from_rules(
    name="turning",
    variables={"token": alta.input_var(2), "phase": alta.var(3)},
    heads={},
    rules=[alta.rule({"token": 1, "phase": n}, "phase", (n + 1) % 3) for n in range(3)],
    output_name="phase",
    input_range=2,
    layers=6,
)
BRIEF = configuration(
    "sequential_relative_cpu",
    hidden=(32,),
    batch=64,
    steps=400,
    optimizer="adam",
    learning_rate=5e-3,
    undefined="zeros",
)


def data():
    return traces(SMALL, [word for word in SMALL.inputs.enumerate(4) if word])


@pytest.fixture(scope="module")
def outcome():
    few = replace(BRIEF, steps=30, warmup=0)
    # Without boxes in the loss, which take long to compile.
    further = replace(fine_tuning(BRIEF), steps=200, radius=0.0)
    return train_until_proved(SMALL, data(), few, further=further, max_len=6)


@pytest.mark.campaign
def test_training_goes_on_until_the_block_is_proved(outcome):
    assert outcome.proved
    assert [done.verdict for done in outcome.rounds][-1] is Verdict.PROVED
    assert Verdict.PROVED not in [done.verdict for done in outcome.rounds][:-1]
    assert len(outcome.rounds) > 1
    model = alta.compile(SMALL, max_len=6).with_mlp(outcome.block)
    assert verify(SMALL, model, max_len=6).proved
    for word in SMALL.inputs.enumerate(6):
        if word:
            assert model.run(word).outputs == run(SMALL, word).outputs


def test_what_went_wrong_is_put_back_into_the_data(outcome):
    assert all(done.examples > 0 for done in outcome.rounds[:-1])
    assert outcome.rounds[-1].examples == 0


def test_rounds_are_shown_as_a_table(outcome):
    lines = str(outcome).splitlines()
    assert lines[0].startswith("| round | verdict |")
    assert len(lines) == 2 + len(outcome.rounds)
    assert lines[-1].startswith(f"| {len(outcome.rounds)} | PROVED |")


def test_rounds_end_without_a_proof_when_there_are_no_more():
    outcome = train_until_proved(
        SMALL, data(), replace(BRIEF, steps=10, warmup=0), rounds=1, max_len=4
    )
    assert not outcome.proved
    assert len(outcome.rounds) == 1
    assert outcome.report.verdict in (Verdict.REFUTED, Verdict.UNKNOWN)


def test_there_is_at_least_one_round():
    with pytest.raises(AltaError, match="at least one round, got rounds=0"):
        train_until_proved(SMALL, [], BRIEF, rounds=0)


def test_the_longest_proof_is_found():
    report = longest_proved(PROGRAM, MODEL.with_mlp(EXACT), max_len=4)
    assert report is not None
    assert report.proved
    assert report.facts["max_len"] == 4
    wrong = replace(EXACT, matrices=(*EXACT.matrices[:2], 0 * EXACT.matrices[2]))
    report = longest_proved(PROGRAM, MODEL.with_mlp(wrong), max_len=4)
    assert report is not None
    # START alone halts before the first layer.
    assert report.facts["max_len"] == 1
    other = alta.compile(SMALL, max_len=3)
    nothing = replace(rectified(other), matrices=tuple(0 * m for m in rectified(other).matrices))
    assert longest_proved(SMALL, other.with_mlp(nothing), max_len=3) is None


def test_the_longest_proof_is_short_of_the_first_input_that_goes_wrong():
    # What is wrong matters from the third layer on, to which two tokens do not get.
    program = alta.program_spec_from_rules(
        name="counting",
        variables={"token": alta.input_var(1), "steps": alta.var(4)},
        heads={},
        rules=[alta.rule({"steps": n}, "steps", n + 1) for n in range(3)],
        output_name="steps",
        input_range=1,
        layers=lambda length: length,
    )
    model = alta.compile(program, max_len=4)
    block = rectified(model)
    added = block.matrices[-1].copy()
    column = model.layout.columns["steps"][3]
    added[:, column] = 0
    wrong = replace(block, matrices=(*block.matrices[:-1], added))
    report = longest_proved(program, model.with_mlp(wrong), max_len=4)
    assert report is not None
    assert report.facts["max_len"] == 2


@pytest.mark.campaign
def test_parity_by_relative_positions_is_learned_until_it_is_proved():
    inputs = inputs_of(PROGRAM, "parity:20")
    outcome = train_until_proved(PROGRAM, inputs, "sequential_relative_cpu", max_len=20)
    assert outcome.proved
    assert outcome.report.facts["block"]["layers"] == "any number of layers"


# --- training -------------------------------------------------------------------------------------


def test_training_goes_on_from_a_block():
    known = data()
    first = train(SMALL, known, BRIEF, quiet=True)
    same = train(SMALL, known, replace(BRIEF, steps=1, warmup=10**6), start=first.block, quiet=True)
    for one, other in zip(first.block.matrices, same.block.matrices, strict=True):
        assert np.allclose(one, other, atol=1e-4)
    with pytest.raises(AltaError, match="expected a start with hidden layers"):
        train(SMALL, known, replace(BRIEF, hidden=(8,)), start=first.block, quiet=True)


@pytest.mark.campaign
def test_a_loss_on_boxes_makes_radii_larger():
    known = data()
    plain = replace(BRIEF, sampling="distinct", steps=600)
    radii = []
    for radius in (0.0, 0.1):
        trained = train(SMALL, known, replace(plain, radius=radius), quiet=True)
        model = alta.compile(SMALL, max_len=LONGEST).with_mlp(trained.block)
        radii.append(verify(SMALL, model, max_len=LONGEST).facts["block"]["least"])
    assert radii[1] > radii[0]


def test_boxes_are_bounded_for_relu_only():
    with pytest.raises(AltaError, match="relu"):
        replace(BRIEF, radius=0.1, activation="gelu")
