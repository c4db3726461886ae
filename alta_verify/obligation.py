"""Obligations: what a theorem is made of, and how the attempt to show one can end.

An attempt returns the method by which it was shown, or raises `NotShown`, `Refuted`, or
`alta.limit.OutOfTime`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

__all__ = ["WHOLE", "CutShort", "NotShown", "Obligation", "Refuted", "Share"]


@final
@dataclass(frozen=True)
class Obligation:
    """A statement that has to be shown.

    As text it is its name, as reports show it: ``"decoding"``, or ``"ffn[parity]"``.

    Attributes:
        kind: which statement; all of one kind are shown in the same way.
        subject: what it is about: a variable, a head, a way to fail, a length; None where there is
            only one of its kind.
    """

    kind: str
    subject: str | None = None

    def __str__(self) -> str:
        return self.kind if self.subject is None else f"{self.kind}[{self.subject}]"


@final
@dataclass(frozen=True)
class Share:
    """A part of all inputs, of which an obligation about runs is shown on its own.

    The inputs are counted from 0, and those of a share leave the same remainder. So each of them is
    in one of the shares 0 … `of` - 1.
    """

    number: int = 0
    of: int = 1

    def has(self, count: int) -> bool:
        """Says whether the input that so many come before is in it."""
        return count % self.of == self.number


WHOLE: Final = Share()
"""All inputs."""


class NotShown(Exception):  # noqa: N818 - an outcome, not an error
    """An obligation could not be shown, for a reason given in words.

    The reason may belong to another obligation, its `owner`; None stands for the one at hand.
    """

    def __init__(self, reason: str, *, owner: Obligation | None = None) -> None:
        super().__init__(reason)
        self.owner = owner


@final
class CutShort(str):
    """A method that shows an obligation, but with less work than it would have been given."""

    __slots__ = ()


class Refuted(Exception):  # noqa: N818 - an outcome, not an error
    """The theorem is false, as a counterexample shows that has been replayed.

    It is of a type that the theorem has for it.
    """

    def __init__(self, counterexample: Any) -> None:
        super().__init__(str(counterexample))
        self.counterexample = counterexample
