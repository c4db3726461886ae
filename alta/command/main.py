"""The command ``alta``: what it can do is imported once Ctrl-C is heard."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from alta.interruption import run_process

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status: 0, or 2 for an error.

    Args:
        arguments: those of the command; None for those of the process, which then ends.
    """
    if arguments is None:
        run_process("alta", lambda: main(sys.argv[1:]))
    from alta.command.programs import run

    return run(arguments)


if __name__ == "__main__":
    main()
