"""The campaign of certificates: what is CHECKED is true, whoever edited it.

    python -m tests.campaigns.certificates --seed 0 --count 20000

Honest certificates of random programs are edited in one or two places and sealed again: everything
that follows from what they say is derived anew. Where the checker accepts one, the judge decides
whether its claim is true.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random

import alta
from alta.errors import AltaError
from alta_verify.certificate.evidence import Subject, find_evidence
from alta_verify.certificate.writing import lay_out
from alta_verify.check.files import MANIFEST, MODEL, PROGRAM, WEIGHTS
from alta_verify.check.refused import Refused
from alta_verify.check.run import check
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from tests.campaigns.draft import Draft, opened, write, write_model
from tests.campaigns.drawing import drawn_programs
from tests.campaigns.edits import EDITS
from tests.campaigns.hints import ALL_EDITS, twice
from tests.campaigns.layout import aligned
from tests.judge.judgement import Claim
from tests.judge.language import NoLanguageError
from tests.judge.patterns import BadPatternError
from tests.judge.text import NoProgramError, read
from tests.judge.weights import loaded

__all__ = ["Counts", "attempts", "campaign", "honest", "untrue"]

EACH = 80
"""Edits of one certificate."""

TWICE = "two of these"

ANEW = "evidence found anew"

MORE = (*4 * ["hints sought"], *6 * [TWICE], *6 * [ANEW])
"""These kinds come up more often."""

DAMAGE = ("weight changed", "weight filled", "row or column zeroed", "array scaled", "rule changed")

SORTING = 20
"""One of so many certificates is that of sorting, which needs runs of slices."""

BY_Z3 = 40
"""One of so many accepted certificates is checked by z3 as well."""


@dataclass
class Counts:
    """What became of edits, by kind.

    Attributes:
        outcomes: pairs of a kind and "refused", "true" or "false".
        false: what was CHECKED and is not true.
    """

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    false: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many there were."""
        return sum(self.outcomes.values())

    def table(self) -> str:
        """One line for each kind."""
        kinds = sorted({kind for kind, _ in self.outcomes})
        rows = [["kind", "edits", "refused", "CHECKED, true", "CHECKED, false"]]
        rows += [self._row(kind, [kind]) for kind in kinds]
        return "\n".join(aligned([*rows, self._row("together", kinds)]))

    def _row(self, title: str, kinds: list[str]) -> list[str]:
        counts = [
            sum(self.outcomes[kind, what] for kind in kinds)
            for what in ("refused", "true", "false")
        ]
        return [title, str(sum(counts)), *map(str, counts)]


def honest(folder: Path, seed: int) -> Iterator[Path]:
    """Certificates of random programs, and of sorting, in all formats, dense and sparse."""
    for number, (drawn, claim) in enumerate(drawn_programs(seed)):
        rng = Random(f"honest {seed} {number}")
        program, longest = drawn, max(map(len, claim.words))
        if number % SORTING == SORTING - 1:
            program, longest = alta.programs.sort_unique(max_value=2), 4
        target = folder / str(number)
        try:
            dtype = rng.choice(["float32", "float32", "float64", "bfloat16", "float16"])
            model = alta.compile(program, max_len=longest, dtype=dtype, sparse=rng.random() < 0.2)
            layers = rng.choice([None, None, None, None, 2])
            laid_out(Task(program, model, longest, layers, Deadline.after(None)), target)
        except (AltaError, Refused):
            continue  # the format has no room, or there is no certificate
        if check(target).checked:
            yield target


def laid_out(task: Task, folder: Path) -> None:
    """Writes a certificate of what nobody has proved before: the checker will see."""
    folder.mkdir()
    lay_out(
        folder,
        program=alta.program_text(task.program),
        model=task.model,
        max_len=task.max_len,
        max_layers=task.max_layers,
        prover={},
        evidence=partial(find_evidence, task),
    )


