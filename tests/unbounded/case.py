"""A case is a program that takes inputs of any length, with what was meant, and with broken twins.

All read neighbours only, at listed offsets, and know when they have ended: nothing in them grows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from alta.lang.program import Program
from alta.lang.values import Defined
from alta_verify.specs import Meant

__all__ = ["Case", "Twin"]

LATE = 25
"""From this length on a case is called late: a bounded proof at 20 sees nothing of it."""


def unchanged(program: Program) -> Program:
    """Returns a program as it is: what is broken is what was meant."""
    return program


@dataclass(frozen=True)
class Twin:
    """A case with something wrong.

    Attributes:
        name: what is wrong.
        shortest: the length of the shortest input that shows it.
        kind: how it shows: ``"spec"`` by outputs, else how the program fails.
        change: makes the program of the good one.
        meant: what was meant, where that is what is wrong.
    """

    name: str
    shortest: int
    kind: str = "spec"
    change: Callable[[Program], Program] = unchanged
    meant: Meant | None = None

    @property
    def late(self) -> bool:
        """Whether no short input shows it."""
        return self.shortest >= LATE


@dataclass(frozen=True)
class Case:
    """A program to prove for every length.

    Attributes:
        name: of the case.
        build: gives the program.
        meant: what is proved of its outputs.
        oracle: all outputs, without ALTA.
        twins: what is broken.
    """

    name: str
    build: Callable[[], Program]
    meant: Meant
    oracle: Callable[[Sequence[int]], list[Defined]]
    twins: tuple[Twin, ...]

    def broken(self, twin: Twin) -> tuple[Program, Meant]:
        """Returns a twin's program and what was meant by it."""
        return twin.change(self.build()), self.meant if twin.meant is None else twin.meant
