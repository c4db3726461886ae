"""The files of a certificate: exactly those that are named, byte for byte as they were written.

Hashes find accidents. That nobody wrote other things *and* their hashes is not shown here: what
the files say is derived anew, or checked, by everything else in this folder.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

from alta_verify.check.limits import MAX_BYTES, MAX_LENGTH
from alta_verify.check.refused import Refused, difference

__all__ = [
    "EVIDENCE",
    "FILES",
    "FORMAT",
    "MANIFEST",
    "MEANT",
    "MODEL",
    "PROGRAM",
    "QUERIES",
    "WEIGHTS",
    "Certificate",
    "Queries",
    "canonical",
    "digest",
    "read_certificate",
]

FORMAT: Final = "alta-certificate 1"
MANIFEST: Final = "certificate.json"
PROGRAM: Final = "program.txt"
MODEL: Final = "model/manifest.json"
WEIGHTS: Final = "model/weights.safetensors"
EVIDENCE: Final = "evidence.json"
QUERIES: Final = "queries.zip"

FILES: Final = (PROGRAM, MODEL, WEIGHTS, EVIDENCE, QUERIES)

MEANT: Final = "meant.json"
"""One more file, where the theorem says what was meant."""

# Files are opened without following links or waiting for a pipe to be written to.
_READING: Final = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
)

_ENCRYPTED: Final = 1

_FIELDS: Final[Mapping[str, type | tuple[type, ...]]] = {
    "format": str,
    "claim": str,
    "max_len": (int, type(None)),
    "max_layers": (int, type(None)),
    "obligations": list,
    "assumptions": list,
    "files": dict,
    "prover": dict,
    "sha256": str,
}


@final
@dataclass(frozen=True)
class Certificate:
    """What the files of a certificate say."""

    manifest: Mapping[str, Any]  # what stands under "prover" is only said
    program: str  # the canonical text
    model: Mapping[str, Any]  # the manifest of the saved model
    weights: bytes
    evidence: Mapping[str, Any]
    archive: bytes  # of queries
    meant: Mapping[str, Any] | None = None  # of outputs, where that is part of the theorem

    @contextmanager
    def queries(self) -> Iterator[Queries]:
        """Opens the archive of queries."""
        try:
            with zipfile.ZipFile(io.BytesIO(self.archive)) as archive:
                yield Queries(archive, len(self.archive))
        # What a damaged archive can raise, on opening and on reading.
        except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError, OSError) as error:
            raise Refused(f"{QUERIES}: {error}") from error


@final
class Queries:
    """The archive of queries, which has to be read from the first to the last."""

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        """Takes an open archive and the size of its file."""
        self._archive = archive
        self._entries = archive.infolist()
        self._next = 0
        for entry in self._entries:
            # Of other ways to compress, Python does not stop where it has read enough.
            plain = entry.compress_type in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
            if not plain or entry.flag_bits & _ENCRYPTED:
                raise Refused(
                    f"{QUERIES}: {entry.filename!r:.80} is neither stored nor deflated: method "
                    f"{entry.compress_type}, flags {entry.flag_bits:#x}"
                )
        # 30 bytes before and 46 behind the entries, each with the name; 22 at the end. So nothing
        # else is in the file.
        expected = 22 + sum(
            76 + 2 * len(entry.filename.encode()) + entry.compress_size for entry in self._entries
        )
        if size != expected:
            raise Refused(f"{QUERIES}: has {size} bytes, and its entries are {expected}")

    def expect(self, name: str, text: str) -> None:
        """Takes the next query, which has to have this name and this text."""
        if self._next == len(self._entries):
            raise Refused(f"{QUERIES}: {name} is missing, after {self._next} queries")
        entry = self._entries[self._next]
        if entry.filename != name:
            raise Refused(f"{QUERIES}: expected {name}, found {entry.filename!r:.200}")
        expected = text.encode()
        with self._archive.open(entry) as file:
            # One byte more than expected is enough to see that there is too much.
            content = file.read(len(expected) + 1)
        if content != expected:
            raise Refused(
                f"{QUERIES}: {name} is not the query that follows from the weights: "
                f"{difference(content.decode(errors='replace'), text)}"
            )
        self._next += 1

    def expect_end(self) -> None:
        """Checks that there are no more queries."""
        if self._next != len(self._entries):
            raise Refused(
                f"{QUERIES}: {self._entries[self._next].filename!r:.200} is one too many, expected "
                f"{self._next} queries"
            )


def canonical(value: Any) -> str:
    """Returns JSON text in the one way in which certificates have it; NaN raises ValueError."""
    return json.dumps(value, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def digest(fields: Mapping[str, Any]) -> str:
    """Returns the SHA-256 of what a manifest says, whatever the order and spacing."""
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def read_certificate(folder: Path) -> Certificate:
    """Reads a certificate and checks that its files are those that its manifest names."""
    # Hashes show that the files are as they were written, not that what was written is true.
    _check_names(folder)
    manifest = _manifest(_read(folder, MANIFEST))
    data = {name: _read(folder, name) for name in manifest["files"]}
    for name, said in manifest["files"].items():
        sha256 = hashlib.sha256(data[name]).hexdigest()
        if said != (actual := {"bytes": len(data[name]), "sha256": sha256}):
            raise Refused(f"{name} was changed: the manifest says {said!r:.200}, it is {actual}")
    model = _object(data[MODEL], MODEL)
    _check_digest(model, "manifest_sha256", MODEL)
    if model.get("weights_sha256") != manifest["files"][WEIGHTS]["sha256"]:
        raise Refused(
            f"{MODEL}: weights_sha256 is {model.get('weights_sha256')!r:.80}, expected that of "
            f"{WEIGHTS}; save the model again"
        )
    text, evidence = _text(data[PROGRAM], PROGRAM), _object(data[EVIDENCE], EVIDENCE)
    if (folder / MEANT).exists() is not (MEANT in data):
        raise Refused(f"{MEANT}: expected it exactly where {MANIFEST} has it among the files")
    meant = _object(data[MEANT], MEANT) if MEANT in data else None
    return Certificate(manifest, text, model, data[WEIGHTS], evidence, data[QUERIES], meant)


def _check_names(folder: Path) -> None:
    """Checks that a folder has the files of a certificate, and looks at hardly any others."""
    folders = {Path(name).parent.as_posix() for name in FILES} - {"."}
    for name in sorted({MANIFEST, *FILES, *folders}):
        try:
            # `lstat` does not follow links, which could lead to devices or out of the folder.
            mode = (folder / name).lstat().st_mode
        except OSError as error:
            missing = isinstance(error, FileNotFoundError | NotADirectoryError)
            raise Refused(f"{name} {'is missing' if missing else error.strerror}") from error
        if not (stat.S_ISDIR(mode) if name in folders else stat.S_ISREG(mode)):
            raise Refused(f"{name} is no {'folder' if name in folders else 'regular file'}")
    for inner in (".", *sorted(folders)):
        with os.scandir(folder / inner) as entries:
            # The first that does not belong there ends it, however many there are.
            for entry in entries:
                name = (Path(inner) / entry.name).as_posix()
                if name not in {MANIFEST, MEANT, *FILES, *folders}:
                    raise Refused(
                        f"{name!r:.100} is no part of a certificate, expected "
                        f"{', '.join((MANIFEST, *FILES))} and nothing else"
                    )


def _read(folder: Path, name: str) -> bytes:
    """Reads a file, unless it is none, which might never end."""
    try:
        descriptor = os.open(folder / name, _READING)
        with os.fdopen(descriptor, "rb") as file:
            # Of the file that is open, and not of its name, which may mean another one by now.
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise Refused(f"{name} is no regular file")
            if status.st_size > MAX_BYTES:
                raise Refused(f"{name} has {status.st_size} bytes, more than {MAX_BYTES}")
            # One byte more, so that a file that grows meanwhile is not taken for what it was.
            return file.read(status.st_size + 1)
    except OSError as error:
        raise Refused(f"{name}: {error.strerror}") from error


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Refused(f"{name} is not text: {error}") from error


def _object(data: bytes, name: str) -> dict[str, Any]:
    """Reads a JSON object that is written in the canonical way, and so has no key twice."""
    text = _text(data, name)
    try:
        content = json.loads(text)
        written = canonical(content)
    except (ValueError, RecursionError) as error:
        raise Refused(f"{name} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise Refused(f"{name} is not one JSON object, but {text!r:.80}")
    if written != text:
        raise Refused(
            f"{name} is not one JSON object in the form in which it was written: "
            f"{difference(text, written)}"
        )
    return content


def _manifest(data: bytes) -> dict[str, Any]:
    manifest = _object(data, MANIFEST)
    if list(manifest) != list(_FIELDS):
        raise Refused(f"{MANIFEST}: expected {', '.join(_FIELDS)}, got {', '.join(manifest):.200}")
    for name, types in _FIELDS.items():
        # A bool is an int to Python.
        if not isinstance(manifest[name], types) or isinstance(manifest[name], bool):
            raise Refused(f"{MANIFEST}: {name} is {manifest[name]!r:.80}, expected {types}")
    if manifest["format"] != FORMAT:
        raise Refused(f"{MANIFEST}: expected format {FORMAT!r}, got {manifest['format']!r:.80}")
    _check_digest(manifest, "sha256", MANIFEST)
    max_len = manifest["max_len"]
    bounded = max_len is None or 1 <= max_len <= MAX_LENGTH
    if not bounded or (manifest["max_layers"] or 0) < 0:
        raise Refused(
            f"{MANIFEST}: max_len has to be from 1 to {MAX_LENGTH}, or null for any length, and "
            f"max_layers at least 0, got {max_len} and {manifest['max_layers']}"
        )
    if tuple(manifest["files"]) not in {FILES, (*FILES, MEANT)}:
        raise Refused(
            f"{MANIFEST}: expected the files {', '.join(FILES)}, got "
            f"{', '.join(manifest['files']):.200}"
        )
    return manifest


def _check_digest(content: Mapping[str, Any], field: str, name: str) -> None:
    expected = digest({key: value for key, value in content.items() if key != field})
    if content.get(field) != expected:
        raise Refused(
            f"{name}: {field} is not that of the other fields; it was changed: got "
            f"{content.get(field)!r:.80}, expected {expected}"
        )
