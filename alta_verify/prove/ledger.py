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
from alta_verify.obligation import CutShort, NotShown, Refuted
from alta_verify.report.finding import Finding, Result

__all__ = ["Ledger", "Progress"]

_NOT_REACHED: Final = "not reached"

Progress: TypeAlias = Callable[[str, int, int], None]
"""Is told the name of the obligation at hand, how many are done, and how many there are."""


@final
class Ledger:
    """Keeps the obligations of one theorem."""

    def __init__(
        self,
        claims: Mapping[str, str],
        *,
        deadline: Deadline,
        progress: Progress | None = None,
        known: Mapping[str, str] | None = None,
        remember: Callable[[Finding], None] | None = None,
    ) -> None:
        """Declares what has to be shown.

        Args:
            claims: the name of every obligation with what it says.
            deadline: after it obligations are no longer attempted; each may take a share of it.
            progress: is told about every obligation.
            known: how obligations were shown that an earlier run has shown, by name; they are not
                shown again.
            remember: is given every obligation that was attempted.
        """
        self._claims = dict(claims)
        self._done: dict[str, Finding] = {}
        self._deadline = deadline
        self._progress = progress
        self._known = dict(known or {})
        self._remember = remember

    def knows(self, name: str) -> bool:
        """Says whether an earlier run has shown an obligation."""
        return name in self._known

    def attempt(
        self,
        name: str,
        show: Callable[[], str],
        part: Fraction = Fraction(1),
        *,
        at_once: bool = False,
    ) -> bool:
        """Tries to show one obligation and says whether that succeeded.

        Args:
            name: a declared obligation.
            show: shows it and returns the method, or raises `NotShown`, `OutOfTime` or `Refuted`.
                Any other exception leaves the obligation open.
            part: how much of the time that is left it may take.
            at_once: whether it takes none, so that it is attempted even after the deadline.
        """
        if name not in self._claims:
            raise KeyError(name)
        if self._deadline.over and name in self._done:
            # It came again, too late: what became of it before is said.
            return False
        if self._progress is not None:
            self._progress(name, len(self._done), len(self._claims))
        start = time.perf_counter()
        if name in self._known:
            return self._recall(name)
        result, method, late = Result.OPEN, _NOT_REACHED, True
        try:
            if at_once or not self._deadline.expired:
                with self._deadline.share(part):
                    shown = show()
                if not isinstance(shown, str):
                    raise TypeError(f"expected to hear how it was shown, got {shown!r}")
                result, method, late = Result.PROVED, shown, False
        except OutOfTime as outcome:
            method = str(outcome)
        except NotShown as outcome:
            method, late = str(outcome), False
        except Refuted:
            self._enter(name, Result.FAILED, "a counterexample was found", start)
            raise
        except Exception as error:  # noqa: BLE001 - nothing that goes wrong may pass for a proof
            method, late = f"{type(error).__name__}: {error}", False
        self._enter(name, result, method, start, late=late)
        return result is Result.PROVED

    def _recall(self, name: str) -> bool:
        """Enters what an earlier run has shown."""
        claim, method = self._claims[name], self._known[name]
        self._done[name] = Finding(name, claim, Result.PROVED, method, 0.0, cached=True)
        return True

    def _enter(
        self, name: str, result: Result, method: str, start: float, *, late: bool = False
    ) -> None:
        before = self._done[name].seconds if name in self._done else 0.0
        seconds = before + time.perf_counter() - start
        finding = Finding(name, self._claims[name], result, method, seconds, late=late)
        self._done[name] = finding
        # What was cut short will be done in full when there is time.
        if self._remember is not None and not isinstance(method, CutShort):
            self._remember(finding)

    @property
    def obligations(self) -> tuple[Finding, ...]:
        """All declared obligations; those that nobody attempted are open."""
        return tuple(
            self._done.get(name, Finding(name, claim, Result.OPEN, "not attempted", 0.0))
            for name, claim in self._claims.items()
        )

    def late(self) -> list[str]:
        """Returns the obligations for which time ran out."""
        return [name for name, one in self._done.items() if one.late]

    @property
    def cached(self) -> int:
        """How many obligations an earlier run had shown."""
        return sum(one.cached for one in self._done.values())

    @property
    def complete(self) -> bool:
        """Whether there are obligations and every one of them was shown."""
        obligations = self.obligations
        return bool(obligations) and all(one.result is Result.PROVED for one in obligations)
