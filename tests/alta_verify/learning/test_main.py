"""The command trains, proves, says what came of each round, and leaves the block."""

from __future__ import annotations

import pytest

from alta_verify.command.main import main as prove
from alta_verify.learning.__main__ import main as learn


@pytest.mark.campaign
def test_the_command_trains_and_leaves_the_block(tmp_path, capsys):
    words = ["parity_sequential_relative", "--max-len", "2"]
    training = ["--data", "parity:3", "--configuration", "sequential_relative_cpu", "--steps", "5"]
    folder = str(tmp_path / "block")
    status = learn([*words, *training, "--rounds", "1", "-o", folder])
    out = capsys.readouterr().out
    assert out.startswith("| round | verdict |")
    assert "Learned block" in out or "Counterexample" in out
    assert status == prove([*words, "--block", folder, "--no-cache"]) != 0
    assert "Learned block" in capsys.readouterr().out


def test_a_wrong_call_trains_nothing_and_says_why(capsys):
    assert learn(["parity_sequential_relative", "--data", "parity:3"]) == 2
    assert "--configuration" in capsys.readouterr().err
