"""Proofs: whole processes of ``alta-verify``, without its cache."""

from __future__ import annotations

import collections
import itertools
import json
import math
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alta.command.finding import find_program
from alta.progress import Progress
from tests.benchmarks.processes import measured
from tests.cases import CASES

__all__ = ["PARTS", "Growth", "Proof", "growths", "proofs"]

_ROOT = Path(__file__).parents[2]

_PARITIES = (
    "parity_sequential_relative",
    "parity_sequential_absolute",
    "parity_sum_mod_2",
    "parity_sum_mod_2_intermediate",
)

# 821, 8,246 and 80,099 rules; and `subleq` with 33,283.
_TABLES = "tests.benchmarks.large:table_driven"

# In the style of the release: 3,861 rules, 37,277 (twice) and 15,281 (twice).
_RELEASED = (
    ("tests.benchmarks.release_addition:pointer_addition", 20, None),
    ("tests.benchmarks.release_subleq:subleq_add", 12, None),
    ("tests.benchmarks.release_subleq:subleq_images", 16, 4),
    ("tests.benchmarks.release_scan:scan_one", 78, None),
    ("tests.benchmarks.release_scan:scan_all", 78, None),
)

PARTS = ("start", "sampling", "network", "runs", "rules", "rounding", "meant")
"""Parts of the time: to start, compile and print; to run samples on both sides; for embedding,
heads, resets and decoding; for what runs of the program do; for the MLP; for the format; and, where
the program's oracle is a specification, for what was meant."""

_PART_OF = {
    "sampling": "sampling",
    "program": "runs",
    "ffn": "rules",
    "rounding": "rounding",
    "spec": "meant",
}

_MEANT = " as meant"


@dataclass(frozen=True)
class Job:
    """A proof to time.

    Attributes:
        program: how the command line names it.
        max_len: up to which length.
        max_layers: how many layers; None for the program's own bound.
        sizes: its sizes.
        meant: whether it is proved as well that the program does what its oracle says.
    """

    program: str
    max_len: int
    max_layers: int | None = None
    sizes: tuple[tuple[str, int], ...] = ()
    meant: bool = False

    @property
    def shown(self) -> str:
        """What it is called in tables."""
        more = [f"{key}={value}" for key, value in self.sizes]
        if self.max_layers is not None:
            more.append(f"{self.max_layers} layers")
        name = self.program.rpartition(":")[2] + _MEANT * self.meant
        return ", ".join([name, *more])


@dataclass(frozen=True)
class Proof:
    """One verification.

    Attributes:
        program: what was verified, with its sizes.
        max_len: up to which length.
        verdict: what came out.
        inputs: how many inputs that is.
        seconds: of the whole process, the median.
        spread: the greatest less the least.
        megabytes: the peak memory, the median.
        smt_calls: how many questions were put to z3.
        sat_calls: and to the SAT solver.
        methods: how many obligations were shown in which way.
        parts: the seconds of each of `PARTS`, in the last of the processes.
        slowest: the obligations that took longest there, with their seconds.
    """

    program: str
    max_len: int
    verdict: str
    inputs: float
    seconds: float
    spread: float
    megabytes: float
    smt_calls: int
    sat_calls: int
    methods: dict[str, int] = field(repr=False)
    parts: dict[str, float] = field(repr=False)
    slowest: dict[str, float] = field(repr=False)


def _jobs() -> Iterator[Job]:
    for name in _PARITIES:
        for max_len in (20, 100):
            # These count up to a number that is a size of theirs.
            sized = name in _PARITIES[2:] and max_len > 50
            for meant in (False, True):
                sizes = (("max_length", max_len),) if sized else ()
                yield Job(name, max_len, sizes=sizes, meant=meant)
    for max_len in (20, 43, 103):
        for meant in (False, True):
            yield Job("addition", max_len, meant=meant)
    for max_len in (9, 12, 16):
        yield Job("sort_unique", max_len)
    yield Job("subleq", 16, max_layers=32)
    yield Job("subleq", 16)
    yield Job("subleq", 16, sizes=(("max_value", 90),))
    for size, steps in ((10, 22), (32, 55), (100, 100)):
        yield Job(_TABLES, 20, sizes=(("size", size), ("steps", steps)))
    for program, max_len, max_layers in _RELEASED:
        yield Job(program, max_len, max_layers)
    for meant in (False, True):
        yield Job("scan_parser", 49, meant=meant)
        for max_len in (20, 49):
            yield Job("scan", max_len, meant=meant)
    for name, case in CASES.items():
        yield Job(f"{case.build.__module__}:{name}", case.max_len)


