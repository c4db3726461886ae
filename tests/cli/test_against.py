"""The option --against of alta-verify: its exit status is the verdict on two programs."""

import json

import pytest

from alta_verify.command.main import main

RELATIVE, ABSOLUTE = "parity_sequential_relative", "parity_sequential_absolute"
SUM, TWO_LAYERS = "parity_sum_mod_2", "parity_sum_mod_2_intermediate"


def test_equivalent_programs_are_proved(call):
    status, out, err = call(main, SUM, "--against", TWO_LAYERS, "--max-len", "8")
    assert (status, err) == (0, "")
    assert out.startswith(f"PROVED  {SUM} = {TWO_LAYERS}  (")
    assert "outputs[8]" in out


def test_programs_that_are_not_are_refuted(call):
    status, out, err = call(main, RELATIVE, "--against", SUM)
    assert (status, err) == (1, "")
    assert out.startswith(f"REFUTED  {RELATIVE} = {SUM}  (")
    assert "on input 'START 1', position 0: the output is 0 in the first program" in out


def test_sizes_are_given_to_each_program(call):
    sizes = ("--with", "max_length=3", "--against-with", "max_length=5")
    status, out, _ = call(main, ABSOLUTE, "--against", ABSOLUTE, *sizes)
    assert status == 0
    assert "of 1 to 3 tokens (asked for 20; the programs take no more)" in " ".join(out.split())


def test_the_bound_on_layers_counts(call):
    arguments = (SUM, "--against", TWO_LAYERS, "--max-len", "5")
    assert call(main, *arguments, "--max-layers", "1")[0] == 1
    assert call(main, *arguments, "--max-layers", "2")[0] == 0


def test_a_deadline_that_has_passed_leaves_the_verdict_unknown(call):
    status, out, _ = call(main, RELATIVE, "--against", RELATIVE, "--timeout", "0")
    assert status == 3
    assert out.startswith("UNKNOWN")


def test_nothing_in_common_is_vacuous(programs_py, call):
    status, out, _ = call(main, "programs.py:nothing", "--against", "programs.py:nothing")
    assert status == 4
    assert "the programs have no input of 1 to 20 tokens in common" in out


def test_other_tokens_are_a_wrong_call(call):
    status, out, err = call(main, RELATIVE, "--against", ABSOLUTE)
    assert (status, out) == (2, "")
    assert "their tokens differ: 3 and 2 of them" in err
    assert err.count("\n") == 1


def test_what_was_proved_is_kept_unless_it_is_not_to_be(call, tmp_path):
    arguments = (SUM, "--against", TWO_LAYERS, "--max-len", "4")
    kept = (*arguments, "--cache", str(tmp_path / "cache"))
    assert "cached" not in call(main, *kept)[1]
    assert "obligations cached" in call(main, *kept)[1]
    assert "cached" not in call(main, *arguments, "--no-cache")[1]


@pytest.mark.parametrize("option", ["--weights", "--dtype"])
def test_options_about_weights_are_refused(call, option):
    status, out, err = call(main, RELATIVE, "--against", RELATIVE, option, "float32")
    assert (status, out) == (2, "")
    assert f"{option} is for proofs about weights" in err


def test_sizes_of_no_program_are_refused(call):
    status, _, err = call(main, RELATIVE, "--against-with", "max_length=3")
    assert status == 2
    assert "--against-with gives sizes of the program after --against; there is none" in err


def test_the_report_is_written_as_json(call):
    status, out, _ = call(main, RELATIVE, "--against", SUM, "--json", "-")
    assert status == 1
    found = json.loads(out)["counterexample"]
    assert (found["kind"], found["culprit"], found["positions"]) == ("mismatch", None, [0])
    assert [found[side]["outputs"] for side in ("first", "second")] == [[0, 1], [1, 1]]
