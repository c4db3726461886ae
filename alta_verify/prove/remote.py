"""Obligations in other processes: what is sent there, and what comes back.

Those of few inputs are sent as they are. Where all inputs are run, and there are many, they are
sent in shares: an obligation about runs is shown if it is shown of every share.
"""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial
from typing import TypeAlias, final

from alta.errors import AltaError
from alta.limit import OutOfTime, limited
from alta_verify.obligation import WHOLE, NotShown, Obligation, Refuted, Share
from alta_verify.prove.ledger import Ledger, in_turn
from alta_verify.prove.theorem import Theorem
from alta_verify.report.finding import Finding, Result
from alta_verify.universal import nonempty

__all__ = ["Group", "RemoteFinding", "check_executor", "groups", "show_elsewhere"]


@final
@dataclass(frozen=True)
class RemoteFinding:
    """What became of one obligation in another process, as a ledger there has it.

    With an input that refutes the theorem, to be replayed here, and how many questions were put to
    z3 and to the SAT solver.
    """

    finding: Finding
    tokens: tuple[int, ...] | None
    smt: int
    sat: int


_Findings: TypeAlias = dict[Obligation, RemoteFinding]

_Futures: TypeAlias = Mapping[Obligation, Sequence[Future[_Findings]]]
"""For each obligation what becomes of it, share by share."""


@final
@dataclass(frozen=True)
class Group:
    """Obligations that go to one worker together, and of which inputs they are shown there."""

    obligations: tuple[Obligation, ...]
    share: Share = WHOLE


def check_executor(executor: Executor | None) -> None:
    """Refuses an executor whose workers would be forked from this process."""
    # The threads of JAX are not forked with it, and what they held stays locked.
    context = getattr(executor, "_mp_context", None)
    forks = context is not None and context.get_start_method() == "fork"
    if forks and isinstance(executor, ProcessPoolExecutor):
        raise AltaError(
            "executor: expected processes that are started anew, got a ProcessPoolExecutor that "
            "makes them by 'fork', which hang beside the threads of JAX; write "
            "ProcessPoolExecutor(..., mp_context=multiprocessing.get_context('spawn'))"
        )


def groups(theorem: Theorem, obligations: Iterable[Obligation]) -> list[Group]:
    """Returns what goes to one worker each, what may take longest first."""
    # The obligations about the program share the search through its runs, the only thing that is
    # dear and of no use to others. An `ffn` has solver questions of its own. All others take as
    # long as a message.
    kinds: dict[str, list[Obligation]] = {"program": [], "ffn": [], "": []}
    for obligation in obligations:
        kinds[obligation.kind if obligation.kind in kinds else ""].append(obligation)
    number = max(map(theorem.shares, kinds["program"]), default=1)
    runs = [Group(tuple(kinds["program"]), Share(share, number)) for share in range(number)]
    ordered = sorted(kinds["ffn"], key=theorem.work, reverse=True)
    alone = [Group((obligation,)) for obligation in ordered]
    return [group for group in (*runs, *alone, Group(tuple(kinds[""]))) if group.obligations]


# Every message has the whole theorem, as bytes; what its obligations share is encoded once a
# process.
@lru_cache(maxsize=1)
def _theorem_of(parcel: bytes) -> Theorem:
    theorem: Theorem = pickle.loads(parcel)
    return theorem


# Threads of one process share a theorem and its counters, so they take turns.
_TURN = threading.Lock()


def _attempt(parcel: bytes, group: Group) -> _Findings:
    findings: _Findings = {}

    def late() -> list[Obligation]:
        theorem.renew()
        return [obligation for obligation, remote in findings.items() if remote.finding.late]

    with _TURN:
        theorem = _theorem_of(parcel)
        deadline = theorem.subject.deadline
        with limited(deadline):
            for obligation, part in in_turn(group.obligations, theorem.kinds, late):
                if obligation not in findings or not deadline.over:
                    findings[obligation] = _attempted(theorem, obligation, group.share, part)
    return findings


