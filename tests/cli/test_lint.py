"""The command ``alta lint``: what is odd, a line each, and a status that a script can use."""

import warnings

import pytest

from alta.command.main import main as alta
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


@pytest.fixture(autouse=True)
def _without_warnings():
    """Fails where what a command prints itself is warned of as well."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_what_is_odd_is_a_line_each(odd, capsys):
    assert alta(["lint", odd, "--max-len", "3"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith('odd_flip.py, line 6: `z["bit"] == 1` compares')
    assert [line.rpartition("[")[2] for line in lines] == [
        "unused-comparison]",
        "no-rules]",
        "wrong-oracle]",
    ]


def test_of_nothing_odd_it_is_said_so(capsys):
    assert alta(["lint", "addition"]) == 0
    expected = "addition: nothing odd on inputs of 1 to 20 tokens\n"
    assert capsys.readouterr().out == expected


def test_a_length_that_is_none_is_refused(capsys):
    assert alta(["lint", "addition", "--max-len", "0"]) == 2
    assert "max_len: expected an int of at least 1, got 0" in capsys.readouterr().err


def test_a_proof_says_what_is_odd_once(odd, capsys):
    assert alta_verify([odd, "--max-len", "2", "--no-cache"]) == 0
    captured = capsys.readouterr()
    assert captured.out.count("unused-comparison") == 1
    assert "unused-comparison" not in captured.err
