"""Rates: position-layers per second, of the interpreters and of compiled models."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import alta
from alta import Program, Run

__all__ = ["Rate", "encoded", "growth", "rates", "words"]

Words = list[tuple[int, ...]]


@dataclass(frozen=True)
class Rate:
    """One row: what ran, how many position-layers it is, and how long it took each time.

    Attributes:
        name: what ran.
        how: ``"run"`` (one by one), ``"run_batch"`` or ``"compiled"``.
        sequences: how many inputs.
        length: tokens of the longest input.
        position_layers: positions times layers, over all inputs.
        seconds: of wall time, the median of the repetitions.
        spread: the longest repetition less the shortest.
        cpu_seconds: of all threads, the median of the repetitions.
    """

    name: str
    how: str
    sequences: int
    length: int
    position_layers: int
    seconds: float
    spread: float
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        """Position-layers per second of wall time."""
        return self.position_layers / self.seconds


def words(program: Program, length: int, count: int) -> Words:
    """Draws inputs of one length."""
    rng = random.Random(0)
    automaton = program.inputs.automaton(length)
    return [automaton.sample_word(rng, length) for _ in range(count)]


def measured(
    name: str, how: str, run: Callable[[], Sequence[Run]], *, repeat: int, warm: bool = False
) -> Rate:
    """Runs something several times; `warm` once before, so that JAX has compiled."""
    runs = run() if warm else []
    wall, cpu = [], []
    for _ in range(repeat):
        start, cpu_start = time.perf_counter(), time.process_time()
        runs = run()
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - cpu_start)
    return Rate(
        name=name,
        how=how,
        sequences=len(runs),
        length=max(len(one.tokens) for one in runs),
        position_layers=sum(one.n_layers * len(one.tokens) for one in runs),
        seconds=statistics.median(wall),
        spread=max(wall) - min(wall),
        cpu_seconds=statistics.median(cpu),
    )


def three_ways(
    program: Program, name: str, inputs: Words, *, repeat: int, alone: int
) -> list[Rate]:
    """Measures the interpreter one by one on the first inputs, and in batch and compiled on all."""
    model = alta.compile(program, max_len=max(map(len, inputs)))
    return [
        measured(name, "run", lambda: [alta.run(program, w) for w in inputs[:alone]], repeat=1),
        measured(name, "run_batch", lambda: alta.run_batch(program, inputs), repeat=repeat),
        measured(name, "compiled", lambda: model.run_batch(inputs), repeat=repeat, warm=True),
    ]


def rates(repeat: int) -> list[Rate]:
    """Measures SCAN, addition and parity."""
    parity = alta.programs.parity_sequential_relative()
    addition = alta.programs.addition()
    scan = alta.programs.scan()
    commands = [encoded(scan, command) for command, _ in alta.datasets.scan_commands()]
    some = random.Random(0).sample(commands, 1024)
    digits = max(n for n in addition.inputs.lengths(23))
    return [
        *three_ways(parity, "parity", words(parity, 200, 1024), repeat=repeat, alone=1),
        *three_ways(addition, "addition", words(addition, digits, 16384), repeat=repeat, alone=20),
        *three_ways(scan, "scan", some, repeat=repeat, alone=20),
        measured(
            "scan, all commands", "run_batch", lambda: alta.run_batch(scan, commands), repeat=repeat
        ),
    ]


def growth(repeat: int) -> list[Rate]:
    """Measures how time grows with the length, with the size of the batch and with the rules."""
    rows = []
    for length in (50, 100, 200, 400):
        parity = alta.programs.parity_sequential_relative()
        rows += three_ways(
            parity, f"parity, length {length}", words(parity, length, 256), repeat=repeat, alone=1
        )[1:]
    for count in (1, 16, 256, 4096):
        addition = alta.programs.addition()
        rows += three_ways(
            addition,
            f"addition, {count} inputs",
            words(addition, max(addition.inputs.lengths(23)), count),
            repeat=repeat,
            alone=1,
        )[1:]
    for size in (100, 1_000, 10_000):
        program = counter(size)
        inputs = [(0,) * 32] * 64
        rows += three_ways(program, f"counter, {size} rules", inputs, repeat=repeat, alone=1)[1:]
    return rows


def encoded(program: Program, text: str) -> tuple[int, ...]:
    """Returns a text as tokens."""
    if program.encode is None:
        raise TypeError(f"{program.name} takes no text")
    return tuple(program.encode(text))


def counter(size: int) -> Program:
    """Builds a program with a rule for each of the values that it counts through."""
    return alta.program_spec_from_rules(
        variables={"count": alta.position_var(size, lambda p: p % size)},
        heads={},
        rules=[alta.rule({"count": c}, "count", (c + 1) % size) for c in range(size)],
        output_name="count",
        input_range=1,
        position_range=32,
        layers=32,
    )
