"""The last letter: blanks are filled with the letter before them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import alta
from alta_verify import specs
from tests.cases.changes import assigning, with_head, with_inputs, without
from tests.unbounded.case import Case, Twin
from tests.unbounded.lateness import coinciding, late

BLANK, A, B, C, START = range(5)


def _ffn(z: Any) -> None:
    if z["filled"] == 0 and z["filled_left"] == 1:
        z["letter"] = z["letter_left"]
        z["filled"] = 1


def last_letter() -> alta.Program:
    """Fills blanks with the letter before them, those before the first letter with BLANK.

    Letters copy themselves to their right all at once, until the longest gap is closed.
    """
    return alta.program_spec(
        name="last_letter",
        variables={
            "letter": alta.input_var(4, init_fn=lambda token: token % START),
            "filled": alta.input_var(2, init_fn=lambda token: token != BLANK),
        },
        heads={
            "letter_left": alta.v_relative("letter", -1),
            "filled_left": alta.v_relative("filled", -1),
        },
        ffn_fn=_ffn,
        output_name="letter",
        input_range=5,
        halt=alta.halt_spec("filled", 1),
        vocab=("BLANK", "a", "b", "c", "START"),
        inputs=alta.inputs.regex("START (a|b|c|BLANK)*"),
    )


def _oracle(tokens: Sequence[int]) -> list[Any]:
    letters = [BLANK]
    for token in tokens[1:]:
        letters.append(letters[-1] if token == BLANK else token)
    return letters


def _step(letter: int, token: int) -> int:
    if token == START:
        return BLANK
    return letter if token == BLANK else token


CASE = Case(
    name="last_letter",
    build=last_letter,
    meant=specs.transducer(_step, BLANK),
    oracle=_oracle,
    twins=(
        Twin("c is copied as b", 3, change=assigning(B, "letter", letter_left=C)),
        Twin("there is no room for c", 3, "range", assigning(4, "letter", letter_left=C)),
        Twin("a is not copied", 3, change=without("letter", letter_left=A)),
        Twin(
            "blanks are filled from the right", 2, "undefined", with_head("letter_left", mask=(1,))
        ),
        Twin(
            "no letter is known before START",
            1,
            "undefined",
            with_inputs(alta.inputs.regex("START? (a|b|c|BLANK)*")),
        ),
        Twin(
            "the first letter was meant",
            3,
            meant=specs.transducer(lambda letter, token: letter or token % START, BLANK),
        ),
        Twin(
            "the 25th blank gets another letter",
            26,
            change=late("letter", lambda letter: (letter + 1) % 4, "filled"),
        ),
        Twin(
            "a blank gets another letter where 5 meets 7",
            37,
            change=coinciding("letter", lambda letter: (letter + 1) % 4, "filled"),
        ),
    ),
)
