"""The interpreters' speed: one run at a time and in batches, and how it grows.

A position-layer is one position in one layer of one run. Every row is measured in a process of its
own, on one core; seconds are processor time, the median of several runs from fresh tables, and
memory is the peak resident set of the process.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import resource
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import alta
from alta.datasets import scan_commands
from alta.progress import progress_bar

__all__ = ["Row", "interpreter_rows", "show"]

Inputs = Sequence[Sequence[Any]]

PUBLISHED: Final = {
    "parity_sequential_relative": "14,200",
    "addition": "12,600",
    "scan": "2,300-3,400",
}
"""Position-layers a second reported for the public implementation, on its programs of the tasks."""


@dataclass(frozen=True)
class Case:
    """Is something to measure.

    Attributes:
        part: the table that it is in.
        name: what runs, for people.
        program: the name of a shipped program, or ``"table"``.
        size: the length or the number of digits of the inputs, or the values of a table's
            variables; for scan it means nothing.
        inputs: how many inputs; 0 for all commands of scan.
        batch: whether they run in a batch.
    """

    part: str
    name: str
    program: str
    size: int
    inputs: int
    batch: bool


@dataclass(frozen=True)
class Row:
    """Is what was measured.

    Attributes:
        case: what ran.
        rules: the rules of its program.
        position_layers: the work, summed over all inputs.
        seconds: the median processor time.
        spread: the greatest less the least.
        elapsed: the median time on the clock, in which other processes may have run as well.
        megabytes: the peak memory of the process.
    """

    case: Case
    rules: int
    position_layers: int
    seconds: float
    spread: float
    elapsed: float
    megabytes: float

    @property
    def speed(self) -> float:
        """Position-layers a second."""
        return self.position_layers / self.seconds


def cases() -> Iterator[Case]:
    """Yields everything that there is to measure."""
    relative = "parity_sequential_relative"
    for name, program, size, few, many in (
        ("parity of 200 tokens", relative, 200, 1, 1000),
        ("addition of 10 digits", "addition", 10, 50, 10_000),
        ("scan, a sample", "scan", 0, 5, 1000),
    ):
        yield Case("speed", name, program, size, few, batch=False)
        yield Case("speed", name, program, size, many, batch=True)
    yield Case("speed", "scan, all commands", "scan", 0, 0, batch=True)
    for length in (25, 50, 100, 200, 400):
        yield Case("length", f"parity of {length} tokens", relative, length, 200, batch=True)
    for inputs in (1, 10, 100, 1000, 10_000):
        yield Case("batch", f"scan, {inputs:,} commands", "scan", 0, inputs, batch=True)
    for size in (10, 30, 100, 300):
        yield Case("rules", f"a table of {size} x {size}", "table", size, 200, batch=True)


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
            if number:
                commands = rng.sample(commands, number)
            return program, encoded(program, commands)
        case "table":
            words = [[rng.randrange(case.size) for _ in range(50)] for _ in range(number)]
            return table(case.size), words
        case _:
            bits = [[rng.randrange(2) for _ in range(case.size - 1)] for _ in range(number)]
            return alta.programs.parity_sequential_relative(), [[2, *word] for word in bits]


def encoded(program: alta.Program, texts: Sequence[str]) -> Inputs:
    """Returns texts as tokens."""
    assert program.encode is not None
    return [program.encode(text) for text in texts]


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


def measure(case: Case, repeat: int) -> Row:
    """Runs a case several times; for a process of its own."""
    program, inputs = prepared(case)
    seconds, elapsed, work = [], [], 0
    for _ in range(repeat):
        clock, processor = time.perf_counter(), time.process_time()
        if case.batch:
            runs = alta.run_batch(program, inputs)
        else:
            runs = [alta.run(program, tokens) for tokens in inputs]
        seconds.append(time.process_time() - processor)
        elapsed.append(time.perf_counter() - clock)
        work = sum(run.n_layers * len(run.tokens) for run in runs)
    return Row(
        case,
        len(program.rules),
        work,
        statistics.median(seconds),
        max(seconds) - min(seconds),
        statistics.median(elapsed),
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def interpreter_rows(
    repeat: int = 3, *, progress: Callable[[int, int], None] | None = None
) -> list[Row]:
    """Measures everything that there is to measure.

    Args:
        repeat: runs of each case.
        progress: is told how many cases are done.
    """
    todo, rows = list(cases()), []
    context = multiprocessing.get_context("spawn")
    with context.Pool(1, maxtasksperchild=1) as pool:
        for case in todo:
            rows.append(pool.apply(measure, (case, repeat)))
            if progress is not None:
                progress(len(rows), len(todo))
    return rows


_HEADINGS: Final = {
    "speed": "speed",
    "length": "growth with the length of the inputs (200 inputs)",
    "batch": "growth with the number of inputs",
    "rules": "growth with the number of rules (200 inputs of 50 tokens, 50 layers)",
}


def show(rows: list[Row]) -> None:
    """Prints the tables."""
    width = max(len(row.case.name) for row in rows)
    for part, heading in _HEADINGS.items():
        print(f"\n{heading}")
        print(
            f"{'':{width}}  with            inputs    rules  position-layers   seconds  spread  "
            "peak MB  position-layers/s  published"
        )
        for row in rows:
            case = row.case
            if case.part != part:
                continue
            how = "alta.run_batch" if case.batch else "alta.run"
            inputs = case.inputs or len(scan_commands())
            published = PUBLISHED.get(case.program, "") if part == "speed" else ""
            print(
                f"{case.name:{width}}  {how:14}  {inputs:6,}  {row.rules:7,}  "
                f"{row.position_layers:15,}  {row.seconds:8.3f}  {row.spread:6.3f}  "
                f"{row.megabytes:7.0f}  {row.speed:17,.0f}  {published}"
            )


def main() -> None:
    """Runs the benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3, help="runs of each case (default 3)")
    parser.add_argument("--json", default="interpreter.json", help="where to write the figures")
    options = parser.parse_args()
    with progress_bar("interpreters") as progress:
        rows = interpreter_rows(options.repeat, progress=progress)
    show(rows)
    written = [asdict(row) | {"position_layers_per_second": row.speed} for row in rows]
    Path(options.json).write_text(json.dumps({"interpreter": written}, indent=1) + "\n")
    print(f"\nwritten to {options.json}")


if __name__ == "__main__":
    main()
