"""The campaign of verdicts: what is PROVED is true, and what is REFUTED is not, says the judge.

    python -m tests.campaigns.verdicts --seed 0 --count 5000

Random programs with models of all kinds, and pairs of programs. Nothing is run before anything is
proved, and the device is not asked, so that the proof has to notice by itself; every other time
there is no running of all inputs either, so that symbolic runs answer.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random

import jax
import pytest

import alta
from alta.errors import AltaError, ProgramWarning
from alta.lang.program import Program
from alta_verify import Report, Verdict, equivalent, verify
from alta_verify.encode.probe import Probe
from alta_verify.prove.computes import rounding, runs
from alta_verify.prove.equivalence import comparison
from tests.alta_verify.obligations import shown_in_pairs_instead
from tests.campaigns.drawing import drawn_programs
from tests.campaigns.layout import aligned
from tests.campaigns.pairing import KINDS, Pair, another, paired
from tests.judge.judgement import Claim, Finding, disagreements
from tests.judge.text import read
from tests.properties.running import nothing_sampled

__all__ = [
    "EQUIVALENT",
    "OUTCOMES",
    "Counts",
    "Judged",
    "campaign",
    "counted",
    "judged_pair",
    "verdicts",
]

EACH = 40
"""Verdicts on one program."""

TIMEOUT = 30.0

EQUIVALENT = "two programs"

MORE = ("damaged weights", "of another program", "of other kinds", EQUIVALENT)
"""These kinds come up more often."""

OUTCOMES = (
    "PROVED, true",
    "REFUTED, true",
    "UNKNOWN, true",
    "UNKNOWN, false",
    "VACUOUS",
    "turned away",
    "PROVED, false",
    "REFUTED, not so",
    "VACUOUS, not so",
)

WRONG = OUTCOMES[-3:]


@dataclass(frozen=True)
class Judged:
    """A verdict, judged.

    Attributes:
        outcome: one of `OUTCOMES`.
        why: what is wrong, with the program.
    """

    kind: str
    outcome: str
    why: str


@dataclass
class Counts:
    """Counts outcomes by kind, and keeps what is wrong."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many verdicts there were."""
        return sum(self.outcomes.values())

    def add(self, judged: Judged) -> None:
        self.outcomes[judged.kind, judged.outcome] += 1
        if judged.outcome in WRONG:
            self.wrong.append(f"{judged.outcome}: {judged.kind}: {judged.why}")

    def count(self, outcome: str) -> int:
        return sum(number for (_, what), number in self.outcomes.items() if what == outcome)

    def table(self) -> str:
        """One line for each kind."""
        kinds = sorted({kind for kind, _ in self.outcomes})
        rows = [["kind", "verdicts", *OUTCOMES]]
        rows += [self._row(kind, [kind]) for kind in kinds]
        return "\n".join(aligned([*rows, self._row("together", kinds)]))

    def _row(self, title: str, kinds: list[str]) -> list[str]:
        counts = [sum(self.outcomes[kind, what] for kind in kinds) for what in OUTCOMES]
        return [title, str(sum(counts)), *map(str, counts)]


@contextmanager
def proof_alone(*, enumerated: bool) -> Iterator[None]:
    """A verifier that runs no input beforehand and asks nothing of the device.

    Args:
        enumerated: whether all inputs may be run through, as they are where they are few.
    """
    with pytest.MonkeyPatch.context() as patch, nothing_sampled():
        patch.setattr(rounding, "probe_softmax", lambda *_, **__: Probe(True, "not asked"))
        shown_in_pairs_instead(patch, "sampling", lambda *_: "nothing run")
        if not enumerated:
            patch.setattr(runs, "_ENUMERABLE", 0)
            patch.setattr(comparison, "_ENUMERABLE", 0)
        yield


def judged_pair(pair: Pair, max_len: int, max_layers: int | None, *, enumerated: bool) -> Judged:
    """Verifies a pair, and judges the verdict."""
    try:
        with proof_alone(enumerated=enumerated):
            report = verify(
                pair.program, pair.model, max_len=max_len, max_layers=max_layers, timeout=TIMEOUT
            )
    except AltaError as error:
        return Judged(pair.kind, "turned away", str(error))
    limits = [max_len, pair.judged.max_len, pair.judged.program.positions]
    claim = Claim(pair.meaning, min(one for one in limits if one is not None), max_layers)
    found = list(claim.findings(pair.judged))
    text = (
        f"\n{alta.program_text(pair.program)}-- {report.verdict}, max_layers {max_layers}, model "
    )
    text += f"{pair.judged.program}"
    return _judged(pair.kind, report, found, nothing=not claim.words, text=text)


