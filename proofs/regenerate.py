"""Regenerates the certificates of the shipped programs: ``make proofs``.

Each is proved anew and written to ``proofs/NAME``; that it does what its oracle says is part of it
where all inputs can be run. Where nothing but times, versions and limits would change, the files
that are there stay, so that a difference in version control is one that matters.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any, Final

import alta
from alta_verify import verify
from alta_verify.check.files import FILES, MANIFEST, MEANT, QUERIES
from alta_verify.check.limits import MAX_RUNS

__all__ = ["CERTIFICATES", "LONGEST", "THEOREMS", "contents", "main", "regenerate"]

CERTIFICATES: Final = Path(__file__).parent
LONGEST: Final = 20
"""Up to this length the shipped programs are proved, or as far as they go."""

THEOREMS: Final[dict[str, tuple[str, int | None]]] = {
    **{name: (name, LONGEST) for name in alta.programs.names()},
    "parity_sequential_relative_any_length": ("parity_sequential_relative", None),
}
"""What is proved: for each certificate the shipped program, and its longest input, if any."""


def regenerate(name: str, folder: Path) -> bool:
    """Proves what a certificate is about, and writes it.

    Args:
        name: the certificate, one of `THEOREMS`.
        folder: where its certificate is, or will be.

    Returns:
        Whether anything changed but who proved it, when, and with what.

    Raises:
        CertificateError: when it is not proved.
    """
    shipped, longest = THEOREMS[name]
    program = alta.programs.get(shipped)
    # Of few inputs a certificate has what the oracle says of each.
    few = longest is not None and program.inputs.count(longest) <= MAX_RUNS
    report = verify(program, max_len=longest, spec=program.oracle if few else None)
    with tempfile.TemporaryDirectory() as scratch:
        report.save(scratch)
        if folder.exists() and contents(folder) == contents(Path(scratch)):
            return False
        if folder.exists():
            shutil.rmtree(folder)
        shutil.copytree(scratch, folder)
    return True


def contents(folder: Path) -> dict[str, Any]:
    """Returns all that a certificate says, but for what is said of the prover.

    Archives count for the files in them, since compressors differ.
    """
    found: dict[str, Any] = {
        name: (folder / name).read_bytes()
        for name in (*FILES, MEANT)
        if name != QUERIES and (name != MEANT or (folder / name).exists())
    }
    with zipfile.ZipFile(folder / QUERIES) as archive:
        found[QUERIES] = [(one.filename, archive.read(one)) for one in archive.infolist()]
    manifest = json.loads((folder / MANIFEST).read_text(encoding="ascii"))
    # The hash of the archive depends on the compressor, that of the manifest on all it says.
    del manifest["prover"], manifest["sha256"], manifest["files"][QUERIES]
    return {**found, MANIFEST: manifest}


def main() -> None:
    """Regenerates all certificates, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = list(THEOREMS)
    parser.add_argument("names", nargs="*", metavar="NAME", help="certificates; all without any")
    chosen = parser.parse_args().names or names
    if unknown := sorted(set(chosen) - set(names)):
        parser.error(f"no certificate {unknown[0]!r}; there are {', '.join(names)}")
    for name in chosen:
        start = time.perf_counter()
        changed = regenerate(name, CERTIFICATES / name)
        size = sum(path.stat().st_size for path in (CERTIFICATES / name).rglob("*.*"))
        what = "written" if changed else "the same"
        sys.stdout.write(f"{name}: {what}, {size:,} bytes, {time.perf_counter() - start:.1f} s\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
