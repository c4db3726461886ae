"""Evidence: the hints that let the checker follow, found by asking the checker's own code.

Nothing here is trusted: the checker takes every hint for a claim and checks it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from typing import Any, Final, Protocol, final

from alta_verify.certificate.invariants import InvariantAbsence
from alta_verify.check.evidence import PARIKH, WORDS, Hint
from alta_verify.check.language import Language
from alta_verify.check.obligations import FAILURES
from alta_verify.check.program import Program, bits_of, indices
from alta_verify.check.questions import Question
from alta_verify.check.refused import Refused
from alta_verify.check.runs import Runs
from alta_verify.check.text import read_program
from alta_verify.check.theorem import Theorem
from alta_verify.check.value_sets import Live, Pattern, Rows, ValueSets
from alta_verify.claim.computes import Task
from alta_verify.reach.sets.value_sets import value_sets
from alta_verify.reach.slices import Slice, slice_for, weakened, whole
from alta_verify.report.report import CertificateError

__all__ = ["Absence", "Subject", "find_evidence"]

# So many patterns of local states of one variable are excluded before giving up.
_EXCLUDED: Final = 256

# A slice with more words, or more Parikh vectors, is not run by them: it would take hours.
_WORDS: Final = 4096
_PARIKH_VECTORS: Final = 1 << 16


@final
@dataclass(frozen=True)
class Subject:
    """What a certificate is about, as the checker takes it."""

    program: str  # the canonical text
    model: Mapping[str, Any]  # the manifest of the saved model
    weights: bytes
    max_len: int | None
    max_layers: int | None
    meant: Mapping[str, Any] | None = None  # of outputs, as data

    def theorem(self, evidence: Mapping[str, Any]) -> Theorem:
        """Returns the theorem about it, with some evidence."""
        return Theorem(**vars(self), evidence=evidence)


class Absences(Protocol):
    """Shows that local states do not occur, in a way that the checker can follow."""

    @property
    def rows(self) -> Rows:
        """Values that names can have, as the checker has seen that they hold."""

    def show(self, pattern: Pattern) -> bool:
        """Says whether a pattern is known not to occur, or can be shown not to."""

    def narrowed(self, state: Mapping[str, int]) -> dict[str, int] | None:
        """Returns as little of a local state as shows that it does not occur, if that is shown."""

    def evidence(self, excluded: list[dict[str, Any]]) -> dict[str, Any]:
        """Returns all that was needed so far, with states that are excluded."""


@final
class Absence:
    """Finds small slices that show that local states do not occur, and keeps those that do.

    The runs of a slice are those of the program, seen in some of its names (Lemma 6). So what no
    run of the slice meets, no run of the program meets.
    """

    def __init__(self, task: Task, program: Program, language: Language) -> None:
        """Takes what to run, as the prover and as the checker have it."""
        self._task = task
        self._finite = task.abstraction.finite
        self._program = program
        self._language = language
        self._runs = cache(self._run)
        self._kept: dict[tuple[Slice, str], Runs] = {}

    @cached_property
    def _value_sets(self) -> list[dict[str, list[int]]]:
        live = self._live
        tokens = [
            frozenset[int]().union(*(words[place] for words in live.values() if place < len(words)))
            for place in range(max(live))
        ]
        sets = value_sets(self._task.abstraction, tokens, sorted(live))
        return [{name: sorted(values) for name, values in row.items()} for row in sets.rows]

    @cached_property
    def _live(self) -> Live:
        return self._language.live_by_length(self._task.lengths)

    @cached_property
    def rows(self) -> Rows:
        """Values that names can have, as the checker has seen that they hold."""
        # The checker sees by itself whether the value sets are closed under a layer (Lemma 4).
        rows = [{name: bits_of(vs) for name, vs in row.items()} for row in self._value_sets]
        return ValueSets(self._program, self._live, rows)

    def evidence(self, excluded: list[dict[str, Any]]) -> dict[str, Any]:
        """Returns all that was needed so far, with states that are excluded."""
        return {"value_sets": self._value_sets, "runs": self.hints, "excluded": excluded}

    @property
    def hints(self) -> list[dict[str, Any]]:
        """The slices that are needed, as evidence has them."""
        return [
            {"names": sorted(slice_.names), "defined": sorted(slice_.defined), "by": by}
            for slice_, by in self._kept
        ]

    def show(self, pattern: Pattern) -> bool:
        """Says whether a pattern is known not to occur, or can be shown not to by one slice."""
        # Slices that are needed anyway are asked first, so that few have to be run by the checker.
        if any(not runs.may_meet(pattern) for runs in self._kept.values()):
            return True
        for way in self._ways(pattern):
            runs = self._runs(*way)
            if runs is not None and not runs.may_meet(pattern):
                self._kept[way] = runs
                return True
        return False

    def narrowed(self, state: Mapping[str, int]) -> dict[str, int] | None:
        """Returns as little of a local state as shows that it does not occur, if that is shown."""
        if not self.show(_pattern(state)):
            return None
        # Names are dropped one by one as long as a slice still shows it (a minimal core, greedily):
        # the smaller the pattern, the more states it excludes at once.
        kept = dict(state)
        for name in state:
            less = {n: index for n, index in kept.items() if n != name}
            if any(not runs.may_meet(_pattern(less)) for runs in self._kept.values()):
                kept = less
        return kept

    def _ways(self, pattern: Pattern) -> Iterator[tuple[Slice, str]]:
        """Yields slices, smaller ones first, each with the ways to run it, quicker ones first."""
        program = self._finite
        asked = {name: frozenset(indices(mask)) for name, mask in pattern.items()}
        # Lemma 6 holds of each: the slice of the names that are asked for, the whole program, and
        # smaller slices about weaker patterns. What no run has of those, none has of this one.
        slices = {slice_for(program, asked), whole(program)}
        slices |= {slice_ for slice_, _ in weakened(program, asked)}
        for slice_ in sorted(
            slices, key=lambda s: (s.rules(program), len(s.names), sorted(s.names))
        ):
            # As the checker has it, so that both count the same classes.
            alike = self._program.like_tokens(slice_.names)
            if self._at_most(partial(self._language.words, alike=alike), _WORDS):
                yield slice_, WORDS
            if self._at_most(partial(self._language.parikh_vectors, alike=alike), _PARIKH_VECTORS):
                yield slice_, PARIKH

    def _at_most(self, classes: Callable[[int], set[Any]], bound: int) -> bool:
        """Says whether inputs of all lengths together have at most so many classes."""
        number = 0
        # The longest inputs have the most: what is hopeless shows there.
        for length in reversed(self._task.lengths):
            try:
                number += len(classes(length))
            except Refused:
                return False
            if number > bound:
                return False
        return True

    def _run(self, slice_: Slice, by: str) -> Runs | None:
        hint, task = Hint(slice_.names, slice_.defined, by), self._task
        try:
            return Runs(self._program, self._language, task.lengths, task.max_layers, hint)
        # What is too much here would be too much for the checker; another slice may do.
        except Refused:
            return None


def find_evidence(task: Task, subject: Subject) -> dict[str, Any]:
    """Returns what the checker has to be told of the runs of a program.

    Raises CertificateError where no slice excludes what has to be, Refused of wrong value sets.
    """
    # As the checker reads it: what it does not see there, it cannot be told.
    program = read_program(subject.program)
    language = Language(program)
    absence: Absences = (
        InvariantAbsence(task, program, language)
        if task.max_len is None
        else Absence(task, program, language)
    )
    for kind in FAILURES:
        for suspect, pattern in absence.rows.suspects(kind):
            if absence.rows.may_meet(pattern) and not absence.show(pattern):
                raise CertificateError(
                    f"no certificate: program[{kind}]: {suspect}, for all we know"
                )
    # Questions are derived from the evidence, and may call for more of it.
    excluded: list[dict[str, Any]] = []
    theorem = subject.theorem(absence.evidence(excluded))
    for name in theorem.obligations:
        questions = theorem.questions(name)
        if states := [s for question in questions for s in _excluded(question, absence, name)]:
            variable = theorem.obligations[name].subject
            excluded.append({"variable": variable, "states": states})
    # Excluding states may have taken more than the failures did.
    return absence.evidence(excluded)


def _excluded(question: Question, absence: Absences, name: str) -> list[dict[str, int]]:
    """Returns local states that have to be excluded for a question to be settled."""
    states: list[dict[str, int]] = []
    # Refinement: every state that answers the question is generalised, excluded, and asked past.
    while (state := question.decide()) is not None:
        excluded = absence.narrowed(state)
        if excluded is None or len(states) == _EXCLUDED:
            shown = " & ".join(f"{name}={index}" for name, index in state.items())
            raise CertificateError(
                f"no certificate: {name}: the checker cannot settle the local state {shown}, nor "
                "exclude it"
            )
        states.append(excluded)
        question = replace(question, absent=(*question.absent, _pattern(excluded)))
    return states


def _pattern(state: Mapping[str, int]) -> Pattern:
    return {name: bits_of([index]) for name, index in state.items()}
