"""The command ``alta lint``: what is odd, a line each, and a status that a script can use."""

import pytest

from alta_verify.command.main import main as alta_verify

ODD = """
import alta


def flip(z):
    z["bit"] == 1


program = alta.program_spec(
    {"bit": alta.input_var(2)}, {}, flip, "bit", 2, name="flip", layers=1, oracle=lambda t: []
)
"""


@pytest.fixture
def odd(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd_flip.py").write_text(ODD)
    return "odd_flip.py:program"


def test_a_proof_says_what_is_odd_once(odd, capsys):
    assert alta_verify([odd, "--max-len", "2", "--no-cache"]) == 0
    captured = capsys.readouterr()
    assert captured.out.count("unused-comparison") == 1
    assert "unused-comparison" not in captured.err
