"""The command ``alta-verify``: prove, or, after the word ``check``, check a certificate.

Checking imports neither the prover nor what it needs.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words[:1] == ["check"]:
        from alta_verify.check.__main__ import main as check

        return check(words[1:])
    from alta_verify.proving import main as prove

    return prove(words)


if __name__ == "__main__":
    sys.exit(main())
