"""The certificates of the shipped programs: they are there, are about what is shipped, and hold."""

from __future__ import annotations

import shutil

import pytest

import alta
from alta_verify.check.files import MANIFEST, MODEL, PROGRAM, WEIGHTS
from alta_verify.check.run import WAYS, check
from proofs.regenerate import CERTIFICATES, THEOREMS, contents, regenerate

NAMES = tuple(THEOREMS)

SMALL = (
    "parity_sequential_relative",
    "parity_sequential_relative_any_length",
    "parity_sequential_absolute",
    "parity_sum_mod_2",
    "parity_sum_mod_2_intermediate",
)


def test_every_shipped_program_has_a_certificate_and_nothing_else_has():
    assert {program for program, _ in THEOREMS.values()} == set(alta.programs.names())
    assert sorted(path.parent.name for path in CERTIFICATES.glob(f"*/{MANIFEST}")) == sorted(NAMES)


def test_all_of_them_together_are_small_enough_for_a_repository():
    files = [path for name in NAMES for path in (CERTIFICATES / name).rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 5_000_000


@pytest.mark.parametrize("name", NAMES)
def test_a_certificate_is_about_the_program_that_is_shipped(name, tmp_path):
    shipped, longest = THEOREMS[name]
    program = alta.programs.get(shipped)
    assert (CERTIFICATES / name / PROGRAM).read_text() == alta.program_text(program)
    alta.compile(program, max_len=longest).save(tmp_path / "model")
    for file in (MODEL, WEIGHTS):
        assert (CERTIFICATES / name / file).read_bytes() == (tmp_path / file).read_bytes(), (
            f"{file}: the compiler gives other weights; run 'make proofs'"
        )


@pytest.mark.parametrize("name", SMALL)
def test_a_small_certificate_is_checked(name):
    outcome = check(CERTIFICATES / name)
    assert outcome.checked, outcome.reason


@pytest.mark.campaign
@pytest.mark.parametrize("name", NAMES)
def test_every_certificate_is_checked_in_every_way(name):
    outcome = check(CERTIFICATES / name, by=WAYS, timeout=600.0)
    assert outcome.checked, outcome.reason


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in SMALL[:1] else pytest.mark.campaign, id=name)
        for name in NAMES
    ],
)
def test_a_proof_today_has_the_same_certificate(name, tmp_path):
    shutil.copytree(CERTIFICATES / name, tmp_path / name)
    before = (tmp_path / name / MANIFEST).read_bytes()
    assert not regenerate(name, tmp_path / name), "run 'make proofs'"
    assert (tmp_path / name / MANIFEST).read_bytes() == before


def test_a_certificate_of_something_else_is_replaced(tmp_path):
    name, other = SMALL[0], SMALL[2]
    shutil.copytree(CERTIFICATES / other, tmp_path / name)
    assert regenerate(name, tmp_path / name)
    assert contents(tmp_path / name) == contents(CERTIFICATES / name)
    assert check(tmp_path / name).checked
