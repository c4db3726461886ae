"""End-to-end baselines are Transformers of the usual kind; they fit what they see."""

import jax
import numpy as np
import pytest

import alta
from alta.errors import AltaError
from alta.learn import plot, train_baseline
from tests.alta.learn.programs import ONES, words

PROGRAM = alta.programs.parity_sequential_relative()


@pytest.mark.campaign
def test_a_baseline_fits_a_small_set_and_is_evaluated_like_anything_else(tmp_path):
    few = [(2, 1), (2, 0), (2, 1, 1), (2, 0, 1)]
    found = train_baseline(PROGRAM, few, longest=9, layers=1, steps=100, batch=8)
    assert found.evaluate(few).accuracy == 1
    test = found.evaluate(words(PROGRAM, 8, 3), groups={"ones": ONES})
    assert sum(inputs for _, inputs in test.by("ones").values()) == 27
    plot([test], tmp_path / "plot.png", groups=("length", "ones"), seen={"ones": 1})
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_wrong_arguments_are_refused():
    with pytest.raises(AltaError, match="no kind 'standart'"):
        train_baseline(PROGRAM, [(2, 1)], kind="standart", longest=9)
    with pytest.raises(AltaError, match="got 1 sequences, the longest of 2"):
        train_baseline(PROGRAM, [(2, 1)], longest=1)
    with pytest.raises(AltaError, match="got 0 sequences"):
        train_baseline(PROGRAM, [], longest=1)
    with pytest.raises(AltaError, match="expected at least one evaluation"):
        plot([], "nowhere.png")


@pytest.mark.campaign
def test_what_is_kept_is_not_trained_again(tmp_path, monkeypatch):
    def trained(**changes):
        options = {"longest": 6, "width": 8, "heads": 2, "layers": 1, "steps": 3}
        options |= {"folder": tmp_path, **changes}
        return train_baseline(PROGRAM, words(PROGRAM, 4), **options)

    first = trained()
    assert not first.kept
    assert not trained(seed=1).kept
    monkeypatch.setattr("alta.learn.training.baseline._steps", None)
    again = trained()
    assert again.kept
    assert (again.name, again.loss, again.seconds) == (first.name, first.loss, first.seconds)
    pairs = zip(jax.tree.leaves(again.encoder), jax.tree.leaves(first.encoder), strict=True)
    assert all(np.array_equal(one, other) for one, other in pairs)
    for changes in ({"seed": 2}, {"steps": 4}, {"layers": 2}, {"kind": "universal"}):
        with pytest.raises(TypeError):
            trained(**changes)
