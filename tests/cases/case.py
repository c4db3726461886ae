"""A case is a program with what it should compute, and with ways of breaking it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from alta.lang.program import Program
from alta.lang.values import Defined
from alta.nn.model import Model

__all__ = ["BrokenModel", "BrokenProgram", "Case", "Oracle"]

Oracle = Callable[[Sequence[int]], list[Defined]]
"""Says what the outputs should be, without ALTA."""


@dataclass(frozen=True)
class BrokenProgram:
    """A program with something wrong.

    Attributes:
        name: what is wrong.
        part: where: ``"rules"``, ``"heads"`` or ``"inputs"``.
        kind: how it shows: ``"mismatch"`` where it runs, but not as the good one's model does;
            otherwise how it fails by itself.
        change: makes it of the good program.
    """

    name: str
    part: str
    kind: str
    change: Callable[[Program], Program]


@dataclass(frozen=True)
class BrokenModel:
    """A model with weights that are wrong on some input.

    Attributes:
        name: what is wrong.
        change: makes it of the good program's model.
    """

    name: str
    change: Callable[[Model], Model]


@dataclass(frozen=True)
class Case:
    """A program to verify.

    Attributes:
        build: gives the program, whose name is the case's.
        oracle: what it should compute.
        programs: the broken programs.
        models: the broken models.
        telling: inputs on which much happens, beside those that are drawn.
        max_len: the longest input to verify at.
    """

    build: Callable[[], Program]
    oracle: Oracle
    programs: tuple[BrokenProgram, ...]
    models: tuple[BrokenModel, ...]
    telling: tuple[tuple[int, ...], ...] = ()
    max_len: int = 20

    @property
    def name(self) -> str:
        """The name of the function that builds the program."""
        return self.build.__name__
