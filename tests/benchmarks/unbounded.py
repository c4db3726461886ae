"""Every length: proofs for inputs of any length, beside those up to some lengths.

Each proof is made in a process of its own, so that none finds what another has computed. Seconds
are of processor time, without the start of the process.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import alta
from alta.progress import Progress
from alta_verify import satisfies, verify
from tests.unbounded import CASES

__all__ = ["LENGTHS", "Proof", "Unbounded", "unbounded"]

LENGTHS = (20, 100, 1000)

TIMEOUT = 120.0
"""Seconds after which a proof is given up, and not tried for longer inputs."""


@dataclass(frozen=True)
class Proof:
    """A proof up to a length, or for every length.

    Attributes:
        verdict: what came out.
        seconds: of processor time.
        patterns: how many patterns the invariant has.
        neighbours: of how many neighbours the widest one is.
        counterexamples: how many counterexamples to induction were met.
        ends: whether it is shown that every run ends.
    """

    verdict: str
    seconds: float
    patterns: int = 0
    neighbours: int = 0
    counterexamples: int = 0
    ends: bool = True


@dataclass(frozen=True)
class Unbounded:
    """What is proved of a case, or what is refuted of a twin.

    Attributes:
        program: the case, with the twin.
        shortest: the length of the shortest input that shows what is wrong; 0 if nothing is.
        every: what was meant, for every length.
        bounded: the same up to some lengths.
        weights: that the compiled weights compute the program, for every length.
        bounded_weights: the same up to some lengths.
    """

    program: str
    shortest: int
    every: Proof
    bounded: dict[int, Proof]
    weights: Proof | None = None
    bounded_weights: dict[int, Proof] = field(default_factory=dict)

    @property
    def cheaper_from(self) -> int | None:
        """The least of the lengths whose proof took longer than that for every length."""
        if self.every.verdict != "PROVED":
            return None
        dearer = (
            length
            for length, proof in self.bounded.items()
            if proof.verdict != "PROVED" or proof.seconds > self.every.seconds
        )
        return next(dearer, None)


def unbounded(only: str = "", progress: Progress | None = None) -> Iterator[Unbounded]:
    """Yields a row for each case, and one for each of its twins.

    Args:
        only: part of the names of those that are proved.
        progress: is told how many cases are done.
    """
    names = [name for name in CASES if only in name]
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for number, name in enumerate(names):
            if progress is not None:
                progress(number, len(names))
            yield Unbounded(
                name,
                0,
                pool.apply(_meant, (name, None, None)),
                _growing(pool, _meant, (name, None)),
                pool.apply(_computed, (name, None)),
                _growing(pool, _computed, (name,)),
            )
            for twin in CASES[name].twins:
                yield Unbounded(
                    f"{name}: {twin.name}",
                    twin.shortest,
                    pool.apply(_meant, (name, twin.name, None)),
                    {LENGTHS[0]: pool.apply(_meant, (name, twin.name, LENGTHS[0]))},
                )


def _growing(pool: Any, prove: Callable[..., Proof], of: tuple[Any, ...]) -> dict[int, Proof]:
    """Returns proofs up to one length after another, until they take too long."""
    proofs: dict[int, Proof] = {}
    for length in LENGTHS:
        proofs[length] = pool.apply(prove, (*of, length))
        if proofs[length].verdict != "PROVED":
            break
    return proofs


def _meant(name: str, twin: str | None, max_len: int | None) -> Proof:
    case = CASES[name]
    program, meant = case.build(), case.meant
    for broken in case.twins:
        if broken.name == twin:
            program, meant = case.broken(broken)
    return _timed(lambda: satisfies(program, meant, max_len=max_len, timeout=TIMEOUT))


def _computed(name: str, max_len: int | None) -> Proof:
    program = CASES[name].build()
    model = alta.compile(program, max_len=max_len)
    return _timed(lambda: verify(program, model, max_len=max_len, timeout=TIMEOUT))


def _timed(prove: Callable[[], Any]) -> Proof:
    start = time.process_time()
    report = prove()
    seconds = time.process_time() - start
    invariant = report.facts.get("invariant") or {}
    return Proof(
        verdict=report.verdict.value,
        seconds=seconds,
        patterns=len(invariant.get("patterns", ())),
        neighbours=invariant.get("neighbours", 0),
        counterexamples=invariant.get("counterexamples_to_induction", 0),
        ends=any(finding.name == "end" for finding in report.obligations),
    )
