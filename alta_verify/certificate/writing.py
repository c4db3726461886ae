"""Writing: the files of a certificate, put in place only once the checker has accepted them."""

from __future__ import annotations

import hashlib
import json
import platform
import resource
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import jax
import numpy as np

from alta.errors import AltaError
from alta.interruption import on_interruption
from alta.lang.parsing import parse_program
from alta.lang.program import program_text
from alta.limit import checkpoint, limited
from alta.nn.model import Model
from alta_verify.cache.key import code_hash
from alta_verify.certificate.evidence import Subject, find_evidence
from alta_verify.certificate.meant import tabulated
from alta_verify.check.files import (
    EVIDENCE,
    FILES,
    FORMAT,
    MANIFEST,
    MEANT,
    MODEL,
    PROGRAM,
    QUERIES,
    WEIGHTS,
    canonical,
    digest,
)
from alta_verify.check.obligations import Obligation
from alta_verify.check.refused import Refused
from alta_verify.check.run import check
from alta_verify.check.smtlib import smtlib
from alta_verify.check.theorem import Theorem
from alta_verify.claim.computes import Task
from alta_verify.report.report import CertificateError, Report
from alta_verify.solver.smt import solver_versions

__all__ = ["check_folder", "entry", "lay_out", "obligation_entry", "sealed", "write_certificate"]

