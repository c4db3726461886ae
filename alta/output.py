"""Output: places that are tried before the work, and files that are there as a whole or not."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from alta.errors import AltaError
from alta.interruption import on_interruption

__all__ = ["check_file", "check_folder", "whole_file", "write_text"]


def check_file(path: Path) -> None:
    """Checks that a file can be written, without writing it; an error says why, and what to try."""
    if path.is_dir():
        raise AltaError(f"{path}: expected a file, got a folder; name a file in it")
    if not path.parent.is_dir():
        raise AltaError(
            f"{path}: there is no folder {path.parent}; make it first, for example with "
            f"mkdir -p {path.parent}"
        )
    if _is_special(path):
        return
    if path.exists() and not os.access(path, os.W_OK):
        raise AltaError(f"{path}: this file may not be written; choose another name, or chmod u+w")
    _try(path, path.parent)


def check_folder(path: Path) -> None:
    """Checks that files can be written to a folder, which need not be there yet; as above."""
    nearest = next(place for place in (path, *path.absolute().parents) if place.exists())
    if not nearest.is_dir():
        raise AltaError(f"{path}: expected a folder, and {nearest} is a file; choose another place")
    _try(path, nearest)


# Makes a file that is gone at once: permissions alone do not tell of read-only disks.
def _try(path: Path, folder: Path) -> None:
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise AltaError(
            f"{path}: nothing can be written to {folder}: {error.strerror}; choose another place"
        ) from error


# Whether a path is a terminal, a pipe or the like, which no file should take the place of.
def _is_special(path: Path) -> bool:
    return path.exists() and not path.is_file()


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Gives a path to write to, and puts what was written into its place at the end.

    Until then the place is as it was, and so it stays when something goes wrong or Ctrl-C ends the
    process. Where it is no file, as ``/dev/stdout``, it is written to directly.
    """
    if _is_special(path):
        yield path
        return
    # A link keeps pointing to the file that is replaced. The suffix may tell writers the format.
    place = path.resolve()
    # In the same folder, as renaming is atomic within one file system only.
    draft = place.with_name(f".{place.stem}-{os.getpid()}{place.suffix}")
    remove = partial(draft.unlink, missing_ok=True)
    with on_interruption(remove):
        try:
            yield draft
            draft.replace(place)
        finally:
            remove()


def write_text(path: Path, text: str) -> None:
    """Writes a file of text, as a whole or not at all."""
    with whole_file(path) as draft:
        draft.write_text(text, encoding="utf-8")
