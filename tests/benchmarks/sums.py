"""Sums: up to how many ones the compiled `parity_sum_mod_2` is right."""

from __future__ import annotations

import alta
from tests.benchmarks.cases import encoded

__all__ = ["most_ones"]


def most_ones(most: int) -> int:
    """Returns the number of ones up to which the compiled model always finds the parity.

    One input is run for each number of ones.

    Args:
        most: the most ones that the program has to count.
    """
    program = alta.programs.parity_sum_mod_2(max_length=most + 1)
    texts = ["1" * ones + "0" * (most - ones) for ones in range(most + 1)]
    runs = alta.compile(program).run_batch(encoded(program, texts))
    wrong = [ones for ones, run in enumerate(runs) if run.text != str(ones % 2)]
    return wrong[0] - 1 if wrong else most
