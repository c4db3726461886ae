"""Whatever fails, gives up or says nothing on the way: it never passes for a proof."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

import pytest
import z3

import alta
from alta.lang.program import Program
from alta.nn.model import Model
from alta_verify import Obligation, Report, Result, Verdict, verify
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.encode.probe import Probe
from alta_verify.obligation import NotShown
from alta_verify.prove import decide
from alta_verify.prove.computes import runs
from alta_verify.prove.computes import theorem as computes
from alta_verify.prove.computes.table import KINDS, claims
from alta_verify.prove.computes.theorem import Computes
from alta_verify.solver.sat import SatSolver
from alta_verify.solver.smt import SmtAnswer, SmtSolver
from tests.alta_verify.blocks import condition_of
from tests.alta_verify.mutants import with_mlp
from tests.alta_verify.obligations import left_to_z3, named, show_instead
from tests.alta_verify.secret_words import at_the_end, both_ways, secret_word, word_of

WORD = word_of("11100101101")


@pytest.fixture(scope="module", autouse=True)
def few_are_enumerated() -> Iterator[None]:
    """Lets symbolic runs answer what takes 2,048 inputs; else they would be run through."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "_ENUMERABLE", 1024)
        yield


@dataclass(frozen=True)
class Subject:
    """A model to verify."""

    program: Program
    model: Model
    max_len: int

    @classmethod
    def of(cls, program: Program, max_len: int) -> Subject:
        return cls(program, alta.compile(program), max_len)

    def verify(self, *, meant: bool = False) -> Report:
        spec = self.program.oracle if meant else None
        return verify(self.program, self.model, max_len=self.max_len, spec=spec)


@pytest.fixture(scope="module")
def absolute() -> Subject:
    """Takes scores, the probe and z3."""
    return Subject.of(alta.programs.parity_sequential_absolute(max_length=4), 4)


@pytest.fixture(scope="module")
def parities() -> Subject:
    """Takes the SAT solver as well: it has too many inputs to run, and values do not tell."""
    return Subject.of(both_ways(len(WORD)), len(WORD))


@pytest.fixture(scope="module")
def conflicting() -> Subject:
    """Is wrong on one input, which only the SAT solver finds."""
    tail = [at_the_end(WORD), at_the_end(WORD, bit=WORD[-1])]
    return Subject.of(secret_word(WORD, tail), len(WORD))


@pytest.fixture(scope="module")
def sabotaged() -> Subject:
    """Has a rule that does not write on one input, which only z3 and the SAT solver find."""
    program = secret_word(WORD, [at_the_end(WORD)])
    model = alta.compile(program)
    mlp = model.weights.mlp
    sums = mlp.expand_out.copy()
    sums[condition_of(model, {"pos": len(WORD) - 1, "flag": 1})] = 0
    return Subject(
        program, with_mlp(model, type(mlp)(**{**vars(mlp), "expand_out": sums})), len(WORD)
    )


def raising(error: BaseException) -> Callable[..., object]:
    def fail(*arguments, **options):
        raise error

    return fail


def silent(*arguments, **options):
    """Says nothing at all."""


def test_without_a_fault_everything_is_as_it_should_be(absolute, parities, conflicting, sabotaged):
    assert absolute.verify().proved
    assert parities.verify().proved
    for subject in (conflicting, sabotaged):
        report = subject.verify()
        assert report.verdict is Verdict.REFUTED
        # It is not sampling that finds it.
        assert report.obligations[0].result is Result.PROVED


FAULTS = {
    "raises": raising(RuntimeError("out of order")),
    "runs out of memory": raising(MemoryError()),
    "times out": raising(TimeoutError()),
    "recurses too deep": raising(RecursionError()),
    "raises z3's exception": raising(z3.Z3Exception("out of order")),
    "fails an assertion": raising(AssertionError()),
    "says nothing": silent,
    "says NaN": lambda *arguments, **options: float("nan"),
}

FEW = ("raises", "says nothing")

ENTRIES = {
    "sampling": "alta_verify.prove.computes.sampling.Lockstep",
    "the embedding's encoder": "alta_verify.prove.computes.context.encode_embedding",
    "the scores' encoder": "alta_verify.encode.network.encode_scores",
    "the heads' encoder": "alta_verify.encode.network.encode_head",
    "the MLP's encoder": "alta_verify.encode.network.MLPEncoding",
    "the split into cases": "alta_verify.prove.computes.ffn.split",
    "value sets": "alta_verify.prove.computes.runs.value_sets",
    "violations": "alta_verify.prove.computes.runs.possible_violations",
    "decoding": "alta_verify.prove.computes.decoding.decodes",
    "the probe": "alta_verify.prove.computes.rounding.probe_softmax",
    "a question to z3": "alta_verify.solver.smt.SmtSolver.ask",
    "z3": "z3.Solver.check",
    "the transition query": "alta_verify.solver.query.MlpQuery.search",
    "cases by the rule that fires": "alta_verify.encode.network.Firing",
    "what they show": "alta_verify.encode.firing.Firing.keeps",
    "what guards a unit": "alta_verify.encode.firing.guards",
}