class Attack:
    """Edits of one certificate, which share what is known of it."""

    def __init__(self, certificate: Path, folder: Path, rng: Random) -> None:
        self._certificate = certificate
        self._draft = opened(certificate)
        self._folder = folder
        self._rng = rng
        self._known: dict[str, str] = {}

    def edits(self) -> Iterator[tuple[str, Draft]]:
        """Edited drafts with their kinds, without end."""
        kinds = {**ALL_EDITS, TWICE: twice, ANEW: self._anew}
        names = [*ALL_EDITS, *MORE]
        while True:
            kind = self._rng.choice(names)
            edited = kinds[kind](self._draft.copy(), self._rng)
            if edited is not None:
                yield kind, edited

    def _anew(self, draft: Draft, rng: Random) -> Draft | None:
        """Other weights or another rule, with evidence that fits; every other time edited, too."""
        edited = EDITS[rng.choice(DAMAGE)](draft, rng)
        if edited is None:
            return None
        try:
            evidence = find_evidence(*self._subject(edited))
        except (AltaError, Refused, ArithmeticError, LookupError, ValueError):
            return None  # there is none
        found = replace(edited, evidence=evidence)
        kinds = ["slices changed", "states excluded", "value sets: a value less"]
        return ALL_EDITS[rng.choice(kinds)](found, rng) if rng.random() < 0.5 else found

    def _subject(self, draft: Draft) -> tuple[Task, Subject]:
        """What evidence is sought for, as the prover and as the checker have it."""
        folder, weights = self._folder / "model", draft.weights
        folder.mkdir(parents=True, exist_ok=True)
        write_model(draft, folder)
        program, model = alta.parse_program(draft.text), alta.load(folder)
        task = Task(program, model, draft.max_len, draft.max_layers, Deadline.after(None))
        manifest = draft.manifest(weights)
        bounds = (draft.max_len, draft.max_layers)
        return task, Subject(draft.text, manifest, weights, *bounds)

    def outcome(self, draft: Draft) -> str:
        """What becomes of a draft: "refused", "true", or what is false of what was CHECKED."""
        write(draft, self._folder, self._certificate)
        by = ["cases", "z3"] if self._rng.randrange(BY_Z3) == 0 else ["cases"]
        if not check(self._folder, by=by).checked:
            return "refused"
        subject = hashlib.sha256(
            b"".join((self._folder / name).read_bytes() for name in (PROGRAM, MODEL, WEIGHTS))
            + f"{draft.max_len} {draft.max_layers}".encode()
        ).hexdigest()
        if subject not in self._known:
            self._known[subject] = untrue(self._folder)
        return self._known[subject] or "true"


def untrue(folder: Path) -> str:
    """What is not true of the claim of a certificate; nothing if it is true."""
    said = json.loads((folder / MANIFEST).read_text())
    try:
        program = read((folder / PROGRAM).read_bytes().decode())
        model = loaded(folder / "model")
        claim = Claim(program, said["max_len"], said["max_layers"])
        if not claim.words:
            return "it is about no inputs"
        found = next(claim.findings(model, exact=True), None)
    except (
        BadPatternError,
        NoLanguageError,
        NoProgramError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:
        return f"it is about no program, no model or no inputs: {error!r}"
    return "" if found is None else f"on {found.word}: {found.kind}: {found.what}"


def attempts(seed: int, each: int = EACH) -> Iterator[tuple[str, Draft, str]]:
    """Yields edits with their kinds and what became of them, without end.

    Args:
        seed: chooses programs and edits.
        each: how many edits there are of one certificate.
    """
    with tempfile.TemporaryDirectory() as scratch:
        for certificate in honest(Path(scratch), seed):
            rng = Random(f"{seed} {certificate.name}")
            attack = Attack(certificate, Path(scratch) / "edited", rng)
            for kind, draft in islice(attack.edits(), each):
                yield kind, draft, attack.outcome(draft)


def campaign(seed: int, count: int, *, each: int = EACH, show: bool = False) -> Counts:
    """Checks so many edited certificates, always the same ones for a seed.

    Args:
        seed: chooses programs and edits.
        count: how many edits there are.
        each: how many there are of one certificate.
        show: whether to tell how far it is.
    """
    counts = Counts()
    for number, (kind, draft, outcome) in enumerate(islice(attempts(seed, each), count), 1):
        known = outcome in {"refused", "true"}
        counts.outcomes[kind, outcome if known else "false"] += 1
        if not known:
            counts.false.append(f"{kind}: {outcome}\n{draft.text}{json.dumps(draft.evidence)}")
        if show and not number % each:
            sys.stderr.write(f"{number} edits, {len(counts.false)} false\n")
    return counts


def main() -> None:
    """Runs the campaign, prints what came out, and fails if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=20000)
    asked = parser.parse_args()
    counts = campaign(asked.seed, asked.count, show=True)
    sys.stdout.write(f"{counts.table()}\n")
    for one in counts.false:
        sys.stdout.write(f"FALSE: {one}\n")
    sys.exit(bool(counts.false))


if __name__ == "__main__":
    main()
