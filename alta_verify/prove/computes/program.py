"""``program[kind]``: no run within the bounds has a conflict, a trap or an undefined read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Protocol

from alta_verify.abstraction import UNDEFINED_VALUE
from alta_verify.prove.computes.runs import Runs
from alta_verify.prove.theorem import exclude
from alta_verify.reach.answer import Pattern
from alta_verify.reach.violations import Violation, joined, patterns_of
from alta_verify.universal import nonempty

__all__ = ["FAILURES", "show"]

FAILURES: Final[Mapping[str, str]] = {
    "conflict": "no two rules that fire write the same variable",
    "range": "no rule that fires assigns a value out of range",
    "undefined": "no rule depends on an UNDEFINED variable",
}
"""The ways in which a run can fail, with what is claimed of each."""


class Running(Protocol):
    """What is known of the runs of a program, and a way to hold inputs against it."""

    @property
    def runs(self) -> Runs:
        """All runs within the bounds."""

    def refute(self, tokens: tuple[int, ...]) -> None:
        """Raises `Refuted` if an input refutes the theorem."""


def show(context: Running, kind: str) -> str:
    """Asks of everything that value sets do not exclude whether a run gets there."""
    runs = context.runs
    # Lemma 4 (value sets): only what is possible in them can happen, after any number of layers.
    suspects = [violation for violation in runs.violations if violation.kind == kind]
    if not suspects:
        return "value sets, for any number of layers"
    # Every input was run to its end, or to a state that came back: a run is its own proof.
    if runs.reachability.failure_free:
        return f"{runs.reachability.method}; none fails"
    for alike in _alike(suspects):
        # Many rules test the same names for other values, and fail for one reason if at all.
        if len(alike) > 1 and runs.exclude([pattern for _, pattern in alike]):
            continue
        for violation, pattern in joined(alike):
            exclude(violation, runs.find(pattern), context.refute)
    return f"{runs.reachability.method} ({len(suspects)} cases)"


def _alike(suspects: Sequence[Violation]) -> Collection[list[tuple[Violation, Pattern]]]:
    """Returns all ways to fail, those together that are about the same names."""
    groups: dict[tuple[frozenset[str], frozenset[str]], list[tuple[Violation, Pattern]]] = {}
    for violation in suspects:
        for pattern in nonempty(list(patterns_of(violation)), f"ways to {violation.kind}"):
            # What reads UNDEFINED is apart, since that needs smaller slices to be decided.
            undefined = {name for name, values in pattern.items() if values == {UNDEFINED_VALUE}}
            key = frozenset(pattern), frozenset(undefined)
            groups.setdefault(key, []).append((violation, pattern))
    return groups.values()
