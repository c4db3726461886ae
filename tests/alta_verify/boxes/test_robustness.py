"""Certified radii: within them every transition comes out right, and beyond it may not."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import numpy as np

from alta_verify.boxes.robustness import NOISE, certified_radii, summary
from alta_verify.obligation import NotShown
from tests.alta_verify.boxes.learned_blocks import EXACT, MODEL, judged, learned_of


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
