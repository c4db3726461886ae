"""Theorems for the checker, made of a program and a model as a certificate would."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import alta
from alta.lang.program import Program, program_text
from alta.nn.model import Model
from alta_verify.check.questions import Question
from alta_verify.check.refused import Refused
from alta_verify.check.theorem import Theorem
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.reach.sets.value_sets import value_sets

__all__ = [
    "LONG",
    "LONGEST",
    "MUTATED",
    "PROGRAMS",
    "RUNS",
    "SHORT",
    "TEXT",
    "compiled",
    "evidence",
    "evidence_of",
    "files_of",
    "is_shown",
    "mutated",
    "questions_of",
    "saved",
    "theorem",
    "theorem_of",
]


LONGEST = 4


PROGRAMS = {
    "relative": alta.programs.parity_sequential_relative,
    "sum": lambda: alta.programs.parity_sum_mod_2(max_length=LONGEST),
    "sorting": lambda: alta.programs.sort_unique(max_value=3),
}


LONG = 8


SHORT = 5
"""The bound where inputs are run one by one."""


MUTATED = {
    "relative": alta.programs.parity_sequential_relative,
    "absolute": lambda: alta.programs.parity_sequential_absolute(max_length=LONG),
    "sum": lambda: alta.programs.parity_sum_mod_2(max_length=SHORT),
}


# Which slices to run for what value sets leave open.
RUNS = {
    "addition": [
        {
            "names": ["turn", "turn_right", "wanted"],
            "defined": ["carry_right", "other"],
            "by": "words",
        }
    ],
    "sort_unique": [
        {
            "names": ["mean", "rank", "token", "up_to", "bos", "index"],
            "defined": ["fetched"],
            "by": "censuses",
        }
    ],
}


TEXT = program_text(PROGRAMS["sorting"]())


def evidence_of(
    program: Program, model: Model, max_len: int, runs: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    task = Task(program, model, max_len, None, Deadline.after(None))
    sets = value_sets(task.abstraction, task.live, task.lengths)
    rows = [{name: sorted(own) for name, own in row.items()} for row in sets.rows]
    return {"value_sets": rows, "runs": list(runs), "excluded": []}


def files_of(model: Model) -> tuple[bytes, dict[str, Any]]:
    """The bytes of the weights, and the manifest, of a saved model."""
    with tempfile.TemporaryDirectory() as folder:
        model.save(folder)
        manifest = json.loads((Path(folder) / "manifest.json").read_text())
        return (Path(folder) / "weights.safetensors").read_bytes(), manifest


def theorem_of(
    program: Program,
    model: Model | None = None,
    max_len: int = 20,
    runs: Sequence[Mapping[str, Any]] = (),
    **other: Any,
) -> Theorem:
    """A theorem with the prover's value sets as evidence, unless something else is given.

    The bound is what program and model take, where that is less.
    """
    model = model or alta.compile(program, max_len=max_len)
    weights, manifest = files_of(model)
    limit = min(n for n in (max_len, program.position_range, model.max_len) if n is not None)
    return Theorem(
        **{
            "program": program_text(program),
            "weights": weights,
            "model": manifest,
            "max_len": limit,
            "max_layers": None,
            **other,
            "evidence": other.get("evidence") or evidence_of(program, model, limit, runs),
        }
    )


def questions_of(theorem: Theorem) -> Iterator[tuple[str, Question]]:
    for name in theorem.obligations:
        theorem.show(name)
        for question in theorem.questions(name):
            yield name, question


def is_shown(theorem: Theorem) -> bool:
    """Whether the checker shows every obligation and settles every question."""
    try:
        return all(question.decide() is None for _, question in questions_of(theorem))
    except Refused:
        return False


@cache
def compiled(name: str):
    program = PROGRAMS[name]()
    return program, alta.compile(program, max_len=LONGEST)


@cache
def mutated(name: str):
    program = MUTATED[name]()
    return program, alta.compile(program, max_len=LONG)


@cache
def saved(name: str):
    return files_of(compiled(name)[1])


@cache
def evidence(name: str) -> str:
    return json.dumps(evidence_of(*compiled(name), LONGEST))


def theorem(name: str, changed: Model | None = None, **other: Any) -> Theorem:
    """The theorem about a program and a model, or of files that are given."""
    weights, manifest = saved(name) if changed is None else files_of(changed)
    files = {
        "program": program_text(compiled(name)[0]),
        "weights": weights,
        "model": manifest,
        "max_len": LONGEST,
        "max_layers": None,
        "evidence": json.loads(evidence(name)),
    }
    return Theorem(**{**files, **other})
