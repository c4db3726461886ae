"""Runs: layer after layer until the halt or the bound, every state kept, and how they end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, final

from alta.errors import ExecutionError
from alta.interp.inside import Attention, Inside
from alta.interp.place import Place, place_of, selections
from alta.interp.step import LayerState, Table, halted, initial_state, outputs_of, steps
from alta.interp.table import Grid
from alta.interp.tokens import Tokens, check_layers, check_tokens, language_note
from alta.interp.view import Side, run_view
from alta.lang.program import Program
from alta.lang.values import Value
from alta.pages.figures import run_figure, save_figure
from alta.pages.html import framed, run_page, save_page
from alta.pages.views import RunView

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "ENDLESS",
    "Attention",
    "Ending",
    "Inside",
    "LayerState",
    "Run",
    "Trace",
    "ending_of",
    "run",
]

ENDLESS: Final = "endless"
"""The kind of a run that repeats a state and that nothing ends."""


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
    # What a model computed; None for a program, which selects and has no residual stream.
    make_inside: Callable[[], Inside] | None = field(default=None, repr=False, compare=False)

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

    @cached_property
    def inside(self) -> Inside | None:
        """What a model computed between its states; None for a program."""
        return None if self.make_inside is None else self.make_inside()

    @cached_property
    def attention(self) -> Attention:
        """What each head attends to: for each layer, by head and position, positions with weights.

        Of a program these are the selected positions, in equal shares; of a model those with a
        weight above 0, in the very numbers that the model computed.
        """
        if self.inside is not None:
            return self.inside.attention
        return tuple(
            {name: selections(self.program, name, state) for name in self.program.heads}
            for state in self.trace.tables[:-1:2]
        )

    def at(self, layer: int, position: int) -> Place:
        """Says what happens at a place: which rules fire, and why each head reads what it reads.

        Args:
            layer: which layer, from 1.
            position: which position, from 0; negative ones count from the end.

        Raises:
            IndexError: when the run has no such layer or position.
        """
        length = len(self.tokens)
        if not 1 <= layer <= self.n_layers:
            raise IndexError(
                f"layer {layer!r}: expected 1 … {self.n_layers}, as many as were taken"
            )
        if not -length <= position < length:
            raise IndexError(f"position {position!r}: expected 0 … {length - 1}")
        tables = self.trace.tables[2 * layer - 2 : 2 * layer + 1]
        return place_of(self.program, self.tokens, tables, layer, position % length)

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
        return framed(self._page)

    def save_html(self, path: str | Path) -> None:
        """Writes a page that shows the run in a browser, one file that needs no network.

        It has a table of every layer, the rules that fire, and what each head attends to. Of a
        model's run that is what the model computed, decoded.

        Args:
            path: the file, in a folder that is there.

        Raises:
            AltaError: when the file cannot be written.
        """
        save_page(path, self._page)

    def figure(
        self,
        show: str = "states",
        *,
        layers: Iterable[int] | None = None,
        names: Iterable[str] | None = None,
    ) -> Figure:
        """Draws the run as a figure of matplotlib; the extra ``figures`` has it.

        Args:
            show: ``"states"``, a table a layer with what it changed; ``"attention"``, a matrix for
                each head and layer, of the reader's row and the column that is read; or
                ``"residual"``, the residual stream of a model's run.
            layers: the layers that are shown, 0 for what is before the first; None for all.
            names: the variables and heads that are shown, or coordinates; None for all.

        Raises:
            AltaError: when there is nothing of that name, too much to be read, no residual stream,
                or matplotlib is not installed.
        """
        return run_figure(self._view, show, layers, names)

    def save_figure(
        self,
        path: str | Path,
        show: str = "states",
        *,
        layers: Iterable[int] | None = None,
        names: Iterable[str] | None = None,
    ) -> None:
        """Writes what `figure` draws to a file, whose name ends in the format: .svg, .png or .pdf.

        Args:
            path: the file, in a folder that is there.
            show: as for `figure`.
            layers: as for `figure`.
            names: as for `figure`.

        Raises:
            AltaError: when `figure` does, or the file cannot be written.
        """
        save_figure(self.figure(show, layers=layers, names=names), path)

    @cached_property
    def _page(self) -> str:
        return run_page(self._view)

    @cached_property
    def _view(self) -> RunView:
        parts = self.program, self.tokens, self._grid.ending, [self.side]
        # Where there is a layer, the first one shows what a layer is.
        return run_view(*parts, start=min(1, self.n_layers))

    @property
    def side(self) -> Side:
        """What pages show of the run."""
        return Side(self.trace.tables, self.attention, self.inside)

    def __rich__(self) -> Any:
        return self._grid.rich()


def run(program: Program, tokens: Tokens, max_layers: int | None = None) -> Run:
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


@final
@dataclass(frozen=True)
class Ending:
    """The way a run ends: with outputs, with an error, or not at all.

    An endless run has no outputs, and the layers until a state came back.
    """

    outputs: tuple[Value, ...] | None
    layers: int
    halted: bool = False
    error: ExecutionError | None = None

    @property
    def fault(self) -> str | None:
        """Why there are no outputs: ``"conflict"``, ``"range"``, ``"undefined"``, ``"endless"``."""
        if self.error is not None:
            return self.error.kind
        return ENDLESS if self.outputs is None else None


def ending_of(program: Program, tokens: tuple[int, ...], max_layers: int | None) -> Ending:
    """Follows a run to its end, within a bound: the caller's, the program's own, or the halt alone.

    A run that comes back to a state goes round for ever. Where a bound ends it all the same, the
    rounds that are left are not run but counted. Tokens and bounds are refused as by `alta.run`.
    """
    checked = check_tokens(program, tokens)
    bound = check_layers(program, len(checked), max_layers)
    states = [initial_state(program, checked)]
    # A layer is a function of the state alone, so from a state that comes back a run goes round.
    first_layers = {_key(states[0]): 0}
    try:
        for layer, step in enumerate(steps(program, checked, bound), start=1):
            first = first_layers.setdefault(_key(step.after_mlp), layer)
            if first != layer:
                # Nothing but a bound could still end it: the halt was tested all along the round.
                if bound is None:
                    return Ending(None, layer)
                # State f comes back at layer l, so layer b is like layer f + (b - f) mod (l - f).
                last = states[first + (bound - first) % (layer - first)]
                return Ending(outputs_of(program, last), bound)
            states.append(step.after_mlp)
    except ExecutionError as error:
        return Ending(None, len(states), error=error)
    state = states[-1]
    return Ending(outputs_of(program, state), len(states) - 1, halted(program, state))


def _key(state: Table) -> tuple[tuple[Value, ...], ...]:
    return tuple(tuple(local.values()) for local in state)
