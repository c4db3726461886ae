"""Examples are streams that a block comes across, with the codes that should come out."""

from __future__ import annotations

import numpy as np

from alta_verify import Verdict
from alta_verify.learning.examples import corners, examples, trajectory
from tests.alta_verify.boxes.learned_blocks import MODEL, PROGRAM, judged, learned_of, shaken


def test_examples_along_a_counterexample_are_what_the_model_meets_and_should_do():
    wrong = shaken(0.3, 3)
    model = MODEL.with_mlp(wrong)
    report = judged(wrong)
    assert report.verdict is Verdict.REFUTED
    pairs = list(trajectory(PROGRAM, model, report.counterexample))
    length = len(report.counterexample.tokens)
    assert len(pairs) == length * report.counterexample.layer
    made = examples(PROGRAM, model, report, seed=0)
    assert made.inputs.shape[1] == MODEL.layout.width
    assert len(made.inputs) == len(made.counts) >= len(pairs)
    streams = np.asarray(model.residual_streams(report.counterexample.tokens, 1))
    assert np.allclose(made.inputs[:length], streams[1], atol=1e-6)
    exact = MODEL.residual_streams(report.counterexample.tokens, 1)
    assert np.allclose(made.outputs[:length], exact[2], atol=1e-6)


def test_corners_are_in_the_boxes_and_come_with_the_right_codes():
    learned = learned_of(5e-3, 1)
    pairs = corners(MODEL.with_mlp(learned.block), learned, seed=0)
    inputs, outputs = map(np.array, zip(*pairs, strict=True))
    boxes = learned.propagation.before(learned.layerwise.relations[-1])
    inside = (boxes.low[None] <= inputs[:, None] + 1e-6) & (
        inputs[:, None] - 1e-6 <= boxes.high[None]
    )
    assert inside.all(axis=2).any(axis=1).all()
    assert set(np.unique(outputs)) <= {0.0, 1.0}
