"""Ctrl-C at many moments: how commands end that were interrupted.

`python -m tests.campaigns.interruptions` prints the counts.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.cases.interrupting import Ended, interrupted

__all__ = ["COMMANDS", "interruptions"]

_BIN: Final = Path(sys.executable).parent
_PROOFS: Final = Path(__file__).parents[2] / "proofs"

COMMANDS: Final[Mapping[str, tuple[Sequence[str | Path], float]]] = {
    "addition": ((_BIN / "alta-verify", "addition", "--no-cache"), 4.0),
    "subleq": ((_BIN / "alta-verify", "subleq", "--no-cache"), 12.0),
    "scan": ((_BIN / "alta-verify", "scan", "--no-cache"), 12.0),
    "module": ((sys.executable, "-m", "alta_verify", "scan", "--no-cache"), 4.0),
    "run": ((_BIN / "alta", "run", "addition", "1+2", "--compiled"), 2.0),
    "check": ((_BIN / "alta-verify", "check", _PROOFS / "scan"), 6.0),
}
"""What is interrupted, by name, and the seconds within which it is."""


def interruptions(name: str, tries: int) -> Iterator[Ended]:
    """Yields how a command ended each time, interrupted ever later from its first moments on."""
    command, seconds = COMMANDS[name]
    for index in range(tries):
        # More of them early, where imports and compilation follow one another.
        delay = seconds * (index / tries) ** 2
        # The checker has no thread that waits; Python itself takes this long to start.
        check = name == "check"
        yield interrupted(command, delay + 0.3 * check, listening=not check)


def main() -> None:
    """Prints, for each command, how many interruptions ended it as they should."""
    tries = int(sys.argv[1]) if len(sys.argv) > 1 else 64
    for name in COMMANDS:
        ended = list(interruptions(name, tries))
        meant = [each for each in ended if each.interrupted]
        quiet = sum(each.quiet for each in meant)
        sys.stdout.write(f"{name}: {quiet} of {len(meant)} with status 130 and one line\n")
        sys.stdout.writelines(f"  {each}\n" for each in meant if not each.quiet)


if __name__ == "__main__":
    main()
