"""Runs: layer after layer until the halt or the bound, every state kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, final

from alta.errors import ExecutionError
from alta.interp.step import Table, attend, halted, initial_state, mlp
from alta.interp.tokens import check_layers, check_tokens, language_note
from alta.lang.program import Program
from alta.lang.variables import Value
from alta.limit import checkpoint

__all__ = ["LayerState", "Run", "Trace", "run"]


@final
@dataclass(frozen=True)
class LayerState:
    """What one layer did.

    Attributes:
        after_attention: the table with the head outputs.
        after_mlp: the table that the next layer reads.
    """

    after_attention: Table
    after_mlp: Table


@final
@dataclass(frozen=True)
class Trace:
    """All states of a run: the one before the first layer, then two a layer."""

    initial: Table
    layers: tuple[LayerState, ...]


@final
@dataclass(frozen=True)
class Run:
    """The course of one input through a program, or through its compiled model.

    Printed, or shown in a notebook, it is a table of position x variable x layer.

    Attributes:
        program: whose run it is.
        tokens: the input.
        outputs: the output variable at every position.
        n_layers: how many layers were taken.
        halted: whether the halt ended the run (rather than the bound on layers).
    """

    program: Program = field(repr=False)
    tokens: tuple[int, ...]
    outputs: tuple[Value, ...]
    n_layers: int
    halted: bool
    # A model decodes its states only when somebody looks at them.
    make_trace: Callable[[], Trace] = field(repr=False, compare=False)

    @cached_property
    def trace(self) -> Trace:
        """All states of the run."""
        return self.make_trace()

    @property
    def initial(self) -> Table:
        """The table before the first layer: one mapping, variable to value, a position."""
        return self.trace.initial

    @property
    def states(self) -> tuple[LayerState, ...]:
        """The tables of every layer, after attention and after the MLP."""
        return self.trace.layers

    @property
    def text(self) -> str | None:
        """The outputs as text, where the program says how to decode them."""
        decode = self.program.decode
        return None if decode is None else decode(self.outputs)

    def __str__(self) -> str:
        from alta.interp.table import render_text

        return render_text(self)

    def _repr_html_(self) -> str:
        from alta.interp.table import render_html

        return render_html(self)

    def __rich__(self) -> Any:
        from alta.interp.table import render_rich

        return render_rich(self)


def run(program: Program, tokens: Sequence[Any] | str, max_layers: int | None = None) -> Run:
    """Runs a program on one input, exactly as the language defines it.

    Args:
        program: what to run.
        tokens: token numbers or names; a string is split at white space into names.
        max_layers: the most layers to take; None for the program's own bound, or until it halts.

    Returns:
        The run with its outputs and all its states.

    Raises:
        TokenError: for tokens that are not the program's, or too many of them.
        ProgramError: when nothing would end the run.
        ExecutionError: when the program conflicts, traps or reads an UNDEFINED variable.
    """
    checked = check_tokens(program, tokens)
    bound = check_layers(program, len(checked), max_layers)
    initial = state = initial_state(program, checked)
    layers: list[LayerState] = []
    try:
        while not halted(program, state) and (bound is None or len(layers) < bound):
            checkpoint()
            attended = attend(program, state)
            state = mlp(program, attended, layer=len(layers) + 1)
            layers.append(LayerState(attended, state))
    except ExecutionError as error:
        note = language_note(program, checked)
        if note is not None:
            error.add_note(note)
        raise
    trace = Trace(initial, tuple(layers))
    return Run(
        program=program,
        tokens=checked,
        outputs=tuple(local[program.output_name] for local in state),
        n_layers=len(layers),
        halted=halted(program, state),
        make_trace=lambda: trace,
    )
