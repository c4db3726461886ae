"""Writing: who gets a certificate, what is in it, and what is never overwritten."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace

import pytest

import alta
from alta_verify import Verdict, equivalent, verify
from alta_verify.certificate.writing import entry
from alta_verify.check.files import EVIDENCE, FILES, MANIFEST, PROGRAM
from alta_verify.check.refused import Refused
from alta_verify.check.run import check
from alta_verify.report.report import CertificateError
from tests.alta_verify.certificate.forging import queries

PARITY = alta.programs.parity_sequential_relative()


@pytest.fixture(scope="module")
def report():
    return verify(PARITY, max_len=6)


def manifest(folder):
    return json.loads((folder / MANIFEST).read_text())


def test_a_proof_leaves_a_certificate(report, tmp_path):
    report.save(tmp_path / "new" / "folder")
    assert check(tmp_path / "new" / "folder").checked
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["folder"]


def test_the_same_proof_leaves_the_same_files(report, certificate, tmp_path):
    report.save(str(tmp_path))
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (certificate / name).read_bytes(), name
    mine, other = manifest(tmp_path), manifest(certificate)
    for said in (mine, other):
        del said["prover"], said["sha256"]
    assert mine == other


def test_a_certificate_can_be_written_again(report, tmp_path):
    report.save(tmp_path)
    report.save(tmp_path)
    assert check(tmp_path).checked


def test_a_report_from_another_process_can_be_saved(report, tmp_path):
    again = pickle.loads(pickle.dumps(report))
    assert again == report
    again.save(tmp_path)
    assert check(tmp_path).checked


@pytest.mark.parametrize("name", ["notes.txt", "certificate.json/notes.txt", "model"])
def test_nothing_else_is_overwritten(name, report, tmp_path):
    folder = tmp_path / "folder"
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_text("mine")
    with pytest.raises(CertificateError, match="expected an empty folder, or one with a cert"):
        report.save(folder)
    assert (folder / name).read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_certificate_with_something_beside_it_is_not_overwritten(report, tmp_path):
    report.save(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(CertificateError, match=r"found notes\.txt"):
        report.save(tmp_path)


def test_a_file_is_no_folder(report, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CertificateError, match="expected a folder"):
        report.save(tmp_path / "file")


def damaged():
    model = alta.compile(PARITY)
    mlp = model.weights.mlp
    other = replace(mlp, lookup_in_bias=mlp.lookup_in_bias + 1)
    return model.with_weights(replace(model.weights, mlp=other))


WITHOUT = {
    Verdict.REFUTED: lambda: verify(PARITY, damaged(), max_len=4),
    Verdict.UNKNOWN: lambda: verify(PARITY, max_len=4, timeout=0),
    Verdict.VACUOUS: lambda: verify(empty(), max_len=4),
}


def empty():
    return alta.program_spec_from_rules(
        name="empty",
        variables={"x": alta.input_var(2)},
        heads={},
        rules=[],
        output_name="x",
        input_range=2,
        layers=1,
        inputs=alta.inputs.sequences([]),
    )


@pytest.mark.parametrize("verdict", list(WITHOUT))
def test_only_a_proof_has_a_certificate(verdict, tmp_path):
    report = WITHOUT[verdict]()
    assert report.verdict is verdict
    with pytest.raises(CertificateError, match=f"the verdict on '.*' is {verdict}, and only a pro"):
        report.save(tmp_path / "folder")
    assert list(tmp_path.iterdir()) == []


def test_a_comparison_of_two_programs_has_none(tmp_path):
    report = equivalent(PARITY, PARITY, max_len=3)
    assert report.proved
    with pytest.raises(CertificateError, match="two programs were compared"):
        report.save(tmp_path / "folder")


@pytest.mark.parametrize(
    "where",
    [
        "alta_verify.certificate.evidence.ValueSets",
        "alta_verify.certificate.evidence.Theorem",
        "alta_verify.check.run.Theorem",
    ],
    ids=["value-sets", "theorem", "check"],
)
def test_what_the_checker_refuses_is_not_written(where, report, tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise Refused("not by this method")

    monkeypatch.setattr(where, refuse)
    with pytest.raises(CertificateError, match="no certificate: the checker says: not by this"):
        report.save(tmp_path / "folder")
    assert list(tmp_path.iterdir()) == []


def test_the_manifest_says_what_proved_it_and_within_which_limits(certificate):
    said = manifest(certificate)["prover"]
    assert said["report"]["verdict"] == "PROVED"
    assert {"python", "jax", "numpy", "z3", "pysat"} <= said["versions"].keys()
    assert said["limits"].keys() == {"timeout_seconds", "memory_bytes", "cpu_seconds"}
    assert len(said["versions"]["alta_verify_sha256"]) == 64


def test_the_manifest_has_the_hash_of_every_file(certificate):
    files = manifest(certificate)["files"]
    found = {p.relative_to(certificate).as_posix() for p in certificate.rglob("*") if p.is_file()}
    assert files.keys() | {MANIFEST} == found
    for name, said in files.items():
        assert said == entry((certificate / name).read_bytes())


def test_the_manifest_counts_the_queries_and_says_what_they_cover(certificate):
    obligations = manifest(certificate)["obligations"]
    assert sum(one["queries"] for one in obligations) == len(queries(certificate))
    assert all(one["covers"] for one in obligations)


def test_the_program_is_the_one_that_was_proved(certificate):
    assert (certificate / PROGRAM).read_text() == alta.program_text(PARITY)


def test_evidence_has_runs_only_where_value_sets_are_not_enough(certificates):
    for name, folder in certificates.items():
        runs = json.loads((folder / EVIDENCE).read_text())["runs"]
        assert bool(runs) is (name == "sort")


def test_a_program_whose_functions_say_more_than_its_text_has_no_certificate(tmp_path):
    program = alta.program_spec_from_rules(
        name="long",
        variables={"x": alta.input_var(2)},
        heads={},
        rules=[],
        output_name="x",
        input_range=2,
        layers=lambda length: 1 + (length > 256),
    )
    report = verify(program, max_len=300)
    assert report.proved
    with pytest.raises(CertificateError, match="no certificate: the text of the program 'long'"):
        report.save(tmp_path / "folder")


def test_a_bound_on_layers_is_part_of_the_claim(tmp_path):
    verify(PARITY, max_len=4, max_layers=2).save(tmp_path)
    outcome = check(tmp_path)
    assert outcome.checked
    assert "for the first 2 layers" in outcome.claim
    assert manifest(tmp_path)["max_layers"] == 2
