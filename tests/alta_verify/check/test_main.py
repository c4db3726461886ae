"""The command alta-verify check, and the option that writes what it checks."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from alta_verify.check.__main__ import main as check_main
from alta_verify.command.main import main

RELATIVE = "parity_sequential_relative"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    assert main([RELATIVE, "--max-len", "5", "--no-cache", "--certificate", str(folder)]) == 0
    return folder


def test_a_certificate_is_checked(certificate, call):
    status, out, err = call(main, "check", certificate)
    assert (status, err) == (0, "")
    steps, _, verdict = out.partition("CHECKED")
    for part in ("ffn[parity]", "program[undefined]", "decoding"):
        assert part in steps
    assert "2 queries, by cases" in verdict
    assert "Theorem: for every input of regex" in verdict
    assert "with 1 to 5 tokens" in verdict
    assert "- on the device exp(0) = 1" in verdict
    assert "SHA-256" in verdict


def test_the_module_does_what_the_command_does(certificate, call):
    def without_times(said):
        return [line for line in said.splitlines() if " s" not in line]

    status, out, _ = call(check_main, certificate)
    assert status == 0
    assert without_times(out) == without_times(call(main, "check", certificate)[1])


@pytest.mark.parametrize("ways", [["cvc5"], ["z3"], ["cases", "z3"]], ids=str)
def test_queries_are_decided_as_asked(ways, certificate, call):
    options = [word for way in ways for word in ("--by", way)]
    status, out, _ = call(main, "check", certificate, *options)
    assert status == 0
    assert f"2 queries, by {' and '.join(ways)}" in out


def test_a_changed_certificate_is_refused(certificate, call, tmp_path):
    folder = tmp_path / "copy"
    folder.mkdir()
    status, out, err = call(main, "check", folder)
    assert (status, err) == (1, "")
    assert out.startswith("REFUSED")
    assert "\nbecause certificate.json is missing\n" in out
    assert out.endswith("made by: alta-verify PROGRAM --certificate DIR\n")


def test_the_outcome_is_written_as_json(certificate, call, tmp_path):
    status, out, _ = call(main, "check", certificate, "--json", tmp_path / "outcome.json")
    assert status == 0
    assert out
    written = json.loads((tmp_path / "outcome.json").read_text())
    assert written["outcome"] == "CHECKED"
    assert written["reason"] is None
    assert [step["name"] for step in written["steps"]][-1] == "rounding"
    _, out, _ = call(main, "check", certificate, "--json", "-")
    assert json.loads(out)["outcome"] == "CHECKED"


@pytest.mark.parametrize(
    "words",
    [[], ["nowhere"], ["one", "two"], [".", "--by", "magic"], [".", "--timeout", "soon"]],
    ids=["nothing", "nowhere", "two", "magic", "soon"],
)
def test_a_wrong_call_ends_with_status_2(words, call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, err = call(main, "check", *words)
    assert (status, out) == (2, "")
    assert "alta-verify check: error: " in err


def test_help_says_what_the_statuses_mean(call):
    status, out, _ = call(main, "check", "--help")
    assert status == 0
    assert out.startswith("usage: alta-verify check")
    assert "0 CHECKED, 1 REFUSED, 2 wrong call" in " ".join(out.split())


def test_a_json_file_in_no_folder_is_refused_before_anything_is_checked(
    certificate, call, tmp_path
):
    status, out, err = call(main, "check", certificate, "--json", tmp_path / "no" / "file")
    assert (status, out) == (2, "")
    assert "there is no such folder" in err


def test_a_json_file_that_cannot_be_written_ends_with_status_2(certificate, call):
    status, out, err = call(main, "check", certificate, "--json", "/dev/full")
    assert status == 2
    assert "CHECKED" in out
    assert "No space left" in err


def test_checking_loads_nothing_of_the_prover(certificate):
    code = (
        "import sys; from alta_verify.command.main import main; "
        f"status = main(['check', {str(certificate)!r}]); "
        "print(status, *sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    status, *modules = done.stdout.splitlines()[-1].split()
    assert status == "0"
    packages = {name.partition(".")[0] for name in modules}
    assert packages & {"alta", "numpy", "jax", "jaxlib", "z3", "cvc5", "pysat"} == set()
    own = {name for name in modules if name.startswith("alta_verify.")}
    assert {name for name in own if not name.startswith("alta_verify.check")} == {
        "alta_verify.command",
        "alta_verify.command.main",
    }


def test_only_a_proof_is_written(call, tmp_path, models):
    folder = tmp_path / "folder"
    weights = models / "sabotaged"
    options = ["--max-len", "5", "--weights", weights, "--certificate", folder]
    status, out, err = call(main, RELATIVE, *options)
    assert (status, err) == (1, "")
    assert out.startswith("REFUTED")
    assert not folder.exists()


def test_a_folder_with_other_files_is_refused_before_anything_is_proved(call, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    status, out, err = call(main, RELATIVE, "--max-len", "5", "--certificate", tmp_path)
    assert (status, out) == (2, "")
    assert "expected an empty folder, or one with a certificate" in err


def test_two_programs_have_no_certificate(call, tmp_path):
    status, _, err = call(main, RELATIVE, "--against", RELATIVE, "--certificate", tmp_path)
    assert status == 2
    assert "--certificate is for proofs about weights" in err
