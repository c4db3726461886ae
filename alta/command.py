"""What both command lines share: options, errors as one line, exit statuses."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Final

from alta.errors import AltaError

__all__ = ["USAGE", "add_program", "guarded"]

USAGE: Final = 2
"""The exit status for a wrong call or a malformed program."""


def add_program(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments that name a program."""
    parser.add_argument(
        "program",
        metavar="PROGRAM",
        help="a shipped name, package.module:attribute or file.py:attribute",
    )
    parser.add_argument(
        "--with",
        dest="sizes",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="a size of the program; may be repeated",
    )
    parser.add_argument("--debug", action="store_true", help="show tracebacks of errors")


def guarded(name: str, action: Callable[[], int], *, debug: bool) -> int:
    """Runs an action and turns its errors into one line and an exit status.

    Args:
        name: the command, for the message.
        action: returns the exit status.
        debug: whether to let errors through with their traceback.
    """
    try:
        return action()
    except KeyboardInterrupt:
        sys.stderr.write(f"{name}: interrupted\n")
        return 130
    except (AltaError, OSError) as error:
        if debug:
            raise
        sys.stderr.write(f"{name}: error: {' '.join(str(error).split())}\n")
        return USAGE