def proofs(repeat: int, only: str = "", progress: Progress | None = None) -> list[Proof]:
    """Verifies every shipped program, and those of the tests.

    Args:
        repeat: in so many processes each.
        only: part of the names of those that are verified.
        progress: is told how many are done.
    """
    jobs = [job for job in _jobs() if only in job.shown]
    found = []
    for job in jobs:
        if progress is not None:
            progress(len(found), len(jobs))
        found.append(_proof(job, repeat))
    return found


def _proof(job: Job, repeat: int) -> Proof:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        process = measured(_command(job, report), repeat, folder=_ROOT)
        written: dict[str, Any] = json.loads(report.read_text())
    program = find_program(job.program, dict(job.sizes), _ROOT)
    parts = dict.fromkeys(PARTS, 0.0)
    for one in written["obligations"]:
        parts[_PART_OF.get(one["name"].partition("[")[0], "network")] += one["seconds"]
    parts["start"] = process.last_seconds - sum(parts.values())
    slowest = sorted(written["obligations"], key=lambda one: -one["seconds"])[:3]
    return Proof(
        program=job.shown,
        max_len=job.max_len,
        verdict=written["verdict"],
        inputs=float(program.inputs.count(job.max_len)),
        seconds=process.seconds,
        spread=process.spread,
        megabytes=process.megabytes,
        smt_calls=written["facts"]["smt_calls"],
        sat_calls=written["facts"]["sat_calls"],
        methods=dict(collections.Counter(_family(one["method"]) for one in written["obligations"])),
        parts=parts,
        slowest={one["name"]: one["seconds"] for one in slowest},
    )


def _command(job: Job, report: Path) -> list[str]:
    command = [str(Path(sys.executable).parent / "alta-verify"), job.program, "--no-cache"]
    command += ["--max-len", str(job.max_len), "--json", str(report)]
    if job.meant:
        command += ["--spec", "oracle"]
    for key, value in job.sizes:
        command += ["--with", f"{key}={value}"]
    if job.max_layers is not None:
        command += ["--max-layers", str(job.max_layers)]
    return command


_FAMILIES = {
    "inputs run on both sides": "testing",
    "value sets of each": "counting",
    "value sets": "value sets",
    "z3": "solver",
    "case distinction": "case distinction",
    "enumeration": "enumeration",
    "symbolic runs": "sweeping",
    "exact": "exact arithmetic",
}
"""Families of methods, by the first of these that the description of a method has."""


def _family(method: str) -> str:
    return next((family for text, family in _FAMILIES.items() if text in method), "other")


@dataclass(frozen=True)
class Growth:
    """The way the time of a proof grows from one length to the next.

    Attributes:
        program: what was verified.
        lengths: the two lengths.
        seconds: how long each proof took in its process, without the start.
        exponent: the power of the length by which that grows.
    """

    program: str
    lengths: tuple[int, int]
    seconds: tuple[float, float]
    exponent: float


def growths(rows: list[Proof]) -> list[Growth]:
    """Compares the proofs of a program, whatever its sizes are, with the next longer ones."""
    by_program: dict[str, list[Proof]] = {}
    for row in rows:
        if "layers" not in row.program:
            by_program.setdefault(row.program.partition(",")[0], []).append(row)
    return [
        _growth(program, one, other)
        for program, own in by_program.items()
        for one, other in itertools.pairwise(own)
    ]


def _growth(program: str, one: Proof, other: Proof) -> Growth:
    seconds = tuple(sum(row.parts.values()) - row.parts["start"] for row in (one, other))
    exponent = math.log(seconds[1] / seconds[0]) / math.log(other.max_len / one.max_len)
    return Growth(program, (one.max_len, other.max_len), (seconds[0], seconds[1]), exponent)
