"""Runs: layer after layer until the halt or the bound, every state kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, final

from alta.errors import ExecutionError
from alta.interp.step import LayerState, Table, halted, initial_state, outputs_of, steps
from alta.interp.table import Grid
from alta.interp.tokens import check_layers, check_tokens, language_note
from alta.lang.program import Program
from alta.lang.values import Value

__all__ = ["LayerState", "Run", "Trace", "run"]


@final
@dataclass(frozen=True)
class Trace:
    """All states of a run: the one before the first layer, then two a layer."""

    initial: Table
    layers: tuple[LayerState, ...]

    @property
    def tables(self) -> list[Table]:
        """All states in the order in which they come up."""
        layers = [(layer.after_attention, layer.after_mlp) for layer in self.layers]
        return [self.initial, *(table for pair in layers for table in pair)]


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

    @cached_property
    def _grid(self) -> Grid:
        end = "halted" if self.halted else "stopped at the bound"
        return Grid.of(self.program, self.tokens, self.outputs, end, self.trace.tables)

    def __str__(self) -> str:
        return self._grid.text()

    def _repr_html_(self) -> str:
        return self._grid.html()

    def __rich__(self) -> Any:
        return self._grid.rich()


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
    try:
        layers = tuple(steps(program, checked, bound))
    except ExecutionError as error:
        # Outside of its language a program promises nothing, so that this may be no fault of it.
        note = language_note(program, checked)
        if note is not None:
            error.add_note(note)
        raise
    trace = Trace(initial_state(program, checked), layers)
    # Of a run that took no layer the outputs are first values.
    last = layers[-1].after_mlp if layers else trace.initial
    return Run(
        program=program,
        tokens=checked,
        outputs=outputs_of(program, last),
        n_layers=len(layers),
        halted=halted(program, last),
        make_trace=lambda: trace,
    )
