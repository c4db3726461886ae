"""``first[kind]``, ``second[kind]``: every run of a program ends, and none of them fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from alta.interp.run import ENDLESS
from alta_verify.obligation import NotShown
from alta_verify.prove.equivalence.comparison import GAVE_UP, Comparison
from alta_verify.prove.theorem import exclude
from alta_verify.reach.answer import Pattern
from alta_verify.reach.symbolic.graph import FALSE
from alta_verify.reach.violations import patterns_of, possible_violations
from alta_verify.universal import nonempty

__all__ = ["FAULTS", "show"]

FAULTS: Final[Mapping[str, str]] = {
    "conflict": "no two of its rules that fire write the same variable",
    "range": "none of its rules that fires assigns a value out of range",
    "undefined": "none of its rules depends on an UNDEFINED variable",
    ENDLESS: "every run of it ends",
}
"""Why a program can give no outputs, with what is claimed of each."""


def show(side: str, comparison: Comparison, kind: str) -> str:
    """Shows that the first or the second program never lacks outputs for one reason."""
    if comparison.enumerable:
        # Whatever is wrong with a run of either program refutes.
        lengths = nonempty(comparison.pair.lengths, "inputs in common")
        inputs = sum(map(comparison.run_all, lengths))
        return f"enumeration of all {inputs:,} inputs"
    if kind == ENDLESS:
        return _show_ends(comparison, side)
    finite = comparison.pair.abstractions[side].finite
    # Lemma 4 (value sets): only what is possible in them can happen, after any number of layers.
    suspects = [
        violation
        for violation, _ in possible_violations(finite, comparison.value_sets[side])
        if violation.kind == kind
    ]
    for violation in suspects:
        for pattern in nonempty(list(patterns_of(violation)), f"ways to {kind}"):
            _exclude(comparison, side, pattern, str(violation))
    if suspects:
        return f"symbolic runs of every length ({len(suspects)} cases)"
    return "value sets, for any number of layers"


def _show_ends(comparison: Comparison, side: str) -> str:
    pair = comparison.pair
    # A bound ends every run, whatever its state.
    if None not in nonempty(pair.bounds[side], "inputs in common").values():
        return "the number of layers is bounded"
    for length in pair.lengths:
        runs = comparison.joint_runs(length)
        run = runs.by_side[side]
        if not run.complete:
            raise NotShown(f"length {length}: {GAVE_UP}")
        tokens = runs.input_with(run.endless) if run.endless != FALSE else None
        if tokens is not None:
            comparison.refute(tokens)
            raise NotShown(f"length {length}: an endless run was found but did not replay")
    return "symbolic runs of every length, each followed to its halt"


def _exclude(comparison: Comparison, side: str, pattern: Pattern, fault: str) -> None:
    """Shows that no run has a local state of a pattern."""
    pair, sets = comparison.pair, comparison.value_sets[side].rows
    # Lemma 4 (value sets): what no position's sets have, no run has.
    if not any(all(row[name] & values for name, values in pattern.items()) for row in sets):
        return
    # Lemma 7 (symbolic runs): up to the first failure the guards describe every run.
    for length in nonempty(pair.lengths, "inputs in common"):
        run = comparison.joint_runs(length).by_side[side]
        exclude(fault, run.find(pattern, pair.deadline), comparison.refute)
