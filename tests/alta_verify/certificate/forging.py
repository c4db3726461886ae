"""Forging: certificates that somebody has changed, with every hash made to fit."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from alta.nn.model import Model
from alta_verify.certificate.writing import entry, lay_out, sealed
from alta_verify.check.files import (
    EVIDENCE,
    FILES,
    MANIFEST,
    MEANT,
    MODEL,
    QUERIES,
    WEIGHTS,
    canonical,
)
from alta_verify.check.refused import Refused
from alta_verify.check.run import Outcome, check

__all__ = ["copied", "edited", "forged", "queries", "reseal", "rewritten", "write_queries"]

EPOCH = (1980, 1, 1, 0, 0, 0)


def copied(certificate: Path, folder: Path) -> Path:
    """A certificate of one's own to change."""
    target = folder / "copy"
    shutil.copytree(certificate, target)
    return target


def reseal(folder: Path) -> Path:
    """Makes all hashes fit what the files are now."""
    model = json.loads((folder / MODEL).read_text())
    model["weights_sha256"] = entry((folder / WEIGHTS).read_bytes())["sha256"]
    said = {key: value for key, value in model.items() if key != "manifest_sha256"}
    (folder / MODEL).write_text(canonical({**said, "manifest_sha256": sealed(said)["sha256"]}))
    manifest = json.loads((folder / MANIFEST).read_text())
    names = (*FILES, *([MEANT] if (folder / MEANT).exists() else []))
    manifest["files"] = {name: entry((folder / name).read_bytes()) for name in names}
    (folder / MANIFEST).write_text(canonical(sealed(manifest)))
    return folder


def edited(folder: Path, name: str, edit: Callable[[Any], object]) -> Path:
    """Edits a JSON file, and makes all hashes fit."""
    value = json.loads((folder / name).read_text())
    edit(value)
    (folder / name).write_text(canonical(value))
    return reseal(folder)


def rewritten(folder: Path, name: str, old: str, new: str) -> Path:
    """Replaces some text in a file, and makes all hashes fit."""
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))
    return reseal(folder)


def queries(folder: Path) -> list[tuple[str, bytes]]:
    """The queries of a certificate."""
    with zipfile.ZipFile(folder / QUERIES) as archive:
        return [(one.filename, archive.read(one)) for one in archive.infolist()]


def write_queries(folder: Path, entries: Iterable[tuple[str, bytes]]) -> Path:
    """Puts other queries in their place, and makes all hashes fit."""
    with zipfile.ZipFile(folder / QUERIES, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries:
            archive.writestr(zipfile.ZipInfo(name, EPOCH), text)
    return reseal(folder)


def forged(folder: Path, certificate: Path, model: Model, **changes: Any) -> Outcome:
    """Checks what one gets who puts other weights into a certificate and derives all the rest."""
    manifest = json.loads((certificate / MANIFEST).read_text())
    said: dict[str, Any] = {
        "program": (certificate / "program.txt").read_text(),
        "max_len": manifest["max_len"],
        "max_layers": manifest["max_layers"],
        "evidence": lambda _: json.loads((certificate / EVIDENCE).read_text()),
        **changes,
    }
    try:
        lay_out(folder, model=model, prover={}, **said)
    except Refused as refused:
        # Not even its queries can be derived, so that the check cannot get any further.
        return Outcome(str(folder), str(refused), "", (), {}, (), ("cases",), 0.0)
    return check(folder)
