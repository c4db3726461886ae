"""The check, from the files of a certificate to an outcome.

The order of everything is fixed by the program: its obligations, and the queries of each. What the
certificate has in another order, or besides, or not, is refused.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, final

from alta_verify.check.files import (
    EVIDENCE,
    MEANT,
    PROGRAM,
    WEIGHTS,
    Certificate,
    Queries,
    canonical,
    read_certificate,
)
from alta_verify.check.limits import bounded
from alta_verify.check.questions import Question
from alta_verify.check.refused import Refused
from alta_verify.check.smtlib import premises, smtlib
from alta_verify.check.solvers import SOLVERS, Decide
from alta_verify.check.theorem import Theorem

__all__ = ["CASES", "WAYS", "Outcome", "Step", "check"]

CASES: Final = "cases"  # the way of deciding a query that needs no solver
WAYS: Final = (CASES, *SOLVERS)


@final
@dataclass(frozen=True)
class Step:
    """An obligation that was shown."""

    name: str
    how: str
    queries: int  # that it left, all of them decided
    seconds: float


@final
@dataclass(frozen=True)
class Outcome:
    """What came out of a check."""

    folder: str
    reason: str | None  # why it was refused; None if it was not
    claim: str  # the theorem, in words, as this folder derives it; empty where that failed
    assumptions: tuple[str, ...]
    hashes: Mapping[str, str]  # SHA-256 of program, weights and what was meant: its subject
    steps: tuple[Step, ...]  # the obligations that were shown
    by: tuple[str, ...]  # how queries were decided
    seconds: float

    @property
    def checked(self) -> bool:
        """Whether the certificate shows its claim."""
        return self.reason is None

    def to_json(self) -> dict[str, Any]:
        """Returns it as JSON values."""
        return {"outcome": "CHECKED" if self.checked else "REFUSED", **asdict(self)}


def check(
    folder: str | Path,
    *,
    by: Sequence[str] = (CASES,),
    timeout: float = 60.0,
    progress: Callable[[Step], None] | None = None,
    limit: float | None = None,
    memory: float | None = None,
) -> Outcome:
    """Checks a certificate.

    Args:
        folder: where it is.
        by: how queries are decided, at least one of `WAYS`; each query in all of these ways.
        timeout: seconds that a solver has for a query.
        progress: is told about every obligation that was shown.
        limit: seconds for the whole check; None for any number.
        memory: what it may take in addition to what the process has, in MiB; None for any.

    Returns:
        The outcome. Whatever goes wrong refuses the certificate.

    Raises:
        Unavailable: when a solver is asked for that is not installed.
        ValueError: when `by` names no way, or an unknown one, or `timeout` is no time.
    """
    if not by or not set(by) <= set(WAYS):
        raise ValueError(f"by: expected some of {', '.join(WAYS)}, got {by!r}")
    # Every comparison with NaN is false, so that it is refused as well.
    if type(timeout) not in {int, float} or not 0 <= timeout < math.inf:
        raise ValueError(f"timeout: expected a number of seconds, at least 0, got {timeout!r}")
    solvers = {name: SOLVERS[name]() for name in by if name != CASES}
    checker = _Checker(solvers, CASES in by, timeout, progress)
    start = time.perf_counter()
    reason = None
    try:
        with bounded(limit, memory):
            checker.check(read_certificate(Path(folder)))
    except Refused as refused:
        reason = str(refused)
    except MemoryError:
        reason = "it takes more memory than it may; --memory gives it more"
    except Exception as error:  # noqa: BLE001 - nothing that goes wrong may pass for a check
        reason = f"{type(error).__name__}: {error}"
    return Outcome(
        str(folder),
        reason,
        checker.claim,
        checker.assumptions,
        checker.hashes,
        tuple(checker.steps),
        tuple(by),
        time.perf_counter() - start,
    )


@final
@dataclass
class _Checker:
    """The check of one certificate, obligation by obligation."""

    solvers: Mapping[str, Decide]
    cases: bool
    timeout: float
    progress: Callable[[Step], None] | None
    claim: str = ""
    assumptions: tuple[str, ...] = ()
    hashes: Mapping[str, str] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)

    def check(self, certificate: Certificate) -> None:
        """Goes through all obligations; raises `Refused` at the first that is not shown."""
        manifest = certificate.manifest
        about = (PROGRAM, WEIGHTS, *(() if certificate.meant is None else (MEANT,)))
        self.hashes = {name: manifest["files"][name]["sha256"] for name in about}
        theorem = Theorem(
            program=certificate.program,
            weights=certificate.weights,
            model=certificate.model,
            max_len=manifest["max_len"],
            max_layers=manifest["max_layers"],
            evidence=certificate.evidence,
            meant=certificate.meant,
        )
        self.claim, self.assumptions = theorem.claim, theorem.assumptions
        for key, expected in (("claim", self.claim), ("assumptions", list(self.assumptions))):
            if manifest[key] != expected:
                raise Refused(f"{key}: expected {expected!r}, got {manifest[key]!r}")
        # Lemma 12: the obligations follow from the program; each has to be there, in this order.
        entries = manifest["obligations"]
        declared = [e.get("name") if isinstance(e, dict) else repr(e) for e in entries]
        if declared != list(theorem.obligations):
            names = ", ".join(theorem.obligations)
            raise Refused(f"obligations: expected {names}, got {declared!r:.500}")
        with certificate.queries() as queries:
            for entry in entries:
                self._step(theorem, entry, queries)
            queries.expect_end()
        if idle := theorem.occurrence.idle:
            raise Refused(
                f"{EVIDENCE}: {len(idle)} of its runs are of no use, expected only runs "
                f"that exclude something; leave out those numbered {idle[:5]}"
            )

    def _step(self, theorem: Theorem, entry: Mapping[str, Any], queries: Queries) -> None:
        name, start = entry["name"], time.perf_counter()
        obligation = theorem.obligations[name]
        try:
            how = theorem.show(name)
            number, texts = 0, hashlib.sha256()
            for number, question in enumerate(theorem.questions(name), 1):
                # The query is derived here from the weights, and the one in the archive has to be
                # the same: so the question is decided, and not what somebody wrote down as one.
                query, text = obligation.query(number), smtlib(question)
                queries.expect(query, text)
                texts.update(text.encode())
                self._decide(question, text, query)
            expected = obligation.entry(number, texts.hexdigest())
            # As text, since to Python true is 1.
            if canonical(entry) != canonical(expected):
                raise Refused(f"expected {expected}, got {entry}")
        except Refused as refused:
            raise Refused(f"{name}: {refused}") from refused
        step = Step(name, how, number, time.perf_counter() - start)
        self.steps.append(step)
        if self.progress is not None:
            self.progress(step)

    def _decide(self, question: Question, text: str, query: str) -> None:
        """Decides a question in every way that was asked for."""
        if self.cases and (failing := question.decide()) is not None:
            state = " & ".join(f"{name}={index}" for name, index in failing.items())
            raise Refused(
                f"{query}: not so at {state}: expected the code of the next value of "
                f"{question.variable} there, or that evidence.json excludes it"
            )
        # What makes a query unsatisfiable is not that nothing is asked, unless that is shown here.
        witnessed = "unsat" if self.solvers and question.witness() is None else "sat"
        for decide in self.solvers.values():
            try:
                decide(text, self.timeout, "unsat")
                decide(premises(question), self.timeout, witnessed)
            except Refused as refused:
                raise Refused(f"{query}: {refused}") from refused
