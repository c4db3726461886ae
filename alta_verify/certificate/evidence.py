"""Evidence: the hints that let the checker follow, found by asking the checker's own code.

Nothing here is trusted: the checker takes every hint for a claim and checks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, final

from alta_verify.certificate.absence import Absence
from alta_verify.check.language import Language
from alta_verify.check.program import bits_of
from alta_verify.check.questions import Question
from alta_verify.check.text import read_program
from alta_verify.check.theorem import Theorem
from alta_verify.check.value_sets import ValueSets
from alta_verify.claim.computes import Task
from alta_verify.reach.sets.value_sets import value_sets
from alta_verify.report.report import CertificateError

__all__ = ["Subject", "find_evidence"]

# So many patterns of local states of one variable are excluded before giving up.
_EXCLUDED: Final = 256


@final
@dataclass(frozen=True)
class Subject:
    """What a certificate is about, as the checker takes it.

    Attributes:
        program: the canonical text.
        model: the manifest of the saved model.
        weights: the bytes of its arrays.
        max_len: the longest input.
        max_layers: the most layers that count.
    """

    program: str
    model: Mapping[str, Any]
    weights: bytes
    max_len: int
    max_layers: int | None

    def theorem(self, evidence: Mapping[str, Any]) -> Theorem:
        """Returns the theorem about it, with some evidence."""
        return Theorem(
            program=self.program,
            weights=self.weights,
            model=self.model,
            max_len=self.max_len,
            max_layers=self.max_layers,
            evidence=evidence,
        )


def find_evidence(task: Task, subject: Subject) -> dict[str, Any]:
    """Returns what the checker has to be told of the runs of a program.

    Raises:
        CertificateError: when a local state would have to be excluded that no slice excludes.
        Refused: when the checker does not accept the value sets.
    """
    # As the checker reads them: what it does not see there, it cannot be told.
    program = read_program(subject.program)
    language = Language(program)
    live = {
        length: tokens for length in task.lengths if (tokens := language.live(length)) is not None
    }
    sets = value_sets(
        task.abstraction,
        [
            frozenset[int]().union(*(tokens[p] for tokens in live.values() if p < len(tokens)))
            for p in range(max(live))
        ],
        sorted(live),
    )
    # The checker sees by itself whether the value sets are closed under a layer (Lemma 4).
    rows = [{name: bits_of(values) for name, values in row.items()} for row in sets.positions]
    checked = ValueSets(program, live, rows)
    absence = Absence(task, program, language)
    for kind in ("conflict", "range", "undefined"):
        for suspect, pattern in checked.suspects(kind):
            if checked.may_meet(pattern) and not absence.show(pattern):
                raise CertificateError(
                    f"no certificate: program[{kind}]: {suspect}, for all we know"
                )
    # Questions are derived from the evidence, and may call for more of it.
    evidence: dict[str, Any] = {
        "value_sets": [
            {name: sorted(values) for name, values in row.items()} for row in sets.positions
        ],
        "runs": absence.hints,
        "excluded": [],
    }
    theorem = subject.theorem(evidence)
    for name in theorem.obligations:
        states = [
            state
            for question in theorem.questions(name)
            for state in _excluded(question, absence, name)
        ]
        if states:
            variable = name.partition("[")[2].removesuffix("]")
            evidence["excluded"].append({"variable": variable, "states": states})
    # Excluding states may have taken more slices than the failures did.
    return {**evidence, "runs": absence.hints}


def _excluded(question: Question, absence: Absence, name: str) -> list[dict[str, int]]:
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
        pattern = {variable: bits_of([index]) for variable, index in excluded.items()}
        question = replace(question, absent=(*question.absent, pattern))
    return states
