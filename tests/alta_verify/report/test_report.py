"""Reports: what they say, in every form, and what they refuse to say."""

from __future__ import annotations

import io
import json
from dataclasses import FrozenInstanceError

import pytest

import alta
from alta.lang.program import Program
from alta.nn.model import Model
from alta_verify import Report, Result, Verdict, verify
from tests.alta_verify.mutants import with_arrays
from tests.alta_verify.obligations import left_to_z3

PROGRAM = alta.programs.parity_sequential_relative()


def broken() -> Model:
    model = alta.compile(PROGRAM)
    bias = model.weights.mlp.lookup_in_bias.copy()
    bias[0] += 1
    return with_arrays(model, {"mlp.lookup_in_bias": bias})


def trapping() -> Program:
    return alta.program_spec_from_rules(
        name="trapping",
        variables={"bit": alta.input_var(2)},
        heads={},
        rules=[alta.rule({"bit": 1}, "bit", 2)],
        output_name="bit",
        input_range=2,
        layers=1,
    )


REPORTS = {
    "proved": lambda: verify(PROGRAM, max_len=5),
    "refuted": lambda: verify(PROGRAM, broken(), max_len=5),
    "failing": lambda: verify(trapping(), max_len=3),
    "unknown": lambda: verify(PROGRAM, max_len=5, timeout=0),
    "vacuous": lambda: verify(
        alta.program_spec_from_rules(
            name="empty",
            variables={"bit": alta.input_var(2)},
            heads={},
            rules=[],
            output_name="bit",
            input_range=2,
            layers=1,
            inputs=alta.inputs.sequences([]),
        ),
        max_len=5,
    ),
}

VERDICTS = {
    "proved": Verdict.PROVED,
    "refuted": Verdict.REFUTED,
    "failing": Verdict.REFUTED,
    "unknown": Verdict.UNKNOWN,
    "vacuous": Verdict.VACUOUS,
}


@pytest.fixture(scope="module", params=list(REPORTS))
def named_report(request) -> tuple[str, Report]:
    return request.param, REPORTS[request.param]()


@pytest.fixture
def report(named_report) -> Report:
    return named_report[1]


def test_a_report_has_its_verdict(named_report):
    name, report = named_report
    assert report.verdict is VERDICTS[name]
    assert report.proved is (report.verdict is Verdict.PROVED)


def test_a_report_has_no_truth_value(report):
    with pytest.raises(TypeError, match=r"report\.proved"):
        bool(report)
    with pytest.raises(TypeError):
        assert report
    with pytest.raises(TypeError):
        not report  # noqa: B018 - it is the asking that fails


def test_a_report_cannot_be_changed(report):
    with pytest.raises(FrozenInstanceError):
        report.verdict = Verdict.PROVED


def test_json_says_what_the_report_says(report):
    values = json.loads(report.to_json())
    assert values["verdict"] == report.verdict.value
    assert values["program"] == report.program_name
    assert values["claim"] == report.claim
    assert values["reasons"] == list(report.reasons)
    assert values["assumptions"] == list(report.assumptions)
    assert [(one["name"], one["result"]) for one in values["obligations"]] == [
        (one.name, one.result.value) for one in report.obligations
    ]
    found = report.counterexample
    if found is None:
        assert values["counterexample"] is None
    else:
        assert tuple(values["counterexample"]["tokens"]) == found.tokens
        assert values["counterexample"]["kind"] == found.kind


def test_text_starts_with_the_verdict_and_gives_every_reason(report):
    text = str(report)
    assert text.startswith(f"{report.verdict.value}  {report.program_name}")
    flat = " ".join(text.split())
    for reason in report.reasons:
        for part in reason.split(": ", maxsplit=1):
            assert " ".join(part.split()) in flat


def test_text_calls_the_claim_a_theorem_only_when_it_is_proved(report):
    assert ("Theorem" in str(report)) is report.proved
    assert ("Taken on trust" in str(report)) is report.proved


def test_only_a_proof_has_assumptions_and_only_then_everything_is_shown(report):
    assert bool(report.assumptions) is report.proved
    shown = [one.result is Result.PROVED for one in report.obligations]
    assert (bool(shown) and all(shown)) is report.proved


def test_only_a_refutation_has_a_counterexample(report):
    assert (report.counterexample is not None) is (report.verdict is Verdict.REFUTED)


def test_a_reason_is_given_exactly_where_nothing_is_decided(report):
    undecided = report.verdict in {Verdict.UNKNOWN, Verdict.VACUOUS}
    assert bool(report.reasons) is undecided


def test_rich_renders_every_report(report):
    from rich.console import Console

    console = Console(width=100, record=True, file=io.StringIO())
    console.print(report)
    assert report.verdict.value in console.export_text()


def test_facts_count_the_solvers_questions(monkeypatch):
    report = REPORTS["proved"]()
    assert report.facts["smt_calls"] == 0
    left_to_z3(monkeypatch)
    assert verify(PROGRAM, max_len=3).facts["smt_calls"] > 0
    assert report.facts["max_len"] == 5
    assert report.seconds > 0


def test_progress_is_told_of_every_obligation():
    told = []
    report = verify(PROGRAM, max_len=3, progress=lambda *arguments: told.append(arguments))
    names = [one.name for one in report.obligations]
    assert sorted(name for name, _, _ in told) == sorted(names)
    assert [counts for _, *counts in told] == [[done, len(names)] for done in range(len(names))]
