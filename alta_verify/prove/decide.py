"""Decisions: one procedure for all theorems, from what is asked to a report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, final

from alta.limit import OutOfTime, limited
from alta_verify.cache.memory import CACHE_ASSUMPTION, Memory
from alta_verify.claim.bounds import check_bounds
from alta_verify.deadline import Deadline
from alta_verify.obligation import Obligation, Refuted
from alta_verify.prove.ledger import Ledger, Progress, in_turn
from alta_verify.prove.remote import check_executor, show_elsewhere
from alta_verify.prove.theorem import SAMPLING, Theorem
from alta_verify.report.finding import Finding, Result, reasons
from alta_verify.report.report import Report, Verdict

__all__ = ["Request", "decide"]


@final
@dataclass(frozen=True)
class Request:
    """What a user asks, as far as it is known before a theorem is stated.

    Attributes:
        max_len: the longest input that was asked for; None for inputs of every length.
        max_layers: the most layers of a run that count; None for the programs' own bounds.
        deadline: when to give up.
        executor: runs obligations in its workers; None runs them here.
        progress: is told about every obligation.
        cache: a folder in which proved obligations are kept; None keeps nothing.
    """

    max_len: int | None
    max_layers: int | None
    deadline: Deadline
    executor: Executor | None = None
    progress: Progress | None = None
    cache: str | Path | None = None

    def __post_init__(self) -> None:
        """Refuses bounds that are malformed, and workers that could not start."""
        check_bounds(self.max_len, self.max_layers)
        check_executor(self.executor)


def decide(request: Request, name: str, claim: str, state: Callable[[], Theorem]) -> Report:
    """Proves a theorem, or refutes it by an input, or says what is open.

    To state it may take time. Until then it is known whose proof it is, and its claim in words, but
    for numbers that take time to find.
    """
    start = time.perf_counter()
    try:
        with limited(request.deadline.to_declare):
            theorem = state()
            report = partial(_report, request, name, theorem, start)
            # A theorem about no input would hold of any weights: it is said to be vacuous, not
            # proved.
            if theorem.subject.vacuous:
                return report(Verdict.VACUOUS, reasons=(theorem.vacuous,))
            memory, ledger = _declared(request, theorem)
    except OutOfTime:
        return Report(
            program_name=name,
            claim=claim,
            verdict=Verdict.UNKNOWN,
            obligations=(),
            assumptions=(),
            counterexample=None,
            reasons=("out of time before any obligation was reached",),
            facts={"max_len": request.max_len, "cached": 0},
            seconds=time.perf_counter() - start,
        )
    report = partial(report, ledger=ledger)
    with limited(request.deadline):
        try:
            _discharge(request, theorem, ledger, memory.suspect)
        except Refuted as refuted:
            counterexample = _shrunk(theorem, refuted.counterexample)
            # With the same cache the next run tries this input first, and needs no search.
            memory.remember_suspect(counterexample.tokens)
            return report(Verdict.REFUTED, counterexample=counterexample)
        # The only place that says PROVED: every declared obligation is in the ledger as shown.
        if ledger.complete:
            return report(Verdict.PROVED)
        return report(Verdict.UNKNOWN, reasons=reasons(ledger.findings))


def _declared(request: Request, theorem: Theorem) -> tuple[Memory, Ledger]:
    """Declares what has to be shown, with what an earlier run has shown of it."""
    claims = theorem.claims
    # The report has it, when it may be too late to count inputs.
    _ = theorem.subject.number
    named = {str(obligation): claim for obligation, claim in claims.items()}
    # Bounds that another run may find otherwise are not kept: all obligations of one theorem have
    # to be about the same relation.
    cache = request.cache if theorem.reproducible else None
    memory = Memory.of(theorem.subject, named, cache)
    ledger = Ledger(
        claims,
        deadline=theorem.subject.deadline,
        progress=request.progress,
        recalled=memory.proved,
        remember=memory.remember,
    )
    return memory, ledger


def _discharge(
    request: Request, theorem: Theorem, ledger: Ledger, suspect: tuple[int, ...] | None
) -> None:
    """Attempts every obligation: sampling first, the others here or in an executor's workers."""

    def late() -> Iterable[Obligation]:
        theorem.renew()
        return ledger.late()

    # Obligations are shown independently, in any order: what one of them presumes of another is
    # another's to show, and the theorem has all of them.
    turns = in_turn(theorem.claims, theorem.kinds, late, theorem.work)
    if request.executor is not None and theorem.reproducible:
        sampling, part = next(turns)
        # Here, since it is cheap and refutes most of what is wrong before workers have started.
        ledger.attempt(sampling, partial(_sample, theorem, sampling, suspect), part)
        remaining = [obligation for obligation in theorem.claims if obligation != sampling]
        show_elsewhere(theorem, ledger, remaining, request.executor)
        return
    for obligation, part in turns:
        sampled = obligation.kind == SAMPLING
        show = partial(_sample, theorem, suspect=suspect) if sampled else theorem.show
        ledger.attempt(obligation, partial(show, obligation), part)


def _sample(theorem: Theorem, obligation: Obligation, suspect: tuple[int, ...] | None) -> str:
    """Shows the first obligation, running the input first that refuted the theorem before."""
    if suspect is not None:
        # An input from the cache is as good as a guess: only its replay refutes.
        counterexample = theorem.replay(suspect)
        if counterexample is not None:
            raise Refuted(counterexample)
    return theorem.show(obligation)


def _shrunk(theorem: Theorem, counterexample: Any) -> Any:
    """Returns a shorter counterexample, or the one there is when anything goes wrong."""
    try:
        return theorem.shrink(counterexample)
    except Exception:  # noqa: BLE001 - the counterexample at hand has been replayed already
        return counterexample


def _report(
    request: Request,
    name: str,
    theorem: Theorem,
    start: float,
    verdict: Verdict,
    *,
    ledger: Ledger | None = None,
    counterexample: Any = None,
    reasons: tuple[str, ...] = (),
) -> Report:
    findings = () if ledger is None else ledger.findings
    cached = 0 if ledger is None else ledger.cached
    assumptions = (*theorem.assumptions, *([CACHE_ASSUMPTION] if cached else []))
    warnings = theorem.warnings()
    return Report(
        program_name=name,
        claim=theorem.subject.statement(request.max_len),
        verdict=verdict,
        obligations=findings,
        assumptions=assumptions if verdict is Verdict.PROVED else (),
        counterexample=counterexample,
        reasons=reasons,
        warnings=warnings,
        advice=_advice(theorem, findings) if verdict is Verdict.UNKNOWN else (),
        facts={**theorem.facts(), "cached": cached},
        seconds=time.perf_counter() - start,
        learned=theorem.boxes,
        certify=theorem.certify,
    )


def _advice(theorem: Theorem, findings: Iterable[Finding]) -> tuple[str, ...]:
    """Returns what to try about open obligations, a line a kind."""
    open_ = [finding for finding in findings if finding.result is Result.OPEN]
    # What rests on another is shown once that is.
    lines = {
        finding.obligation.kind: theorem.kinds[finding.obligation.kind].advice
        for finding in open_
        if not finding.late and finding.rests_on is None
    }
    if any(finding.late for finding in open_):
        lines["time"] = "allow more (`timeout=`, `--timeout`), or ask for shorter inputs"
    return tuple(f"{kind}: {advice}" for kind, advice in lines.items())
