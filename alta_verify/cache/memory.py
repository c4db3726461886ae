"""Memory: the files of the cache, one for each theorem.

Only what was proved is kept, and inputs that refuted the theorem, which are run again before they
are shown. A file that is damaged, edited, or of another theorem is as good as none.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, final

from alta.errors import AltaError
from alta.output import whole_file
from alta_verify.cache.key import Claim, claim_key
from alta_verify.cache.privacy import check_file, check_folder, make_folder
from alta_verify.report.finding import Finding, Result

__all__ = ["CACHE_ASSUMPTION", "Memory", "made_user_folder", "user_folder"]

CACHE_ASSUMPTION: Final = (
    "what is marked as cached was shown before, of the same theorem, by the same code; nobody "
    "else could write to the cache"
)
"""What is taken on trust where something is recalled."""

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
    """What is known of one theorem from earlier runs.

    Attributes:
        path: its file; None where nothing is kept.
        key: the theorem's.
        proved: how each obligation that was proved was, by name.
        suspect: an input that once refuted the theorem, to be tried again.
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
        """Returns what a folder has about a claim.

        Args:
            claim: what is claimed.
            claims: what each of its obligations says.
            folder: the cache, which is made if needed; None for none.

        Raises:
            AltaError: when the folder can be neither found nor made, or when others can write to
                it or own what it has about the theorem.
        """
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
                # Private from the start: a file that others may write to would not be believed
                # later.
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
        and 0 < len(word) <= claim.max_len
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
