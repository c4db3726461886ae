"""The command ``python -m alta_verify.learning``: train a block until it is proved."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from alta.command.parsers import CommandParser, add_program, guarded, output_folder
from alta.interruption import run_process

if TYPE_CHECKING:
    from alta_verify.learning.rounds import Round

__all__ = ["main"]

_NAME: Final = "python -m alta_verify.learning"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status, that of the last verdict.

    Args:
        arguments: those of the command; None for those of the process, which then ends.
    """
    if arguments is None:
        run_process(_NAME, lambda: main(sys.argv[1:]))
    return guarded(_parser(), _learn, arguments)


def _parser() -> CommandParser:
    parser = CommandParser(
        prog=_NAME,
        description="Train a block from the traces of a program, prove it, and train on with what "
        "went wrong, until it is proved.",
        epilog="Exit status: 0 PROVED, 1 REFUTED, 2 wrong call, 3 UNKNOWN, of the last round.",
    )
    add_program(parser)
    parser.add_argument("--data", metavar="SET", required=True, help="for instance parity:20")
    parser.add_argument(
        "--configuration",
        metavar="NAME",
        required=True,
        help="for instance sequential_relative_cpu",
    )
    parser.add_argument("--steps", type=int, metavar="N", help="instead of the configuration's")
    parser.add_argument(
        "--max-len", type=int, default=20, metavar="N", help="longest input (default 20)"
    )
    parser.add_argument(
        "--rounds", type=int, default=8, metavar="N", help="the most rounds (default 8)"
    )
    parser.add_argument("--timeout", type=float, metavar="S", help="seconds for each proof")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of all that is random")
    parser.add_argument(
        "-o", "--output", metavar="DIR", type=output_folder, help="where to write the block"
    )
    return parser


def _learn(options: argparse.Namespace) -> int:
    # Imported here, as JAX takes seconds and a wrong call should not.
    from alta.command.finding import find_program, parse_sizes
    from alta.learn.training.checkpoint import save_block
    from alta.learn.training.configuration import configuration
    from alta.learn.training.data import inputs_of
    from alta_verify.command.proving import STATUS
    from alta_verify.learning.rounds import train_until_proved

    program = find_program(options.program, parse_sizes(options.sizes))
    changes = {} if options.steps is None else {"steps": options.steps}
    outcome = train_until_proved(
        program,
        inputs_of(program, options.data),
        configuration(options.configuration, **changes),
        rounds=options.rounds,
        max_len=options.max_len,
        seed=options.seed,
        timeout=options.timeout,
        longest=True,
        progress=_tell,
    )
    if options.output is not None:
        folder = Path(options.output)
        folder.mkdir(parents=True, exist_ok=True)
        save_block(folder, outcome.block, {"verdict": outcome.report.verdict.value})
    sys.stdout.write(f"{outcome}\n\n{outcome.report}\n")
    return STATUS[outcome.report.verdict]


def _tell(done: Round) -> None:
    # Standard output has the result alone.
    sys.stderr.write(f"round {done.number}: {done.verdict}\n")


if __name__ == "__main__":
    main()
