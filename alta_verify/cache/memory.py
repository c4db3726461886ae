"""Memory: the files of the cache, one for each theorem.

Only what was proved is kept, and inputs that refuted the theorem, which are run again before they
are shown. A file that is damaged, edited, or of another theorem is as good as none.

What a cache says is believed as proved, and no key or hash tells who wrote it. So nobody but this
user may have put something into it: the folder has to belong to this user, who alone may write to
it, and nobody else may put another in its place.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, final

from alta.errors import AltaError
from alta.output import whole_file
from alta_verify.cache.key import Claim, claim_key
from alta_verify.report.finding import Finding, Result

__all__ = [
    "CACHE_ASSUMPTION",
    "Memory",
    "check_folder",
    "made_user_folder",
    "make_folder",
    "user_folder",
]

CACHE_ASSUMPTION: Final = (
    "what is marked as cached was shown before, of the same theorem, by the same code; nobody "
    "else could write to the cache"
)
"""What is taken on trust where something is recalled."""

_NOT_OWNER: Final = stat.S_IWGRP | stat.S_IWOTH

# Where the system has no owners, nothing can be said of them.
_HAS_OWNERS: Final = hasattr(os, "getuid")

_FORMAT: Final = "alta-verify cache 1"


def user_folder() -> Path:
    """Returns the folder for this user's cache, by the convention of the platform."""
    asked = Path(os.environ.get("XDG_CACHE_HOME", ""))
    # The convention has relative paths ignored.
    if asked.is_absolute():
        return asked / "alta-verify"
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "alta-verify"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")) / "alta-verify"
    return home / ".cache" / "alta-verify"


def made_user_folder() -> Path | None:
    """Returns the same folder, made if needed; None where it cannot be.

    For those whose user did not ask for a cache: without a home, or with a read-only one, nothing
    is kept. One that others may write to is not done without in silence: `Memory.of` refuses it.
    """
    try:
        folder = user_folder()
        make_folder(folder)
    except (OSError, RuntimeError):
        return None
    return folder


@final
@dataclass
class Memory:
    """What is known of one theorem from earlier runs: how obligations were proved, or a suspect.

    A suspect is an input that once refuted the theorem, to be tried again. Without a path nothing
    is kept.
    """

    path: Path | None
    key: str
    proved: dict[str, str] = field(default_factory=dict)
    suspect: tuple[int, ...] | None = None
    _claims: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def none(cls) -> Memory:
        """Returns a memory that knows nothing and keeps nothing."""
        return cls(None, "")

    @classmethod
    def of(cls, claim: Claim, claims: Mapping[str, str], folder: str | Path | None) -> Memory:
        """Returns what a folder, made if needed and refused if others can write to it, has."""
        if folder is None:
            return cls.none()
        made = _made(folder)
        key = claim_key(claim)
        if key is None:
            return cls.none()
        memory = cls(made / f"{key}.json", key, _claims=claims)
        memory._recall(claim)
        return memory

    def _recall(self, claim: Claim) -> None:
        """Reads the file, if there is one that can be believed."""
        try:
            entry = self._entry()
            proved = {
                name: str(method)
                for name, (claim, method) in entry["proved"].items()
                # An obligation of the same name that says something else is another one.
                if self._claims.get(name) == claim
            }
            suspect = entry["suspect"]
        # What others may have written is refused aloud; a file that is merely damaged is as good as
        # none, and is written anew.
        except AltaError:
            raise
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return
        if suspect is None:
            self.proved = proved
        elif _is_input(claim, suspect):
            # Where an input refutes the theorem, what was proved beside it is of no use.
            self.suspect = tuple(suspect)

    def _entry(self) -> dict[str, Any]:
        if self.path is None:
            raise FileNotFoundError
        with self.path.open(encoding="utf-8") as file:
            # Of the file that is open, and not of its name, which may mean another one by now.
            check_file(self.path, os.fstat(file.fileno()))
            entry: dict[str, Any] = json.loads(file.read())
        digest = entry.pop("sha256")
        if digest != _digest(entry) or (entry["format"], entry["key"]) != (_FORMAT, self.key):
            raise ValueError("edited, damaged, or of another theorem")
        return entry

    def remember(self, finding: Finding) -> None:
        """Keeps what was proved, and nothing else."""
        if finding.result is not Result.PROVED or finding.cached:
            return
        self.proved[finding.name] = finding.method
        self._write()

    def remember_suspect(self, tokens: tuple[int, ...]) -> None:
        """Keeps an input that refutes the theorem."""
        self.suspect = tokens
        self._write()

    def _write(self) -> None:
        """Puts the file into its place as a whole, so that nobody ever reads a part of it.

        Of two processes the last one wins; what is lost is proved again.
        """
        if self.path is None:
            return
        entry: dict[str, Any] = {
            "format": _FORMAT,
            "key": self.key,
            "proved": {
                name: [self._claims[name], method]
                for name, method in ({} if self.suspect is not None else self.proved).items()
            },
            "suspect": None if self.suspect is None else list(self.suspect),
        }
        entry["sha256"] = _digest(entry)
        try:
            with whole_file(self.path) as draft:
                # Private from the start: if others may write to it, it is not believed later.
                draft.touch(mode=0o600)
                draft.write_text(json.dumps(entry, indent=1) + "\n", encoding="utf-8")
        except OSError:
            # A full disk is no reason to lose a verdict.
            self.path = None


def _digest(entry: Mapping[str, Any]) -> str:
    """Returns the SHA-256 of an entry, whatever the order and the spacing of its file."""
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _is_input(claim: Claim, word: Any) -> bool:
    """Says whether a theorem is about an input."""
    return (
        isinstance(word, list)
        and all(type(token) is int for token in word)
        and claim.extent.has(len(word))
        and claim.inputs.contains(word)
    )


def _made(folder: Any) -> Path:
    if not isinstance(folder, (str, Path)) or not str(folder):
        raise AltaError(f"cache: expected a folder, or None for no cache, got {folder!r}")
    path = Path(folder)
    try:
        make_folder(path)
        check_folder(path)
    except OSError as error:
        raise AltaError(f"cache: cannot make the folder {path}: {error.strerror}") from error
    return path


# --- privacy --------------------------------------------------------------------------------------


def make_folder(path: Path) -> None:
    """Makes a folder, and those above it that are missing, for this user alone."""
    for folder in reversed([path, *path.parents]):
        if not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)


def check_folder(path: Path) -> None:
    """Checks that nobody else can write to a folder, or put another in its place."""
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
    """Checks that a file of the cache is this user's, who alone may write to it."""
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
