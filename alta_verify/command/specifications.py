"""Finding specifications: from what a user types to what was meant."""

from __future__ import annotations

from pathlib import Path

from alta import programs
from alta.command.finding import find_attribute
from alta.errors import AltaError
from alta.lang.program import Program
from alta_verify.specs.meant import as_specification
from alta_verify.specs.specification import Specification

__all__ = ["ORACLE", "find_specification"]

ORACLE = "oracle"
"""The name for the program's own oracle."""


def find_specification(name: str, program: Program, folder: Path | None = None) -> Specification:
    """Returns what a user named: ``oracle``, a shipped program, or something of a file or package.

    Files and packages are looked for in a folder, None for the working folder.
    """
    if name == ORACLE:
        if program.oracle is None:
            raise AltaError(
                f"program {program.name!r} has no oracle: say what was meant with "
                "--spec FILE.py:FUNCTION, or give the program oracle="
            )
        return as_specification(program.oracle)
    if name in programs.names():
        return as_specification(programs.get(name))
    place, colon, attribute = name.rpartition(":")
    if not colon or not place:
        raise AltaError(
            f"spec {name!r}: expected oracle, a shipped program, or FILE.py:FUNCTION, for example "
            "spec.py:parity"
        )
    return as_specification(find_attribute(place, attribute, folder))
