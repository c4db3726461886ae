"""The theorem that a program does what was meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, final

from alta.lang.paths import ManyPaths
from alta_verify.claim.bounds import as_number
from alta_verify.claim.extent import in_words
from alta_verify.claim.meets import Meets
from alta_verify.obligation import WHOLE, Obligation, Share
from alta_verify.prove.computes.runs import Runs
from alta_verify.prove.meets.meeting import Meeting
from alta_verify.prove.meets.table import claims, kinds_of
from alta_verify.prove.meets.unbounded import Unbounded
from alta_verify.prove.theorem import Kind, attempt
from alta_verify.report.report import CertificateError, Report
from alta_verify.search.counterexample import Counterexample
from alta_verify.search.deviation import Deviation
from alta_verify.search.shrink import shrink_by_runs

__all__ = ["ANSWERS", "Satisfies", "shrunk"]

ANSWERS = (
    "the specification answers as it did: what it said of an input, asked twice, it says again"
)
"""What is taken on trust of any specification."""


@final
class Satisfies:
    """A `Theorem`: all runs of a program end without fault, and as specified."""

    reproducible = True
    boxes = None
    assumptions: tuple[str, ...] = (
        ANSWERS,
        "the batch interpreter does what the interpreter does: they are compared in the tests",
        "the SAT solver, Python and the code of alta_verify are right",
    )

    def __init__(self, claim: Meets) -> None:
        self.subject = claim
        self.vacuous = f"the input language has no sequence {in_words(claim.max_len)}"
        self.kinds: Mapping[str, Kind[Any]] = kinds_of(claim)

    @cached_property
    def _meeting(self) -> Meeting:
        return Meeting(self.subject, Runs(self.subject))

    @cached_property
    def claims(self) -> Mapping[Obligation, str]:
        """What has to be shown."""
        if self.subject.max_len is None:
            # Without a ranking the theorem is about runs as far as they go, and says so.
            self.subject = replace(self.subject, ending=self._unbounded.ending)
        return claims(self.subject)

    @cached_property
    def _unbounded(self) -> Unbounded:
        return Unbounded(self._meeting)

    def show(self, obligation: Obligation, share: Share = WHOLE) -> str:  # noqa: ARG002
        """Shows an obligation, as the table says."""
        unbounded = self.subject.max_len is None
        return attempt(self.kinds, self._unbounded if unbounded else self._meeting, obligation)

    def shares(self, obligation: Obligation) -> int:  # noqa: ARG002 - for all theorems
        """Shows everything of all inputs at once."""
        return 1

    def work(self, obligation: Obligation) -> int:  # noqa: ARG002 - for all theorems
        """Knows of none that takes longer than others of its kind."""
        return 0

    def renew(self) -> None:
        """Has nothing to forget: what was run is kept, and what was cut short is begun anew."""

    def replay(self, tokens: tuple[int, ...]) -> Deviation | Counterexample | None:
        """Returns how the program is not as meant on an input."""
        return self._meeting.replay(tokens)

    def shrink(self, counterexample: Deviation | Counterexample) -> Deviation | Counterexample:
        """Returns a shorter counterexample."""
        return shrunk(self._meeting, counterexample)

    def facts(self) -> dict[str, Any]:
        """Returns numbers about the program and the solver."""
        claim, mlp = self.subject, self.subject.program.mlp
        return {
            "max_len": claim.max_len,
            "inputs": None if claim.number is None else as_number(claim.number),
            "rules": None if isinstance(mlp, ManyPaths) else len(mlp),
            "sat_calls": claim.calls.sat,
            **({"invariant": self._unbounded.facts()} if claim.max_len is None else {}),
        }

    def warnings(self) -> tuple[str, ...]:
        """Has none: a program is looked at where it is built."""
        return ()

    def certify(self, report: Report, folder: Path) -> None:  # noqa: ARG002 - for all theorems
        """Refuses: a certificate is about weights."""
        raise CertificateError(
            "no certificate: the program alone was held against what was meant, and certificates "
            "are about weights; report.to_json() has all that the report says"
        )


def shrunk(
    meeting: Meeting, counterexample: Deviation | Counterexample
) -> Deviation | Counterexample:
    """Returns a shorter counterexample to what was meant."""
    claim = meeting.claim
    return shrink_by_runs(
        counterexample, claim.inputs, meeting.suspects, meeting.replay, deadline=claim.deadline
    )
