"""Endings: how the run of one input ends, by the definitional interpreter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from alta.errors import ExecutionError
from alta.interp.step import Table, halted, initial_state, outputs_of, steps
from alta.interp.tokens import check_layers, check_tokens
from alta.lang.program import Program
from alta.lang.values import Value

__all__ = ["ENDLESS", "Ending", "ending_of"]

ENDLESS: Final = "endless"
"""The kind of a run that repeats a state and that nothing ends."""


@final
@dataclass(frozen=True)
class Ending:
    """The way a run ends: with outputs, with an error, or not at all.

    Attributes:
        outputs: the output variable at every position; None for a run without an end.
        layers: the layers taken; for an endless run, those until a state came back.
        halted: whether the halt ended the run.
        error: why there is no next state, or None.
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
    """Follows a run to its end.

    A run that comes back to a state goes round for ever. Where a bound ends it all the same, the
    rounds that are left are not run but counted.

    Args:
        program: what to run.
        tokens: the input.
        max_layers: the most layers; None for the program's own bound, or until it halts.

    Raises:
        TokenError: for tokens that are not the program's.
        ProgramError: when nothing at all would end the run.
    """
    checked = check_tokens(program, tokens)
    bound = check_layers(program, len(checked), max_layers)
    states = [initial_state(program, checked)]
    # A layer is a function of the state alone, so from a state that was there before the run goes
    # round for ever.
    first_layers = {_key(states[0]): 0}
    try:
        for layer, step in enumerate(steps(program, checked, bound), start=1):
            first = first_layers.setdefault(_key(step.after_mlp), layer)
            if first != layer:
                # Nothing but a bound could still end it: the halt was tested in every state of the
                # round.
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
