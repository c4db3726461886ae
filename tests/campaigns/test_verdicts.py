"""Verdicts of the proof alone are those of the judge; and a careless prover is noticed."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pytest

from alta_verify import Verdict, equivalent, verify
from tests.alta_verify.obligations import show_instead
from tests.campaigns.pairing import KINDS
from tests.campaigns.verdicts import EQUIVALENT, WRONG, Counts, campaign, verdicts

SEED = 0

MANY = 5000

MOST = 100
"""So many verdicts are looked at for one that a careless prover gives."""


def judged(counts: Counts, title: str, record_property) -> None:
    record_property(title, f"\n{counts.table()}")
    assert counts.wrong == []


def test_some_verdicts_of_the_proof_alone_are_true(record_property):
    counts = campaign(SEED, 8, each=6)
    judged(counts, "some verdicts of the proof alone", record_property)
    assert counts.count("PROVED, true")
    assert counts.count("REFUTED, true")


@pytest.mark.campaign
def test_many_verdicts_of_the_proof_alone_are_true(record_property):
    counts = campaign(SEED, MANY)
    judged(counts, "many verdicts of the proof alone", record_property)
    assert counts.total == MANY
    assert {kind for kind, _ in counts.outcomes} == {*KINDS, EQUIVALENT}
    assert min(counts.count("PROVED, true"), counts.count("REFUTED, true")) > MANY / 10


@pytest.mark.parametrize("always", [Verdict.PROVED, Verdict.REFUTED, Verdict.VACUOUS])
def test_a_verifier_that_always_says_the_same_is_noticed(always, monkeypatch):
    def fixed(*arguments, **options):
        return replace(verify(*arguments, **{**options, "timeout": 0}), verdict=always)

    monkeypatch.setattr("tests.campaigns.verdicts.verify", fixed)
    found = islice(verdicts(SEED), MOST)
    assert any(one.outcome in WRONG and one.outcome.startswith(always) for one in found)


def test_a_comparison_that_always_says_the_same_is_noticed(monkeypatch):
    def fixed(*arguments, **options):
        return replace(equivalent(*arguments, **options), verdict=Verdict.PROVED)

    monkeypatch.setattr("tests.campaigns.verdicts.KINDS", {})
    monkeypatch.setattr("tests.campaigns.verdicts.MORE", (EQUIVALENT,))
    monkeypatch.setattr("tests.campaigns.verdicts.equivalent", fixed)
    found = (one for one in islice(verdicts(SEED), MOST) if one.kind == EQUIVALENT)
    assert any(one.outcome == "PROVED, false" for one in found)


@pytest.mark.parametrize(
    ("obligation", "kind"), [("ffn", "damaged weights"), ("architecture", "of another program")]
)
def test_a_prover_that_leaves_something_out_is_noticed(obligation, kind, monkeypatch):
    monkeypatch.setattr("tests.campaigns.verdicts.KINDS", {kind: KINDS[kind]})
    monkeypatch.setattr("tests.campaigns.verdicts.MORE", (kind,))
    show_instead(monkeypatch, obligation, lambda *_: "as it were")
    assert any(one.outcome == "PROVED, false" for one in islice(verdicts(SEED), MOST))
