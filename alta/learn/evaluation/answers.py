"""Answers: what programs and models say to inputs, with no answer where a run fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from alta.interp.batch import Transitions, execute, run_batch
from alta.interp.run import Run
from alta.lang.program import Program
from alta.lang.values import UNDEFINED

__all__ = ["Runs", "answer", "answers_of_model", "answers_of_program", "expected"]

Answer = Any
"""A text where the program decodes outputs, else the outputs; None where there is no answer."""

Tokens = tuple[int, ...]


class Runs(Protocol):
    """Runs sequences as `Model` and `FunctionModel` do."""

    @property
    def program(self) -> Program:
        """What it is meant to compute."""
        ...

    @property
    def engine(self) -> Any:
        """What runs it."""
        ...


def answer(program: Program, outputs: tuple[Any, ...]) -> Answer:
    """Returns the answer that outputs are; outputs that say nothing are no answer."""
    if program.decode is None:
        return None if UNDEFINED in outputs else outputs
    try:
        return program.decode(outputs)
    except (LookupError, TypeError, ValueError):
        # What a program never puts out, a learned block may.
        return None


def expected(program: Program, sequences: Sequence[Tokens]) -> tuple[list[Answer], list[int]]:
    """Returns a program's own answers, and the layers that it takes.

    Raises:
        ProgramError: when nothing would end a run.
        ExecutionError: when the program has no next state for one of the inputs.
    """
    runs = run_batch(program, sequences)
    return [answer(program, run.outputs) for run in runs], [run.n_layers for run in runs]


def answers_of_program(
    program: Program, sequences: Sequence[Tokens], limits: Sequence[int]
) -> list[Answer]:
    """Returns the answers of a program that may fail, or never halt.

    Of equally long sequences all may take as many layers as the greatest of their limits.

    Args:
        program: what to run.
        sequences: inputs, as tokens.
        limits: how many layers each may take.
    """
    found: list[Answer] = [None] * len(sequences)
    transitions = Transitions(program)
    by_length: dict[int, list[int]] = {}
    for number, tokens in enumerate(sequences):
        by_length.setdefault(len(tokens), []).append(number)
    for length, numbers in by_length.items():
        words = np.array([sequences[number] for number in numbers], dtype=np.int64)
        run = execute(
            program,
            words.reshape(len(numbers), length),
            max(limits[number] for number in numbers),
            transitions=transitions,
        )
        for row, (number, outputs) in enumerate(zip(numbers, run.outputs, strict=True)):
            found[number] = None if row in run.failures else answer(program, outputs)
    return found


def answers_of_model(
    model: Runs, sequences: Sequence[Tokens], limits: Sequence[int]
) -> list[Answer]:
    """Returns the answers of a model, each after at most its own limit of layers."""
    runs: list[Run] = model.engine.run_checked(sequences, limits)
    return [answer(model.program, run.outputs) for run in runs]
