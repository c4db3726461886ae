"""The commands ``alta verify PROGRAM`` and ``alta-verify PROGRAM``: what they can be asked."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final

from alta.command.parsers import (
    CommandParser,
    add_program,
    add_version,
    guarded,
    json_file,
    output_file,
    output_folder,
)

__all__ = ["STATUSES", "SUMMARY", "add_verify", "parser", "prove", "verified"]


SUMMARY: Final = (
    "Prove that a Transformer's weights compute an ALTA program, or that another program gives the "
    "same outputs, for every input up to a length; or show an input where they do not."
)
"""What is said of the command, as ``alta verify`` and as ``alta-verify``."""

STATUSES: Final = (
    "Exit status: 0 PROVED, 1 REFUTED, 2 wrong call or malformed program, 3 UNKNOWN, 4 VACUOUS."
)


def prove(words: Sequence[str]) -> int:
    """Runs ``alta-verify`` with its arguments and returns its exit status."""
    return guarded(parser(), verified, words)


def verified(options: argparse.Namespace) -> int:
    """Proves what was asked for, and returns the exit status."""
    from alta.command.finding import program_of

    # A report about weights has the warnings about its program.
    program = program_of(options, quietly=options.against is None)
    # JAX and the solvers are imported once there is something for them to do.
    from alta_verify.command.proving import verified as shown

    return shown(program, options)


def parser() -> CommandParser:
    """Returns the parser of ``alta-verify PROGRAM``, which is ``alta verify PROGRAM``."""
    alias = CommandParser(
        prog="alta-verify",
        description=SUMMARY,
        epilog=f"'alta-verify check DIR' checks a certificate. {STATUSES}",
    )
    add_version(alias)
    add_verify(alias)
    return alias


def add_verify(parser: CommandParser) -> None:
    """Adds the arguments of ``alta verify``."""
    add_program(parser)
    lengths = parser.add_mutually_exclusive_group()
    lengths.add_argument(
        "--max-len", type=int, default=20, metavar="N", help="longest input (default 20)"
    )
    lengths.add_argument(
        "--any-length",
        dest="max_len",
        action="store_const",
        const=None,
        help="inputs of every length, up to what the format allows, which the theorem says",
    )
    parser.add_argument("--max-layers", type=int, metavar="N", help="the most layers that count")
    parser.add_argument("--timeout", type=float, metavar="S", help="seconds until UNKNOWN")
    parser.add_argument(
        "--weights", metavar="PATH", help="what 'alta compile' or 'alta export' wrote, as it is now"
    )
    parser.add_argument(
        "--block",
        metavar="DIR",
        help="a trained block in place of the compiled one: what 'alta train' wrote",
    )
    parser.add_argument("--dtype", help="format to compile to, without --weights (default float32)")
    parser.add_argument(
        "--against", metavar="OTHER", help="compare with another program in place of weights"
    )
    parser.add_argument(
        "--against-with",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="a size of the other program; may be repeated",
    )
    parser.add_argument(
        "--spec",
        metavar="SPEC",
        help="prove as well that the outputs are what was meant: 'oracle' for the program's own, "
        "file.py:function or package.module:function",
    )
    _add_outputs(parser)
    cache = parser.add_mutually_exclusive_group()
    cache.add_argument(
        "--cache",
        metavar="DIR",
        help="where proved obligations are kept (default: this user's cache)",
    )
    cache.add_argument("--no-cache", action="store_true", help="prove everything, keep nothing")


def _add_outputs(parser: CommandParser) -> None:
    parser.add_argument(
        "--json", metavar="FILE", type=json_file, help="write the report as JSON; - for stdout"
    )
    parser.add_argument(
        "--html", metavar="FILE", type=output_file, help="write the report as a page for a browser"
    )
    parser.add_argument(
        "--vnnlib",
        metavar="DIR",
        type=output_folder,
        help="write what the block has to do as ONNX and VNN-LIB, for other verifiers",
    )
    parser.add_argument(
        "--certificate",
        metavar="DIR",
        type=output_folder,
        help="when PROVED, write what 'alta-verify check DIR' can check",
    )
