"""Sums: up to how many ones the compiled `parity_sum_mod_2` is right."""

from __future__ import annotations

import alta

__all__ = ["most_ones"]


def most_ones(max_length: int) -> int:
    """Returns the most ones of which the compiled model still finds the parity, up to a length.

    One input is run for each number of ones, with as many tokens as the program takes.
    """
    program = alta.programs.parity_sum_mod_2(max_length=max_length)
    model = alta.compile(program, max_len=program.position_range)
    texts = ["1" * ones + "0" * (max_length - ones) for ones in range(max_length + 1)]
    inputs = [program.encode(text)[: program.position_range] for text in texts]
    right = [run.outputs == tuple(program.oracle(run.tokens)) for run in model.run_batch(inputs)]
    return right.index(False) - 1 if False in right else max_length
