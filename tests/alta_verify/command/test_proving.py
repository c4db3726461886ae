"""The command alta-verify: its exit status is the verdict."""

import json

import pytest

import alta
from alta_verify.command.main import main
from alta_verify.command.proving import STATUS
from alta_verify.report.report import Verdict

RELATIVE, ABSOLUTE = "parity_sequential_relative", "parity_sequential_absolute"


def test_every_verdict_has_an_exit_status_of_its_own():
    assert STATUS == {
        Verdict.PROVED: 0,
        Verdict.REFUTED: 1,
        Verdict.UNKNOWN: 3,
        Verdict.VACUOUS: 4,
    }
    assert set(STATUS) == set(Verdict)


def test_a_right_program_is_proved(call):
    status, out, err = call(main, RELATIVE, "--max-len", "6")
    assert (status, err) == (0, "")
    assert out.startswith("PROVED  parity_sequential_relative  (")
    assert "\x1b" not in out
    for part in ("of 1 to 6 tokens", "Obligations", "Taken on trust", "ffn[parity]"):
        assert part in out


def test_a_program_that_conflicts_is_refuted(programs_py, call):
    status, out, err = call(main, "programs.py:conflict", "--max-len", "3")
    assert (status, err) == (1, "")
    assert out.startswith("REFUTED  conflict  (")
    assert (
        "Counterexample, the shortest there is, replayed on the interpreter and on the model" in out
    )
    assert (
        "on input '1': layer 1, position 0: rules 'x=1 -> y := 1' and 'x=1 -> y := 2' both" in out
    )


def test_a_deadline_that_has_passed_leaves_the_verdict_unknown(call):
    status, out, err = call(main, RELATIVE, "--timeout", "0", "--max-len", "6")
    assert (status, err) == (3, "")
    assert out.startswith("UNKNOWN  parity_sequential_relative")
    assert "out of time" in out


def test_an_empty_language_is_vacuous(programs_py, call):
    status, out, err = call(main, "programs.py:nothing")
    assert (status, err) == (4, "")
    assert out.startswith("VACUOUS  nothing")
    assert "the input language has no sequence of 1 to 20 tokens" in out


def test_saved_weights_are_proved(models, call):
    assert call(main, RELATIVE, "--weights", models / "right", "--max-len", "6")[0] == 0


def test_sabotaged_weights_are_refuted(models, call):
    status, out, err = call(
        main, RELATIVE, "--weights", models / "sabotaged", "--max-len", "6", "--json", "-"
    )
    assert (status, err) == (1, "")
    report = json.loads(out)
    assert report["verdict"] == "REFUTED"
    found = report["counterexample"]
    assert (found["kind"], found["variable"]) == ("mismatch", "parity")
    program = alta.programs.parity_sequential_relative()
    model = alta.load(models / "sabotaged")
    place = {"layer": found["layer"], "position": found["position"]}
    runs = (alta.run(program, found["tokens"]), model.run(found["tokens"], place["layer"]))
    values = [run.states[place["layer"] - 1].after_mlp[place["position"]]["parity"] for run in runs]
    assert list(map(str, values)) == [str(found["expected"]), str(found["actual"])]


def test_the_sizes_of_program_and_weights_must_agree(models, call):
    name = [ABSOLUTE, "--weights", models / "other", "--max-len", "4"]
    assert call(main, *name, "--with", "max_length=4")[0] == 0
    assert call(main, *name, "--with", "max_length=5")[0] == 2


def test_json_goes_to_a_file_beside_the_report(folder, call):
    status, out, err = call(main, RELATIVE, "--max-len", "4", "--json", "report.json")
    assert (status, err) == (0, "")
    assert out.startswith("PROVED")
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert report["verdict"] == "PROVED"
    assert report["program"] == RELATIVE
    assert report["counterexample"] is None
    assert {one["result"] for one in report["obligations"]} == {"proved"}
    assert report["facts"]["max_len"] == 4


def test_a_page_is_written_beside_the_report_with_the_hash_of_its_certificate(folder, call):
    options = ("--max-len", "3", "--html", "proof.html", "--certificate", "proof")
    status, out, _ = call(main, RELATIVE, *options)
    assert (status, out.partition(" ")[0]) == (0, "PROVED")
    manifest = json.loads((folder / "proof" / "certificate.json").read_text(encoding="utf-8"))
    page = (folder / "proof.html").read_text(encoding="utf-8")
    assert manifest["sha256"] in page
    assert "<title>PROVED: parity_sequential_relative</title>" in page


def test_a_page_that_cannot_be_written_is_refused_before_the_proof(call):
    status, out, err = call(main, RELATIVE, "--html", "no/such/folder.html")
    assert (status, out) == (2, "")
    assert "there is no folder no/such" in err


def test_json_alone_goes_to_standard_output(call):
    status, out, err = call(main, RELATIVE, "--max-len", "4", "--json", "-")
    assert (status, err) == (0, "")
    assert json.loads(out)["verdict"] == "PROVED"


def cached(out: str) -> int:
    return int(json.loads(out)["facts"]["cached"])


