"""The commands of ``alta`` for learning: their arguments, and what they do with them.

JAX and what draws and trains take seconds to import, which help and wrong calls need not wait for:
each command imports what it does when it is called.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import alta
from alta.command.parsers import (
    CommandParser,
    add_command,
    add_debug,
    add_program,
    output_file,
    output_folder,
)
from alta.progress import announce, progress_bar

if TYPE_CHECKING:
    from alta.lang.program import Program
    from alta.learn import Configuration, Group

__all__ = ["add_learning", "add_training", "training_of"]


def add_learning(commands: Any) -> None:
    """Adds the commands ``traces``, ``minimal``, ``train``, ``evaluate`` and ``learn``."""
    _add_traces(commands)
    _add_minimal(commands)
    _add_train(commands)
    _add_evaluate(commands)
    _add_study(commands)


def _add_inputs(parser: CommandParser) -> None:
    add_program(parser)
    parser.add_argument(
        "--data",
        metavar="SET",
        required=True,
        help="parity:20, scan:length:train, all:6, sample:100:20 or file:PATH",
    )


def _inputs_of(options: argparse.Namespace) -> tuple[Program, list[tuple[int, ...]]]:
    from alta.command.finding import program_of
    from alta.learn.training.data import inputs_of

    program = program_of(options)
    return program, inputs_of(program, options.data)


def add_training(parser: CommandParser) -> None:
    """Adds the arguments of `training_of`, and the seed."""
    _add_inputs(parser)
    parser.add_argument(
        "--configuration",
        metavar="NAME",
        required=True,
        help="for instance sequential_relative_cpu",
    )
    parser.add_argument("--steps", type=int, metavar="N", help="instead of the configuration's")
    _add_seed(parser, "all that is random")


def training_of(
    options: argparse.Namespace,
) -> tuple[Program, list[tuple[int, ...]], Configuration]:
    """Returns what to train, on which inputs and how."""
    from alta.learn import configuration

    changes = {} if options.steps is None else {"steps": options.steps}
    config = configuration(options.configuration, **changes)
    return *_inputs_of(options), config


def _add_seed(parser: CommandParser, randomness: str) -> None:
    parser.add_argument("--seed", type=int, default=0, metavar="N", help=f"of {randomness}")


def _add_output(parser: CommandParser) -> None:
    parser.add_argument("-o", "--output", metavar="DIR", type=output_folder, required=True)


def _add_traces(commands: Any) -> None:
    parser = add_command(commands, "traces", "write what the MLP takes in and puts out", _traces)
    _add_inputs(parser)
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=output_file, required=True, help="a Parquet file"
    )
    parser.add_argument("--max-layers", type=int, metavar="N", help="the most layers to take")
    parser.add_argument("--vectors", action="store_true", help="write vectors as well")
    parser.add_argument(
        "--undefined",
        choices=("noise", "zeros", "model"),
        default="noise",
        help="what stands for UNDEFINED in vectors (default: noise)",
    )
    _add_seed(parser, "the noise")


def _traces(options: argparse.Namespace) -> None:
    from alta import learn

    program, inputs = _inputs_of(options)
    with progress_bar("running") as progress:
        samples = learn.traces(program, inputs, options.max_layers, progress=progress)
    # Only the model knows which vectors stand for UNDEFINED in it, and compiling takes seconds.
    needs_model = options.vectors and options.undefined == "model"
    model = alta.compile(program) if needs_model else None
    with progress_bar("writing") as progress:
        learn.write_traces(
            samples,
            options.output,
            vectors=options.vectors,
            undefined=options.undefined,
            seed=options.seed,
            model=model,
            sequences=inputs,
            progress=progress,
        )
    print(
        f"{program.name}: {len(samples):,} distinct of {samples.total:,} transitions in "
        f"{samples.sequences:,} runs; written to {options.output}"
    )


def _add_minimal(commands: Any) -> None:
    parser = add_command(commands, "minimal", "show which rules a set of inputs needs", _minimal)
    _add_inputs(parser)
    parser.add_argument("--test", metavar="SET", help="inputs to evaluate the minimal program on")
    parser.add_argument(
        "--form",
        choices=("written", "sparse", "dense"),
        default="written",
        help="how rules are written (default: as the program has them)",
    )
    parser.add_argument("--rules", action="store_true", help="print the rules")


def _minimal(options: argparse.Namespace) -> None:
    from alta import learn
    from alta.learn.training.data import inputs_of

    program, inputs = _inputs_of(options)
    with progress_bar("running") as progress:
        samples = learn.traces(program, inputs, progress=progress)
    rules = learn.minimal_rules(program, samples, form=options.form)
    print(str(rules) if options.rules else str(rules).partition("\n")[0])
    if options.form == "written":
        print(f"not needed: {learn.unneeded(program, samples)}")
    if options.test is not None:
        test = inputs_of(program, options.test)
        covered = learn.coverage(program, inputs, test, form=options.form)
        smaller = learn.minimal_program(program, samples, form=options.form)
        print(
            f"{options.test}: {len(covered.needs):,} of {covered.inputs:,} inputs need rules that "
            f"{options.data} does not show"
        )
        print(str(learn.evaluate(smaller, test, program=program)))


def _add_train(commands: Any) -> None:
    parser = add_command(commands, "train", "train a block from traces", _train)
    add_training(parser)
    _add_output(parser)
    parser.add_argument("--test", metavar="SET", help="inputs whose traces are tested on")


def _train(options: argparse.Namespace) -> None:
    from alta import learn
    from alta.learn.training.data import inputs_of

    program, inputs, config = training_of(options)
    print(str(config))
    test = None if options.test is None else inputs_of(program, options.test)
    trained = learn.train(
        program, inputs, config, seed=options.seed, test=test, folder=options.output
    )
    tested = "" if trained.test_accuracy is None else f", of test {trained.test_accuracy:.4f}"
    print(
        f"{trained.steps} steps in {trained.seconds:.1f} s; transitions that come out right: of "
        f"training {trained.training_accuracy:.4f}{tested}; written to {options.output}"
    )


def _add_evaluate(commands: Any) -> None:
    parser = add_command(commands, "evaluate", "run a program with a trained block", _evaluate)
    parser.add_argument("--block", metavar="DIR", required=True, help="what `alta train` wrote")
    _add_inputs(parser)
    parser.add_argument("--by", metavar="TOKEN", help="also by the number of these tokens")
    parser.add_argument(
        "--json", metavar="FILE", type=output_file, help="write the figures as JSON"
    )
    parser.add_argument(
        "--plot", metavar="FILE", type=output_file, help="draw the accuracy by group"
    )


def _evaluate(options: argparse.Namespace) -> None:
    from alta import learn
    from alta.interp.tokens import check_tokens

    program, inputs = _inputs_of(options)
    model = alta.compile(program).with_mlp(learn.load_block(options.block))
    groups: dict[str, Group] = {}
    if options.by is not None:
        (counted,) = check_tokens(program, [options.by])
        # Inputs are grouped by how often they have the token.
        groups[options.by] = lambda tokens: tokens.count(counted)
    evaluated = learn.evaluate(model, inputs, groups=groups)
    print(str(evaluated))
    for group in ("length", *groups):
        print(f"\n{evaluated.table(group)}")
    if options.json is not None:
        evaluated.save(options.json)
    if options.plot is not None:
        learn.plot([evaluated], options.plot, groups=("length", *groups))


def _add_study(commands: Any) -> None:
    parser = add_command(commands, "learn", "carry out a whole study of learning", _study)
    parser.add_argument("study", choices=("parity",), help="which one")
    _add_output(parser)
    parser.add_argument("--bits", type=int, default=20, metavar="N", help="longest in training")
    _add_seed(parser, "all that is random")
    parser.add_argument(
        "--share", type=float, default=1.0, metavar="X", help="of the steps, to try it out"
    )
    add_debug(parser)


def _study(options: argparse.Namespace) -> None:
    from alta.learn.study import Size, parity_study

    size = Size(
        short=options.bits,
        share=options.share,
        baseline_steps=max(1, round(Size.baseline_steps * options.share)),
        seed=options.seed,
    )
    announce(f"a whole study takes five minutes on one core; this is {options.share:g} of one")
    parity_study(options.output, size)
    print((Path(options.output) / "table.md").read_text(encoding="utf-8"))
