"""The ledger: every obligation is declared before anything is proved, and ticked off one by one.

PROVED is only ever said when each declared obligation was shown. What raises, runs out of time or
is skipped stays open.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final, TypeAlias, final

from alta.limit import OutOfTime
from alta_verify.deadline import Deadline
from alta_verify.obligation import CutShort, NotShown, Obligation, Refuted
from alta_verify.report.finding import Finding, Result

__all__ = ["Ledger", "Progress"]

_NOT_REACHED: Final = "not reached"

Progress: TypeAlias = Callable[[str, int, int], None]
"""Is told the name of the obligation at hand, how many are done, and how many there are."""


@final
class Ledger:
    """The obligations of one theorem, each with what became of it."""

    def __init__(
        self,
        claims: Mapping[Obligation, str],
        *,
        deadline: Deadline,
        progress: Progress | None = None,
        recalled: Mapping[str, str] | None = None,
        remember: Callable[[Finding], None] | None = None,
    ) -> None:
        """Declares what has to be shown.

        Args:
            claims: every obligation with what it says.
            deadline: after it obligations are no longer attempted; each may take a share of it.
            progress: is told about every obligation.
            recalled: how obligations were shown that an earlier run has shown, by name; they are
                not shown again.
            remember: is given what became of every obligation that was attempted.
        """
        self._claims = dict(claims)
        self._done: dict[Obligation, Finding] = {}
        self._deadline = deadline
        self._progress = progress
        self._recalled = dict(recalled or {})
        self._remember = remember

    def recalls(self, obligation: Obligation) -> bool:
        """Says whether an earlier run has shown an obligation."""
        return str(obligation) in self._recalled

    def attempt(
        self,
        obligation: Obligation,
        show: Callable[[], str],
        part: Fraction = Fraction(1),
        *,
        at_once: bool = False,
    ) -> bool:
        """Tries to show one obligation and says whether that succeeded.

        Args:
            obligation: a declared one.
            show: shows it and returns the method, or raises `NotShown`, `OutOfTime` or `Refuted`.
                Any other exception leaves the obligation open.
            part: how much of the time that is left it may take.
            at_once: whether it takes none, so that it is attempted even after the deadline.
        """
        # The verdict counts declared obligations only, so to show another one would show nothing.
        if obligation not in self._claims:
            raise KeyError(str(obligation))
        if self._deadline.over and obligation in self._done:
            # It came again, too late: what became of it before is said.
            return False
        if self._progress is not None:
            self._progress(str(obligation), len(self._done), len(self._claims))
        start = time.perf_counter()
        if self.recalls(obligation):
            method = self._recalled[str(obligation)]
            claim = self._claims[obligation]
            self._done[obligation] = Finding(
                obligation, claim, Result.PROVED, method, 0.0, cached=True
            )
            return True
        result, method, late, owner = Result.OPEN, _NOT_REACHED, True, None
        try:
            if at_once or not self._deadline.expired:
                with self._deadline.share(part):
                    shown = show()
                # Something that returns without saying how has shown nothing.
                if not isinstance(shown, str):
                    raise TypeError(f"expected to hear how it was shown, got {shown!r}")
                result, method, late = Result.PROVED, shown, False
        except OutOfTime as outcome:
            method = str(outcome)
        except NotShown as outcome:
            method, late = str(outcome), False
            if outcome.owner not in {None, obligation}:
                owner = outcome.owner
                method = f"rests on {owner}, which is open"
        except Refuted:
            self._enter(obligation, Result.FAILED, "a counterexample was found", start)
            raise
        except Exception as error:  # noqa: BLE001 - nothing that goes wrong may pass for a proof
            method, late = f"{type(error).__name__}: {error}", False
        self._enter(obligation, result, method, start, late=late, owner=owner)
        return result is Result.PROVED

    def _enter(
        self,
        obligation: Obligation,
        result: Result,
        method: str,
        start: float,
        *,
        late: bool = False,
        owner: Obligation | None = None,
    ) -> None:
        # An obligation that was late has a second turn, and both count.
        before = self._done[obligation].seconds if obligation in self._done else 0.0
        seconds = before + time.perf_counter() - start
        finding = Finding(
            obligation,
            self._claims[obligation],
            result,
            method,
            seconds,
            late=late,
            rests_on=owner,
        )
        self._done[obligation] = finding
        # What was cut short will be done in full when there is time.
        if self._remember is not None and not isinstance(method, CutShort):
            self._remember(finding)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What became of all declared obligations; those that nobody attempted are open."""
        return tuple(
            self._done.get(
                obligation, Finding(obligation, claim, Result.OPEN, "not attempted", 0.0)
            )
            for obligation, claim in self._claims.items()
        )

    def late(self) -> list[Obligation]:
        """Returns the obligations for which time ran out."""
        return [obligation for obligation, finding in self._done.items() if finding.late]

    @property
    def cached(self) -> int:
        """How many obligations an earlier run had shown."""
        return sum(finding.cached for finding in self._done.values())

    @property
    def complete(self) -> bool:
        """Whether there are obligations and every one of them was shown."""
        findings = self.findings
        # Without obligations nothing is proved: a universal over none.
        return bool(findings) and all(finding.result is Result.PROVED for finding in findings)
