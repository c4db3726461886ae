"""What is right is proved, and what is broken is refuted, in the way that is expected."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from alta_verify import Report, Result, Verdict, verify
from tests.cases import CASES, BrokenModel, BrokenProgram, Case, compiled
from tests.properties.running import nothing_sampled

Broken = BrokenProgram | BrokenModel


def verdict(case: Case, broken: Broken) -> Report:
    """Verifies something broken."""
    good = compiled(case.name)
    if isinstance(broken, BrokenModel):
        return verify(good.program, broken.change(good), max_len=case.max_len)
    program = broken.change(good.program)
    # What fails does so against any weights; what does not differs from those of the good program.
    subject = good if broken.kind == "mismatch" else None
    return verify(program, subject, max_len=case.max_len)


def expected_kind(broken: Broken) -> str:
    return "mismatch" if isinstance(broken, BrokenModel) else broken.kind


def part(broken: Broken) -> str:
    return "weights" if isinstance(broken, BrokenModel) else broken.part


# They take several seconds and more.
LONG = {
    "twelve are taken for thirteen",
    "nineteen are too many",
    "one comparison too many in words of nine",
    "the previous token is two to the left",
    "a is copied in the first step",
    "nothing is seen sixteen to the left",
    "the longest words have no mirror image",
    "the twentieth position looks like the first",
    "one mirror image is off by one",
    "j is not copied",
    "the last head reaches fifteen far",
}


# Each case breaks a part of it in every run, its neighbours others; .ci/run breaks all.
TURNS = ("rules", "heads", "inputs", "weights")


def broken_ones() -> Iterator[object]:
    """Yields every broken version; of parts that have their turn the first short one is common."""
    for number, case in enumerate(CASES.values()):
        tried: set[str] = set()
        versions: tuple[Broken, ...] = (*case.programs, *case.models)
        for broken in versions:
            turn = part(broken) == TURNS[number % len(TURNS)]
            often = turn and broken.name not in LONG and part(broken) not in tried
            marks = [] if often else [pytest.mark.campaign]
            tried |= {part(broken)} if often else set()
            yield pytest.param(case, broken, id=f"{case.name}-{broken.name}", marks=marks)


every_broken_one = pytest.mark.parametrize(("case", "broken"), list(broken_ones()))


# Of the long ones, which .ci/run proves, what is broken is refuted in every run.
LONG_PROOFS = ("automaton", "induction", "palindrome", "reversal", "smoothing")


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=name, marks=[pytest.mark.campaign] * (name in LONG_PROOFS))
        for name, case in CASES.items()
    ],
)
def test_a_case_is_proved(case: Case):
    report = verify(compiled(case.name).program, compiled(case.name), max_len=case.max_len)
    assert report.verdict is Verdict.PROVED, report


def check_refuted(report: Report, case: Case, broken: Broken) -> None:
    assert report.verdict is Verdict.REFUTED, report
    found = report.counterexample
    assert found is not None
    assert found.kind == expected_kind(broken)
    assert found.program.inputs.contains(found.tokens)
    assert 1 <= len(found.tokens) <= case.max_len
    assert found.replay().confirmed


@every_broken_one
def test_what_is_broken_is_refuted(case: Case, broken: Broken):
    check_refuted(verdict(case, broken), case, broken)


# They differ on few inputs, none of them short.
RARE = [
    pytest.param("increment", "most is taken for all", id="most is taken for all"),
    pytest.param("most_frequent", "small differences do not count", id="small differences"),
    pytest.param(
        "most_frequent", "letters are seen from nearby", id="nearby", marks=pytest.mark.campaign
    ),
]


@pytest.mark.parametrize(("name", "wrong"), RARE)
def test_what_is_rarely_wrong_is_refuted_by_samples(name: str, wrong: str):
    case = CASES[name]
    (broken,) = (one for one in case.programs if one.name == wrong)
    report = verdict(case, broken)
    check_refuted(report, case, broken)
    assert [one.name for one in report.obligations if one.result is Result.FAILED] == ["sampling"]


@pytest.mark.campaign
@every_broken_one
def test_what_is_broken_is_not_proved_when_nothing_is_sampled(case: Case, broken: Broken):
    with nothing_sampled():
        report = verdict(case, broken)
    assert report.verdict in {Verdict.REFUTED, Verdict.UNKNOWN}, report
    if report.verdict is Verdict.REFUTED:
        check_refuted(report, case, broken)