BY_Z3 = ("the split into cases", "a question to z3", "z3", "the transition query")
"""What takes part only where the rule that fires does not show what becomes of a variable."""

REACH_ENTRIES = {
    "the symbolic run": "alta_verify.reach.portfolio.SymbolicEngine",
    "a question about runs": "alta_verify.reach.portfolio.SymbolicEngine.find",
    "the SAT solver": "alta_verify.solver.sat.SatSolver.solve",
    "patterns": "alta_verify.prove.computes.program.patterns_of",
}


NO_FAULTS = (("what they show", "says nothing"),)
"""What is an answer: that the rule that fires does not show it, so that z3 is asked."""

AT_SOLVERS = ("a question to z3", "z3", "the MLP's encoder")
"""Where exceptions are told from one another; elsewhere only the ledger catches any."""


def often(entry: str, fault: str) -> bool:
    """Whether a fault is tried in every run: each at z3, elsewhere one that raises."""
    return entry == "z3" or fault == "raises"


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        pytest.param(entry, fault, marks=[] if often(entry, fault) else pytest.mark.campaign)
        for entry in ENTRIES
        for fault in (FAULTS if entry in AT_SOLVERS else FEW)
        if (entry, fault) not in NO_FAULTS
    ],
)
def test_a_fault_anywhere_leaves_something_open(absolute, entry, fault, monkeypatch):
    if entry in BY_Z3:
        left_to_z3(monkeypatch)
    monkeypatch.setattr(ENTRIES[entry], FAULTS[fault])
    report = absolute.verify()
    assert report.verdict is Verdict.UNKNOWN
    assert report.reasons


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        pytest.param(entry, fault, marks=[] if often(entry, fault) else pytest.mark.campaign)
        for entry in REACH_ENTRIES
        for fault in FEW
    ],
)
def test_a_fault_in_the_reasoning_about_runs_leaves_something_open(
    parities, entry, fault, monkeypatch
):
    monkeypatch.setattr(REACH_ENTRIES[entry], FAULTS[fault])
    report = parities.verify()
    assert report.verdict is Verdict.UNKNOWN
    assert any("program[range]" in reason for reason in report.reasons)


@pytest.mark.parametrize("fault", FEW)
def test_a_fault_in_enumeration_leaves_something_open(fault, monkeypatch):
    monkeypatch.setattr("alta_verify.prove.computes.runs.Enumeration", FAULTS[fault])
    report = verify(both_ways(5), max_len=5)
    assert report.verdict is Verdict.UNKNOWN
    assert any("program[range]" in reason for reason in report.reasons)


def test_a_split_into_no_cases_shows_nothing(absolute, monkeypatch):
    left_to_z3(monkeypatch)
    monkeypatch.setattr("alta_verify.prove.computes.ffn.split", lambda case: [])
    report = absolute.verify()
    assert report.verdict is Verdict.UNKNOWN
    assert any("ffn[parity]" in reason for reason in report.reasons)


ANSWERS = {
    "gives up": SmtAnswer(None, reason="gave up"),
    "gives up without a reason": SmtAnswer(None),
    "says yes to all": SmtAnswer(True),
    # Premises that have no solution prove nothing.
    "says no to all": SmtAnswer(False),
}


@pytest.mark.parametrize("how", list(ANSWERS))
def test_an_answer_that_is_none_leaves_something_open(absolute, how, monkeypatch):
    left_to_z3(monkeypatch)
    monkeypatch.setattr(SmtSolver, "ask", lambda *_, **__: ANSWERS[how])
    assert absolute.verify().verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("result", ["unknown", "sat", "unsat"])
def test_a_z3_with_one_answer_for_all_leaves_something_open(absolute, result, monkeypatch):
    left_to_z3(monkeypatch)
    monkeypatch.setattr(z3.Solver, "check", lambda *_: getattr(z3, result))
    report = absolute.verify()
    assert report.verdict is Verdict.UNKNOWN
    assert any(reason.startswith("ffn[") for reason in report.reasons)


