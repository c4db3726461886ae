"""Longest: up to which length a model is proved to compute a program."""

from __future__ import annotations

from typing import Any

from alta.lang.program import Program
from alta.nn.model import Model
from alta_verify.report.report import Report
from alta_verify.verification import verify

__all__ = ["longest_proved"]


def longest_proved(
    program: Program, model: Model, *, max_len: int = 20, **options: Any
) -> Report | None:
    """Returns the proof for the greatest bound on the length that was found to have one.

    What holds for all inputs up to a length holds for the shorter ones, so bounds are halved; each
    that counts was proved on its own.

    Args:
        program: what the model should compute.
        model: the model.
        max_len: the greatest bound to try.
        options: further arguments of `verify`.

    Returns:
        The report of the proof; None when not even inputs of one token could be proved.
    """
    best = None
    low, high = 0, max_len
    while low < high:
        middle = (low + high + 1) // 2
        report = verify(program, model, max_len=middle, **options)
        if report.proved:
            best, low = report, middle
        else:
            high = middle - 1
    return best
