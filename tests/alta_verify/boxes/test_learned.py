"""Verdicts on learned blocks: proved where they are right, refuted with an input where not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from functools import cache
from statistics import median

import jax.numpy as jnp
import numpy as np
import pytest

import alta
from alta.errors import ModelError
from alta.interp.run import run
from alta.nn.block import DenseBlock
from alta_verify import Verdict, verify
from alta_verify.boxes.block import BoundedBlock
from alta_verify.boxes.layerwise import BoxPropagation, LayerwiseBoxes
from alta_verify.boxes.learned import NOISE, certified_radii, summary
from alta_verify.obligation import NotShown, Obligation
from alta_verify.report.report import CertificateError
from tests.alta_verify.boxes.learned_blocks import (
    EXACT,
    LONGEST,
    MODEL,
    PROGRAM,
    judged,
    learned_of,
    rectified,
    repeating,
    shaken,
)
from tests.alta_verify.exhaustive import Exhaustive

PROGRAMS = {
    "relative": alta.programs.parity_sequential_relative,
    "absolute": lambda: alta.programs.parity_sequential_absolute(max_length=LONGEST),
}


@cache
def oracle() -> Exhaustive:
    return Exhaustive(PROGRAM, LONGEST)


def with_entry(block: DenseBlock, layer: int, place: tuple[int, int], number: float) -> DenseBlock:
    """The block with another weight somewhere."""
    matrices = [np.array(matrix) for matrix in block.matrices]
    matrices[layer][place] = number
    return replace(block, matrices=tuple(matrices))


# --- proved ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_dense_block_that_computes_the_same_as_the_compiled_one_is_proved(name):
    program = PROGRAMS[name]()
    model = alta.compile(program, max_len=LONGEST)
    learned = model.with_mlp(rectified(model))
    report = verify(program, learned, max_len=LONGEST)
    assert report.proved
    assert Exhaustive(program, LONGEST).difference(learned) is None


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float64"])
def test_other_formats_are_proved_as_well(dtype):
    model = alta.compile(PROGRAM, max_len=LONGEST, dtype=dtype)
    assert verify(PROGRAM, model.with_mlp(rectified(model)), max_len=LONGEST).proved


def test_a_block_whose_weights_are_off_a_little_is_proved_for_any_number_of_layers():
    report = judged(shaken(2e-3, 0), max_layers=None)
    assert report.proved
    assert oracle().difference(MODEL.with_mlp(shaken(2e-3, 0))) is None


def test_hidden_units_may_be_in_any_order():
    rng = np.random.default_rng(0)
    first, second, third = EXACT.matrices
    order = rng.permutation(first.shape[1])
    block = replace(
        EXACT,
        matrices=(first[:, order], second[order], third),
        biases=(EXACT.biases[0][order], *EXACT.biases[1:]),
    )
    assert judged(block).proved


def test_the_verdict_is_the_same_with_an_executor():
    with ThreadPoolExecutor(2) as pool:
        assert judged(EXACT, executor=pool).proved


def test_nothing_is_kept_in_a_cache(tmp_path):
    for _ in range(2):
        report = judged(EXACT, cache=tmp_path / "cache")
        assert report.proved
        assert report.facts["cached"] == 0


# --- refuted --------------------------------------------------------------------------------------


def test_a_block_with_a_wrong_weight_is_refuted_with_an_input():
    largest = np.unravel_index(np.abs(EXACT.matrices[2]).argmax(), EXACT.matrices[2].shape)
    wrong = with_entry(EXACT, 2, tuple(map(int, largest)), 0.0)
    report = judged(wrong)
    assert report.verdict is Verdict.REFUTED
    found = report.counterexample
    state = (
        run(PROGRAM, found.tokens, found.layer).states[found.layer - 1].after_mlp[found.position]
    )
    assert state[found.variable] == found.expected
    assert found.cause()[-1] == "model: the learned block, whose units stand for no rules"
    assert oracle().difference(MODEL.with_mlp(wrong)) is not None


def test_verdicts_are_those_of_running_all_inputs():
    verdicts = set()
    # A change of every matrix; most others are refuted as well.
    for seed in (2, 4, 10, 11, 14, 16, 21, 22, 23):
        rng = np.random.default_rng(seed)
        block = shaken(float(rng.choice([0.005, 0.05, 0.2])), seed)
        layer = int(rng.integers(3))
        entries = np.argwhere(block.matrices[layer])
        row, column = entries[rng.integers(len(entries))].tolist()
        factor = float(rng.choice([0, 0.9, 1.02, 2]))
        number = float(block.matrices[layer][row, column]) * factor
        changed = with_entry(block, layer, (row, column), number)
        verdict = judged(changed).verdict
        verdicts.add(verdict)
        difference = oracle().difference(MODEL.with_mlp(changed))
        assert verdict is Verdict.UNKNOWN or (verdict is Verdict.PROVED) == (difference is None)
    # All three come up, or nothing was tested.
    assert verdicts == {Verdict.PROVED, Verdict.REFUTED, Verdict.UNKNOWN}


# --- neither --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("activation", "verdict"), [("relu", Verdict.PROVED), ("gelu", Verdict.UNKNOWN)]
)
def test_of_other_activations_nothing_is_shown(activation, verdict):
    program = repeating()
    model = alta.compile(program, max_len=2)
    shapes = (2, 3), (3, 2), (3,), (2,)
    zeros = [np.zeros(shape, dtype=np.float32) for shape in shapes]
    block = DenseBlock(tuple(zeros[:2]), tuple(zeros[2:]), activation)
    assert verify(program, model.with_mlp(block), max_len=2).verdict is verdict


def test_numbers_have_to_come_out_exactly_and_bounds_do_not_say_so():
    program = alta.programs.parity_sum_mod_2(max_length=LONGEST)
    model = alta.compile(program, max_len=LONGEST)
    report = verify(program, model.with_mlp(rectified(model)), max_len=LONGEST)
    assert report.verdict is Verdict.UNKNOWN
    assert any("does not decode to 1.0" in reason for reason in report.reasons)


def test_without_time_nothing_is_shown():
    report = judged(EXACT, timeout=1e-9)
    assert report.verdict is Verdict.UNKNOWN
    assert any("time" in reason for reason in report.reasons)


def test_a_fault_in_the_bounds_shows_nothing(monkeypatch):
    def broken(self, boxes, splits=0):
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(BoundedBlock, "after", broken)
    report = judged(EXACT)
    assert report.verdict is Verdict.UNKNOWN
    assert any("a fault" in reason for reason in report.reasons)


def test_bounds_that_are_not_numbers_show_nothing(monkeypatch):
    after = BoundedBlock.after

    def broken(self, boxes, splits=0):
        found = after(self, boxes, splits)
        return replace(found, low=np.full_like(found.low, np.nan))

    monkeypatch.setattr(BoundedBlock, "after", broken)
    assert judged(EXACT).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(number):
    with pytest.raises(ModelError, match="finite"):
        judged(with_entry(EXACT, 1, (0, 0), number))


def test_a_function_has_no_weights_to_prove_anything_of():
    with pytest.raises(ModelError, match="a function as its block has no weights"):
        verify(PROGRAM, MODEL.with_mlp(jnp.zeros_like), max_len=3)


def test_weights_that_the_model_would_round_are_refused():
    wide = replace(EXACT, matrices=tuple(each.astype(np.float64) for each in EXACT.matrices))
    with pytest.raises(ModelError, match="array 0 is float64"):
        judged(wide)


def test_there_is_no_certificate_about_a_learned_block(tmp_path):
    with pytest.raises(CertificateError, match="does not follow bounds on learned blocks"):
        judged(EXACT).save(tmp_path / "certificate")


# --- relations ------------------------------------------------------------------------------------


def test_a_relation_that_a_layer_does_not_keep_shows_nothing(monkeypatch):
    learned = learned_of(2e-3)
    name = next(iter(PROGRAM.variables))
    learned.keeps(name)
    contained = BoxPropagation.contained
    monkeypatch.setattr(
        BoxPropagation, "contained", lambda self, *args: {**contained(self, *args), name: False}
    )
    with pytest.raises(NotShown, match=f"does not keep the boxes of {name}"):
        learned.keeps(name)


def test_a_relation_that_does_not_decode_shows_nothing(monkeypatch):
    learned, name = replace(learned_of()), next(iter(PROGRAM.variables))
    learned.keeps(name)
    (first, *_) = learned.layerwise.relations
    wider = {
        name: {value: tuple(i.widened(Fraction(1)) for i in box) for value, box in codes.items()}
        for name, codes in first.start.items()
    }
    wide = replace(first, start=wider)
    learned.__dict__["_tried_layerwise"] = LayerwiseBoxes((first, wide), True, None, 0)
    with pytest.raises(NotShown, match="a relation does not decode"):
        learned.keeps(name)


def test_boxes_that_escape_show_nothing_and_say_where():
    learned = learned_of(2e-2)
    with pytest.raises(NotShown, match="transitions may go wrong in it") as reason:
        learned.keeps(next(iter(PROGRAM.variables)))
    assert reason.value.owner == Obligation("ffn", learned.layerwise.escape.name)
    assert learned.shown(learned.layerwise.escape) == str(reason.value)


def test_every_transition_bears_the_noise_that_it_is_certified_for():
    learned = learned_of(5e-3, 1)
    radii = certified_radii(learned.propagation, learned.first())
    rng = np.random.default_rng(0)
    boxes = learned.propagation.before(learned.first())
    columns = MODEL.layout.columns
    for row, (step, radius) in enumerate(zip(learned.propagation.transitions, radii, strict=True)):
        assert radius > 0
        width = boxes.low.shape[1]
        noise = np.where(rng.random((64, width)) < 1 / 2, -radius, radius)
        ends = np.where(rng.random((64, width)) < 1 / 2, boxes.low[row], boxes.high[row])
        x = (ends + noise).astype(np.float32).T
        after = x + np.asarray(learned.block.added(x, "float32"))
        for name, value in step.after.items():
            ones = after[list(columns[name])] > 1 / 2
            assert (ones.sum(axis=0) == 1).all()
            assert (ones.argmax(axis=0) == value).all()


def test_noise_of_a_half_is_borne_by_none():
    """Halfway between two codes a stream may be either's."""
    learned = learned_of()
    assert max(certified_radii(learned.propagation, learned.first())) < 1 / 2


