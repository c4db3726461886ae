"""The code of both packages, as a hash: another verifier is another witness.

A version number would not do, since code changes between releases: what a mistake let pass must not
outlive its correction. Hashing all files takes some milliseconds, a fraction of importing them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import alta

__all__ = ["code_hash", "hash_files"]

_PACKAGES: Final = (Path(alta.__file__).parent, Path(__file__).parents[1])


def hash_files(folders: Iterable[Path]) -> str:
    """Returns the SHA-256 of names and contents of all files, but for what Python keeps itself.

    Raises:
        OSError: when a file cannot be read.
    """
    digest = hashlib.sha256()
    for folder in folders:
        # Not only *.py: a compiled module beside a source file would be the one that runs.
        files = (path for path in folder.rglob("*") if path.is_file())
        for path in sorted(path for path in files if "__pycache__" not in path.parts):
            data = path.read_bytes()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{len(data)}\0".encode())
            digest.update(data)
    return digest.hexdigest()


def _read() -> str | None:
    """Returns the hash; None where the code is not in files, as in a zip archive."""
    if not Path(__file__).is_file():
        return None
    try:
        return hash_files(_PACKAGES)
    except OSError:
        return None


# What runs is the code as it was when it was imported.
_IMPORTED: Final = _read()


def code_hash() -> str | None:
    """Returns the hash of the code that runs; None where it is not known.

    It is not known once a file was edited after this process had read it: what is shown by the old
    code must not be kept under the name of the new.
    """
    return _IMPORTED if _IMPORTED is not None and _read() == _IMPORTED else None
