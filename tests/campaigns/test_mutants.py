"""No mutant is proved that should not be; and a verifier that proves too much is noticed."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pytest

import alta
from alta.errors import ModelError
from alta_verify import Verdict, verify
from tests.alta_verify.obligations import show_instead
from tests.campaigns.execution import Execution
from tests.campaigns.kinds import KEPT, KINDS
from tests.campaigns.mutants import all_subjects, campaign
from tests.campaigns.subject import Subject, random_subjects, secret_subjects
from tests.campaigns.verdict import Outcome, Pair, Tally, judge

SEED = 0

MANY = 5000


def check(tally: Tally, title: str, record_property) -> None:
    record_property(title, f"\n{tally.table()}")
    assert [
        f"{one.outcome}: {one.pair.kind}: {one.pair.name}: {one.why}" for one in tally.wrong
    ] == []


def few() -> list[Subject]:
    """A shipped program, one with a secret, and a random one."""
    shipped = Subject.of("relative", alta.programs.parity_sequential_relative(), 4)
    return [shipped, *islice(secret_subjects(SEED), 1), *islice(random_subjects(SEED), 1)]


def test_some_mutants_are_killed_or_make_no_difference(record_property):
    tally = campaign(SEED, 7, [(subject, 1.0) for subject in few()])
    check(tally, "some mutants", record_property)
    assert tally.count(Outcome.SAMPLED)
    assert tally.count(Outcome.KILLED)
    assert tally.count(Outcome.PROVED)


@pytest.mark.campaign
def test_many_mutants_are_killed_or_make_no_difference(record_property):
    tally = campaign(SEED, MANY, all_subjects(SEED))
    check(tally, "many mutants", record_property)
    assert len(tally.judged) == MANY
    assert {one.pair.kind for one in tally.judged} == set(KINDS)
    assert tally.on_one_input > 100
    for kind in KEPT:
        kept = [one for one in tally.judged if one.pair.kind == kind]
        assert all(one.outcome is Outcome.PROVED for one in kept)


def outcomes(count: int = 12) -> set[Outcome]:
    """What comes of some mutants of one program."""
    subject = Subject.of("relative", alta.programs.parity_sequential_relative(), 3)
    return {one.outcome for one in campaign(SEED, count, [(subject, 1.0)]).judged}


@pytest.mark.parametrize(
    ("always", "noticed"),
    [
        (Verdict.PROVED, Outcome.SURVIVED),
        (Verdict.REFUTED, Outcome.SLANDERED),
        (Verdict.UNKNOWN, Outcome.BROKEN),
        (Verdict.VACUOUS, Outcome.SURVIVED),
    ],
    ids=["PROVED", "REFUTED", "UNKNOWN", "VACUOUS"],
)
def test_a_verifier_that_always_says_the_same_is_noticed(always, noticed, monkeypatch):
    def fixed(*arguments, **options):
        return replace(verify(*arguments, **options), verdict=always)

    monkeypatch.setattr("tests.campaigns.verdict.verify", fixed)
    assert noticed in outcomes()


def test_a_verifier_that_turns_everything_away_is_noticed(monkeypatch):
    def refused(*arguments, **options):
        raise ModelError("as it were")

    monkeypatch.setattr("tests.campaigns.verdict.verify", refused)
    assert outcomes() == {Outcome.REFUSED}


def wider() -> Pair:
    """The weights of parity, whose program has a wider variable than they are for."""
    subject = Subject.of("relative", alta.programs.parity_sequential_relative(), 3)
    variables = {**subject.program.variables, "done": alta.var(3)}
    program = alta.replace(subject.program, variables=variables)
    return Pair("wider", "done", program, subject.model, 3)


def test_weights_of_other_widths_are_turned_away():
    pair = wider()
    assert judge(pair, Execution(pair.program, 3)).outcome is Outcome.TURNED_AWAY


def test_a_verifier_that_takes_weights_of_other_widths_is_noticed(monkeypatch):
    pair = wider()
    right = Subject.of("relative", alta.programs.parity_sequential_relative(), 3)

    def careless(*_, **options):
        return verify(right.program, right.model, **options)

    monkeypatch.setattr("tests.campaigns.verdict.verify", careless)
    assert judge(pair, Execution(pair.program, 3)).outcome is Outcome.SURVIVED


def test_a_verifier_that_shows_nothing_of_the_mlp_is_noticed(monkeypatch):
    show_instead(monkeypatch, "ffn", lambda *_: "as it were")
    assert Outcome.SURVIVED in outcomes(14)
