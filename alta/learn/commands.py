"""The commands of ``alta`` for learning."""

from __future__ import annotations

import argparse
import sys

from alta.finding import find_program, parse_sizes
from alta.lang.program import Program
from alta.learn.coverage import coverage
from alta.learn.data import inputs_of
from alta.learn.evaluation import evaluate
from alta.learn.extraction import traces as extracted
from alta.learn.minimal import minimal_program, minimal_rules
from alta.learn.parquet import write_traces
from alta.learn.theory import unneeded
from alta.progress import progress_bar

__all__ = ["minimal", "traces"]


def traces(options: argparse.Namespace) -> int:
    """Writes the traces of a program on a set of inputs to a Parquet file."""
    program = _program(options)
    inputs = inputs_of(program, options.data)
    with progress_bar("running") as progress:
        found = extracted(program, inputs, options.max_layers, progress=progress)
    model = None
    if options.vectors and options.undefined == "model":
        import alta

        model = alta.compile(program)
    with progress_bar("writing") as progress:
        write_traces(
            found,
            options.output,
            vectors=options.vectors,
            undefined=options.undefined,
            seed=options.seed,
            model=model,
            sequences=inputs,
            progress=progress,
        )
    _say(
        f"{program.name}: {len(found):,} distinct of {found.total:,} transitions in "
        f"{found.sequences:,} runs; written to {options.output}"
    )
    return 0


def minimal(options: argparse.Namespace) -> int:
    """Says which rules of a program fire on a set of inputs, and what they are good for."""
    program = _program(options)
    inputs = inputs_of(program, options.data)
    with progress_bar("running") as progress:
        found = extracted(program, inputs, progress=progress)
    rules = minimal_rules(program, found, form=options.form)
    _say(str(rules) if options.rules else str(rules).partition("\n")[0])
    if options.form == "written":
        _say(f"not needed: {unneeded(program, found)}")
    if options.test is not None:
        test = inputs_of(program, options.test)
        covered = coverage(program, inputs, test, form=options.form)
        few = minimal_program(program, found, form=options.form)
        _say(
            f"{options.test}: {len(covered.needs):,} of {covered.inputs:,} inputs need rules that "
            f"{options.data} does not show"
        )
        _say(str(evaluate(few, test, program=program)))
    return 0


def _program(options: argparse.Namespace) -> Program:
    return find_program(options.program, parse_sizes(options.sizes))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
