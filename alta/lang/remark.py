"""Remarks: what a program does that its author can hardly mean, though it has a meaning."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import final

from alta.errors import ProgramWarning
from alta.visible import visible

__all__ = ["Remark", "issue"]


@final
@dataclass(frozen=True)
class Remark:
    """A doubt about a program, with what to try.

    Attributes:
        kind: the sort of oddity, for example ``"unused-variable"``; the last word of the warning.
        text: names the program's part, says what is odd about it, and what to try.
        subject: the variable, head, token or rule in question; None for the program.
        file: the source file of the line in question; None where no line is.
        line: its number, from 1.
    """

    kind: str
    text: str
    subject: str | None = None
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        place = "" if self.file is None else f"{Path(self.file).name}, line {self.line}: "
        return visible(f"{place}{self.text} [{self.kind}]")


def issue(remarks: Iterable[Remark], name: str, *, stacklevel: int) -> None:
    """Warns of each remark once, at its line or else at the line that builds the program.

    Args:
        remarks: what there is to say.
        name: the program's name.
        stacklevel: the frames from here to that line, as for `warnings.warn`.
    """
    # A function that is run path by path may be seen to do the same thing many times.
    for remark in dict.fromkeys(remarks):
        text = visible(f"program {name!r}: {remark.text} [{remark.kind}]")
        if remark.file is None or remark.line is None:
            warnings.warn(text, ProgramWarning, stacklevel=stacklevel + 1)
        else:
            warnings.warn_explicit(text, ProgramWarning, remark.file, remark.line)
