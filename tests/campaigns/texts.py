"""The campaign of texts: language and checker read the same programs, and refuse the same texts.

    python -m tests.campaigns.texts --seed 0 --count 20000

Texts of random and of shipped programs, edited by characters, tokens, numbers, lists and lines.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from alta.lang.program import program_text
from alta_verify.strategies import programs
from tests.campaigns.edited_texts import edited
from tests.campaigns.readings import difference_of_readings
from tests.campaigns.subject import SHIPPED, drawn
from tests.properties.running import EVERY_KIND

__all__ = ["Tally", "campaign"]

EACH = 25
"""Texts of one program."""


@dataclass
class Tally:
    """How many texts both read or refused, and those where they disagreed, with the reason."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, str]] = field(default_factory=list)

    def add(self, text: str) -> None:
        """Reads a text twice, and compares."""
        why, outcome = difference_of_readings(text)
        if why:
            self.wrong.append((why, text))
        self.counts["disagreements" if why else outcome] += 1

    def __str__(self) -> str:
        return ", ".join(f"{name}: {count}" for name, count in sorted(self.counts.items()))


def texts(seed: int) -> Iterator[str]:
    """Yields canonical texts without end: of all shipped programs, and of random ones."""
    for build, _ in SHIPPED.values():
        yield program_text(build())
    kinds = programs(kinds=EVERY_KIND)
    yield from map(program_text, drawn(kinds, seed))


def campaign(seed: int, count: int, *, each: int = EACH) -> Tally:
    """Reads so many texts twice, always the same ones for a seed.

    Args:
        seed: chooses programs and edits.
        count: how many texts there are.
        each: how many texts there are of one program.
    """
    tally, rng = Tally(), Random(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that what is edited can hardly be meant
        for text in texts(seed):
            for _ in range(min(each, count - tally.counts.total())):
                tally.add(edited(text, rng))
            if tally.counts.total() == count:
                return tally
    raise AssertionError("there are texts without end")


def main() -> None:
    """Runs the campaign, prints what came out, and fails if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=20_000)
    asked = parser.parse_args()
    tally = campaign(asked.seed, asked.count)
    for why, text in tally.wrong[:10]:
        sys.stdout.write(f"WRONG: {why}\n{text!r}\n")
    sys.stdout.write(f"{tally}\n")
    sys.exit(bool(tally.wrong))


if __name__ == "__main__":
    main()
