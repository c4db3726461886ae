"""Balanced brackets, at most three deep: whether a word is one is known at its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import alta
from alta_verify import specs
from tests.cases.changes import assigning, with_head, with_inputs, without
from tests.unbounded.case import Case, Twin
from tests.unbounded.lateness import coinciding, late

START, OPEN, CLOSE = range(3)
DEEPEST = 3
FAILED = DEEPEST + 1


def _ffn(z: Any) -> None:
    if z["done"] == 0 and z["done_left"] == 1:
        before = z["state_left"]
        changed = before + (1 if z["token"] == OPEN else -1)
        z["state"] = changed if before != FAILED and 0 <= changed <= DEEPEST else FAILED
        z["done"] = 1


def dyck() -> alta.Program:
    """Gives the depth behind every bracket, or that the word is none already."""
    return alta.program_spec(
        name="dyck",
        variables={
            "token": alta.input_var(3),
            "state": alta.var(FAILED + 1),
            "done": alta.input_var(2, init_fn=lambda token: token == START),
        },
        heads={
            "state_left": alta.v_relative("state", -1),
            "done_left": alta.v_relative("done", -1),
        },
        ffn_fn=_ffn,
        output_name="state",
        input_range=3,
        halt=alta.halt_spec("done", 1),
        vocab=("START", "(", ")"),
        inputs=alta.inputs.regex(r"START (\(|\))*"),
    )


def _oracle(tokens: Sequence[int]) -> list[Any]:
    def state(text: str) -> int:
        nested = text.replace("()", "")
        depths = [text[:end].count("(") - text[:end].count(")") for end in range(len(text) + 1)]
        if min(depths) < 0 or max(depths) > DEEPEST:
            return FAILED
        return depths[-1] if nested else 0

    text = "".join("()"[token - 1] for token in tokens[1:])
    return [state(text[:end]) for end in range(len(tokens))]


def balanced(deepest: int) -> str:
    """Returns the pattern of balanced brackets, at most so deep."""
    return rf"(\( {balanced(deepest - 1)} \))*" if deepest else ""


def _meant(deepest: int) -> specs.Specification:
    return specs.accepts(f"START {balanced(deepest)}", output=0)


CASE = Case(
    name="dyck",
    build=dyck,
    meant=_meant(DEEPEST),
    oracle=_oracle,
    twins=(
        Twin(
            "what has failed is forgotten",
            3,
            change=assigning(0, "state", state_left=FAILED),
        ),
        Twin(
            "a fourth bracket is let in",
            8,
            change=assigning(DEEPEST, "state", token=OPEN, state_left=DEEPEST),
        ),
        Twin(
            "closing nothing is a trap",
            2,
            "range",
            assigning(-1, "state", token=CLOSE, state_left=0),
        ),
        Twin(
            "a third bracket is not counted", 4, change=without("state", token=OPEN, state_left=2)
        ),
        Twin(
            "the neighbour's neighbour is read", 2, "undefined", with_head("state_left", mask=(-2,))
        ),
        Twin(
            "START may be missing",
            1,
            "undefined",
            with_inputs(alta.inputs.regex(r"START? (\(|\))*")),
        ),
        Twin("two deep was meant", 7, meant=_meant(DEEPEST - 1)),
        Twin(
            "words fail from the 25th bracket on",
            27,
            change=late("state", lambda value: FAILED),
        ),
        Twin(
            "a word of 36 or more fails",
            37,
            change=coinciding("state", lambda value: FAILED),
        ),
    ),
)
