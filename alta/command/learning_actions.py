"""The commands of ``alta`` for learning: what they do."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from alta.command.finding import find_program, parse_sizes
from alta.interp.tokens import check_tokens
from alta.lang.program import Program
from alta.learn.evaluation import Group, evaluate, plot
from alta.learn.minimal.coverage import coverage
from alta.learn.minimal.minimal import minimal_program, minimal_rules
from alta.learn.minimal.theory import unneeded
from alta.learn.tracing.extraction import traces as extracted
from alta.learn.tracing.parquet import write_traces
from alta.learn.training.configuration import configuration
from alta.learn.training.data import inputs_of
from alta.progress import progress_bar

__all__ = ["ACTIONS"]


def _traces(options: argparse.Namespace) -> int:
    program = _program(options)
    inputs = inputs_of(program, options.data)
    with progress_bar("running") as progress:
        samples = extracted(program, inputs, options.max_layers, progress=progress)
    # Only the model knows which vectors stand for UNDEFINED in it, and compiling takes seconds.
    model = None
    if options.vectors and options.undefined == "model":
        import alta

        model = alta.compile(program)
    with progress_bar("writing") as progress:
        write_traces(
            samples,
            options.output,
            vectors=options.vectors,
            undefined=options.undefined,
            seed=options.seed,
            model=model,
            sequences=inputs,
            progress=progress,
        )
    _say(
        f"{program.name}: {len(samples):,} distinct of {samples.total:,} transitions in "
        f"{samples.sequences:,} runs; written to {options.output}"
    )
    return 0


def _minimal(options: argparse.Namespace) -> int:
    program = _program(options)
    inputs = inputs_of(program, options.data)
    with progress_bar("running") as progress:
        samples = extracted(program, inputs, progress=progress)
    rules = minimal_rules(program, samples, form=options.form)
    _say(str(rules) if options.rules else str(rules).partition("\n")[0])
    if options.form == "written":
        _say(f"not needed: {unneeded(program, samples)}")
    if options.test is not None:
        test = inputs_of(program, options.test)
        covered = coverage(program, inputs, test, form=options.form)
        smaller = minimal_program(program, samples, form=options.form)
        _say(
            f"{options.test}: {len(covered.needs):,} of {covered.inputs:,} inputs need rules that "
            f"{options.data} does not show"
        )
        _say(str(evaluate(smaller, test, program=program)))
    return 0


def _train(options: argparse.Namespace) -> int:
    # Optax is imported by those who train.
    from alta.learn.training.training import train

    program = _program(options)
    changes = {} if options.steps is None else {"steps": options.steps}
    config = configuration(options.configuration, **changes)
    _say(str(config))
    test = None if options.test is None else inputs_of(program, options.test)
    trained = train(
        program,
        inputs_of(program, options.data),
        config,
        seed=options.seed,
        test=test,
        folder=options.output,
    )
    tested = "" if trained.test_accuracy is None else f", of test {trained.test_accuracy:.4f}"
    _say(
        f"{trained.steps} steps in {trained.seconds:.1f} s; transitions that come out right: of "
        f"training {trained.training_accuracy:.4f}{tested}; written to {options.output}"
    )
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    import alta
    from alta.learn.training.checkpoint import load_block

    program = _program(options)
    model = alta.compile(program).with_mlp(load_block(options.block))
    groups: dict[str, Group] = {}
    if options.by is not None:
        (counted,) = check_tokens(program, [options.by])
        # Inputs are grouped by how often they have the token.
        groups[options.by] = lambda tokens: tokens.count(counted)
    evaluated = evaluate(model, inputs_of(program, options.data), groups=groups)
    _say(str(evaluated))
    for group in ("length", *groups):
        _say(f"\n{evaluated.table(group)}")
    if options.json is not None:
        evaluated.save(options.json)
    if options.plot is not None:
        plot([evaluated], options.plot, groups=("length", *groups))
    return 0


def _study(options: argparse.Namespace) -> int:
    from alta.learn.study import Size, parity_study

    size = Size(
        short=options.bits,
        share=options.share,
        baseline_steps=max(1, round(Size.baseline_steps * options.share)),
        seed=options.seed,
    )
    parity_study(options.output, size, say=_say)
    _say((Path(options.output) / "table.md").read_text(encoding="utf-8"))
    return 0


def _program(options: argparse.Namespace) -> Program:
    return find_program(options.program, parse_sizes(options.sizes))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


ACTIONS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = {
    "traces": _traces,
    "minimal": _minimal,
    "train": _train,
    "evaluate": _evaluate,
    "learn": _study,
}
"""What each command does with its arguments; it returns the exit status."""
