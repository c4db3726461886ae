"""The programs and inputs whose speed is measured."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import alta
from alta.datasets import scan_commands

__all__ = ["Case", "cases", "encoded", "prepared"]

Inputs = list[tuple[int, ...]]


@dataclass(frozen=True)
class Case:
    """A case to measure.

    Attributes:
        part: the table that it is in.
        name: what runs, for people.
        program: ``"parity"``, ``"addition"``, ``"scan"`` or ``"table"``.
        size: the length or the number of digits of the inputs, or the values of a table's
            variables; for scan it means nothing.
        inputs: how many inputs; 0 for all commands of scan.
        how: ``"run"`` for one by one, ``"run_batch"``, or ``"compiled"``.
    """

    part: str
    name: str
    program: str
    size: int
    inputs: int
    how: str


def cases() -> Iterator[Case]:
    """Yields everything that there is to measure."""
    for name, program, size, few, many in (
        ("parity, 200 tokens", "parity", 200, 1, 1024),
        ("addition, 10 digits", "addition", 10, 50, 16384),
        ("scan, some commands", "scan", 0, 5, 1024),
    ):
        yield Case("speed", name, program, size, few, "run")
        yield Case("speed", name, program, size, many, "run_batch")
        yield Case("speed", name, program, size, many, "compiled")
    yield Case("speed", "scan, all commands", "scan", 0, 0, "run_batch")
    for how in ("run_batch", "compiled"):
        for length in (25, 50, 100, 200, 400):
            yield Case("length", f"parity, {length} tokens", "parity", length, 256, how)
        for inputs in (1, 16, 256, 4096):
            yield Case("batch", f"scan, {inputs:,} commands", "scan", 0, inputs, how)
        for size in (10, 30, 100):
            yield Case("rules", f"table, {size} x {size}", "table", size, 256, how)


def prepared(case: Case) -> tuple[alta.Program, Inputs]:
    """Returns the program of a case, and inputs that are the same at every call."""
    rng = random.Random(0)
    number = case.inputs
    match case.program:
        case "addition":
            program = alta.programs.addition()
            low, high = 10 ** (case.size - 1), 10**case.size
            pairs = [(rng.randrange(low, high), rng.randrange(low, high)) for _ in range(number)]
            return program, encoded(program, [f"{a}+{b}" for a, b in pairs])
        case "scan":
            program = alta.programs.scan()
            commands = [command for command, _ in scan_commands()]
            return program, encoded(program, rng.sample(commands, number) if number else commands)
        case "table":
            size = range(number)
            return table(case.size), [
                tuple(rng.randrange(case.size) for _ in range(50)) for _ in size
            ]
        case _:
            bits = [tuple(rng.randrange(2) for _ in range(case.size - 1)) for _ in range(number)]
            return alta.programs.parity_sequential_relative(), [(2, *word) for word in bits]


def encoded(program: alta.Program, texts: Sequence[str]) -> Inputs:
    """Returns texts as tokens."""
    if program.encode is None:
        raise TypeError(f"{program.name} takes no text")
    return [tuple(program.encode(text)) for text in texts]


def table(size: int) -> alta.Program:
    """Returns a program that looks up its next state by its own value and the left neighbour's."""
    rng = random.Random(0)
    rules = [
        alta.rule({"x": x, "left": left}, "x", rng.randrange(size))
        for x in range(size)
        for left in range(size)
    ]
    return alta.program_spec_from_rules(
        variables={
            "x": alta.input_var(size),
            "at": alta.position_var(50),
            "before": alta.position_var(50, lambda position: max(0, position - 1)),
        },
        heads={"left": alta.qkv("before", "at", "x")},
        rules=rules,
        output_name="x",
        input_range=size,
        position_range=50,
        layers=50,
    )
