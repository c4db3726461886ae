"""The command ``alta-verify``: prove, or, after the word ``check``, check a certificate.

Checking imports neither the prover nor what it needs.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status.

    Args:
        arguments: those of the command; None for those of the process, which then ends.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    checking = words[:1] == ["check"]
    # What takes long is imported by the command, since an interruption is heard from here on.
    if arguments is None and checking:
        from alta_verify.check.limits import run_process as run_check

        run_check(lambda: main(words))
    elif arguments is None:
        from alta.interruption import run_process

        run_process("alta-verify", lambda: main(words))
    if checking:
        from alta_verify.check.__main__ import main as check

        return check(words[1:])
    from alta_verify.command.arguments import prove

    return prove(words)


if __name__ == "__main__":
    main()