# The time of every entry of an archive, so that the same queries make the same file.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def write_certificate(task: Task, report: Report, folder: Path) -> None:
    """Writes the certificate of a proof to a folder, which may have an earlier one.

    Raises CertificateError, saying why there is no certificate; then nothing was written.
    """
    if report.learned is not None:
        raise CertificateError(
            "no certificate: the checker does not follow bounds on learned blocks; "
            "report.to_json() has all that the report says"
        )
    check_folder(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = tempfile.TemporaryDirectory(prefix=".certificate-", dir=folder.parent)
    with on_interruption(scratch.cleanup), scratch:
        draft = Path(scratch.name)
        try:
            lay_out(
                draft,
                program=_text(task),
                model=task.model,
                max_len=task.max_len,
                max_layers=task.max_layers,
                prover=_circumstances(report, task),
                evidence=partial(find_evidence, task),
                meant=None if task.meets is None else tabulated(task.meets),
            )
        except Refused as refused:
            raise CertificateError(f"no certificate: the checker says: {refused}") from refused
        # Nothing is put in place that the checker would refuse.
        outcome = check(draft)
        checkpoint()
        if not outcome.checked:
            raise CertificateError(f"no certificate: the checker says: {outcome.reason}")
        # All of it or nothing, whatever time it is.
        with limited(None):
            # The manifest last: until then the folder has none, or one with other hashes, and is
            # refused.
            names = [*FILES, *(() if task.meets is None else (MEANT,))]
            if task.meets is None:
                (folder / MEANT).unlink(missing_ok=True)
            for name in (*names, MANIFEST):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (draft / name).replace(folder / name)


def check_folder(folder: Path) -> None:
    """Raises CertificateError when there is something else than a certificate in a folder."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise CertificateError(f"{folder}: expected a folder for the certificate, got a file")
    # Overwritten is a certificate and nothing else: folders are named by users.
    files = {Path(MANIFEST), Path(MEANT), *map(Path, FILES), *(Path(name).parent for name in FILES)}
    present = set[Path]()
    for path in folder.rglob("*"):
        present.add(path.relative_to(folder))
        # The first stranger ends it, however many files there are.
        if not present <= files:
            break
    if present and (Path(MANIFEST) not in present or not present <= files):
        stranger = min(present - files, default=min(present))
        raise CertificateError(
            f"{folder}: expected an empty folder, or one with a certificate and nothing else, "
            f"found {stranger}"
        )


def lay_out(
    folder: Path,
    *,
    program: str,
    model: Model,
    max_len: int | None,
    max_layers: int | None,
    prover: Mapping[str, Any],
    evidence: Callable[[Subject], Mapping[str, Any]],
    meant: Mapping[str, Any] | None = None,
) -> None:
    """Writes all files of a certificate, unchecked.

    The folder is empty, the program's text canonical, what is said of the prover unchecked; and
    `evidence` finds the hints to the checker. Raises Refused when queries cannot be derived.
    """
    # What the theorem is about comes first, then the hints, then what follows from both.
    model.save(folder / Path(MODEL).parent)
    (folder / PROGRAM).write_text(program, encoding="utf-8")
    subject = Subject(
        program=program,
        model=json.loads((folder / MODEL).read_text(encoding="ascii")),
        weights=(folder / WEIGHTS).read_bytes(),
        max_len=max_len,
        max_layers=max_layers,
        meant=meant,
    )
    names = FILES if meant is None else (*FILES, MEANT)
    if meant is not None:
        (folder / MEANT).write_text(canonical(meant), encoding="ascii")
    hints = evidence(subject)
    (folder / EVIDENCE).write_text(canonical(hints), encoding="ascii")
    theorem = subject.theorem(hints)
    with zipfile.ZipFile(folder / QUERIES, "w") as archive:
        obligations = [
            obligation_entry(theorem, obligation, archive)
            for obligation in theorem.obligations.values()
        ]
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "claim": theorem.claim,
        "max_len": max_len,
        "max_layers": max_layers,
        "obligations": obligations,
        "assumptions": list(theorem.assumptions),
        "files": {name: entry((folder / name).read_bytes()) for name in names},
        "prover": prover,
    }
    (folder / MANIFEST).write_text(canonical(sealed(manifest)), encoding="ascii")


def _circumstances(report: Report, task: Task) -> dict[str, Any]:
    """Returns who proved it, with what, within which limits: a certificate says so unchecked."""
    limits = (resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU))
    memory, cpu = (None if soft == resource.RLIM_INFINITY else soft for soft in limits)
    return {
        "report": json.loads(report.to_json()),
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "jax": jax.__version__,
            **solver_versions(),
            "alta_verify_sha256": code_hash(),
        },
        "limits": {
            "timeout_seconds": task.deadline.seconds,
            "memory_bytes": memory,
            "cpu_seconds": cpu,
        },
    }


def _text(task: Task) -> str:
    """Returns the program's text, if it says the same as the program up to the bound."""
    # Functions of a program travel as tables up to the bound, so what is read back may say less.
    program, longest = task.program, task.extent.searched
    text = program_text(program)
    try:
        again = parse_program(text)
        # Where there is no bound there is no function either (`check_program_lengths`).
        inputs, inputs_again = (
            side.inputs.spec.tabulate(longest).to_text() for side in (program, again)
        )
        bounds = all(again.layer_bound(n) == program.layer_bound(n) for n in task.representatives)
    except AltaError as error:
        raise CertificateError(
            f"no certificate: the text of the program {program.name!r} cannot be read back: {error}"
        ) from error
    if not bounds or inputs != inputs_again:
        raise CertificateError(
            f"no certificate: the text of the program {program.name!r} has no room for what a "
            f"function says about inputs of {longest} tokens; set position_range"
        )
    return text


def obligation_entry(
    theorem: Theorem, obligation: Obligation, archive: zipfile.ZipFile
) -> dict[str, Any]:
    """Writes the queries of an obligation, and returns what the manifest says of it."""
    number, texts = 0, hashlib.sha256()
    for number, question in enumerate(theorem.questions(obligation.name), 1):
        text = smtlib(question).encode()
        # Time and rights are fixed, so that the same queries make the same bytes.
        entry = zipfile.ZipInfo(obligation.query(number), _EPOCH)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, text, compresslevel=9)
        texts.update(text)
    return obligation.entry(number, texts.hexdigest())


def entry(data: bytes) -> dict[str, Any]:
    """Returns what a manifest says of a file."""
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def sealed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a manifest with its own hash."""
    said = {name: value for name, value in manifest.items() if name != "sha256"}
    return {**said, "sha256": digest(said)}
