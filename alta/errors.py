"""The errors that ALTA raises, each a `ValueError` that says what, where and what to try."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import islice
from typing import Final

from alta.visible import visible

__all__ = [
    "AltaError",
    "ConflictError",
    "ExecutionError",
    "InputLanguageError",
    "ModelError",
    "ProgramError",
    "ProgramWarning",
    "RangeError",
    "StateAttributeError",
    "TokenError",
    "UndefinedVariableError",
    "nearest",
]

# With so many names an unknown one is compared, since each takes a while.
_COMPARED: Final = 1000


class AltaError(ValueError):
    """The base of every error that ALTA raises on purpose."""

    def __str__(self) -> str:
        """Returns the message, in which no character steers a terminal."""
        return visible(super().__str__())


class ProgramError(AltaError):
    """A program that is refused when it is built."""


class StateAttributeError(ProgramError, AttributeError):
    """An MLP function that takes a variable for an attribute: ``z.x`` for ``z["x"]``."""


class ProgramWarning(UserWarning):
    """A doubt about a program that is built: it has a meaning, but hardly the one meant."""


class InputLanguageError(AltaError):
    """A malformed input language, or a question it cannot answer."""


class TokenError(AltaError):
    """A token out of the vocabulary, or a sequence that is too long."""


class ModelError(AltaError):
    """Weights, a layout or a saved model that do not fit."""


class ExecutionError(AltaError):
    """The end of a run that has no next state.

    Attributes:
        kind: ``"conflict"``, ``"range"`` or ``"undefined"``.
        variable: the variable that was written twice, out of range, or read while UNDEFINED.
        position: where, from 0; None where the error is about one local state alone.
        layer: in which layer, from 1; None where the error is about one local state alone.
    """

    kind = "execution"

    def __init__(
        self, detail: str, *, variable: str, position: int | None = None, layer: int | None = None
    ) -> None:
        """Keeps the parts, so that the place can be added by whoever knows it."""
        self.detail, self.variable, self.position, self.layer = detail, variable, position, layer
        super().__init__(detail)

    # An error is raised where a local state is known, and gets its place where the run is.
    def at(self, *, position: int, layer: int) -> ExecutionError:
        """Returns the same error with its place in the run."""
        return type(self)(self.detail, variable=self.variable, position=position, layer=layer)

    def __str__(self) -> str:
        """Reads ``layer 3, position 5: …``."""
        if self.position is None:
            return visible(self.detail)
        return visible(f"layer {self.layer}, position {self.position}: {self.detail}")


class ConflictError(ExecutionError):
    """Two rules that fire at one position and write the same variable."""

    kind = "conflict"


class RangeError(ExecutionError):
    """A rule that fires and assigns a value out of range (a trap)."""

    kind = "range"


class UndefinedVariableError(ExecutionError):
    """A rule whose outcome depends on an UNDEFINED variable."""

    kind = "undefined"


def nearest(name: str, names: Iterable[str]) -> str:
    """Returns a hint that ends an error message about an unknown name."""
    compared = list(islice(names, _COMPARED))
    # Similarity is the share of characters in matching blocks (Ratcliff and Metzener 1988).
    close = difflib.get_close_matches(name, compared, n=3, cutoff=0.5)
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    shown = ", ".join(compared[:12]) + (", …" if len(compared) > 12 else "")
    return f"known names: {shown or '(none)'}"
