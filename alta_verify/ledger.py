"""The ledger: every obligation is declared before anything is proved, and ticked off one by one.

PROVED is only ever said when each declared obligation was shown. What raises, times out or is
skipped stays open.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TypeAlias, final

from alta_verify.counterexample import Counterexample
from alta_verify.deadline import Deadline
from alta_verify.disagreement import Disagreement
from alta_verify.report import Obligation, Result

__all__ = ["Ledger", "NotShown", "Progress", "Refuted"]

Progress: TypeAlias = Callable[[str, int, int], None]
"""Is told the name of the obligation at hand, how many are done, and how many there are."""


class NotShown(Exception):  # noqa: N818 - an outcome, not an error
    """Says that an obligation could not be shown, and why.

    Attributes:
        owner: the obligation to which the reason belongs; None for the one at hand.
    """

    def __init__(self, reason: str, *, owner: str | None = None) -> None:
        """Takes the reason."""
        super().__init__(reason)
        self.owner = owner


class Refuted(Exception):  # noqa: N818 - an outcome, not an error
    """Carries a counterexample out of whatever found it."""

    def __init__(self, counterexample: Counterexample | Disagreement) -> None:
        """Takes a counterexample that has been replayed."""
        super().__init__(str(counterexample))
        self.counterexample = counterexample


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
        remember: Callable[[Obligation], None] | None = None,
    ) -> None:
        """Declares what has to be shown.

        Args:
            claims: the name of every obligation with what it says.
            deadline: after it obligations are no longer attempted.
            progress: is told about every obligation.
            known: how obligations were shown that an earlier run has shown, by name; they are not
                shown again.
            remember: is given every obligation that was attempted.
        """
        self._claims = dict(claims)
        self._done: dict[str, Obligation] = {}
        self._deadline = deadline
        self._progress = progress
        self._known = dict(known or {})
        self._remember = remember

    def knows(self, name: str) -> bool:
        """Says whether an earlier run has shown an obligation."""
        return name in self._known

    def attempt(self, name: str, show: Callable[[], str]) -> bool:
        """Tries to show one obligation and says whether that succeeded.

        Args:
            name: a declared obligation.
            show: shows it and returns the method, or raises `NotShown` or `Refuted`. Any other
                exception leaves the obligation open.
        """
        if name not in self._claims:
            raise KeyError(name)
        if self._progress is not None:
            self._progress(name, len(self._done), len(self._claims))
        start = time.perf_counter()
        if name in self._known:
            return self._recall(name)
        result, method = Result.OPEN, "out of time"
        try:
            if not self._deadline.expired:
                shown = show()
                if not isinstance(shown, str):
                    raise TypeError(f"expected to hear how it was shown, got {shown!r}")
                result, method = Result.PROVED, shown
        except NotShown as outcome:
            method = str(outcome)
        except Refuted:
            self._enter(name, Result.FAILED, "a counterexample was found", start)
            raise
        except Exception as error:  # noqa: BLE001 - nothing that goes wrong may pass for a proof
            method = f"{type(error).__name__}: {error}"
        self._enter(name, result, method, start)
        return result is Result.PROVED

    def _recall(self, name: str) -> bool:
        """Enters what an earlier run has shown."""
        claim, method = self._claims[name], self._known[name]
        self._done[name] = Obligation(name, claim, Result.PROVED, method, 0.0, cached=True)
        return True

    def _enter(self, name: str, result: Result, method: str, start: float) -> None:
        seconds = time.perf_counter() - start
        obligation = Obligation(name, self._claims[name], result, method, seconds)
        self._done[name] = obligation
        if self._remember is not None:
            self._remember(obligation)

    @property
    def obligations(self) -> tuple[Obligation, ...]:
        """All declared obligations; those that nobody attempted are open."""
        return tuple(
            self._done.get(name, Obligation(name, claim, Result.OPEN, "not attempted", 0.0))
            for name, claim in self._claims.items()
        )

    @property
    def cached(self) -> int:
        """How many obligations an earlier run had shown."""
        return sum(one.cached for one in self._done.values())

    @property
    def complete(self) -> bool:
        """Whether there are obligations and every one of them was shown."""
        obligations = self.obligations
        return bool(obligations) and all(one.result is Result.PROVED for one in obligations)
