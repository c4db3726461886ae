"""Verdicts: what `verify` says of a pair, and whether running everything says so, too."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from contextlib import nullcontext
from dataclasses import dataclass, field
from enum import StrEnum

from alta.errors import ModelError
from alta.lang.program import Program
from alta.nn.model import Model
from alta_verify import Report, Result, Verdict, verify
from tests.campaigns.execution import Execution
from tests.campaigns.layout import aligned
from tests.properties.running import Word, nothing_sampled

__all__ = ["Judged", "Outcome", "Pair", "Tally", "judge"]


class Outcome(StrEnum):
    """What became of a pair. The last four should never be."""

    SAMPLED = "killed by sampling"
    KILLED = "killed by proof"
    LEFT_OPEN = "different, UNKNOWN"
    PROVED = "equivalent, PROVED"
    OPEN = "equivalent, UNKNOWN"
    VACUOUS = "no input, VACUOUS"
    TURNED_AWAY = "of another width, error"
    SURVIVED = "different, PROVED"
    SLANDERED = "equivalent, REFUTED"
    BROKEN = "not kept"
    REFUSED = "of the right widths, error"

    @property
    def wrong(self) -> bool:
        """Whether the verifier is wrong."""
        return self in {
            Outcome.SURVIVED,
            Outcome.SLANDERED,
            Outcome.BROKEN,
            Outcome.REFUSED,
        }


@dataclass(frozen=True)
class Pair:
    """A program and weights that may or may not compute it.

    Attributes:
        kind: what was done to a right pair.
        name: what exactly.
        kept: whether it has to be PROVED.
    """

    kind: str
    name: str
    program: Program
    model: Model
    max_len: int
    kept: bool = False

    @property
    def fitting(self) -> bool:
        """Whether variables and heads are as wide in the model as in the program."""
        widths = {name: domain.width for name, domain in self.program.domains.items()}
        columns = self.model.layout.columns
        return widths == {name: len(own) for name, own in columns.items()}


@dataclass(frozen=True)
class Judged:
    """A pair with its outcome.

    Attributes:
        differing: on how many inputs the two sides differ.
        seconds: what the verdict took.
        why: what is wrong with the verdict, or what it left open.
    """

    pair: Pair
    outcome: Outcome
    differing: int
    seconds: float
    why: str = ""


def judge(pair: Pair, execution: Execution, *, sampled: bool = True) -> Judged:
    """Verifies a pair, and compares the verdict with what running everything says.

    Args:
        pair: the pair.
        execution: all runs of its program.
        sampled: whether inputs are run before anything is proved.
    """
    start = time.perf_counter()
    try:
        with nullcontext() if sampled else nothing_sampled():
            report = verify(pair.program, pair.model, max_len=pair.max_len)
    except ModelError as error:
        outcome = Outcome.REFUSED if pair.fitting else Outcome.TURNED_AWAY
        return Judged(pair, outcome, 0, time.perf_counter() - start, str(error))
    seconds = time.perf_counter() - start
    if not pair.fitting:
        return Judged(pair, Outcome.SURVIVED, 0, seconds, f"{report.verdict} of other widths")
    differing = execution.differing(pair.model)
    outcome, why = _outcome(pair, report, execution, differing)
    return Judged(pair, outcome, len(differing), seconds, why)


def _outcome(
    pair: Pair, report: Report, execution: Execution, differing: list[Word]
) -> tuple[Outcome, str]:
    verdict, reasons = report.verdict, "; ".join(report.reasons)
    if verdict is Verdict.VACUOUS:
        return (Outcome.SURVIVED if execution.words else Outcome.VACUOUS), reasons
    if verdict is Verdict.REFUTED:
        if fault := _fault(pair, report, execution, differing):
            return Outcome.SLANDERED, fault
        failed = [one.name for one in report.obligations if one.result is Result.FAILED]
        return (Outcome.SAMPLED if failed == ["sampling"] else Outcome.KILLED), ""
    if differing:
        survived = verdict is Verdict.PROVED
        return (Outcome.SURVIVED if survived else Outcome.LEFT_OPEN), reasons
    if pair.kept and verdict is not Verdict.PROVED:
        return Outcome.BROKEN, reasons
    return (Outcome.PROVED if verdict is Verdict.PROVED else Outcome.OPEN), reasons


def _fault(pair: Pair, report: Report, execution: Execution, differing: list[Word]) -> str:
    """Says what is wrong with a counterexample, if anything is."""
    found = report.counterexample
    if found is None:
        return "there is no counterexample"
    if found.tokens not in differing:
        return f"nothing is wrong on {found.tokens}"
    error = execution.failing.get(found.tokens)
    if found.kind != ("mismatch" if error is None else error.kind):
        return f"{found.tokens} is a {found.kind}, but should be {error}"
    return "" if found.replay().confirmed else f"{found.tokens} does not replay"


@dataclass
class Tally:
    """Counts outcomes by kind, and keeps what is wrong."""

    judged: list[Judged] = field(default_factory=list)

    def add(self, one: Judged) -> None:
        self.judged.append(one)

    @property
    def wrong(self) -> list[Judged]:
        return [one for one in self.judged if one.outcome.wrong]

    def count(self, *outcomes: Outcome) -> int:
        return sum(one.outcome in outcomes for one in self.judged)

    @property
    def on_one_input(self) -> int:
        """How many differ on one input alone."""
        return sum(one.differing == 1 for one in self.judged)

    def table(self) -> str:
        """One line for each kind."""
        kinds: dict[str, list[Judged]] = defaultdict(list)
        for one in self.judged:
            kinds[one.pair.kind].append(one)
        heads = ["kind", "all", *_SHORT.values(), "one input", "s/verdict"]
        rows = [_row(kind, some) for kind, some in sorted(kinds.items())]
        return "\n".join(aligned([heads, *rows, _row("together", self.judged)]))

    def show(self) -> None:
        """Prints the table and everything that is wrong."""
        sys.stdout.write(f"{self.table()}\n")
        for one in self.wrong:
            sys.stdout.write(
                f"WRONG: {one.outcome} ({one.pair.kind}): {one.pair.name}: {one.why}\n"
            )


_SHORT = {
    Outcome.SAMPLED: "sampling",
    Outcome.KILLED: "proof",
    Outcome.LEFT_OPEN: "left open",
    Outcome.PROVED: "same, PROVED",
    Outcome.OPEN: "same, open",
    Outcome.VACUOUS: "vacuous",
    Outcome.TURNED_AWAY: "misfits",
    Outcome.SURVIVED: "SURVIVED",
    Outcome.SLANDERED: "SLANDERED",
    Outcome.BROKEN: "NOT KEPT",
    Outcome.REFUSED: "REFUSED",
}


def _row(title: str, some: list[Judged]) -> list[str]:
    counts = [str(sum(one.outcome is outcome for one in some)) for outcome in _SHORT]
    seconds = sum(one.seconds for one in some) / max(len(some), 1)
    alone = sum(one.differing == 1 for one in some)
    return [title, str(len(some)), *counts, str(alone), f"{seconds:.3f}"]
