"""Files of a stored model, which may be a stranger's: opened with care, and bounded before use."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any, Final, NoReturn

from alta.errors import ModelError

__all__ = ["MAX_MANIFEST", "MAX_SIDE", "MAX_WEIGHTS", "read_file", "read_object"]

MAX_MANIFEST: Final = 1 << 28
"""The most bytes of a model's manifest."""

MAX_WEIGHTS: Final = 1 << 36
"""The most bytes of a model's weights."""

MAX_SIDE: Final = 1 << 18
"""The most rows, and the most columns, of a matrix that is stored without its zeros."""

# A pipe is not waited for.
_READING: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)


def read_file(path: Path, limit: int) -> bytes:
    """Returns the bytes of a regular file.

    Raises:
        ModelError: when there is none, or it has more bytes than it may.
    """
    try:
        # Opened once and then asked what it is: the path may lead elsewhere at a second look.
        descriptor = os.open(path, _READING)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise ModelError(f"{path}: expected a file, got a folder, a pipe or a device")
            # Bounded before anything is read: a stranger's file may be as large as the disk.
            if status.st_size > limit:
                raise ModelError(
                    f"{path}: expected at most {limit} bytes, got {status.st_size}; the "
                    "documentation has the limits of files"
                )
            return file.read(status.st_size)
    except OSError as error:
        raise ModelError(
            f"{path}: {error.strerror}; expected a directory written by Model.save or by "
            "'alta compile'"
        ) from error


def read_object(path: Path) -> dict[str, Any]:
    """Returns the JSON object in a file.

    Raises:
        ModelError: when it is no JSON object, or has a key twice.
    """
    try:
        content = json.loads(
            read_file(path, MAX_MANIFEST),
            parse_constant=_no_number,
            object_pairs_hook=_distinct,
        )
    except ModelError:
        raise
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path}: not JSON: {error}") from error
    if not isinstance(content, dict):
        raise ModelError(f"{path}: expected a JSON object, got {str(content)[:60]!r}")
    return content


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # JSON leaves open which of two equal keys counts, and readers would differ.
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key is there twice")
    return dict(pairs)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
