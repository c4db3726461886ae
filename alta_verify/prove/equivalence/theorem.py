"""The theorem that two programs give the same outputs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, final

from alta.lang.paths import ManyPaths
from alta.limit import OutOfTime
from alta_verify.claim.bounds import as_number
from alta_verify.claim.equivalent import Pair
from alta_verify.obligation import WHOLE, NotShown, Obligation, Share
from alta_verify.prove.equivalence.comparison import Comparison
from alta_verify.prove.equivalence.table import KINDS, claims
from alta_verify.prove.theorem import attempt
from alta_verify.report.report import CertificateError, Report
from alta_verify.search.disagreement import Disagreement
from alta_verify.search.shrink import shrink_by_runs

__all__ = ["Equivalent"]


@final
class Equivalent:
    """A `Theorem`: all runs of both programs end without fault, with the same outputs."""

    kinds = KINDS
    reproducible = True
    boxes = None
    assumptions: tuple[str, ...] = (
        "the batch interpreter does what the interpreter does: they are compared in the tests",
        "the SAT solver, Python and the code of alta_verify are right",
    )

    def __init__(self, pair: Pair) -> None:
        self.subject = pair
        self.vacuous = f"the programs have no input of 1 to {pair.max_len} tokens in common"
        self._comparison = Comparison(pair)

    @cached_property
    def claims(self) -> Mapping[Obligation, str]:
        """What has to be shown."""
        return claims(self.subject)

    def show(self, obligation: Obligation, share: Share = WHOLE) -> str:  # noqa: ARG002
        """Shows an obligation, as the table says."""
        try:
            return attempt(KINDS, self._comparison, obligation)
        except NotShown as reason:
            # What a solver gave up for want of time it may yet answer.
            if self.subject.deadline.expired:
                raise OutOfTime from reason
            raise
        except OutOfTime:
            # A run that was interrupted in the middle of something is not asked again.
            self._comparison = Comparison(self.subject)
            raise

    def shares(self, obligation: Obligation) -> int:  # noqa: ARG002 - for all theorems
        """Shows everything of all inputs at once."""
        return 1

    def work(self, obligation: Obligation) -> int:  # noqa: ARG002 - for all theorems
        """Knows of none that takes longer than others of its kind."""
        return 0

    def renew(self) -> None:
        """Has nothing to forget: `show` did."""

    def replay(self, tokens: tuple[int, ...]) -> Disagreement | None:
        """Returns how both programs disagree on an input."""
        return self._comparison.replay(tokens)

    def shrink(self, counterexample: Disagreement) -> Disagreement:
        """Returns a shorter disagreement."""
        pair, compared = self.subject, self._comparison
        return shrink_by_runs(
            counterexample,
            pair.inputs,
            compared.suspects,
            compared.replay,
            deadline=pair.deadline,
        )

    def facts(self) -> dict[str, Any]:
        """Returns numbers about the programs and the solver."""
        pair = self.subject
        return {
            "max_len": pair.max_len,
            "inputs": as_number(pair.number),
            "rules": [
                None if isinstance(program.mlp, ManyPaths) else len(program.mlp)
                for program in (pair.first, pair.second)
            ],
            "sat_calls": pair.calls.sat,
        }

    def warnings(self) -> tuple[str, ...]:
        """Has none: each program is looked at where it is built."""
        return ()

    def certify(self, report: Report, folder: Path) -> None:  # noqa: ARG002 - for all theorems
        """Refuses: a certificate is about weights."""
        raise CertificateError(
            "no certificate: two programs were compared, and certificates are about weights; "
            "report.to_json() has all that the report says"
        )
