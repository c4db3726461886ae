"""The command ``alta lint``: say what is odd about a program."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from typing import Any

from alta.command.parsers import add_program

__all__ = ["add_lint"]


def add_lint(commands: Any) -> None:
    """Adds the command ``lint``."""
    parser = commands.add_parser("lint", help="say what is odd about a program and its runs")
    add_program(parser)
    parser.add_argument(
        "--max-len", type=int, default=20, metavar="N", help="longest input (default 20)"
    )
    parser.set_defaults(action=_lint)


def _lint(options: argparse.Namespace) -> int:
    """Prints what is odd, a line each, and returns 1 if anything is."""
    from alta.command.finding import find_quietly, parse_sizes

    program = find_quietly(options.program, parse_sizes(options.sizes))
    # The language knows its verifier in this place only, and by name.
    remarks = import_module("alta_verify.report.remarks").remarks_on(program, options.max_len)
    nothing = f"{program.name}: nothing odd on inputs of 1 to {options.max_len} tokens"
    sys.stdout.write("\n".join(map(str, remarks or [nothing])) + "\n")
    return int(bool(remarks))
