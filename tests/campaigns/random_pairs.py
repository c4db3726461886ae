"""The campaign of random pairs: verdicts never disagree with running everything.

    python -m tests.campaigns.random_pairs --seed 0 --count 5000

Random programs, of which half may fail on some inputs, each with its compiled weights, with weights
that are the same in another way, and with weights or rules that may differ in one to three places.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from random import Random

import jax

from alta.errors import AltaError
from tests.campaigns.execution import Execution
from tests.campaigns.kinds import KINDS
from tests.campaigns.subject import Subject, random_subjects
from tests.campaigns.verdict import Pair, Tally, judge

__all__ = ["campaign"]

EACH = 25
"""Pairs of one program."""

SAME = ("kept: units permuted", "kept: neuron split", "kept: values rescaled", "kept: reordered")

WEIGHTS = ("weight changed", "weight filled", "weight noisy", "weights exchanged")

RULES = ("rule left out", "rule assigning", "rule testing", "rule added")


def pairs(subject: Subject, rng: Random) -> Iterator[Pair]:
    """Yields the compiled weights, and then pairs of all sorts, without end."""
    yield Pair("compiled", subject.name, subject.program, subject.model, subject.max_len, kept=True)
    while True:
        sort = rng.choice([SAME, RULES, *3 * [WEIGHTS]])
        edits = 1 if sort is not WEIGHTS else rng.choice([1, 1, 2, 3])
        made, edited = None, subject
        for _ in range(edits):
            try:
                more = KINDS[rng.choice(sort)](edited, rng)
            except AltaError:
                continue  # no well-formed program
            if more is not None:
                made, edited = more, replace(edited, name=more.name, model=more.model)
        if made is not None:
            title = {SAME: "the same", RULES: "other rules", WEIGHTS: f"{edits} other weights"}
            yield replace(made, kind=title[sort])


def subjects(seed: int) -> Iterator[Subject]:
    """Yields programs that fail on no input, and others, in turns."""
    for both in zip(random_subjects(seed), random_subjects(seed, total=False), strict=False):
        yield from both


def campaign(seed: int, count: int, *, each: int = EACH, show: bool = False) -> Tally:
    """Judges so many pairs, always the same ones for a seed.

    Args:
        seed: chooses programs and weights.
        count: how many pairs there are.
        each: how many pairs there are of one program.
        show: whether to tell how far it is.
    """
    tally = Tally()
    for subject in subjects(seed):
        if len(tally.judged) >= count:
            break
        rng = Random(f"{seed} {subject.name}")
        known = Execution(subject.program, subject.max_len)
        for pair in islice(pairs(subject, rng), min(each, count - len(tally.judged))):
            same = pair.program is subject.program
            execution = known if same else Execution(pair.program, pair.max_len)
            kept = pair.kept and not execution.failing
            tally.add(judge(replace(pair, kept=kept), execution, sampled=rng.random() < 0.5))
        jax.clear_caches()
        if show:
            sys.stderr.write(f"{len(tally.judged)} pairs\n")
    return tally


def main() -> None:
    """Runs the campaign, prints what came out, and fails if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=5000)
    asked = parser.parse_args()
    tally = campaign(asked.seed, asked.count, show=True)
    tally.show()
    sys.exit(bool(tally.wrong))


if __name__ == "__main__":
    main()
