"""The command ``python -m alta_verify.learning``: train a block until it is proved."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from alta.command.learning import add_training, training_of
from alta.command.parsers import CommandParser, guarded, output_folder
from alta.interruption import run_process

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
    add_training(parser)
    parser.add_argument(
        "--max-len", type=int, default=20, metavar="N", help="longest input (default 20)"
    )
    parser.add_argument(
        "--rounds", type=int, default=8, metavar="N", help="the most rounds (default 8)"
    )
    parser.add_argument("--timeout", type=float, metavar="S", help="seconds for each proof")
    parser.add_argument(
        "-o", "--output", metavar="DIR", type=output_folder, help="where to write the block"
    )
    return parser


def _learn(options: argparse.Namespace) -> int:
    # Imported here, as JAX takes seconds and a wrong call should not.
    from alta.learn.training.checkpoint import save_block
    from alta_verify.command.proving import STATUS
    from alta_verify.learning.rounds import train_until_proved

    outcome = train_until_proved(
        *training_of(options),
        rounds=options.rounds,
        max_len=options.max_len,
        seed=options.seed,
        timeout=options.timeout,
        longest=True,
        # Standard output has the result alone.
        progress=lambda done: print(f"round {done.number}: {done.verdict}", file=sys.stderr),
    )
    if options.output is not None:
        folder = Path(options.output)
        folder.mkdir(parents=True, exist_ok=True)
        save_block(folder, outcome.block, {"verdict": outcome.report.verdict.value})
    print(f"{outcome}\n\n{outcome.report}")
    return STATUS[outcome.report.verdict]


if __name__ == "__main__":
    main()
