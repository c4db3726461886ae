"""Mutants of the verifier: every one is noticed by a test, or it is written down why not.

    python -m tests.campaigns.verifier --seed 0 --count 1000
    python -m tests.campaigns.verifier --count 50 --module alta_verify/encode/projection.py

The first mutants of a seed are the same, however many are wanted.
"""

from __future__ import annotations

import argparse
import gc
import json
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path

from tests.campaigns.forked import UNIMPORTABLE, Run, load_libraries, start
from tests.campaigns.layout import aligned
from tests.campaigns.near_tests import CRITICAL, NEAR
from tests.campaigns.source_mutants import SourceMutant, read, sampled
from tests.campaigns.survivors import Why, explanation_of, explanations, out_of_date

__all__ = ["Judged", "Outcome", "campaign", "table"]

LIMIT = 900.0
"""Seconds that all the tests of a mutant have, whatever else the machine does."""


class Outcome(StrEnum):
    """What became of a mutant. The last should never be."""

    KILLED = "killed"
    LATE = "too slow"
    EQUIVALENT = Why.EQUIVALENT
    WEAKER = Why.WEAKER
    MARGIN = Why.MARGIN
    SPEED = Why.SPEED
    WORDING = Why.WORDING
    UNEXPLAINED = "UNEXPLAINED"


@dataclass(frozen=True)
class Judged:
    """A mutant with its outcome.

    Attributes:
        by: the test that noticed it, if one did.
        seconds: what running its tests took.
    """

    mutant: SourceMutant
    outcome: Outcome
    by: str
    seconds: float


class BrokenCampaignError(RuntimeError):
    """Says that the campaign itself does not work, so that it says nothing of any mutant."""


def campaign(
    mutants: Iterable[SourceMutant],
    *,
    jobs: int = 1,
    tests: Mapping[str, Sequence[str]] = NEAR,
    each: Callable[[Judged], None] = lambda one: None,
) -> list[Judged]:
    """Runs the near tests of mutants, some at a time.

    Args:
        mutants: which.
        jobs: how many processes run at a time.
        tests: those of every module.
        each: is told about every mutant that is judged.
    """
    waiting = iter(mutants)
    running: list[tuple[SourceMutant, Run]] = []
    judged: list[Judged] = []
    while True:
        for mutant in islice(waiting, jobs - len(running)):
            module = mutant.place.module
            running.append((mutant, start(tests[module], LIMIT, module, mutant.source)))
        if not running:
            return judged
        left = []
        for mutant, run in running:
            if run.poll():
                judged.append(_judged(mutant, run))
                each(judged[-1])
            else:
                left.append((mutant, run))
        if len(left) == len(running):
            time.sleep(0.02)
        running = left


def _judged(mutant: SourceMutant, run: Run) -> Judged:
    text = run.read()
    by = re.search(r"^(?:FAILED|ERROR) (\S+)", text, re.MULTILINE)
    explanation = explanation_of(mutant)
    if run.code == 0:
        outcome = Outcome.UNEXPLAINED if explanation is None else Outcome(explanation.kind)
    elif run.late:
        outcome = Outcome.LATE
    elif _is_noticed(run):
        outcome = Outcome.KILLED
    else:
        raise BrokenCampaignError(f"{mutant.name}: {run.code}\n{text}")
    return Judged(mutant, outcome, by[1] if by else "", run.seconds)


def _is_noticed(run: Run) -> bool:
    """Whether a test failed, or nothing could be imported, or the process was ended by a crash."""
    return run.code in {1, 2, UNIMPORTABLE} or (run.code or 0) < 0


# --- whether it works -----------------------------------------------------------------------------


def check(tests: Iterable[Sequence[str]]) -> None:
    """Sees to it that mutants are in force, and that tests pass where there is none.

    Raises:
        BrokenCampaignError: otherwise.
    """
    _expect({0}, tuple(dict.fromkeys(one for some in tests for one in some)), "")
    module = "alta_verify/arithmetic/interval.py"
    source, quick = read(module), NEAR[module][:1]
    # As it is, but put in place like a mutant.
    _expect({0}, quick, module, source)
    _expect({UNIMPORTABLE}, quick, module, f"{source}\nraise RuntimeError(__name__)\n")
    wrong = source.replace("Interval(min(corners), max(corners))", "Interval(_ZERO, _ZERO)")
    if wrong == source:
        raise BrokenCampaignError(f"expected products of intervals in {module}, found none")
    _expect({1}, quick, module, wrong)


def _expect(codes: set[int], tests: Sequence[str], module: str, source: str = "") -> None:
    run = start(tests, LIMIT, module, source)
    while not run.poll():
        time.sleep(0.02)
    text = run.read()
    if run.code not in codes:
        what = "a mutant" if module else "no mutant"
        raise BrokenCampaignError(f"expected {codes} with {what}, got {run.code}\n{text}")


# --- the table ------------------------------------------------------------------------------------


def table(judged: Sequence[Judged]) -> str:
    """One line for each module."""
    modules: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        modules[one.mutant.place.module].append(one)
    heads = ["module", "mutants", *Outcome, "s/mutant"]
    rows = [_row(module, some) for module, some in sorted(modules.items())]
    return "\n".join(aligned([heads, *rows, _row("together", judged)]))


def _row(title: str, some: Sequence[Judged]) -> list[str]:
    counts = [str(sum(one.outcome is outcome for one in some)) for outcome in Outcome]
    seconds = sum(one.seconds for one in some) / max(len(some), 1)
    return [title, str(len(some)), *counts, f"{seconds:.2f}"]


def main() -> int:
    """Runs a campaign as the command line says, and prints the table and what is unexplained."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=20, help="how many mutants")
    parser.add_argument("--skip", type=int, default=0, help="how many before them are left out")
    parser.add_argument("--module", action="append", help="of this module; may be repeated")
    parser.add_argument("--first", action="store_true", help="only the first of its near tests")
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    parser.add_argument("--record", type=Path, help="a file for a line of JSON for every mutant")
    parser.add_argument("--unchecked", action="store_true", help="see not first that it works")
    given = parser.parse_args()
    tests = {one: some[: 1 if given.first else None] for one, some in NEAR.items()}
    modules = {one: 2 if one in CRITICAL else 1 for one in given.module or NEAR}
    load_libraries()
    gc.freeze()
    mutants = islice(sampled(modules, given.seed), given.skip, given.skip + given.count)
    if not given.unchecked:
        check([tests[one] for one in modules])

    def record(one: Judged) -> None:
        if given.record is not None:
            said = [one.mutant.place.module, one.mutant.scope, one.mutant.before, one.mutant.after]
            operator = one.mutant.place.operator
            with given.record.open("a") as file:
                line = [*said, operator, one.outcome, one.by, round(one.seconds, 2)]
                file.write(f"{json.dumps(line)}\n")

    judged = campaign(mutants, jobs=given.jobs, tests=tests, each=record)
    sys.stdout.write(f"{table(judged)}\n")
    wrong = [
        f"UNEXPLAINED: {one.mutant.name}" for one in judged if one.outcome is Outcome.UNEXPLAINED
    ]
    told = [one for one in explanations() if one.module in modules]
    wrong += [f"GONE: {what}" for what in out_of_date(told)]
    for one in wrong:
        sys.stdout.write(f"{one}\n")
    sys.stdout.write(f"survivors unexplained, or explained and gone: {len(wrong)}\n")
    return min(1, len(wrong))


if __name__ == "__main__":
    sys.exit(main())
