"""Remarks: what a program does that its author can hardly mean, though it has a meaning.

Some are seen while the MLP function runs. A mistake such as ``z["b"] == 1`` for ``z["b"] = 1``
leaves no trace in the rules. It shows in the code that reads the state, and in what its comparisons
were ever asked.
"""

from __future__ import annotations

import dis
import linecache
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final, TypeAlias, final

from alta.errors import ProgramWarning
from alta.lang.kinds import Numerical, Variable
from alta.visible import visible

__all__ = ["Remark", "Watch", "issue", "listed"]

# An instruction: the identity of its code, and its offset there.
_Site: TypeAlias = tuple[int, int]

_DISCARDED: Final = "POP_TOP"
_SHOWN: Final = 6


@final
@dataclass(frozen=True)
class Remark:
    """A doubt about a program, with what to try.

    The kind, such as ``"unused-variable"``, is the last word of the warning. The subject is the
    variable, head, token or rule in question, and none for the program; file and line, from 1, are
    there where some line is in question.
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
    """Warns of each remark once, at its line or else at the line that builds the named program.

    `stacklevel` counts the frames from here to that line, as for `warnings.warn`.
    """
    # A function that is run path by path may be seen to do the same thing many times.
    for remark in dict.fromkeys(remarks):
        text = visible(f"program {name!r}: {remark.text} [{remark.kind}]")
        if remark.file is None or remark.line is None:
            warnings.warn(text, ProgramWarning, stacklevel=stacklevel + 1)
        else:
            warnings.warn_explicit(text, ProgramWarning, remark.file, remark.line)


@final
class Watch:
    """A record of what an MLP function reads, compares and returns."""

    def __init__(self) -> None:
        self._returned: object = None
        self._wrote = False
        self._reads: dict[_Site, CodeType] = {}
        self._late: dict[_Site, tuple[CodeType, str]] = {}
        self._possible: set[_Site] = set()
        self._odd: dict[_Site, tuple[CodeType, str, Any]] = {}
        self._whole = True

    def ended(self, result: object, *, wrote: bool) -> None:
        """Notes what the function returns on a path, and whether it assigned anything there."""
        self._wrote |= wrote
        if result is not None:
            self._returned = result

    def interrupted(self) -> None:
        """Notes that not all paths are seen, so that a comparison may hold on another one."""
        self._whole = False

    def read(self, frame: FrameType, name: str, *, written: bool) -> None:
        """Notes that a line reads a name, which the function may have written before."""
        site = id(frame.f_code), frame.f_lasti
        self._reads[site] = frame.f_code
        if written:
            # By the place in the code: a line that is run on many paths is one remark.
            self._late.setdefault(site, (frame.f_code, name))

    def compared(self, frame: FrameType, name: str, value: object, *, possible: bool) -> None:
        """Notes that a line compares a name with a value, which the name may have or not."""
        site = id(frame.f_code), frame.f_lasti
        if possible:
            self._possible.add(site)
        else:
            self._odd.setdefault(site, (frame.f_code, name, value))

    def remarks(self, domains: Mapping[str, Variable], vocab: Sequence[str]) -> Iterator[Remark]:
        """Yields what was seen that can hardly be meant."""
        if self._returned is not None and not self._wrote:
            yield Remark(
                "ignored-return",
                f"the MLP function assigns nothing and returns {self._returned!r}, which is "
                "ignored; assign with z['y'] = value",
            )
        for code in {id(code): code for code in self._reads.values()}.values():
            yield from _unused_comparisons(code)
            yield from self._identity_tests(code)
        for site, (code, name, value) in self._odd.items():
            # A line in a loop or a helper may compare with other values, too.
            if self._whole and site not in self._possible:
                text = _impossible(name, value, domains[name], vocab)
                yield _at("impossible-comparison", text, name, code, site[1])
        for (_, offset), (code, name) in self._late.items():
            text = (
                f"{name!r} is read after it was assigned: a read gives the value after attention, "
                "not the assigned one; keep the new value in a Python variable"
            )
            yield _at("late-read", text, name, code, offset)

    # Yields the reads that `is` compares: what is read is no object that one could have.
    def _identity_tests(self, code: CodeType) -> Iterator[Remark]:
        steps = list(dis.get_instructions(code))
        # No code ends with a read, and none of a read and a load.
        for read, first, second in zip(steps, steps[1:], steps[2:], strict=False):
            if (id(code), read.offset) not in self._reads:
                continue
            if "NONE" in first.opname or (first.opname[:5], second.opname) == ("LOAD_", "IS_OP"):
                text = "what is read is compared by 'is', which never holds; write '==' or '!='"
                yield _at("identity-test", text, None, code, read.offset)


# Yields the comparisons that are statements: what they give is thrown away.
def _unused_comparisons(code: CodeType) -> Iterator[Remark]:
    for first, second in pairwise(dis.get_instructions(code)):
        if first.opname != "COMPARE_OP" or second.opname != _DISCARDED or not first.positions:
            continue
        source = _source(code, first.positions)
        hint = "; to assign, write '=' in place of '=='" if first.argrepr == "==" else ""
        text = f"{source or 'a line'} compares, and the result is not used{hint}"
        yield _at("unused-comparison", text, None, code, first.offset)


# Returns what stands at a place in one line; nothing where the source is not to be had.
def _source(code: CodeType, place: dis.Positions) -> str:
    line = linecache.getline(code.co_filename, place.lineno or 0)
    if place.lineno != place.end_lineno or not line:
        return ""
    # Columns count bytes.
    segment = line.encode()[place.col_offset : place.end_col_offset].decode(errors="replace")
    return f"`{segment}`"


def _impossible(name: str, value: object, domain: Variable, vocab: Sequence[str]) -> str:
    read = f"which has the values {domain.description}"
    if isinstance(domain, Numerical):
        read = f"which is read as the nearest of {listed(domain.contents, _SHOWN)}"
    advice = "compare with one of its values"
    if isinstance(value, str) and value in vocab:
        advice = f"that token has the number {vocab.index(value)}"
    return f"{name!r}, {read}, is compared with {value!r} and so never equal; {advice}"


def listed(parts: Iterable[object], most: int) -> str:
    """Returns so many parts with commas between them, and dots where there are more."""
    words = list(map(str, parts))
    return ", ".join(words[:most]) + (", …" if len(words) > most else "")


def _at(kind: str, text: str, subject: str | None, code: CodeType, offset: int) -> Remark:
    # Two bytes an instruction.
    line = list(code.co_positions())[offset // 2][0]
    return Remark(kind, text, subject, code.co_filename, line)
