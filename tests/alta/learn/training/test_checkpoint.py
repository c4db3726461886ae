"""Checkpoints: training goes on to the same bits, and only from its own."""

import dataclasses
import json

import pytest

from alta.errors import AltaError
from alta.learn import load_block, train
from alta.learn.training.checkpoint import Files, monitor
from tests.alta.learn.programs import RELATIVE, TINY, bits, shown, words


@pytest.mark.campaign
def test_training_goes_on_to_the_same_bits(tmp_path):
    whole = train(RELATIVE, shown(), TINY, test=shown(), every=500, folder=tmp_path / "whole")
    parts = tmp_path / "parts"
    stopped = train(RELATIVE, shown(), TINY, test=shown(), every=500, folder=parts, stop=1000)
    assert stopped.steps == 1000
    # As if the process had ended in the middle of the next steps.
    with (parts / "metrics.jsonl").open("a") as file:
        file.write('{"step": 1500, "loss": 0}\n{"step": 17')
    found = train(RELATIVE, shown(), TINY, test=shown(), every=500, folder=parts)
    assert found.steps == whole.steps == 2000
    assert bits(found.block) == bits(whole.block) == bits(load_block(parts))
    lines = [json.loads(line) for line in (parts / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [500, 1000, 1500, 2000]
    assert lines[-1]["training_accuracy"] == found.training_accuracy == found.test_accuracy
    assert lines[-1]["loss"] < lines[0]["loss"]


@pytest.mark.campaign
def test_a_checkpoint_of_other_training_is_refused(tmp_path):
    train(RELATIVE, shown(), TINY, every=500, stop=500, folder=tmp_path)
    with pytest.raises(AltaError, match="its seed is 0, not 1"):
        train(RELATIVE, shown(), TINY, every=500, stop=500, folder=tmp_path, seed=1)
    with pytest.raises(AltaError, match="its data is"):
        train(RELATIVE, words(RELATIVE, 3), TINY, every=500, stop=500, folder=tmp_path)
    changed = dataclasses.replace(TINY, noise=0.2)
    with pytest.raises(AltaError, match="its configuration is"):
        train(RELATIVE, shown(), changed, every=500, stop=500, folder=tmp_path)


# --- figures --------------------------------------------------------------------------------------


def test_figures_of_later_steps_are_dropped_before_they_come_again(tmp_path):
    files = Files(tmp_path, {})
    for step in (1, 2, 3):
        files.write({"step": step})
    files.keep_up_to(2)
    lines = (tmp_path / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [1, 2]


def test_a_line_that_was_cut_off_is_dropped(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1}\n{"ste')
    Files(tmp_path, {}).keep_up_to(9)
    assert path.read_text() == '{"step": 1}\n'


def test_without_a_terminal_or_a_folder_nothing_is_shown_or_written(capsys):
    files = Files(None, {})
    with monitor("training", 3) as show:
        show(1, 2.0, 0.5, None)
        files.write({"step": 1})
        files.keep_up_to(0)
    assert capsys.readouterr() == ("", "")
