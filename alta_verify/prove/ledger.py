"""The ledger: every obligation is declared before anything is proved, and ticked off in its turn.

PROVED is only ever said when each declared obligation was shown. What raises, runs out of time or
is skipped stays open.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, TypeAlias, final

from alta.limit import OutOfTime
from alta_verify.deadline import Deadline
from alta_verify.obligation import CutShort, NotShown, Obligation, Refuted
from alta_verify.prove.theorem import SAMPLING, Kind
from alta_verify.report.finding import Finding, Result
from alta_verify.specs.specification import SpecificationError

__all__ = ["Ledger", "Progress", "in_turn"]

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
        """Declares what has to be shown: every obligation, with what it says.

        What an earlier run has shown is `recalled`, how by name, and not shown again; `remember` is
        given what became of every obligation that was attempted.
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

        To show it returns the method, or raises `NotShown`, `OutOfTime` or `Refuted`; any other
        exception leaves it open. It may take a part of the time that is left; one that is there
        `at_once` takes none, and is attempted even after the deadline.
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
            finding = Finding(obligation, claim, Result.PROVED, method, 0.0, cached=True)
            self._done[obligation] = finding
            return True
        result, method, late, owner = Result.OPEN, "not reached", True, None
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
        except SpecificationError:
            # Malformed as an argument is, which only showed now: no verdict would mean anything.
            raise
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
        claim = self._claims[obligation]
        finding = Finding(obligation, claim, result, method, seconds, late=late, rests_on=owner)
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


def in_turn(
    obligations: Iterable[Obligation],
    kinds: Mapping[str, Kind[Any]],
    late: Callable[[], Iterable[Obligation]],
    work: Callable[[Obligation], int] = lambda _: 0,
) -> Iterator[tuple[Obligation, Fraction]]:
    """Yields obligations in the order of their kinds, each with its part of the time that is left.

    What is cheap comes first, so that a short limit still shows it, and of one kind what takes less
    `work`. Most of a kind have equal shares, and so have all later kinds together, so that none
    keeps the others from their turn. Those that are `late`, when all had their turn, come again,
    and may take all that is left.
    """
    order = list(kinds)
    ordered = sorted(obligations, key=lambda each: (order.index(each.kind), work(each)))
    left = Counter(obligation.kind for obligation in ordered)
    for index, obligation in enumerate(ordered):
        alike, part = left[obligation.kind], kinds[obligation.kind].part
        # Where no later kind is left, those of this one share all the time among themselves.
        last = alike == len(ordered) - index
        # With k of this kind left, and later kinds counting as one, each takes 1/(k + 1) of what is
        # left: if all take their shares in full, the shares are equal.
        equal = Fraction(1, alike if last else alike + 1)
        yield obligation, equal if part is None else part
        left[obligation.kind] -= 1
    # Nothing rests on sampling.
    for obligation in sorted(late(), key=lambda obligation: obligation.kind == SAMPLING):
        yield obligation, Fraction(1)
