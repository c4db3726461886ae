"""Obligations in other processes: what is sent there, and what comes back."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial
from typing import final

from alta.errors import AltaError
from alta.limit import OutOfTime, limited
from alta_verify.claim.computes import Task
from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.computes.proof import Proof, claims
from alta_verify.prove.ledger import Ledger
from alta_verify.prove.schedule import in_turn, kind_of
from alta_verify.report.finding import Result
from alta_verify.search.counterexample import find_difference

__all__ = ["Outcome", "check_executor", "groups", "rules_of", "show_elsewhere"]


@final
@dataclass(frozen=True)
class Outcome:
    """What became of one obligation in another process.

    Attributes:
        proved: whether it was shown.
        method: how, or why not.
        late: whether it was not because time ran out.
        tokens: an input that refutes the theorem, to be replayed here.
        smt: questions put to z3.
        sat: questions put to the SAT solver.
    """

    proved: bool
    method: str
    late: bool
    tokens: tuple[int, ...] | None
    smt: int
    sat: int


def check_executor(executor: Executor | None) -> None:
    """Checks that workers of an executor can start.

    Raises:
        AltaError: when they would be forked from this process: the threads of JAX are not forked
            with it, and what they held stays locked.
    """
    context = getattr(executor, "_mp_context", None)
    if isinstance(executor, ProcessPoolExecutor) and context is not None:
        method = context.get_start_method()
        if method == "fork":
            raise AltaError(
                "executor: expected processes that are started anew, got a ProcessPoolExecutor "
                f"that makes them by {method!r}, which hang beside the threads of JAX; write "
                "ProcessPoolExecutor(..., mp_context=multiprocessing.get_context('spawn'))"
            )


def groups(task: Task, names: Iterable[str]) -> list[tuple[str, ...]]:
    """Returns the obligations that go to one worker together, those that may take longest first.

    The obligations about the program share the search through its runs, the only thing that is
    dear and of no use to others. An `ffn` has solver questions of its own. All others take as long
    as a message.
    """
    kinds: dict[str, list[str]] = {"program": [], "ffn": [], "": []}
    for name in names:
        kinds[kind_of(name) if kind_of(name) in kinds else ""].append(name)
    alone = [(name,) for name in sorted(kinds["ffn"], key=partial(rules_of, task), reverse=True)]
    return [group for group in (tuple(kinds["program"]), *alone, tuple(kinds[""])) if group]


def rules_of(task: Task, name: str) -> int:
    """Returns how many rules write the variable that an obligation is about; 0 if it is none."""
    subject = name.partition("[")[2].removesuffix("]")
    return len(task.program.rules_by_variable.get(subject, ()))


# Every message has the whole task, as bytes; what its obligations share is encoded once a process.
@lru_cache(maxsize=1)
def _proof_of(parcel: bytes) -> Proof:
    task: Task = pickle.loads(parcel)
    return Proof(task)


# Threads of one process share a proof and its counters, so they take turns.
_TURN = threading.Lock()


def _attempt(parcel: bytes, names: tuple[str, ...]) -> dict[str, Outcome]:
    with _TURN:
        proof = _proof_of(parcel)
        with limited(proof.task.deadline):
            return _all_attempted(proof, names)


def _all_attempted(proof: Proof, names: tuple[str, ...]) -> dict[str, Outcome]:
    outcomes: dict[str, Outcome] = {}

    def late() -> list[str]:
        proof.renew()
        return [name for name, one in outcomes.items() if one.late]

    for name, part in in_turn(names, late):
        if name not in outcomes or not proof.task.deadline.over:
            outcomes[name] = _attempted(proof, name, part)
    return outcomes


def _attempted(proof: Proof, name: str, part: Fraction) -> Outcome:
    task = proof.task
    smt, sat = task.calls.smt, task.calls.sat
    ledger = Ledger({name: claims(task)[name]}, deadline=task.deadline)
    tokens = None
    try:
        ledger.attempt(name, lambda: proof.show(name), part)
    except Refuted as refuted:
        tokens = refuted.counterexample.tokens
    (done,) = ledger.obligations
    return Outcome(
        done.result is Result.PROVED,
        done.method,
        done.late,
        tokens,
        task.calls.smt - smt,
        task.calls.sat - sat,
    )


def _show(task: Task, name: str, futures: Mapping[str, Future[dict[str, Outcome]]]) -> str:
    """Waits for one obligation, and returns the method as if it had been shown here.

    Raises:
        NotShown: when it was not, with the reason.
        OutOfTime: when there was no time for it.
        Refuted: when the worker found a counterexample that replays here.
    """
    remaining = task.deadline.remaining
    try:
        outcome = futures[name].result(None if remaining == float("inf") else remaining)[name]
    except TimeoutError as late:
        raise OutOfTime from late
    task.calls.smt += outcome.smt
    task.calls.sat += outcome.sat
    if outcome.tokens is not None:
        found = find_difference(task.program, task.model, outcome.tokens, task.max_layers)
        if found is not None:
            raise Refuted(found)
        raise NotShown(f"a counterexample {outcome.tokens} did not replay here")
    # Only what says True is believed; anything else that is true would be a mistake.
    if outcome.proved is not True:
        raise OutOfTime(outcome.method) if outcome.late else NotShown(outcome.method)
    return outcome.method


def show_elsewhere(task: Task, ledger: Ledger, names: list[str], executor: Executor) -> None:
    """Attempts obligations in the workers of an executor.

    Args:
        task: the task.
        ledger: where the outcomes are entered.
        names: the obligations.
        executor: any executor; its workers need alta_verify installed.
    """
    futures = dict(_submitted(task, [name for name in names if not ledger.knows(name)], executor))
    try:
        for name in names:
            # What the ledger knows it does not ask for.
            done = name in futures and futures[name].done()
            ledger.attempt(name, partial(_show, task, name, futures), at_once=done)
    finally:
        for future in futures.values():
            future.cancel()


def _submitted(
    task: Task, names: list[str], executor: Executor
) -> Iterator[tuple[str, Future[dict[str, Outcome]]]]:
    """Yields what becomes of each obligation; of an executor that takes none, that it failed."""
    if not names:
        return
    parcel = pickle.dumps(task)
    for group in groups(task, names):
        try:
            future = executor.submit(_attempt, parcel, group)
        except Exception as error:  # noqa: BLE001 - a broken pool leaves its obligations open
            future = Future()
            future.set_exception(error)
        yield from dict.fromkeys(group, future).items()
