"""Privacy: whether nobody but this user can have put something into a cache.

What a cache says is believed as proved, and no key or hash tells who wrote it. So the folder has to
belong to this user, who alone may write to it, and nobody else may put another in its place.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from alta.errors import AltaError

__all__ = ["check_file", "check_folder", "make_folder"]

_NOT_OWNER: Final = stat.S_IWGRP | stat.S_IWOTH

# Where the system has no owners, nothing can be said of them.
_HAS_OWNERS: Final = hasattr(os, "getuid")


def make_folder(path: Path) -> None:
    """Makes a folder, and those above it that are missing, for this user alone."""
    for folder in reversed([path, *path.parents]):
        if not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)


def check_folder(path: Path) -> None:
    """Checks that nobody else can write to a folder, or put another in its place.

    Raises:
        AltaError: when somebody can, saying who and what to try.
    """
    if not _HAS_OWNERS:
        return
    real = path.resolve()
    status = real.stat()
    if status.st_uid != os.getuid():
        raise AltaError(_refusal(path, f"{real} belongs to {_user(status.st_uid)}"))
    if status.st_mode & _NOT_OWNER:
        reason = f"others may write to {real}"
        raise AltaError(_refusal(path, reason, f"chmod go-w {real}, if nobody has"))
    for above in _above(path):
        _check_above(path, above)


def _above(path: Path) -> Iterator[Path]:
    """Yields the folders above a path, and above all that the links on the way point to."""
    seen: set[Path] = set()
    waiting = [path.absolute()]
    while waiting:
        place = waiting.pop()
        if place.is_symlink():
            waiting.append(place.parent / place.readlink())
        if place.parent not in seen:
            seen.add(place.parent)
            waiting.append(place.parent)
            yield place.parent


def _check_above(path: Path, above: Path) -> None:
    """Checks that nobody else can rename what is in a folder above the cache."""
    status = above.stat()
    if status.st_uid not in {0, os.getuid()}:
        reason = f"{above} above it belongs to {_user(status.st_uid)}"
        raise AltaError(_refusal(path, reason))
    # In a folder with the sticky bit, as /tmp, only the owner of an entry may rename it.
    writable = status.st_mode & _NOT_OWNER and not status.st_mode & stat.S_ISVTX
    if writable and (status.st_mode & stat.S_IWOTH or not _is_own_group(status.st_gid)):
        reason = f"others may write to {above} above it"
        raise AltaError(_refusal(path, reason, f"chmod go-w {above}"))


def check_file(path: Path, status: os.stat_result) -> None:
    """Checks that a file of the cache is this user's, who alone may write to it.

    Raises:
        AltaError: when it is not: it may be left from a time when others could write to the folder.
    """
    if not _HAS_OWNERS:
        return
    if status.st_uid != os.getuid():
        reason = f"the file {path.name} in it belongs to {_user(status.st_uid)}"
    elif status.st_mode & _NOT_OWNER:
        reason = f"others may write to the file {path.name} in it"
    else:
        return
    raise AltaError(_refusal(path.parent, reason, f"rm {path}"))


def _refusal(path: Path, reason: str, cure: str | None = None) -> str:
    first = "" if cure is None else f"{cure}; or "
    return (
        f"cache: {path} is not believed: {reason}, and what a cache says counts as proved; try "
        f"{first}a folder of your own (--cache DIR, cache=), or none (--no-cache, cache=None)"
    )


def _user(number: int) -> str:
    import pwd

    try:
        return f"user {pwd.getpwuid(number).pw_name!r}"
    except KeyError:
        return f"user {number}"


def _is_own_group(number: int) -> bool:
    """Whether a group is that of this user alone, as many systems make for each."""
    import grp
    import pwd

    try:
        group, user = grp.getgrgid(number), pwd.getpwuid(os.getuid())
    except KeyError:
        return False
    return group.gr_name == user.pw_name and set(group.gr_mem) <= {user.pw_name}
