"""The commands of ``alta`` for learning: their arguments. What they do is imported when called."""

from __future__ import annotations

import argparse
from typing import Any

from alta.command.parsers import CommandParser, add_debug, add_program, output_file, output_folder

__all__ = ["add_learning"]


def add_learning(commands: Any) -> None:
    """Adds the commands ``traces``, ``minimal``, ``train``, ``evaluate`` and ``learn``."""
    _add_traces(commands)
    _add_minimal(commands)
    _add_train(commands)
    _add_evaluate(commands)
    _add_learn(commands)


def _parser(commands: Any, name: str, summary: str) -> CommandParser:
    parser: CommandParser = commands.add_parser(name, help=summary)
    parser.set_defaults(action=_perform, command=name)
    return parser


# JAX and Flax take seconds to import, which help and wrong calls need not wait for.
def _perform(options: argparse.Namespace) -> int:
    from alta.command.learning_actions import ACTIONS

    return ACTIONS[options.command](options)


def _add_inputs(parser: CommandParser) -> None:
    add_program(parser)
    parser.add_argument(
        "--data",
        metavar="SET",
        required=True,
        help="parity:20, scan:length:train, all:6, sample:100:20 or file:PATH",
    )


def _add_seed(parser: CommandParser, randomness: str) -> None:
    parser.add_argument("--seed", type=int, default=0, metavar="N", help=f"of {randomness}")


def _add_output(parser: CommandParser) -> None:
    parser.add_argument("-o", "--output", metavar="DIR", type=output_folder, required=True)


def _add_traces(commands: Any) -> None:
    parser = _parser(commands, "traces", "write what the MLP takes in and puts out")
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


def _add_minimal(commands: Any) -> None:
    parser = _parser(commands, "minimal", "show which rules a set of inputs needs")
    _add_inputs(parser)
    parser.add_argument("--test", metavar="SET", help="inputs to evaluate the minimal program on")
    parser.add_argument(
        "--form",
        choices=("written", "sparse", "dense"),
        default="written",
        help="how rules are written (default: as the program has them)",
    )
    parser.add_argument("--rules", action="store_true", help="print the rules")


def _add_train(commands: Any) -> None:
    parser = _parser(commands, "train", "train a block from traces")
    _add_inputs(parser)
    _add_output(parser)
    parser.add_argument("--test", metavar="SET", help="inputs whose traces are tested on")
    parser.add_argument(
        "--configuration",
        metavar="NAME",
        required=True,
        help="for instance sequential_relative_cpu",
    )
    parser.add_argument("--steps", type=int, metavar="N", help="instead of the configuration's")
    _add_seed(parser, "all that is random")


def _add_evaluate(commands: Any) -> None:
    parser = _parser(commands, "evaluate", "run a program with a trained block")
    parser.add_argument("--block", metavar="DIR", required=True, help="what `alta train` wrote")
    _add_inputs(parser)
    parser.add_argument("--by", metavar="TOKEN", help="also by the number of these tokens")
    parser.add_argument(
        "--json", metavar="FILE", type=output_file, help="write the figures as JSON"
    )
    parser.add_argument(
        "--plot", metavar="FILE", type=output_file, help="draw the accuracy by group"
    )


def _add_learn(commands: Any) -> None:
    parser = _parser(commands, "learn", "carry out a whole study of learning")
    parser.add_argument("study", choices=("parity",), help="which one")
    _add_output(parser)
    parser.add_argument("--bits", type=int, default=20, metavar="N", help="longest in training")
    _add_seed(parser, "all that is random")
    parser.add_argument(
        "--share", type=float, default=1.0, metavar="X", help="of the steps, to try it out"
    )
    add_debug(parser)
