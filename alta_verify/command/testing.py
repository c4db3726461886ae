"""What ``alta test PROGRAM`` does: run a program beside what was meant, without proof."""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final, final

from alta.errors import AltaError
from alta.lang.program import Program
from alta.progress import Progress, announce, progress_bar
from alta.visible import visible
from alta_verify.claim.bounds import check_bounds, in_figures
from alta_verify.claim.meets import Meets
from alta_verify.command.specifications import find_specification
from alta_verify.deadline import Deadline
from alta_verify.obligation import Refuted
from alta_verify.prove.computes.runs import Runs
from alta_verify.prove.meets.meeting import Meeting
from alta_verify.prove.meets.theorem import shrunk
from alta_verify.reach.outputs import chunks
from alta_verify.report.rendering import explanation_text
from alta_verify.search.counterexample import Counterexample
from alta_verify.search.deviation import Deviation
from alta_verify.search.samples import long_words
from alta_verify.specs.specification import Specification

__all__ = ["Trial", "tested", "try_out"]

# Exit statuses, as those of alta-verify: one for a counterexample, one for no input at all.
_WRONG: Final = 1
_VACUOUS: Final = 4

# So many inputs are drawn of each length that is not run through, beside some odd ones.
_DRAWN: Final = 32


@final
@dataclass(frozen=True)
class Trial:
    """What came of running a program beside what was meant.

    Attributes:
        complete: the lengths of which all inputs were run.
        inputs: how many these are.
        sampled: the lengths of which some inputs were run.
        samples: how many these are.
        wrong: the simplest input that was found on which the program is not as meant, if any.
    """

    complete: tuple[int, ...]
    inputs: int
    sampled: tuple[int, ...]
    samples: int
    wrong: Deviation | Counterexample | None

    def __str__(self) -> str:
        parts = []
        if self.complete:
            parts.append(f"all {in_figures(self.inputs)} inputs of {_tokens(self.complete)}")
        if self.sampled:
            parts.append(f"{self.samples:,} sampled of {_tokens(self.sampled)}")
        return " and ".join(parts)


def tested(program: Program, options: argparse.Namespace) -> int:
    """Runs the program, says how it went, and returns the exit status."""
    check_bounds(options.max_len, options.max_layers)
    if options.inputs < 0:
        raise AltaError(f"--inputs: expected a number of at least 0, got {options.inputs}")
    meant = find_specification(options.spec, program)
    start = time.perf_counter()
    with progress_bar("running") as progress:
        trial = try_out(
            program, meant, options.max_len, options.max_layers, options.inputs, progress
        )
    name = visible(program.name, lines=False)
    if trial is None:
        print(f"{name}: there is no input of 1 to {options.max_len} tokens")
        return _VACUOUS
    said = visible(meant.bound(program).name, lines=False)
    if trial.wrong is None:
        print(f"{name}: as {said} says on {trial} ({time.perf_counter() - start:.1f} s)")
        return 0
    rank = "the shortest there is" if trial.wrong.shortest else "the shortest of those tried"
    print(f"{name}: not as {said} says; an input, {rank}:\n  {trial.wrong}\n")
    print(explanation_text(trial.wrong))
    return _WRONG


def try_out(
    program: Program,
    meant: Specification,
    max_len: int,
    max_layers: int | None,
    budget: int,
    progress: Progress | None = None,
) -> Trial | None:
    """Runs all inputs of lengths that have so many together, shorter ones first, and samples.

    It ends with the first length on which something is not as meant. None says that there is no
    input.
    """
    claim = Meets.of(program, meant, max_len, max_layers, Deadline.after(None))
    if not claim.lengths:
        return None
    meeting = Meeting(claim, Runs(claim))
    complete, left = [], budget
    for length in claim.lengths:
        left -= claim.count(length)
        if left < 0:
            break
        complete.append(length)
    sampled = claim.lengths[len(complete) :]
    inputs, samples = sum(map(claim.count, complete)), _samples(claim, sampled)
    announce(f"to be run: {Trial(tuple(complete), inputs, sampled, len(samples), None)}")
    done, wrong = 0, None
    try:
        for words in _batches(claim, complete, samples):
            meeting.try_all(words)
            done += len(words)
            if progress is not None:
                progress(done, inputs + len(samples))
    except Refuted as refuted:
        wrong = shrunk(meeting, refuted.counterexample)
    return Trial(tuple(complete), inputs, sampled, len(samples), wrong)


def _batches(
    claim: Meets, complete: list[int], samples: list[tuple[int, ...]]
) -> Iterator[list[tuple[int, ...]]]:
    """Yields inputs of one length at a time, shorter ones first."""
    for length in complete:
        yield from chunks(claim.inputs.automaton(length).enumerate_words(length))
    for _, group in groupby(samples, key=len):
        yield list(group)


def _samples(claim: Meets, lengths: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Returns different inputs of these lengths, shorter ones first."""
    # Always the same draw, so that the same program always gets the same answer.
    rng = random.Random(0)
    drawn = [
        claim.inputs.automaton(length).sample_word(rng, length)
        for length in lengths
        for _ in range(_DRAWN)
    ]
    odd = [word for word in long_words(claim.inputs, claim.extent.sampled) if len(word) in lengths]
    return sorted(dict.fromkeys([*drawn, *odd]), key=len)


def _tokens(lengths: tuple[int, ...]) -> str:
    first, last = lengths[0], lengths[-1]
    return f"{first} tokens" if first == last else f"{first} to {last} tokens"