def test_a_second_run_finds_the_proof_of_the_first_in_the_user_s_cache(call, user_cache):
    command = [RELATIVE, "--max-len", "4", "--json", "-"]
    assert cached(call(main, *command)[1]) == 0
    assert len(list(user_cache.iterdir())) == 1
    status, out, err = call(main, *command)
    assert (status, err) == (0, "")
    assert cached(out) == len(json.loads(out)["obligations"])
    assert cached(call(main, *command, "--max-len", "3")[1]) == 0


def test_without_a_cache_nothing_is_read_or_kept(call, user_cache):
    command = [RELATIVE, "--max-len", "4", "--json", "-"]
    call(main, *command)
    before = list(user_cache.iterdir())
    assert cached(call(main, *command, "--no-cache")[1]) == 0
    assert call(main, RELATIVE, "--max-len", "3", "--no-cache")[0] == 0
    assert list(user_cache.iterdir()) == before


def test_the_cache_can_be_another_folder(call, folder, user_cache):
    command = [RELATIVE, "--max-len", "4", "--json", "-", "--cache", "kept"]
    assert cached(call(main, *command)[1]) == 0
    assert cached(call(main, *command)[1]) > 0
    assert len(list((folder / "kept").iterdir())) == 1
    assert not user_cache.exists()


def test_a_cache_that_was_asked_for_and_cannot_be_made_is_a_wrong_call(call, folder):
    (folder / "file").write_text("")
    status, out, err = call(main, RELATIVE, "--max-len", "4", "--cache", "file/kept")
    assert (status, out) == (2, "")
    assert err.startswith("alta-verify: error: cache: cannot make the folder")


def test_a_cache_that_nobody_asked_for_is_done_without(call, folder, monkeypatch):
    (folder / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "file"))
    status, out, err = call(main, RELATIVE, "--max-len", "4", "--json", "-")
    assert (status, err, cached(out)) == (0, "", 0)


@pytest.mark.parametrize("asked", [True, False], ids=["asked for", "by default"])
def test_a_cache_that_others_may_write_to_is_refused_aloud(asked, call, folder, user_cache):
    kept = folder / "kept" if asked else user_cache
    words = [RELATIVE, "--max-len", "4", *(["--cache", kept] if asked else [])]
    assert call(main, *words)[0] == 0
    kept.chmod(0o777)
    status, out, err = call(main, *words)
    assert (status, out) == (2, "")
    assert f"cache: {kept} is not believed: others may write to {kept}" in err
    assert f"chmod go-w {kept}" in err
    assert call(main, RELATIVE, "--max-len", "4", "--no-cache")[0] == 0


def test_sabotaged_weights_are_refuted_again(models, call):
    command = [RELATIVE, "--weights", models / "sabotaged", "--max-len", "4", "--json", "-"]
    first, second = call(main, *command), call(main, *command)
    assert (first[0], second[0]) == (1, 1)
    found = [json.loads(out)["counterexample"] for _, out, _ in (first, second)]
    assert found[0] == found[1]


# --- two programs ---------------------------------------------------------------------------------


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


def test_sizes_are_given_to_each_of_two_programs(call):
    sizes = ("--with", "max_length=3", "--against-with", "max_length=5")
    status, out, _ = call(main, ABSOLUTE, "--against", ABSOLUTE, *sizes)
    assert status == 0
    assert "of 1 to 3 tokens (asked for 20; the programs take no more)" in " ".join(out.split())


def test_the_bound_on_layers_counts_for_both_programs(call):
    arguments = (SUM, "--against", TWO_LAYERS, "--max-len", "5")
    assert call(main, *arguments, "--max-layers", "1")[0] == 1
    assert call(main, *arguments, "--max-layers", "2")[0] == 0


def test_a_deadline_that_has_passed_leaves_a_comparison_unknown(call):
    status, out, _ = call(main, RELATIVE, "--against", RELATIVE, "--timeout", "0")
    assert status == 3
    assert out.startswith("UNKNOWN")


def test_programs_with_nothing_in_common_are_vacuous(programs_py, call):
    status, out, _ = call(main, "programs.py:nothing", "--against", "programs.py:nothing")
    assert status == 4
    assert "the programs have no input of 1 to 20 tokens in common" in out


def test_what_was_proved_of_two_programs_is_kept_unless_it_is_not_to_be(call, tmp_path):
    arguments = (SUM, "--against", TWO_LAYERS, "--max-len", "4")
    kept = (*arguments, "--cache", str(tmp_path / "cache"))
    assert "cached" not in call(main, *kept)[1]
    assert "obligations cached" in call(main, *kept)[1]
    assert "cached" not in call(main, *arguments, "--no-cache")[1]


def test_the_report_on_two_programs_is_written_as_json(call):
    status, out, _ = call(main, RELATIVE, "--against", SUM, "--json", "-")
    assert status == 1
    found = json.loads(out)["counterexample"]
    assert (found["kind"], found["culprit"], found["positions"]) == ("mismatch", None, [0])
    assert [found[side]["outputs"] for side in ("first", "second")] == [[0, 1], [1, 1]]
