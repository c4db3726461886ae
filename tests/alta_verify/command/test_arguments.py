"""What alta-verify can be asked, and which calls are wrong."""

import json

import pytest

from alta_verify.claim import extent
from alta_verify.command.main import main

RELATIVE, ABSOLUTE = "parity_sequential_relative", "parity_sequential_absolute"


def test_the_default_is_twenty_tokens(call):
    status, out, _ = call(main, RELATIVE)
    assert status == 0
    assert "of 1 to 20 tokens" in " ".join(out.split())


def test_every_length_is_asked_for_in_place_of_the_longest(call, monkeypatch):
    monkeypatch.setattr(extent, "_SAMPLED", 8)
    status, out, _ = call(main, RELATIVE, "--any-length")
    assert status == 0
    assert "of any length up to N = 2,147,483,647 tokens" in " ".join(out.split())
    status, _, err = call(main, RELATIVE, "--any-length", "--max-len", "5")
    assert status == 2
    assert "not allowed with argument" in err


def test_max_layers_and_dtype_are_part_of_the_claim(call):
    status, out, _ = call(
        main, RELATIVE, "--max-len", "4", "--max-layers", "2", "--dtype", "bfloat16"
    )
    assert status == 0
    text = " ".join(out.split())
    assert "for the first 2 layers" in text
    assert "in bfloat16 summed in any order" in text


def test_max_layers_keeps_what_comes_later_out_of_the_claim(programs_py, call):
    name = ["programs.py:conflict", "--max-len", "2"]
    assert call(main, *name, "--max-layers", "0")[0] == 0
    assert call(main, *name, "--max-layers", "1")[0] == 1


def test_a_file_s_function_takes_sizes(programs_py, call):
    status, out, _ = call(
        main, "programs.py:sized", "--with", "max_length=3", "--max-len", "9", "--json", "-"
    )
    assert status == 0
    assert (
        "of 1 to 3 tokens (asked for 9; program or model takes no more)" in json.loads(out)["claim"]
    )


def test_a_cache_and_none_are_a_wrong_call(call):
    assert call(main, RELATIVE, "--cache", "kept", "--no-cache")[0] == 2


def test_help_lists_the_exit_statuses(call):
    status, out, err = call(main, "--help")
    assert (status, err) == (0, "")
    assert "0 PROVED, 1 REFUTED, 2 wrong call or malformed program, 3 UNKNOWN, 4 VACUOUS" in (
        " ".join(out.split())
    )


def test_other_tokens_are_a_wrong_call(call):
    status, out, err = call(main, RELATIVE, "--against", ABSOLUTE)
    assert (status, out) == (2, "")
    assert "their tokens differ: 3 and 2 of them" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("option", ["--weights", "--dtype"])
def test_options_about_weights_are_refused(call, option):
    status, out, err = call(main, RELATIVE, "--against", RELATIVE, option, "float32")
    assert (status, out) == (2, "")
    assert f"{option} is for proofs about weights" in err


def test_sizes_of_no_program_are_refused(call):
    status, _, err = call(main, RELATIVE, "--against-with", "max_length=3")
    assert status == 2
    assert "--against-with gives sizes of the program after --against; there is none" in err
