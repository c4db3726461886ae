"""The mutation campaign: nothing that is wrong is ever PROVED.

    python -m tests.campaigns.mutants --seed 0 --count 5000

All shipped programs at small sizes, programs with one input among many, and random programs, with
all kinds of mutants. Every other one is judged without sampling, so that the proof has to find it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import islice
from random import Random

import jax

from tests.campaigns.execution import Execution
from tests.campaigns.kinds import mutants
from tests.campaigns.subject import SHIPPED, Subject, random_subjects, secret_subjects
from tests.campaigns.verdict import Tally, judge

__all__ = ["all_subjects", "campaign"]

SLOW = {"addition": 0.25, "subleq": 0.5, "scan_parser": 0.15, "scan": 0.1}
"""Verdicts on these take so long that they have a smaller share."""

RANDOM = 48
SECRET = 6


def all_subjects(seed: int) -> list[tuple[Subject, float]]:
    """All subjects, each with its share of the mutants."""
    found = [
        (Subject.of(name, build(), most), SLOW.get(name, 1.0))
        for name, (build, most) in SHIPPED.items()
    ]
    found += [(subject, 0.7) for subject in islice(secret_subjects(seed), SECRET)]
    found += [(subject, 0.7) for subject in islice(random_subjects(seed), RANDOM)]
    return found


def campaign(
    seed: int, count: int, subjects: Sequence[tuple[Subject, float]], *, show: bool = False
) -> Tally:
    """Judges so many mutants, always the same ones for a seed.

    Args:
        seed: chooses the mutants.
        count: how many there are.
        subjects: what they are mutants of, with a share each.
        show: whether to tell how far it is.
    """
    tally = Tally()
    whole, done = sum(share for _, share in subjects), 0.0
    for subject, share in subjects:
        before, done = len(tally.judged), done + share
        rng = Random(f"{seed} {subject.name}")
        known = Execution(subject.program, subject.max_len)
        for pair in islice(mutants(subject, rng), round(count * done / whole) - before):
            same = pair.program is subject.program
            execution = known if same else Execution(pair.program, pair.max_len)
            tally.add(judge(pair, execution, sampled=bool(len(tally.judged) % 2)))
        if len(subjects) > 1:
            # What was compiled for one is of no use for the next.
            jax.clear_caches()
        if show:
            sys.stderr.write(f"{subject.name}: {len(tally.judged) - before} mutants\n")
    return tally


def main() -> None:
    """Runs the campaign, prints what came out, and fails if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=5000)
    asked = parser.parse_args()
    tally = campaign(asked.seed, asked.count, all_subjects(asked.seed), show=True)
    tally.show()
    sys.exit(bool(tally.wrong))


if __name__ == "__main__":
    main()
