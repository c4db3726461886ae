"""Proofs: whole processes of ``alta-verify``, without its cache, and testing instead of proving.

Every proof is a whole process. Testing runs the JAX model on all inputs and compares the outputs
with the interpreter's, in one process with the proof of the same, so that both find JAX started.
"""

from __future__ import annotations

import collections
import itertools
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import alta
from tests.benchmarks.processes import measured

__all__ = ["Exhaustive", "Proof", "exhaustive", "proofs"]

_PARITIES = (
    "parity_sequential_relative",
    "parity_sequential_absolute",
    "parity_sum_mod_2",
    "parity_sum_mod_2_intermediate",
)


@dataclass(frozen=True)
class Proof:
    """Is one verification.

    Attributes:
        program: what was verified, with its sizes.
        max_len: up to which length.
        verdict: what came out.
        inputs: how many inputs that is.
        seconds: of the whole process, the median.
        spread: the greatest less the least.
        megabytes: the peak memory.
        facts: what the report counts, solver calls among it.
        methods: how many obligations were shown in which way.
        slowest: the obligations that took longest, with their seconds.
    """

    program: str
    max_len: int
    verdict: str
    inputs: float
    seconds: float
    spread: float
    megabytes: float
    facts: dict[str, Any] = field(repr=False)
    methods: dict[str, int] = field(repr=False)
    slowest: dict[str, float] = field(repr=False)


def _jobs() -> Iterator[tuple[str, int, Sequence[str]]]:
    for name in _PARITIES:
        for max_len in (20, 100):
            sized = name in _PARITIES[2:] and max_len > 50
            yield name, max_len, ("--with", f"max_length={max_len}") if sized else ()
    for max_len in (20, 43, 103):
        yield "addition", max_len, ()
    for max_len in (9, 12, 16):
        yield "sort_unique", max_len, ()
    yield "subleq", 16, ()
    yield "scan_parser", 20, ()
    for max_len in (20, 49):
        yield "scan", max_len, ()


def proofs(repeat: int) -> list[Proof]:
    """Verifies every shipped program."""
    return [_proof(name, max_len, sizes, repeat) for name, max_len, sizes in _jobs()]


def _proof(name: str, max_len: int, sizes: Sequence[str], repeat: int) -> Proof:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [str(Path(sys.executable).parent / "alta-verify"), name, "--no-cache", *sizes]
        command += ["--max-len", str(max_len), "--json", str(report)]
        process = measured(command, repeat)
        written = json.loads(report.read_text())
    program = alta.programs.get(name, **dict(_size(text) for text in sizes[1::2]))
    obligations = sorted(written["obligations"], key=lambda one: -one["seconds"])
    return Proof(
        program=" ".join([name, *sizes[1::2]]),
        max_len=max_len,
        verdict=written["verdict"],
        inputs=float(program.inputs.count(max_len)),
        seconds=process.seconds,
        spread=process.spread,
        megabytes=process.megabytes,
        facts=written["facts"],
        methods=dict(collections.Counter(_family(one["method"]) for one in obligations)),
        slowest={one["name"]: one["seconds"] for one in obligations[:3]},
    )


def _size(text: str) -> tuple[str, int]:
    key, _, value = text.partition("=")
    return key, int(value)


def _family(method: str) -> str:
    """Returns the family that a method belongs to, by how its description begins."""
    known = {
        "value sets": "value sets",
        "z3": "solver",
        "case distinction": "case distinction",
        "all inputs": "enumeration",
        "enumerat": "enumeration",
        "symbolic": "sweeping",
        "census": "censuses",
        "exact arithmetic": "exact arithmetic",
    }
    return next((family for start, family in known.items() if start in method), "other")


@dataclass(frozen=True)
class Exhaustive:
    """Is testing the JAX model on all inputs, beside the proof of the same.

    Attributes:
        program: what was tested.
        max_len: up to which length.
        inputs: how many inputs.
        test_seconds: to run the model and the interpreter on all inputs and compare the outputs.
        proof_seconds: to verify the same model up to the same length.
    """

    program: str
    max_len: int
    inputs: int
    test_seconds: float
    proof_seconds: float


def exhaustive() -> list[Exhaustive]:
    """Tests two parity programs on all inputs up to some lengths, and verifies them."""
    jobs = itertools.chain(
        (("parity_sequential_relative", n) for n in (8, 10, 12, 14, 16)),
        (("parity_sum_mod_2", n) for n in (8, 10, 12, 14)),
    )
    return [_exhaustive(name, max_len) for name, max_len in jobs]


def _exhaustive(name: str, max_len: int) -> Exhaustive:
    from alta_verify import Verdict, verify

    program = alta.programs.get(name)
    model = alta.compile(program, max_len=max_len)
    start = time.perf_counter()
    words = [word for word in program.inputs.enumerate(max_len) if word]
    compiled = [run.outputs for run in model.run_batch(words)]
    if compiled != [run.outputs for run in alta.run_batch(program, words)]:
        raise SystemExit(f"{name}: the model is wrong")
    tested = time.perf_counter()
    report = verify(program, model, max_len=max_len)
    proved = time.perf_counter()
    if report.verdict is not Verdict.PROVED:
        raise SystemExit(str(report))
    return Exhaustive(name, max_len, len(words), tested - start, proved - tested)
