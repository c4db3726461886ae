"""``outputs[n]``: both programs give the same outputs on all inputs of n tokens."""

from __future__ import annotations

from alta_verify.claim.equivalent import SIDES
from alta_verify.obligation import NotShown
from alta_verify.prove.equivalence.comparison import GAVE_UP, Comparison, JointRuns
from alta_verify.reach.symbolic.graph import FALSE, Literal
from alta_verify.universal import nonempty

__all__ = ["show"]


def show(comparison: Comparison, subject: str) -> str:
    """Compares the outputs of one length, position by position."""
    length = int(subject)
    if comparison.enumerable:
        return f"enumeration of all {comparison.run_all(length):,} inputs"
    runs = comparison.joint_runs(length)
    for side, run in runs.by_side.items():
        if not run.complete:
            raise NotShown(f"the {side} program: {GAVE_UP}")
    asked = 0
    # Lemma 7 (symbolic runs): guards describe the runs, so outputs differ on exactly the inputs on
    # which one value is the output of one program only.
    for position in range(length):
        different = _different(runs, position)
        if different == FALSE:
            continue
        asked += 1
        tokens = runs.input_with(different)
        if tokens is not None:
            comparison.refute(tokens)
            raise NotShown(f"position {position}: a difference was found but did not replay")
    how = "symbolic runs in one graph"
    if not asked:
        return f"{how}; all guards merged"
    return f"{how}; the SAT solver excluded a difference at {asked} positions"


def _different(runs: JointRuns, position: int) -> Literal:
    """Returns the inputs on which some value is the output of one program only."""
    # Of programs that end without fault each has exactly one output there, so these are the inputs
    # on which the outputs differ.
    graph = runs.inputs.graph
    first, second = (runs.outputs(side, position) for side in SIDES)
    # Not empty: there is an input, and both runs on it end.
    values = [*nonempty(first, "outputs of the first program").keys()]
    values += nonempty(second, "outputs of the second program").keys() - first.keys()
    pairs = [(first.get(value, FALSE), second.get(value, FALSE)) for value in values]
    # SAT sweeping (FRAIG; Mishchenko et al., 2005): guards that agree on random inputs are merged
    # once the solver finds no input that tells them apart. Where all merge, the XOR below is FALSE
    # by itself. One iterator in both places of `zip` below takes the literals two by two, as pairs
    # again.
    merged = iter(runs.sweep([literal for pair in pairs for literal in pair]))
    apart = [graph.xor(left, right) for left, right in zip(merged, merged, strict=True)]
    (different,) = runs.sweep([graph.any_of(apart)])
    return different
