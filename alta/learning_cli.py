"""The commands of ``alta`` for learning; what they do is imported when they are called."""

from __future__ import annotations

import argparse
from typing import Any

from alta.command import Parser, add_program

__all__ = ["add_learning"]


def add_learning(commands: Any) -> None:
    """Adds the commands ``traces`` and ``minimal``."""
    _add_traces(commands)
    _add_minimal(commands)


def _add_data(parser: Parser) -> None:
    parser.add_argument(
        "--data",
        metavar="SET",
        required=True,
        help="parity:20, scan:length:train, all:6, sample:100:20 or file:PATH",
    )


def _add_traces(commands: Any) -> None:
    parser = commands.add_parser("traces", help="write what the MLP takes in and puts out")
    add_program(parser)
    _add_data(parser)
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help="a Parquet file")
    parser.add_argument("--max-layers", type=int, metavar="N", help="the most layers to take")
    parser.add_argument("--vectors", action="store_true", help="write vectors as well")
    parser.add_argument(
        "--undefined",
        choices=("noise", "zeros", "model"),
        default="noise",
        help="what stands for UNDEFINED in vectors (default: noise)",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the noise")
    parser.set_defaults(action=_traces)


def _add_minimal(commands: Any) -> None:
    parser = commands.add_parser("minimal", help="show which rules a set of inputs needs")
    add_program(parser)
    _add_data(parser)
    parser.add_argument("--test", metavar="SET", help="inputs to evaluate the minimal program on")
    parser.add_argument(
        "--form",
        choices=("written", "sparse", "dense"),
        default="written",
        help="how rules are written (default: as the program has them)",
    )
    parser.add_argument("--rules", action="store_true", help="print the rules")
    parser.set_defaults(action=_minimal)


def _traces(options: argparse.Namespace) -> int:
    from alta.learn import commands

    return commands.traces(options)


def _minimal(options: argparse.Namespace) -> int:
    from alta.learn import commands

    return commands.minimal(options)
