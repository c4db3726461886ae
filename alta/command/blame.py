"""Blame: which line of the user's code an error comes from."""

from __future__ import annotations

import linecache
import sysconfig
import traceback
from pathlib import Path
from typing import Final

__all__ = ["blamed"]

# A program's author can mend nothing in these; `alta_verify` lies beside `alta`.
_LIBRARIES: Final = (
    *(str(Path(__file__).parents[2] / name) for name in ("alta", "alta_verify")),
    *(sysconfig.get_paths()[name] for name in ("stdlib", "purelib", "platlib")),
)


def blamed(error: BaseException) -> str:
    """Returns an error in words: the place in the user's code, what it is, and the line there.

    What was raised outside the user's code has no place.
    """
    said = f"{type(error).__name__}: {_first_line(error)} (--debug shows the traceback)"
    if isinstance(error, SyntaxError) and error.filename is not None and error.text is not None:
        return f"{_short(error.filename)}:{error.lineno}: {said}\n    {error.text.strip()}"
    place = _place(error)
    if place is None:
        return said
    source = linecache.getline(place.filename, place.lineno or 0).strip()
    where = f"{_short(place.filename)}:{place.lineno}: in {place.name}"
    return f"{where}: {said}" + (f"\n    {source}" if source else "")


def _place(error: BaseException) -> traceback.FrameSummary | None:
    frames = traceback.extract_tb(error.__traceback__)
    # The innermost frame of the user's is where it can be mended.
    of_user = (frame for frame in reversed(frames) if _is_of_user(frame.filename))
    return next(of_user, None)


def _is_of_user(file: str) -> bool:
    return not file.startswith("<") and not any(
        Path(file).is_relative_to(folder) for folder in _LIBRARIES
    )


def _short(file: str) -> str:
    """Returns a path as seen from the working folder, where it lies in it."""
    path = Path(file)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _first_line(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return str(error.msg)
    return " ".join(str(error).split())
