"""The brackets of the other cases: what was meant of every prefix, for every length."""

from __future__ import annotations

from alta_verify import specs
from tests.cases import CASES
from tests.cases.brackets import BALANCED, CLOSE, DEEPEST, OPEN, START, UNFINISHED, WRONG, brackets
from tests.unbounded.case import Case, Twin
from tests.unbounded.lateness import coinciding, late

BRACKETS = CASES["brackets"]
SHORTEST = {
    "words that are balanced are taken to be unfinished": 3,
    "what was wrong is forgotten": 3,
    "the third bracket is one too many": 4,
    "the depth is read two to the left": 2,
    "every position counts from the depth that it has itself": 3,
    "brackets of any depth": 6,
    "no start": 2,
}
"""Of each broken version the length of the shortest input that shows it."""

KINDS = {
    "words that are balanced are taken to be unfinished": "spec",
    "what was wrong is forgotten": "spec",
    "every position counts from the depth that it has itself": "spec",
}
"""How it shows first, where that is not how the broken program fails by itself."""


def _step(depth: int, token: int) -> int:
    """Returns the depth behind a token, or that the word is wrong."""
    if depth < 0 or token == START:
        return depth
    # What is deeper than any input of the program is all one.
    return min(depth + {OPEN: 1, CLOSE: -1}[token], DEEPEST + 1)


def _status(depth: int) -> int:
    return WRONG if depth < 0 else UNFINISHED if depth else BALANCED


def _turned(status: int) -> int:
    return WRONG - status


CASE = Case(
    name="brackets",
    build=brackets,
    meant=specs.transducer(_step, 0, _status),
    oracle=BRACKETS.oracle,
    twins=(
        *(
            Twin(
                broken.name,
                SHORTEST[broken.name],
                KINDS.get(broken.name, broken.kind),
                broken.change,
            )
            for broken in BRACKETS.programs
        ),
        Twin(
            "balanced was meant of what is unfinished",
            2,
            meant=specs.transducer(_step, 0, lambda depth: WRONG if depth < 0 else BALANCED),
        ),
        Twin(
            "it turns from the 25th on",
            26,
            change=late("status", _turned),
        ),
        Twin(
            "it turns where 5 meets 7",
            37,
            change=coinciding("status", _turned),
        ),
    ),
)
