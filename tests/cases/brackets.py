"""Brackets, matched by a counter that is passed on from left to right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import alta
from tests.cases.case import BrokenModel, BrokenProgram, Case
from tests.cases.changes import assigning, with_head, with_inputs, without
from tests.cases.damage import blinding, confusing, silencing

START, OPEN, CLOSE = range(3)
BALANCED, UNFINISHED, WRONG = range(3)
DEEPEST = 4


def _closed(depth: int) -> str:
    """The pattern of balanced brackets, at most so deep."""
    return rf"(\( {_closed(depth - 1)} \))*" if depth else ""


def _prefix(depth: int) -> str:
    """The pattern of beginnings of balanced brackets, at most so deep."""
    return rf"{_closed(depth)} (\( {_prefix(depth - 1)})?" if depth else ""


# After the first bracket that closes nothing it does not matter what comes.
LANGUAGE = rf"START ({_prefix(DEEPEST)}|{_closed(DEEPEST)} \) (\(|\))*)"


def _ffn(z: Any) -> None:
    if z["done"] == 1 or z["done_left"] == 0:
        return
    z["done"] = 1
    if z["status_left"] == WRONG or (z["token"] == CLOSE and z["depth_left"] == 0):
        z["status"] = WRONG
        return
    depth = z["depth_left"] + (1 if z["token"] == OPEN else -1)
    z["depth"] = depth  # a trap beyond the deepest
    z["status"] = BALANCED if depth == 0 else UNFINISHED


def brackets() -> alta.Program:
    """Says of every prefix whether its brackets match, could still match, or cannot."""
    return alta.program_spec(
        name="brackets",
        variables={
            "token": alta.input_var(3),
            "depth": alta.var(DEEPEST + 1),
            "status": alta.var(3),
            "done": alta.input_var(2, init_fn=lambda token: token == START),
        },
        heads={
            "depth_left": alta.v_relative("depth", -1),
            "status_left": alta.v_relative("status", -1),
            "done_left": alta.v_relative("done", -1),
        },
        ffn_fn=_ffn,
        output_name="status",
        input_range=3,
        halt=alta.halt_spec("done", 1),
        vocab=("START", "(", ")"),
        inputs=alta.inputs.regex(LANGUAGE),
    )


def _oracle(tokens: Sequence[int]) -> list[Any]:
    def status(word: Sequence[int]) -> int:
        text = "".join("()"[token - 1] for token in word)
        while "()" in text:
            text = text.replace("()", "")
        if ")" in text:
            return WRONG
        return UNFINISHED if text else BALANCED

    return [status(tokens[1 : end + 1]) for end in range(len(tokens))]


CASE = Case(
    build=brackets,
    oracle=_oracle,
    programs=(
        BrokenProgram(
            "words that are balanced are taken to be unfinished",
            part="rules",
            kind="mismatch",
            change=assigning(UNFINISHED, "status", token=CLOSE, depth_left=1),
        ),
        BrokenProgram(
            "what was wrong is forgotten",
            part="rules",
            kind="range",
            change=without("status", status_left=WRONG),
        ),
        BrokenProgram(
            "the third bracket is one too many",
            part="rules",
            kind="range",
            change=assigning(DEEPEST + 1, "depth", token=OPEN, depth_left=2),
        ),
        BrokenProgram(
            "the depth is read two to the left",
            part="heads",
            kind="undefined",
            change=with_head("depth_left", mask=(-2,)),
        ),
        BrokenProgram(
            "every position counts from the depth that it has itself",
            part="heads",
            kind="mismatch",
            change=with_head("depth_left", mask=(0,)),
        ),
        BrokenProgram(
            "brackets of any depth",
            part="inputs",
            kind="range",
            change=with_inputs(alta.inputs.regex(r"START (\(|\))*")),
        ),
        BrokenProgram(
            "no start",
            part="inputs",
            kind="undefined",
            change=with_inputs(alta.inputs.regex(r"START? (\( \))*")),
        ),
    ),
    models=(
        BrokenModel(
            "no rule for the fourth bracket",
            silencing("depth", token=OPEN, depth_left=DEEPEST - 1),
        ),
        BrokenModel("a closing bracket looks like an opening one", confusing(CLOSE, OPEN)),
        BrokenModel("the status of the left neighbour is not seen", blinding("status_left")),
    ),
)