def _judged(kind: str, report: Report, found: list[Finding], *, nothing: bool, text: str) -> Judged:
    verdict = report.verdict
    if verdict is Verdict.VACUOUS:
        return Judged(kind, "VACUOUS" if nothing else "VACUOUS, not so", text)
    if verdict is Verdict.REFUTED:
        shown = report.counterexample
        confirmed = shown is not None and (shown.tokens, shown.kind) in {
            (one.word, one.kind) for one in found
        }
        return Judged(kind, "REFUTED, true" if confirmed else "REFUTED, not so", f"{shown}{text}")
    why = f"{found[0]}{text}" if found else text
    return Judged(kind, f"{verdict}, {'false' if found or nothing else 'true'}", why)


def judged_programs(
    first: Program, second: Program, max_len: int, max_layers: int | None, *, enumerated: bool
) -> Judged:
    """Compares a program with another one, and judges the verdict."""
    try:
        with proof_alone(enumerated=enumerated):
            report = equivalent(
                first, second, max_len=max_len, max_layers=max_layers, timeout=TIMEOUT
            )
    except AltaError as error:
        return Judged(EQUIVALENT, "turned away", str(error))
    sides = [read(alta.program_text(program)) for program in (first, second)]
    found = list(disagreements(*sides, max_len, max_layers))
    common = set(Claim(sides[0], max_len).words) & set(Claim(sides[1], max_len).words)
    return _judged(EQUIVALENT, report, found, nothing=not common, text=f"\n{sides}")


def verdicts(seed: int, each: int = EACH) -> Iterator[Judged]:
    """Yields judged verdicts without end, always the same ones for a seed.

    Args:
        seed: chooses programs and models.
        each: how many verdicts there are on one program.
    """
    programs = zip(drawn_programs(seed), drawn_programs(seed + 1, total=False), strict=True)
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore", ProgramWarning)
        for number, pair in enumerate(programs):
            for place, (program, claim) in enumerate(pair):
                rng = Random(f"verdicts {seed} {number} {place}")
                tried = _tried(program, claim, Path(scratch) / f"{number} {place}", rng)
                yield from islice(tried, each if place == 0 else each // 2)
                jax.clear_caches()


def _tried(program: Program, claim: Claim, folder: Path, rng: Random) -> Iterator[Judged]:
    """Yields judged verdicts on one program, without end."""
    longest = max(map(len, claim.words))
    dtype = rng.choice(["float32", "float32", "float32", "float64", "bfloat16", "float16"])
    kinds = [*KINDS, *MORE]
    while True:
        kind, enumerated = rng.choice(kinds), rng.random() < 0.5
        try:
            if kind == EQUIVALENT:
                text = alta.program_text(program)
                text = text if rng.random() < 0.2 else another(text, rng) or text
                second = alta.parse_program(text)
                endless = any(one.halt is None is one.layers for one in (program, second))
                layers = rng.choice([1, 2, 5] if endless else [None, None, 2])
                yield judged_programs(program, second, longest, layers, enumerated=enumerated)
                continue
            made = paired(kind, program, longest, dtype, folder, rng)
        except AltaError:
            continue  # no well-formed program, or no format with room for it
        if made is not None:
            layers = rng.choice([None, None, None, 1, 3])
            yield judged_pair(made, longest, layers, enumerated=enumerated)


def campaign(seed: int, count: int, *, each: int = EACH, show: bool = False) -> Counts:
    """Judges so many verdicts, always the same ones for a seed.

    Args:
        seed: chooses programs and models.
        count: how many verdicts there are.
        each: how many there are on one program.
        show: whether to tell how far it is.
    """
    return counted(islice(verdicts(seed, each), count), show=show)


def counted(judgements: Iterable[Judged], *, show: bool = False) -> Counts:
    """Counts verdicts that were judged, and may tell how far it is."""
    counts = Counts()
    for judged in judgements:
        counts.add(judged)
        if show and not counts.total % 50:
            sys.stderr.write(f"{counts.total} verdicts, {len(counts.wrong)} wrong\n")
    return counts


def main() -> None:
    """Runs the campaign, prints what came out, and fails if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=5000)
    asked = parser.parse_args()
    # Most of the time goes into compiling small networks, each of which runs a few times.
    os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
    counts = campaign(asked.seed, asked.count, show=True)
    sys.stdout.write(f"{counts.table()}\n")
    for one in counts.wrong:
        sys.stdout.write(f"WRONG: {one}\n")
    sys.exit(bool(counts.wrong))


if __name__ == "__main__":
    main()