def test_a_transition_that_goes_wrong_without_noise_has_no_radius():
    broken = replace(EXACT, biases=tuple(bias * 0 for bias in EXACT.biases))
    learned = replace(learned_of(), block=broken)
    assert min(certified_radii(learned.propagation, learned.first())) == -1


def test_the_report_says_how_much_noise_is_borne_and_for_how_many_layers():
    report = judged(EXACT)
    block = report.facts["block"]
    radii = block["radii"].values()
    assert block["transitions"] == len(radii) == 13
    assert block["least"] == min(radii) == block["radii"][block["at"]]
    assert block["median"] == median(radii)
    assert block["bear"] == sum(radius >= NOISE for radius in radii)
    assert block["layers"] in str(report)
    assert f"{block['bear']} of them are certified" in " ".join(str(report).split())


def test_of_a_block_that_cannot_be_bounded_there_are_no_figures_but_a_reason():
    def late():
        raise NotShown("it is late")

    figures = summary(replace(learned_of(), transitions=late))
    assert figures == {"block": None, "block_reason": "it is late"}
    figures = summary(replace(learned_of(), transitions=list))
    assert figures == {"block": None, "block_reason": "no transition occurs"}
    figures = summary(replace(learned_of(), transitions=lambda: 1 / 0))
    assert figures["block_reason"] == "ZeroDivisionError: division by zero"
