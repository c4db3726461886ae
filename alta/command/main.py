"""The command ``alta``: what it can do is imported once Ctrl-C is heard."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

from alta.interruption import run_process

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status: 0, or 2 for an error; a proof has more.

    Args:
        arguments: those of the command; None for those of the process, which then ends.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    # One command for both packages stands above both: this is the only place where the language
    # knows of its verifier, and by name.
    if arguments is None and words[:1] == ["check"]:
        # The checker ends in its own way, by an exception on whose way solvers are ended.
        import_module("alta_verify.check.limits").run_process(lambda: main(words), "alta check")
    elif arguments is None:
        run_process("alta", lambda: main(words))
    status: int = import_module("alta_verify.command.alta").run(words)
    return status


if __name__ == "__main__":
    main()