def test_a_device_that_computes_otherwise_leaves_rounding_open(absolute, monkeypatch):
    monkeypatch.setattr(
        "alta_verify.prove.computes.rounding.probe_softmax",
        lambda *_, **__: Probe(False, "exp(-256) > 0"),
    )
    report = absolute.verify()
    assert report.verdict is Verdict.UNKNOWN
    (reason,) = report.reasons
    assert reason.startswith("rounding: ")
    assert "exp(-256) > 0" in reason


class Once:
    """Lets the calls of a function through, all but one."""

    def __init__(self, function: Callable[..., object], faulty: int, fault: Callable[..., object]):
        self._function, self._faulty, self._fault = function, faulty, fault
        self.calls = 0

    def bound(self) -> Callable[..., object]:
        def call(*arguments, **options):
            self.calls += 1
            chosen = self._fault if self.calls == self._faulty + 1 else self._function
            return chosen(*arguments, **options)

        return call


SOLVERS = {
    "z3": (z3.Solver, "check", lambda *_: z3.unknown),
    "SAT": (SatSolver, "solve", silent),
}


@cache
def calls_of(subject: Subject, solver: str) -> int:
    """Counts how often a solver is asked."""
    owner, name, fault = SOLVERS[solver]
    once = Once(getattr(owner, name), -1, fault)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, once.bound())
        assert subject.verify().verdict is Verdict.REFUTED
    return once.calls


def check_one_fault(subject: Subject, solver: str, fault, share: int, monkeypatch) -> None:
    """Lets one call of a solver go wrong and sees that what is wrong is not proved."""
    owner, name, _ = SOLVERS[solver]
    faulty = calls_of(subject, solver) * share // 100
    monkeypatch.setattr(owner, name, Once(getattr(owner, name), faulty, fault).bound())
    assert subject.verify().verdict in {Verdict.REFUTED, Verdict.UNKNOWN}


@pytest.mark.parametrize(
    ("how", "percent"),
    [
        ("gives up", 0),
        pytest.param("gives up", 66, marks=pytest.mark.campaign),
        pytest.param("raises", 0, marks=pytest.mark.campaign),
        pytest.param("raises", 66, marks=pytest.mark.campaign),
    ],
)
@pytest.mark.parametrize("solver", list(SOLVERS))
def test_a_single_fault_does_not_turn_a_wrong_model_into_a_proof(
    sabotaged, solver, how, percent, monkeypatch
):
    fault = SOLVERS[solver][2] if how == "gives up" else FAULTS["raises"]
    check_one_fault(sabotaged, solver, fault, percent, monkeypatch)


@pytest.mark.parametrize("percent", [0, pytest.param(50, marks=pytest.mark.campaign)])
@pytest.mark.parametrize("how", ["gives up", "raises"])
def test_a_single_fault_does_not_turn_a_wrong_program_into_a_proof(
    conflicting, how, percent, monkeypatch
):
    fault = silent if how == "gives up" else FAULTS["raises"]
    check_one_fault(conflicting, "SAT", fault, percent, monkeypatch)


@pytest.mark.campaign
@pytest.mark.parametrize("percent", range(100))
@pytest.mark.parametrize("how", ["gives up", "raises"])
def test_no_single_fault_turns_what_is_wrong_into_a_proof(
    sabotaged, conflicting, how, percent, monkeypatch
):
    for subject, solver in ((sabotaged, "z3"), (sabotaged, "SAT"), (conflicting, "SAT")):
        fault = SOLVERS[solver][2] if how == "gives up" else FAULTS["raises"]
        with monkeypatch.context() as patch:
            check_one_fault(subject, solver, fault, percent, patch)


def obligations(program: Program, max_len: int) -> list[str]:
    task = Task(program, alta.compile(program), max_len, None, Deadline.after(None))
    return list(map(str, claims(task)))


NAMES = obligations(alta.programs.parity_sequential_absolute(max_length=4), 4)


@cache
def proved() -> Report:
    report = Subject.of(alta.programs.parity_sequential_absolute(max_length=4), 4).verify()
    assert report.proved
    return report


