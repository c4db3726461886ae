"""Obligations in other processes: what is sent there, and what comes back."""

from __future__ import annotations

import threading
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import lru_cache
from typing import final

from alta.lang.text import parse_program, program_text
from alta.nn.layout import Layout
from alta.nn.model import Model
from alta.nn.weights import Weights
from alta_verify.counterexample import find_difference
from alta_verify.deadline import Deadline
from alta_verify.ledger import Ledger, NotShown, Refuted
from alta_verify.prove import Proof, claims
from alta_verify.report import Result
from alta_verify.task import Task

__all__ = ["Outcome", "Work", "show_elsewhere"]


@final
@dataclass(frozen=True, eq=False)
class Work:
    """Is a task as data that can be sent to another process.

    Programs travel as text, since their conveniences may be functions that cannot be sent.
    """

    program: str
    subject: str
    weights: Weights
    width: int
    columns: tuple[tuple[str, tuple[int, ...]], ...]
    max_len: int
    max_layers: int | None
    seconds: float | None

    @classmethod
    def of(cls, task: Task) -> Work:
        """Returns what another process needs to know of a task."""
        remaining = task.deadline.remaining
        return cls(
            program_text(task.program),
            program_text(task.model.program),
            task.model.weights,
            task.model.layout.width,
            tuple(task.model.layout.columns.items()),
            task.max_len,
            task.max_layers,
            None if remaining == float("inf") else remaining,
        )

    def task(self) -> Task:
        """Returns the task again."""
        layout = Layout(self.width, dict(self.columns))
        model = Model(parse_program(self.subject), self.weights, layout)
        deadline = Deadline.after(self.seconds)
        return Task(parse_program(self.program), model, self.max_len, self.max_layers, deadline)


@final
@dataclass(frozen=True)
class Outcome:
    """Is what became of one obligation in another process.

    Attributes:
        proved: whether it was shown.
        method: how, or why not.
        tokens: an input that refutes the theorem, to be replayed here.
        smt: questions put to z3.
        sat: questions put to the SAT solver.
    """

    proved: bool
    method: str
    tokens: tuple[int, ...] | None
    smt: int
    sat: int


# Obligations of one task come in a row; what they share is encoded once a process.
@lru_cache(maxsize=1)
def _proof_of(work: Work) -> Proof:
    return Proof(work.task())


# Threads of one process share a proof and its counters, so they take turns.
_TURN = threading.Lock()


def _attempt(work: Work, name: str) -> Outcome:
    with _TURN:
        return _attempted(work, name)


def _attempted(work: Work, name: str) -> Outcome:
    proof = _proof_of(work)
    task = proof.task
    smt, sat = task.calls.smt, task.calls.sat
    ledger = Ledger({name: claims(task)[name]}, deadline=task.deadline)
    tokens = None
    try:
        ledger.attempt(name, lambda: proof.show(name))
    except Refuted as refuted:
        tokens = refuted.counterexample.tokens
    (done,) = ledger.obligations
    return Outcome(
        done.result is Result.PROVED,
        done.method,
        tokens,
        task.calls.smt - smt,
        task.calls.sat - sat,
    )


@final
class _Elsewhere:
    """Waits for one obligation and does here what has to be done here."""

    def __init__(self, task: Task, future: Future[Outcome]) -> None:
        self._task = task
        self._future = future

    def show(self) -> str:
        """Returns the method, as if the obligation had been shown here."""
        remaining = self._task.deadline.remaining
        outcome = self._future.result(None if remaining == float("inf") else remaining)
        self._task.calls.smt += outcome.smt
        self._task.calls.sat += outcome.sat
        if outcome.tokens is not None:
            found = find_difference(
                self._task.program, self._task.model, outcome.tokens, self._task.max_layers
            )
            if found is not None:
                raise Refuted(found)
            raise NotShown(f"a counterexample {outcome.tokens} did not replay here")
        if not outcome.proved:
            raise NotShown(outcome.method)
        return outcome.method


def show_elsewhere(task: Task, ledger: Ledger, names: list[str], executor: Executor) -> None:
    """Attempts obligations in the workers of an executor.

    Args:
        task: the task.
        ledger: where the outcomes are entered.
        names: the obligations.
        executor: any executor; its workers need alta_verify installed.
    """
    work = Work.of(task)
    futures = {name: executor.submit(_attempt, work, name) for name in names}
    try:
        for name, future in futures.items():
            ledger.attempt(name, _Elsewhere(task, future).show)
    finally:
        for future in futures.values():
            future.cancel()
