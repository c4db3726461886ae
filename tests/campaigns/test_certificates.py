"""What is CHECKED is true, whoever edited it; and a checker that checks too little is noticed."""

from __future__ import annotations

from itertools import islice

import pytest

from alta_verify.check.run import Outcome, check
from tests.campaigns.certificates import Counts, attempts, campaign, honest, untrue
from tests.campaigns.draft import opened, write
from tests.campaigns.hints import ALL_EDITS

SEED = 0

MANY = 20000

MOST = 400
"""So many edits are looked at for one that a careless checker accepts."""


def judged(counts: Counts, title: str, record_property) -> None:
    record_property(title, f"\n{counts.table()}")
    assert counts.false == []


def test_some_edited_certificates_are_refused_or_true(record_property):
    counts = campaign(SEED, 60, each=20)
    judged(counts, "some edited certificates", record_property)
    whats = {what for _, what in counts.outcomes}
    assert whats == {"refused", "true"}


@pytest.mark.campaign
def test_many_edited_certificates_are_refused_or_true(record_property):
    counts = campaign(SEED, MANY)
    judged(counts, "many edited certificates", record_property)
    assert counts.total == MANY
    assert {kind for kind, _ in counts.outcomes} >= set(ALL_EDITS)
    true = sum(number for (_, what), number in counts.outcomes.items() if what == "true")
    assert true > MANY / 10
    for kind in ("same: units permuted", "same: unit doubled"):
        assert counts.outcomes[kind, "true"] > counts.outcomes[kind, "refused"]


def test_a_certificate_that_nobody_edited_is_checked_and_true(tmp_path):
    for folder in islice(honest(tmp_path, SEED), 5):
        write(opened(folder), tmp_path / "copy", folder)
        assert check(tmp_path / "copy").checked
        assert untrue(tmp_path / "copy") == ""


def test_weights_that_do_nothing_are_judged_wrong(tmp_path):
    for folder in islice(honest(tmp_path, SEED), 5):
        draft = opened(folder)
        for name in draft.arrays:
            if name.startswith("mlp.lookup_out") and draft.types[name] != "I32":
                draft.arrays[name] *= 0
        write(draft, tmp_path / "copy", folder)
        assert untrue(tmp_path / "copy")


def test_a_checker_that_accepts_everything_is_noticed(monkeypatch):
    def credulous(folder, **_):
        return Outcome(str(folder), None, "", (), {}, (), (), 0.0)

    monkeypatch.setattr("tests.campaigns.certificates.check", credulous)
    counts = campaign(SEED, 40, each=40)
    assert len(counts.false) > 10


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ("_check_architecture", "model runs as another"),
        ("Theorem._reset", "weight filled"),
        ("Theorem._ffn", "weight changed"),
    ],
)
def test_a_checker_that_leaves_something_out_is_noticed(step, kind, monkeypatch):
    monkeypatch.setattr("tests.campaigns.certificates.ALL_EDITS", {kind: ALL_EDITS[kind]})
    monkeypatch.setattr("tests.campaigns.certificates.MORE", ())
    monkeypatch.setattr(f"alta_verify.check.theorem.{step}", lambda *_: "as it were")
    if step == "Theorem._ffn":
        monkeypatch.setattr("alta_verify.check.questions.Question.decide", lambda _: None)
    found = islice(attempts(SEED, each=40), MOST)
    assert any("mismatch" in outcome for _, _, outcome in found)