@pytest.mark.parametrize(
    "fault", ["raises", pytest.param("says nothing", marks=pytest.mark.campaign)]
)
@pytest.mark.parametrize("name", NAMES)
def test_an_obligation_that_fails_is_the_one_that_is_open(absolute, name, fault, monkeypatch):
    methods = {finding.name: finding.method for finding in proved().obligations}

    def faulty(_: Computes, asked: Obligation) -> object:
        return FAULTS[fault]() if str(asked) == name else methods[str(asked)]

    monkeypatch.setattr(Computes, "show", faulty)
    report = absolute.verify()
    assert report.verdict is Verdict.UNKNOWN
    (reason,) = report.reasons
    assert reason.startswith(f"{name}: ")
    assert [one.name for one in report.obligations if one.result is Result.OPEN] == [name]
    assert len(report.obligations) == len(NAMES)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_obligation_is_really_attempted(absolute, kind, monkeypatch):
    def not_shown(*arguments) -> str:
        raise NotShown("as asked for")

    for other in KINDS:
        show_instead(monkeypatch, other, not_shown if other == kind else lambda *_: "seen")
    report = absolute.verify(meant=kind == "spec")
    assert report.verdict is Verdict.UNKNOWN
    wanted = [name for name in (*NAMES, "spec") if named(name).kind == kind]
    assert wanted
    opened = [one.name for one in report.obligations if one.result is Result.OPEN]
    assert wanted == opened


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit], ids=["Ctrl-C", "exit"])
def test_who_stops_the_verification_is_obeyed(absolute, error, monkeypatch):
    monkeypatch.setattr("alta_verify.prove.computes.runs.value_sets", raising(error()))
    with pytest.raises(error):
        absolute.verify()


def test_obligations_that_nobody_attempts_are_open(absolute, monkeypatch):
    monkeypatch.setattr(decide, "_discharge", silent)
    report = absolute.verify()
    assert report.verdict is Verdict.UNKNOWN
    assert report.reasons == tuple(f"{name}: not attempted" for name in NAMES)


def test_a_theorem_without_obligations_is_not_proved(absolute, monkeypatch):
    monkeypatch.setattr(computes, "claims", lambda task: {})
    monkeypatch.setattr(decide, "_discharge", silent)
    assert absolute.verify().verdict is Verdict.UNKNOWN


def test_a_difference_that_does_not_replay_leaves_sampling_open(sabotaged, monkeypatch):
    # Only a batch shows it: neither a counterexample nor agreement.
    monkeypatch.setattr("alta_verify.search.lockstep.Lockstep.suspects", lambda *_: [WORD])
    monkeypatch.setattr("alta_verify.prove.computes.context.find_difference", silent)
    report = sabotaged.verify()
    (sampling,) = (one for one in report.obligations if one.name == "sampling")
    assert sampling.result is Result.OPEN
    assert "batch" in sampling.method


def test_a_counterexample_that_does_not_replay_is_not_shown(sabotaged, monkeypatch):
    monkeypatch.setattr("alta_verify.prove.computes.context.find_difference", silent)
    report = sabotaged.verify()
    assert report.verdict is Verdict.UNKNOWN
    assert report.counterexample is None


def test_a_counterexample_survives_a_fault_while_it_is_shortened(sabotaged, monkeypatch):
    monkeypatch.setattr(computes, "shrink", FAULTS["raises"])
    report = sabotaged.verify()
    assert report.verdict is Verdict.REFUTED
    assert report.counterexample.replay().confirmed


class FakeExecutor(Executor):
    """Gives the same future for everything."""

    def __init__(self, future: Future) -> None:
        self._future = future

    def submit(self, function, /, *arguments, **options) -> Future:
        return self._future


def failed() -> Future:
    future = Future()
    future.set_exception(RuntimeError("the worker died"))
    return future


def with_result(result: object) -> Future:
    future = Future()
    future.set_result(result)
    return future


def cancelled() -> Future:
    future = Future()
    future.cancel()
    return future


FUTURES = {
    "raises": failed,
    "says nothing": lambda: with_result(None),
    "says yes": lambda: with_result(True),
    "is cancelled": cancelled,
    "never ends": Future,
}


@pytest.mark.parametrize("how", list(FUTURES))
def test_a_worker_that_fails_leaves_something_open(absolute, how):
    executor = FakeExecutor(FUTURES[how]())
    report = verify(
        absolute.program,
        absolute.model,
        max_len=absolute.max_len,
        executor=executor,
        timeout=2 if how == "never ends" else None,
    )
    assert report.verdict is Verdict.UNKNOWN
    assert [one.name for one in report.obligations if one.result is Result.PROVED] == ["sampling"]


def test_what_is_wrong_is_refuted_by_workers_too(sabotaged, conflicting, parities):
    with ThreadPoolExecutor(2) as executor:
        for subject in (sabotaged, conflicting):
            report = verify(
                subject.program, subject.model, max_len=subject.max_len, executor=executor
            )
            assert report.verdict is Verdict.REFUTED
            assert report.counterexample.tokens == WORD
        report = verify(
            parities.program, parities.model, max_len=parities.max_len, executor=executor
        )
        assert report.proved
