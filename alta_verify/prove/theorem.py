"""Theorems: what `decide` needs to know of one, whatever it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Generic, Protocol, TypeVar, assert_never, final

from alta.limit import OutOfTime
from alta_verify.boxes.learned import Learned
from alta_verify.cache.key import Claim
from alta_verify.obligation import WHOLE, NotShown, Obligation, Refuted, Share
from alta_verify.reach.answer import Reachable, ReachAnswer, Undecided, Unfinished, Unreachable
from alta_verify.report.report import Report

__all__ = ["SAMPLING", "SPEC", "Kind", "Theorem", "attempt", "exclude"]

SAMPLING: Final = "sampling"
"""The kind of the obligation that every theorem has first, and on which nothing rests."""

SPEC: Final = "spec"
"""The kind of the obligation that a program does what was meant."""

C = TypeVar("C")


@final
@dataclass(frozen=True)
class Kind(Generic[C]):
    """One kind of obligation: an entry in the table of a theorem.

    Attributes:
        claim: what an obligation of this kind says, with places for its subject and the format.
        show: shows one, given what obligations share and the subject; returns the method, or raises
            `NotShown`, `OutOfTime` or `Refuted`.
        open_when: why one can stay open though the theorem holds.
        advice: what to try then.
        search: looks for a counterexample once one could not be shown.
        part: how much of the time that is left one may take, where that is not an equal share.
        stays: whether it is shown in this process, since what it needs cannot be sent to another.
    """

    claim: str
    show: Callable[[C, str], str]
    open_when: str
    advice: str
    search: Callable[[C, str], Any] | None = None
    part: Fraction | None = None
    stays: bool = False


class Theorem(Protocol):
    """A statement about all inputs of a language up to a length, and how it can be shown."""

    # Whether another run, or another machine, would show obligations of the same bounds.
    reproducible: bool
    # Why it is vacuous where it is; and what is taken on trust, in words.
    vacuous: str
    assumptions: tuple[str, ...]

    @property
    def subject(self) -> Claim:
        """What the theorem is about, with its bounds, its deadline and its count of questions."""

    @property
    def kinds(self) -> Mapping[str, Kind[Any]]:
        """The kinds of obligations, in the order in which they are attempted."""

    @property
    def claims(self) -> Mapping[Obligation, str]:
        """What has to be shown, each with what it says, in the order of reports."""

    @property
    def boxes(self) -> Learned | None:
        """The bounds on a learned block, if there is one."""

    def show(self, obligation: Obligation, share: Share = WHOLE) -> str:
        """Shows an obligation and returns the method, or raises what `Kind.show` raises.

        With a share it is shown of that part of the inputs alone.
        """

    def shares(self, obligation: Obligation) -> int:
        """Returns in how many shares of the inputs it is shown where there are workers."""

    def work(self, obligation: Obligation) -> int:
        """Says which obligations of one kind take longer than others."""

    def renew(self) -> None:
        """Forgets what there was no time for, since there is some left now."""

    def replay(self, tokens: tuple[int, ...]) -> Any:
        """Returns the counterexample that an input is, or None."""

    def shrink(self, counterexample: Any) -> Any:
        """Returns a shorter counterexample, or the same."""

    def facts(self) -> dict[str, Any]:
        """Returns numbers for the report, as JSON values."""

    def warnings(self) -> tuple[str, ...]:
        """Returns what is odd about what is verified, whatever the verdict."""

    def certify(self, report: Report, folder: Path) -> None:
        """Writes a certificate of the proof, or says why there is none."""


def attempt(kinds: Mapping[str, Kind[C]], context: C, obligation: Obligation) -> str:
    """Shows an obligation as its table says, and looks for a counterexample where that fails."""
    kind, subject = kinds[obligation.kind], obligation.subject or ""
    try:
        return kind.show(context, subject)
    except NotShown as reason:
        # Only for a reason of its own: one that belongs to another obligation is searched there.
        # What is found has been replayed, so that the search adds to what is refuted and never to
        # what is proved.
        if kind.search is not None and reason.owner in {None, obligation}:
            with suppress(OutOfTime):
                counterexample = kind.search(context, subject)
                if counterexample is not None:
                    raise Refuted(counterexample) from reason
        raise


def exclude(
    fault: object, answer: ReachAnswer | Unfinished, refute: Callable[[tuple[int, ...]], None]
) -> None:
    """Refutes, or leaves it open, unless the answer is that no run gets to a fault."""
    match answer:
        case Reachable(tokens=tokens):
            refute(tokens)
            raise NotShown(f"{fault} was reached but did not replay")
        case Undecided(reason=reason):
            raise NotShown(f"{fault}: {reason}")
        case Unfinished():
            raise NotShown(f"{fault}: out of time")
        case Unreachable():
            return
        case _:
            assert_never(answer)
