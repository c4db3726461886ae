"""Layers: how many of them runs have before they end."""

from __future__ import annotations

from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Clock, SolverCalls
from alta_verify.reach.slices import SlicedProgram, slice_of
from alta_verify.reach.symbolic.graph import FALSE
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.run import SymbolicRun
from alta_verify.universal import nonempty

__all__ = ["most_layers"]


def most_layers(
    abstraction: Abstraction,
    lengths: tuple[int, ...],
    max_layers: int | None,
    clock: Clock,
    calls: SolverCalls,
) -> int | None:
    """Returns a number of layers after which every run that has not failed has ended.

    Where nothing bounds the layers, the halt has to: runs of the slice that decides when to halt
    are followed to their ends, for all inputs of a length at once.

    Args:
        abstraction: the program.
        lengths: the lengths of the inputs.
        max_layers: the most layers of a run that count; None for the program's own bound.
        clock: when to give up.
        calls: counts the solver's questions.

    Returns:
        None where some run does not end, or where that is not known.
    """
    # Lemma 6 (slices): the program halts where the slice of its halt variable does.
    program = SlicedProgram(abstraction, slice_of(abstraction.finite, ()), max_layers)
    layers = []
    for length in nonempty(lengths, "inputs within the bound"):
        bound = program.layer_bound(length)
        if bound is None and program.finite.halt is None:
            return None
        if bound is None:
            inputs = Inputs(abstraction.concrete.inputs, length, calls=calls)
            run = SymbolicRun(program, inputs, None)
            # Lemma 7: an input runs in a layer exactly if its
            # guard says so, and is endless likewise.
            if not run.advance(clock) or run.endless != FALSE:
                return None
            bound = len(run.layers)
        layers.append(bound)
    return max(layers)
