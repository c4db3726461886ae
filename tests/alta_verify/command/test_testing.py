"""``alta test`` runs programs beside what was meant, and prints the shortest disagreement."""

from __future__ import annotations

import pytest

import alta
from alta.command.main import main
from alta_verify.command.main import main as verifier
from alta_verify.command.testing import Trial, try_out
from alta_verify.search.deviation import Deviation
from alta_verify.specs.meant import as_specification

PARITY = alta.programs.parity_sequential_relative()
RELATIVE = "parity_sequential_relative"

FILE = """
def zeros(tokens):
    return [0] * len(tokens)
def long_ones(tokens):
    right = [sum(tokens[1 : place + 1]) % 2 for place in range(len(tokens))]
    return zeros(tokens) if len(tokens) > 9 and tokens[1:] == [1] * (len(tokens) - 1) else right
def short(tokens):
    return []
"""


@pytest.fixture
def meant(tmp_path, monkeypatch):
    (tmp_path / "meant.py").write_text(FILE)
    monkeypatch.chdir(tmp_path)


def trial(spec, max_len: int, budget: int) -> Trial:
    tried = try_out(PARITY, as_specification(spec), max_len, None, budget)
    assert tried is not None
    return tried


def test_short_inputs_are_all_run_and_long_ones_sampled():
    tried = trial(PARITY.oracle, 8, 32)
    assert (tried.complete, tried.inputs, tried.wrong) == ((1, 2, 3, 4, 5), 31, None)
    assert tried.sampled == (6, 7, 8)
    assert 32 < tried.samples < 31 + 63 + 127
    assert str(tried) == (
        f"all 31 inputs of 1 to 5 tokens and {tried.samples} sampled of 6 to 8 tokens"
    )
    assert trial(PARITY.oracle, 3, 7).sampled == ()
    assert trial(PARITY.oracle, 1, 0).complete == ()


def test_the_shortest_disagreement_is_returned():
    tried = trial(lambda tokens: [0, *[1] * (len(tokens) - 1)], 6, 63)
    assert isinstance(tried.wrong, Deviation)
    assert (tried.wrong.tokens, tried.wrong.shortest) == ((2, 0), True)


def test_a_program_is_as_its_oracle_says(call):
    status, out, err = call(main, "test", RELATIVE, "--max-len", "6")
    assert (status, err) == (0, "")
    assert out.startswith(f"{RELATIVE}: as the program's oracle (parity.py:")
    assert "says on all 63 inputs of 1 to 6 tokens (" in out


def test_a_disagreement_is_printed(meant, call):
    status, out, err = call(main, "test", RELATIVE, "--spec", "meant.py:zeros")
    assert (status, err) == (1, "")
    assert "not as 'zeros' (meant.py:2) says; an input, the shortest there is:" in out
    assert "on input 'START 1', position 1: the output is 1, and 0 was meant by 'zeros'" in out
    assert "1  1      0      1  ←" in out
    # Found among samples, it is made shorter.
    args = ("--spec", "meant.py:long_ones", "--inputs", "100", "--max-len", "14")
    status, out, err = call(main, "test", RELATIVE, *args)
    assert (status, err) == (1, "")
    assert "on input 'START 1 1 1 1 1 1 1 1 1', position 1" in out


def test_what_cannot_be_asked_is_an_error(meant, call):
    status, out, err = call(main, "test", RELATIVE, "--spec", "meant.py:short")
    assert (status, out) == (2, "")
    assert "'short' (meant.py:7) on input 'START' returns 0 outputs, []; expected 1" in err
    status, _, err = call(main, "test", RELATIVE, "--inputs", "-1")
    assert (status, "--inputs: expected a number of at least 0, got -1" in err) == (2, True)
    status, out, _ = call(main, "test", "addition", "--max-len", "4")
    assert (status, out) == (4, "addition: there is no input of 1 to 4 tokens\n")


def test_weights_are_proved_to_do_what_was_meant(meant, call):
    status, out, err = call(verifier, RELATIVE, "--max-len", "4", "--spec", "oracle")
    assert (status, err) == (0, "")
    assert "enumeration of all 15 inputs" in out
    status, out, err = call(verifier, RELATIVE, "--max-len", "4", "--spec", "meant.py:zeros")
    assert (status, err) == (1, "")
    assert "Counterexample, the shortest there is, replayed on the interpreter:" in out


def test_what_does_not_go_together_is_refused(call):
    status, _, err = call(verifier, RELATIVE, "--spec", "oracle", "--certificate", "x")
    assert status == 2
    assert "--certificate is of what the checker shows, which is nothing about --spec" in err
    status, _, err = call(verifier, RELATIVE, "--spec", "oracle", "--against", RELATIVE)
    assert status == 2
    assert "--spec is for proofs about weights" in err
