"""Sizes: rules, neurons and bytes of compiled programs, and how long they take to build."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import jax

import alta
from alta.nn.sparse import SparseMatrix

__all__ = ["Size", "sizes"]


@dataclass(frozen=True)
class Size:
    """One row: how large a program and its model are, and the seconds to build and compile them."""

    name: str
    rules: int
    width: int
    units: int
    megabytes: float
    build_seconds: float
    compile_seconds: float


def sizes(repeat: int) -> list[Size]:
    """Measures every shipped program at its default size."""
    return [_size(name, repeat) for name in alta.programs.names()]


def _size(name: str, repeat: int) -> Size:
    program = alta.programs.get(name)
    max_len = program.position_range or 200
    weights = alta.compile(program, max_len=max_len).weights
    # With the places of the entries, where a matrix is kept without its zeros.
    matrices = jax.tree.leaves(weights, is_leaf=lambda part: isinstance(part, SparseMatrix))
    return Size(
        name=name,
        rules=len(program.rules),
        width=weights.token_embedding.shape[1],
        units=weights.mlp.expand_in.shape[1] + weights.mlp.lookup_in.shape[1],
        megabytes=sum(matrix.nbytes for matrix in matrices) / 1e6,
        build_seconds=_median(lambda: alta.programs.get(name), repeat),
        compile_seconds=_median(lambda: alta.compile(program, max_len=max_len), repeat),
    )


def _median(action: Callable[[], object], repeat: int) -> float:
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times)