def _attempted(
    theorem: Theorem, obligation: Obligation, share: Share, part: Fraction
) -> RemoteFinding:
    # What the process had asked before for other obligations is not counted again.
    calls = theorem.subject.calls
    smt, sat, tokens = calls.smt, calls.sat, None
    claim = {obligation: theorem.claims[obligation]}
    ledger = Ledger(claim, deadline=theorem.subject.deadline)
    try:
        ledger.attempt(obligation, partial(theorem.show, obligation, share), part)
    except Refuted as refuted:
        tokens = refuted.counterexample.tokens
    # A ledger of one obligation, so that what passes for shown is decided as it is without workers.
    (finding,) = ledger.findings
    return RemoteFinding(finding, tokens, calls.smt - smt, calls.sat - sat)


def _show(theorem: Theorem, obligation: Obligation, futures: _Futures) -> str:
    """Waits for one obligation, and returns the method or raises as if it were shown here."""
    # An obligation about all inputs holds if it holds of every share of them, and each input is in
    # one. What is shown of a share is not shown of all, so no share may be missing.
    parts = nonempty(futures[obligation], f"shares of {obligation}")
    methods = [_show_part(theorem, obligation, future) for future in parts]
    return methods[0]


def _show_part(theorem: Theorem, obligation: Obligation, future: Future[_Findings]) -> str:
    remaining = theorem.subject.deadline.remaining
    try:
        findings = future.result(None if remaining == float("inf") else remaining)
    except TimeoutError as late:
        raise OutOfTime from late
    remote = findings[obligation]
    theorem.subject.calls.smt += remote.smt
    theorem.subject.calls.sat += remote.sat
    if remote.tokens is not None:
        # A worker is no witness: its input is run again on both sides.
        counterexample = theorem.replay(remote.tokens)
        if counterexample is not None:
            raise Refuted(counterexample)
        raise NotShown(f"a counterexample {remote.tokens} did not replay here")
    finding = remote.finding
    # Only what says PROVED is believed; anything else that is like it would be a mistake.
    if finding.result is not Result.PROVED:
        if finding.late:
            raise OutOfTime(finding.method)
        raise NotShown(finding.method, owner=finding.rests_on)
    return finding.method


def show_elsewhere(
    theorem: Theorem, ledger: Ledger, obligations: list[Obligation], executor: Executor
) -> None:
    """Attempts obligations in the workers of an executor, which need alta_verify installed."""
    stay = {obligation for obligation in obligations if theorem.kinds[obligation.kind].stays}
    wanted = [
        obligation
        for obligation in obligations
        if obligation not in stay and not ledger.recalls(obligation)
    ]
    with _submitted(theorem, wanted, executor) as futures:
        for obligation in obligations:
            # What the ledger recalls it does not ask for.
            done = obligation in futures and all(future.done() for future in futures[obligation])
            show = partial(_show, theorem, obligation, futures)
            if obligation in stay:
                show = partial(theorem.show, obligation)
            ledger.attempt(obligation, show, at_once=done)


@contextmanager
def _submitted(
    theorem: Theorem, obligations: list[Obligation], executor: Executor
) -> Iterator[_Futures]:
    """Yields what becomes of each obligation; of an executor that takes none, that it failed."""
    futures: dict[Obligation, list[Future[_Findings]]] = {}
    parcel = pickle.dumps(theorem) if obligations else b""
    for group in groups(theorem, obligations):
        try:
            future = executor.submit(_attempt, parcel, group)
        except Exception as error:  # noqa: BLE001 - a broken pool leaves its obligations open
            future = Future()
            future.set_exception(error)
        for obligation in group.obligations:
            futures.setdefault(obligation, []).append(future)
    try:
        yield futures
    finally:
        # Where a counterexample ends it early, workers need not begin what is still waiting.
        for parts in futures.values():
            for future in parts:
                future.cancel()
