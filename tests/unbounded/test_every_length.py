"""What was meant is proved for every length, and each twin is refuted, however late it shows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from alta_verify import Report, Verdict, satisfies, verify
from tests.alta_verify.obligations import shown_for_every_length_instead
from tests.unbounded import CASES, Case, Twin

# Shown in every run; .ci/run shows all.
OFTEN = ("parity_sequential_relative",)

# Runs of these end, but no single ranking says so: what goes to the right comes back.
NO_END = ("first_letter_everywhere",)


def marked(name: str, *, often: bool) -> list[pytest.MarkDecorator]:
    return [] if often and name in OFTEN else [pytest.mark.campaign]


every_case = pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=name, marks=marked(name, often=True)) for name, case in CASES.items()],
)


def twins() -> Iterator[object]:
    """Yields every twin; those that show in every run are the first one, and one that is late."""
    for name, case in CASES.items():
        late = next((twin for twin in case.twins if twin.late), None)
        for twin in case.twins:
            often = twin in (case.twins[0], late)
            yield pytest.param(
                case, twin, id=f"{name}-{twin.name}", marks=marked(name, often=often)
            )


every_twin = pytest.mark.parametrize(("case", "twin"), list(twins()))


def proof(case: Case, twin: Twin | None = None) -> Report:
    program, meant = (case.build(), case.meant) if twin is None else case.broken(twin)
    return satisfies(program, meant, max_len=None)


@every_case
def test_what_was_meant_is_proved_for_every_length(case: Case):
    report = proof(case)
    assert report.verdict is Verdict.PROVED, report
    assert "of any length" in report.claim
    names = [finding.name for finding in report.obligations]
    ends = case.name not in NO_END and case.build().halt is not None
    assert ("end" in names) == ends, report
    assert report.facts["invariant"]["patterns"] or not ends


@every_twin
def test_a_twin_is_refuted_by_an_input_of_its_length_or_longer(case: Case, twin: Twin):
    report = proof(case, twin)
    assert report.verdict is Verdict.REFUTED, report
    found = report.counterexample
    assert found is not None
    assert found.kind == twin.kind
    assert found.program.inputs.contains(found.tokens)
    assert len(found.tokens) >= twin.shortest
    assert found.replay().confirmed


@pytest.mark.campaign
@every_twin
def test_a_twin_is_not_proved_when_nothing_is_run(case: Case, twin: Twin):
    with pytest.MonkeyPatch.context() as patch:
        shown_for_every_length_instead(patch, "sampling", lambda *_: "nothing was run")
        report = proof(case, twin)
    assert report.verdict in {Verdict.REFUTED, Verdict.UNKNOWN}, report


@pytest.mark.campaign
@every_case
def test_compiled_weights_are_proved_for_every_length(case: Case):
    report = verify(case.build(), max_len=None)
    assert report.verdict is Verdict.PROVED, report
