"""Drafts: what a certificate says, taken apart so that it can be edited and sealed again.

Sealing is what somebody would do who has the checker at hand: everything that follows from program,
weights, bounds and evidence is derived anew, by the checker's own code, and all hashes fit.
"""

from __future__ import annotations

import copy
import hashlib
import json
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from alta_verify.certificate.writing import entry, obligation_entry, sealed
from alta_verify.check.files import (
    EVIDENCE,
    FILES,
    FORMAT,
    MANIFEST,
    MODEL,
    PROGRAM,
    QUERIES,
    WEIGHTS,
    canonical,
)
from alta_verify.check.refused import Refused
from alta_verify.check.theorem import Theorem
from tests.judge.formats import rounded

__all__ = ["Draft", "opened", "opened_model", "write", "write_model"]

Arrays = dict[str, np.ndarray]

_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I32": "<i4"}

_HASHES = ("weights_sha256", "manifest_sha256")


@dataclass(frozen=True)
class Draft:
    """The parts of a certificate.

    Attributes:
        text: the program.
        model: the manifest of the model.
        arrays: its arrays, as numbers that the format holds.
        evidence: the hints.
        fields: what else the manifest says of the theorem: bounds.
        types: the format of each array, in the order of the file.
    """

    text: str
    model: dict[str, Any]
    arrays: Arrays
    evidence: dict[str, Any]
    max_len: Any
    max_layers: Any
    types: Mapping[str, str] = field(default_factory=dict)

    def copy(self) -> Draft:
        """A draft of one's own to edit."""
        return replace(
            self,
            model=copy.deepcopy(self.model),
            arrays={name: array.copy() for name, array in self.arrays.items()},
            evidence=copy.deepcopy(self.evidence),
        )

    @property
    def weights(self) -> bytes:
        """The bytes of the file of weights."""
        header, data = {}, b""
        for name, array in self.arrays.items():
            kind = self.types[name]
            own = _encoded(array, kind)
            header[name] = {
                "dtype": kind,
                "shape": list(array.shape),
                "data_offsets": [len(data), len(data) + len(own)],
            }
            data += own
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        return struct.pack("<Q", len(text)) + text + data

    def manifest(self, weights: bytes) -> dict[str, Any]:
        """The manifest of the model, with all that follows from its arrays and its program."""
        said = {key: value for key, value in self.model.items() if key not in _HASHES}
        text = "\n".join(map(str, said["program"])) + "\n"
        said["program_sha256"] = hashlib.sha256(text.encode()).hexdigest()
        said["shapes"] = {name: list(array.shape) for name, array in self.arrays.items()}
        said["scales"] = self._scales(said["scales"], said["layout"]["columns"])
        found = {}
        for key in self.model:
            if key == "weights_sha256":
                found[key] = hashlib.sha256(weights).hexdigest()
            elif key != "manifest_sha256":
                found[key] = said[key]
        return {**found, "manifest_sha256": sealed(found)["sha256"]}

    def _scales(self, said: Any, columns: Mapping[str, Any]) -> Any:
        attention = {
            name: _largest(self._matrix(f"heads.{name}.query")) for name in said["attention"]
        }
        rows = self._matrix("mlp.expand_in")
        thresholds = dict(said["thresholds"])
        for name in thresholds:
            column = columns.get(name, [0])[:1]
            if column and column[0] in range(len(rows)):
                thresholds[name] = _largest(rows[column[0]])
        return {"attention": attention, "thresholds": thresholds}

    def _matrix(self, name: str) -> np.ndarray:
        if name in self.arrays:
            return self.arrays[name]
        if f"{name}.data" not in self.arrays or name not in self.model["sparse"]:
            return np.zeros((0, 0))
        rows, columns = (self.arrays[f"{name}.{part}"] for part in ("rows", "columns"))
        dense = np.zeros(self.model["sparse"][name])
        inside = (rows >= 0) & (rows < len(dense)) & (columns >= 0) & (columns < dense.shape[1])
        dense[rows[inside], columns[inside]] = self.arrays[f"{name}.data"][inside]
        return dense

    def theorem(self, weights: bytes, evidence: Mapping[str, Any] | None = None) -> Theorem:
        """What the checker makes of it."""
        return Theorem(
            program=self.text,
            weights=weights,
            model=self.manifest(weights),
            max_len=self.max_len,
            max_layers=self.max_layers,
            evidence=self.evidence if evidence is None else evidence,
        )


