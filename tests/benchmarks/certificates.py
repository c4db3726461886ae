"""Certificates: how large they are, and how long it takes to write and to check them.

Each is written in this process, after its proof, and checked by whole processes of ``alta-verify``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import alta
from alta_verify import verify
from alta_verify.check.run import WAYS
from tests.alta_verify.certificate.forging import queries

__all__ = ["Certified", "certificates"]

_LONGEST = 20


@dataclass(frozen=True)
class Certified:
    """A program with its certificate.

    Attributes:
        program: the program.
        kilobytes: the size of all files.
        queries: how many there are.
        prove_seconds: for the proof, in this process.
        write_seconds: to find the evidence, to write the files and to check them once.
        check_seconds: of a whole process that checks it, by the way of deciding queries.
    """

    program: str
    kilobytes: float
    queries: int
    prove_seconds: float
    write_seconds: float
    check_seconds: dict[str, float]


def certificates() -> list[Certified]:
    """Writes and checks a certificate of every shipped program."""
    return [_certified(name) for name in alta.programs.names()]


def _certified(name: str) -> Certified:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        start = time.perf_counter()
        report = verify(alta.programs.get(name), max_len=_LONGEST)
        proved = time.perf_counter()
        report.save(folder)
        written = time.perf_counter()
        command = [str(Path(sys.executable).parent / "alta-verify"), "check", scratch]
        command += ["--timeout", "600"]
        return Certified(
            program=name,
            kilobytes=sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1000,
            queries=len(queries(folder)),
            prove_seconds=proved - start,
            write_seconds=written - proved,
            check_seconds={way: _seconds([*command, "--by", way]) for way in WAYS},
        )


def _seconds(command: list[str]) -> float:
    """Runs a command that has to succeed."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start
