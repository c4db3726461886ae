"""Whatever fails or gives up while two programs are compared: it never passes for a proof."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import alta
from alta_verify import Report, Result, Verdict, equivalent
from alta_verify.prove.equivalence import comparison
from alta_verify.solver.sat import SatSolver
from tests.alta_verify.obligations import shown_in_pairs_instead
from tests.alta_verify.pairs import doubling_parity
from tests.alta_verify.secret_words import at_the_end, secret_word, word_of

WORD = word_of("10110010110")


@pytest.fixture(scope="module", autouse=True)
def nothing_is_enumerated() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison, "_ENUMERABLE", -1)
        yield


def parities() -> Report:
    """Two ways to the same parities, which only the SAT solver finds out."""
    one_by_one = alta.programs.parity_sequential_absolute(max_length=4)
    return equivalent(one_by_one, doubling_parity(2), max_len=4)


def one_input() -> Report:
    """Two programs that differ on one input, which only the SAT solver finds."""
    return equivalent(secret_word(WORD), secret_word(WORD, [at_the_end(WORD)]))


def failing() -> Report:
    """A program that conflicts on one input, which only the SAT solver finds."""
    tail = [at_the_end(WORD), at_the_end(WORD, bit=WORD[-1])]
    return equivalent(secret_word(WORD), secret_word(WORD, tail))


@pytest.fixture(autouse=True)
def unsampled(monkeypatch):
    shown_in_pairs_instead(monkeypatch, "sampling", lambda *_: "nothing was run")


def raising(error: BaseException) -> Callable[..., object]:
    def fail(*arguments, **options):
        raise error

    return fail


FAULTS = {
    "raises": raising(RuntimeError("out of order")),
    "runs out of memory": raising(MemoryError()),
    "times out": raising(TimeoutError()),
    "gives up": lambda *arguments, **options: None,
}

ENTRIES = {
    "the SAT solver": "alta_verify.solver.sat.SatSolver.solve",
    "the inputs": "alta_verify.prove.equivalence.comparison.Inputs",
    "the symbolic run": "alta_verify.prove.equivalence.comparison.SymbolicRun",
    "value sets": "alta_verify.prove.equivalence.comparison.value_sets",
    "violations": "alta_verify.prove.equivalence.faults.possible_violations",
    "the abstraction": "alta_verify.abstraction.Abstraction.of",
    "joint runs": "alta_verify.prove.equivalence.comparison.JointRuns",
    "the outputs": "alta_verify.reach.symbolic.run.SymbolicRun.outputs",
}


def test_without_a_fault_everything_is_as_it_should_be():
    assert parities().proved
    assert one_input().counterexample.tokens == WORD
    assert failing().counterexample.kind == "conflict"


@pytest.mark.parametrize("fault", list(FAULTS))
@pytest.mark.parametrize("entry", list(ENTRIES))
def test_a_fault_anywhere_leaves_something_open(entry, fault, monkeypatch):
    monkeypatch.setattr(ENTRIES[entry], FAULTS[fault])
    report = parities()
    assert report.verdict is Verdict.UNKNOWN
    assert any(one.result is Result.OPEN for one in report.obligations)
    assert report.reasons


@pytest.mark.parametrize("fault", list(FAULTS))
def test_a_fault_in_sampling_leaves_it_open(fault, monkeypatch):
    shown_in_pairs_instead(monkeypatch, "sampling", FAULTS[fault])
    report = parities()
    assert report.verdict is Verdict.UNKNOWN
    assert [one.name for one in report.obligations if one.result is Result.OPEN] == ["sampling"]


class Faulty:
    """Solves as always, but fails from one question on, or at this question alone."""

    def __init__(self, at: int, fault: Callable[..., object], *, lasting: bool) -> None:
        self.asked = 0
        self._at, self._fault, self._lasting = at, fault, lasting
        self._solve = SatSolver.solve

    def install(self, monkeypatch) -> None:
        def solve(solver, *arguments, **options):
            self.asked += 1
            if self.asked == self._at or (self._lasting and self.asked > self._at):
                return self._fault()
            return self._solve(solver, *arguments, **options)

        monkeypatch.setattr(SatSolver, "solve", solve)


def questions(subject: Callable[[], Report]) -> int:
    """How often the solver is asked where nothing fails."""
    with pytest.MonkeyPatch.context() as patch:
        counting = Faulty(0, lambda: None, lasting=False)
        counting.install(patch)
        subject()
    return counting.asked


@pytest.mark.parametrize("lasting", [True, False], ids=["from then on", "once"])
@pytest.mark.parametrize("fault", ["raises", "gives up"])
@pytest.mark.parametrize("subject", [one_input, failing])
def test_a_fault_at_any_question_does_not_prove_what_is_wrong(subject, fault, lasting):
    number = questions(subject)
    assert number > 3
    verdicts = set()
    for at in range(1, number + 1, max(1, number // 6)):
        with pytest.MonkeyPatch.context() as patch:
            Faulty(at, FAULTS[fault], lasting=lasting).install(patch)
            verdicts.add(subject().verdict)
    assert verdicts <= {Verdict.UNKNOWN, Verdict.REFUTED}


@pytest.mark.parametrize("fault", ["raises", "gives up"])
def test_a_fault_from_any_question_on_never_refutes_what_is_right(fault):
    number = questions(parities)
    assert number > 10
    verdicts = []
    for at in range(1, number + 1, max(1, number // 6)):
        with pytest.MonkeyPatch.context() as patch:
            Faulty(at, FAULTS[fault], lasting=True).install(patch)
            verdicts.append(parities().verdict)
    # Late ones are questions about more merging, which may go without an answer.
    assert verdicts[0] is Verdict.UNKNOWN
    assert Verdict.REFUTED not in verdicts


def test_a_batch_that_is_alone_with_its_finding_refutes_nothing(monkeypatch):
    monkeypatch.setattr(comparison, "_ENUMERABLE", 1 << 30)
    monkeypatch.setattr(
        "alta_verify.prove.equivalence.comparison.Comparison.suspects",
        lambda self, words: list(words),
    )
    report = parities()
    assert report.verdict is Verdict.UNKNOWN
    assert "a batch disagreed, but no run on its own did" in " ".join(report.reasons)


def test_inputs_that_are_left_out_are_missed(monkeypatch):
    monkeypatch.setattr(comparison, "_ENUMERABLE", 1 << 30)
    monkeypatch.setattr("alta_verify.prove.equivalence.comparison.chunks", lambda words: [])
    report = parities()
    assert report.verdict is Verdict.UNKNOWN
    assert "0 inputs were run, not 2" in " ".join(report.reasons)
