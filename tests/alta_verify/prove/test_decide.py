"""One procedure decides every theorem, here one that is about nothing but itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from alta.errors import AltaError
from alta.limit import OutOfTime
from alta_verify.cache.memory import Memory
from alta_verify.deadline import Deadline, SolverCalls
from alta_verify.obligation import NotShown, Obligation, Refuted
from alta_verify.prove.decide import Request, decide
from alta_verify.prove.theorem import SAMPLING, Kind, attempt
from alta_verify.report.report import Report, Verdict


def shown(*_: Any) -> str:
    return "seen"


def open_(*_: Any) -> str:
    raise NotShown("too coarse")


def resting(*_: Any) -> str:
    raise NotShown("too coarse", owner=Obligation("second"))


def late(*_: Any) -> str:
    raise OutOfTime


class Counterexample(SimpleNamespace):
    """An input on which the theorem is false."""

    tokens = (1, 0, 1)


def refuted(*_: Any) -> str:
    raise Refuted(Counterexample())


class Theorem:
    """A theorem with two obligations, shown as it is told."""

    vacuous = "it is about no input"
    assumptions = ("the machine works",)
    boxes = None
    reproducible = False

    def __init__(self, first=shown, second=shown, *, vacuous=False) -> None:
        self.kinds: Mapping[str, Kind[None]] = {
            SAMPLING: Kind("on samples", first, "", "look at the sample"),
            "second": Kind("on all", second, "", "try harder"),
        }
        self.claims = {Obligation(name): kind.claim for name, kind in self.kinds.items()}
        self.subject: Any = SimpleNamespace(
            vacuous=vacuous,
            number=1,
            deadline=Deadline.after(None),
            calls=SolverCalls(),
            statement=lambda asked: f"all is well up to {asked}",
        )
        self.renewed = 0

    def show(self, obligation: Obligation) -> str:
        return attempt(self.kinds, None, obligation)

    def work(self, obligation: Obligation) -> int:
        return 0

    def renew(self) -> None:
        self.renewed += 1

    def replay(self, tokens: tuple[int, ...]) -> None:
        return None

    def shrink(self, counterexample: Any) -> Any:
        return SimpleNamespace(tokens=counterexample.tokens[:1])

    def facts(self) -> dict[str, Any]:
        return {"max_len": 3}

    def warnings(self) -> tuple[str, ...]:
        return ("odd",)

    def certify(self, report: Report, folder: object) -> None:
        raise AssertionError


def decided(theorem: Theorem | None = None, **options: Any) -> Report:
    state: Any = lambda: theorem or Theorem()  # noqa: E731
    return decide(Request(3, None, Deadline.after(None)), "a theorem", "all is well", state)


def test_what_is_shown_in_full_is_proved():
    report = decided()
    assert report.verdict is Verdict.PROVED
    assert report.assumptions == ("the machine works",)
    assert [finding.name for finding in report.obligations] == ["sampling", "second"]
    assert report.claim == "all is well up to 3"
    assert report.warnings == ("odd",)


@pytest.mark.parametrize("first", [open_, late])
def test_one_open_obligation_is_enough_for_unknown(first):
    report = decided(Theorem(first))
    assert report.verdict is Verdict.UNKNOWN
    assert report.assumptions == ()
    assert report.reasons


def test_what_to_try_is_said_once_a_kind_and_not_of_what_rests_on_another():
    assert decided(Theorem(open_)).advice == ("sampling: look at the sample",)
    assert decided(Theorem(resting, open_)).advice == ("second: try harder",)
    assert "timeout" in decided(Theorem(late)).advice[0]
    assert decided().advice == ()


def test_a_counterexample_is_shortened_and_shown():
    report = decided(Theorem(refuted))
    assert report.verdict is Verdict.REFUTED
    assert report.counterexample.tokens == (1,)


def test_what_goes_wrong_in_shortening_costs_nothing_else(monkeypatch):
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Theorem, "shrink", fail)
    assert decided(Theorem(refuted)).counterexample.tokens == (1, 0, 1)


def test_a_theorem_about_no_input_is_vacuous():
    report = decided(Theorem(vacuous=True))
    assert report.verdict is Verdict.VACUOUS
    assert report.reasons == ("it is about no input",)
    assert report.obligations == ()


def test_what_is_late_comes_again_once_it_is_renewed():
    theorem = Theorem(late)
    decided(theorem)
    assert theorem.renewed == 1


def test_a_theorem_that_cannot_be_stated_in_time_is_unknown():
    request = Request(3, None, Deadline.after(None))
    report = decide(request, "a theorem", "all is well", late)
    assert report.verdict is Verdict.UNKNOWN
    assert report.claim == "all is well"
    assert report.reasons == ("out of time before any obligation was reached",)
    with pytest.raises(AltaError, match="only a proof has one"):
        report.save("nowhere")


@pytest.mark.parametrize("bounds", [(0, None), (3, -1), (True, None)])
def test_malformed_bounds_are_refused(bounds):
    with pytest.raises(AltaError, match="max_l"):
        Request(*bounds, Deadline.after(None))


@pytest.mark.parametrize("reproducible", [False, True])
def test_nothing_is_kept_of_a_theorem_that_another_run_would_show_otherwise(
    reproducible, tmp_path, monkeypatch
):
    folders: list[object] = []

    def of(claim: object, claims: object, folder: object) -> Memory:
        folders.append(folder)
        return Memory.none()

    theorem = Theorem()
    monkeypatch.setattr(theorem, "reproducible", reproducible, raising=False)
    monkeypatch.setattr(Memory, "of", of)
    state: Any = lambda: theorem  # noqa: E731
    decide(Request(3, None, Deadline.after(None), cache=tmp_path), "a theorem", "", state)
    assert folders == [tmp_path if reproducible else None]