def _largest(array: np.ndarray) -> float:
    return float(np.abs(array).max(initial=0))


def _encoded(array: np.ndarray, kind: str) -> bytes:
    if kind == "BF16":
        upper = rounded(array, "bfloat16").astype("<f4").view("<u4") >> 16
        return upper.astype("<u2").tobytes()
    with np.errstate(over="ignore"):
        return array.astype(_TYPES[kind]).tobytes()


def opened(folder: Path) -> Draft:
    """The draft of a certificate."""
    said = json.loads((folder / MANIFEST).read_text())
    arrays, types = _decoded((folder / WEIGHTS).read_bytes())
    return Draft(
        (folder / PROGRAM).read_text(),
        json.loads((folder / MODEL).read_text()),
        arrays,
        json.loads((folder / EVIDENCE).read_text()),
        said["max_len"],
        said["max_layers"],
        types,
    )


def _decoded(data: bytes) -> tuple[Arrays, dict[str, str]]:
    """The arrays of a file of weights, with their formats."""
    (size,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    arrays, types = {}, {}
    for name, part in header.items():
        start, end = part["data_offsets"]
        types[name] = part["dtype"]
        numbers = np.frombuffer(data[8 + size + start : 8 + size + end], _TYPES[types[name]])
        if types[name] == "BF16":
            numbers = (numbers.astype("<u4") << 16).view("<f4")
        kind = np.int64 if types[name] == "I32" else np.float64
        arrays[name] = numbers.astype(kind).reshape(part["shape"])
    return arrays, types


def write(draft: Draft, folder: Path, honest: Path) -> None:
    """Writes the files of a certificate, sealed.

    Where the checker does not even derive what there is to show, the claim and the obligations of
    the honest certificate stand in for it, with its queries.

    Args:
        draft: what it says.
        folder: where to; what is there is replaced.
        honest: the certificate that was edited.
    """
    (folder / "model").mkdir(parents=True, exist_ok=True)
    weights = draft.weights
    parts: dict[str, Any] = {}
    try:
        theorem = draft.theorem(weights)
        with zipfile.ZipFile(folder / QUERIES, "w") as archive:
            obligations = [
                obligation_entry(theorem, obligation, archive)
                for obligation in theorem.obligations.values()
            ]
        parts = {"claim": theorem.claim, "assumptions": list(theorem.assumptions)}
        parts["obligations"] = obligations
    except (Refused, ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
        parts = json.loads((honest / MANIFEST).read_text())
        (folder / QUERIES).write_bytes((honest / QUERIES).read_bytes())
    files = {
        PROGRAM: draft.text.encode(),
        MODEL: canonical(draft.manifest(weights)).encode(),
        WEIGHTS: weights,
        EVIDENCE: canonical(draft.evidence).encode(),
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    files[QUERIES] = (folder / QUERIES).read_bytes()
    manifest = {
        "format": FORMAT,
        "claim": parts["claim"],
        "max_len": draft.max_len,
        "max_layers": draft.max_layers,
        "obligations": parts["obligations"],
        "assumptions": parts["assumptions"],
        "files": {name: entry(files[name]) for name in FILES},
        "prover": {},
    }
    (folder / MANIFEST).write_text(canonical(sealed(manifest)))


def opened_model(folder: Path, text: str) -> Draft:
    """The draft of a model alone, with the text of a program beside it."""
    arrays, types = _decoded((folder / Path(WEIGHTS).name).read_bytes())
    model = json.loads((folder / Path(MODEL).name).read_text())
    return Draft(text, model, arrays, {}, model["max_len"], None, types)


def write_model(draft: Draft, folder: Path) -> None:
    """Writes the files of a model."""
    weights = draft.weights
    (folder / Path(WEIGHTS).name).write_bytes(weights)
    (folder / Path(MODEL).name).write_text(canonical(draft.manifest(weights)))
