"""The campaign of every length: what is PROVED for inputs of any length is true as far as one sees.

    python -m tests.campaigns.unbounded --seed 0 --count 3000

Random programs that read neighbours only, whole and broken, with specifications that are right,
wrong, or drawn without any regard to the program. What is said of them is judged on all inputs of
up to 8 tokens, and on some of up to 200. Every other time nothing is run beforehand, so that the
proof has to notice by itself.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Iterator
from functools import cached_property
from itertools import groupby, islice
from random import Random

import pytest

import alta
from alta.errors import AltaError, ProgramWarning
from alta.lang.program import Program
from alta_verify import Report, Verdict, satisfies
from tests.alta_verify.obligations import shown_for_every_length_instead
from tests.campaigns.meanings import Meaning, matches
from tests.campaigns.sweeps import Subject, broken, drawn_subject, meanings
from tests.campaigns.verdicts import Counts, Judged, counted
from tests.judge.language import Word, inputs
from tests.judge.many import ENDLESS, End, Step, ends_of, layers
from tests.judge.text import read

__all__ = ["Truth", "campaign", "judged"]

EACH = 12
"""Verdicts on one program."""

TIMEOUT = 20.0

EXHAUSTIVE = 8
MOST_WORDS = 2000
LENGTHS = (9, 11, 14, 22, 31, 39, 60, 121, 200)
DRAWN = 2


class Truth:
    """All short runs of a program, and some long ones."""

    def __init__(self, program: Program, rng: Random) -> None:
        self.text = alta.program_text(program)
        self.program = read(self.text)
        self._language, self._rng = program.inputs, rng

    @cached_property
    def words(self) -> list[list[Word]]:
        """The inputs, those of each length together."""
        short = inputs(self.program, EXHAUSTIVE)
        groups = [list(group) for _, group in groupby(short, key=len)]
        for length in LENGTHS:
            language = self._language.automaton(length)
            if language.count(length):
                drawn = [language.sample_word(self._rng, length) for _ in range(DRAWN)]
                # The judge's own patterns say whether they are inputs at all.
                assert all(map(self.has, drawn)), self.text
                groups.append(drawn)
        return groups

    def has(self, word: Word) -> bool:
        """Says whether a word is an input."""
        kind, _, text = self.program.inputs.partition(" ")
        assert kind == "regex", self.text
        return matches(text.strip('"'), self.program.vocab, word)

    @cached_property
    def runs(self) -> list[tuple[list[Step], list[End]]]:
        """The runs on these inputs."""
        return list(map(self._runs, self.words))

    def _runs(self, words: list[Word]) -> tuple[list[Step], list[End]]:
        steps = list(layers(self.program, words))
        return steps, ends_of(self.program, steps)

    def wrong(self, meaning: Meaning) -> Iterator[tuple[Word, frozenset[str]]]:
        """Yields the inputs on which something is wrong, and what: failures, or "spec"."""
        for words, (steps, found) in zip(self.words, self.runs, strict=True):
            yield from _wrong(meaning, self, words, steps, found)

    def wrong_on(self, meaning: Meaning, word: Word) -> frozenset[str]:
        """Returns what is wrong on one input."""
        if not self.has(word):
            return frozenset()
        kinds = (kinds for _, kinds in _wrong(meaning, self, [word], *self._runs([word])))
        return next(kinds, frozenset())


def _wrong(
    meaning: Meaning, truth: Truth, words: list[Word], steps: list[Step], found: list[End]
) -> Iterator[tuple[Word, frozenset[str]]]:
    differing = meaning.broken(truth.program, words, steps, found)
    for word, end, differs in zip(words, found, differing, strict=True):
        kinds = end.kinds | ({"spec"} if differs else set())
        if kinds:
            yield word, frozenset(kinds)


def judged(subject: Subject, truth: Truth, meaning: Meaning, what: str, *, sampled: bool) -> Judged:
    """Proves or refutes a meaning for every length, and judges the verdict."""
    kind = f"{subject.kind}: {what}"
    try:
        if sampled:
            report = _verdict(subject, meaning)
        else:
            with pytest.MonkeyPatch.context() as patch:
                shown_for_every_length_instead(patch, "sampling", lambda *_: "nothing run")
                report = _verdict(subject, meaning)
    except AltaError as error:
        return Judged(kind, "turned away", str(error))
    text = f"\n{meaning}\n{truth.text}{report}"
    if report.verdict is Verdict.REFUTED:
        shown = report.counterexample
        assert shown is not None
        wrong = truth.wrong_on(meaning, shown.tokens)
        # What fails does not give what was meant either.
        confirmed = shown.kind in wrong or (bool(wrong) and shown.kind not in FAILURES)
        return Judged(kind, "REFUTED, true" if confirmed else "REFUTED, not so", f"{wrong}{text}")
    if report.verdict is Verdict.VACUOUS:
        empty = not any(truth.words)
        return Judged(kind, "VACUOUS" if empty else "VACUOUS, not so", text)
    ignored = frozenset() if _ends(report) else frozenset({ENDLESS})
    found = [(word, kinds - ignored) for word, kinds in truth.wrong(meaning) if kinds - ignored]
    why = f"{found[0]}{text}" if found else text
    return Judged(kind, f"{report.verdict}, {'false' if found else 'true'}", why)


FAILURES = {"conflict", "range", "undefined", ENDLESS}


def _verdict(subject: Subject, meaning: Meaning) -> Report:
    return satisfies(subject.program, meaning.specification(), max_len=None, timeout=TIMEOUT)


def _ends(report: Report) -> bool:
    """Says whether it is claimed that every run ends."""
    return any(finding.name == "end" for finding in report.obligations)


def verdicts(seed: int, each: int = EACH) -> Iterator[Judged]:
    """Yields judged verdicts without end, always the same ones for a seed.

    Args:
        seed: chooses programs and what is meant of them.
        each: how many verdicts there are on one program.
    """
    number = 0
    while True:
        number += 1
        rng = Random(f"every length {seed} {number}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ProgramWarning)
            subject = drawn_subject(rng)
            if subject is not None and rng.random() < 0.4:
                subject = broken(subject, rng)
            if subject is None:
                continue
            truth = Truth(subject.program, rng)
            if not 3 < sum(map(len, truth.words)) < MOST_WORDS:
                continue
            for what, meaning in islice(meanings(subject, rng), each):
                yield judged(subject, truth, meaning, what, sampled=rng.random() < 0.5)


def campaign(seed: int, count: int, *, each: int = EACH, show: bool = False) -> Counts:
    """Judges so many verdicts, always the same ones for a seed.

    Args:
        seed: chooses programs and what is meant of them.
        count: how many verdicts there are.
        each: how many there are on one program.
        show: whether to tell how far it is.
    """
    return counted(islice(verdicts(seed, each), count), show=show)


def main() -> None:
    """Runs the campaign, prints what came out, and fails if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=3000)
    asked = parser.parse_args()
    counts = campaign(asked.seed, asked.count, show=True)
    sys.stdout.write(f"{counts.table()}\n")
    for wrong in counts.wrong:
        sys.stdout.write(f"WRONG: {wrong}\n")
    sys.exit(bool(counts.wrong))


if __name__ == "__main__":
    main()
