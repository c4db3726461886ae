"""Palindromes: two pointers start at the ends of the word and move towards each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import alta
from tests.cases.case import BrokenModel, BrokenProgram, Case
from tests.cases.changes import assigning, with_head, with_inputs, without
from tests.cases.damage import blinding, confusing, displacing

LONGEST = 20
END = 2


def _rules(variables: dict[str, Any], heads: dict[str, Any]) -> tuple[alta.Rule, ...]:
    b = alta.MLPBuilder(variables, heads)
    for done, started in b.get("done", "started"):
        if not done and not started:
            b.set("started", 1)
            for end in b.get("end"):
                b.set("right", max(end - 1, 0))
                b.set("todo", end // 2)
        if not done and started:
            for todo in b.get("todo"):
                if todo == 0:
                    b.set("verdict", 1)
                    b.set("done", 1)
            for here, there in b.get("at_left", "at_right"):
                if here != there:
                    # Never in the layer in which nothing is left to do: what the pointers then
                    # see has been compared already.
                    b.set("done", 1)
                elif here != END:
                    for todo in b.get("todo"):
                        b.set("todo", max(todo - 1, 0))
                    for left in b.get("left"):
                        b.set("left", left + 1)
                    for right in b.get("right"):
                        b.set("right", max(right - 1, 0))
    return b.rules


def palindrome() -> alta.Program:
    """Says at every position whether the word before END is a palindrome."""
    variables = {
        "token": alta.input_var(3),
        "is_end": alta.input_var(2, init_fn=lambda token: token == END),
        "one": alta.var(2, default=1),
        "index": alta.position_var(LONGEST),
        "left": alta.var(LONGEST),
        "right": alta.var(LONGEST),
        "todo": alta.var(LONGEST // 2),
        "started": alta.var(2),
        "done": alta.var(2),
        "verdict": alta.var(2),
    }
    heads = {
        "end": alta.qkv("one", "is_end", "index"),
        "at_left": alta.qkv("left", "index", "token"),
        "at_right": alta.qkv("right", "index", "token"),
    }
    return alta.program_spec_from_rules(
        name="palindrome",
        variables=variables,
        heads=heads,
        rules=_rules(variables, heads),
        output_name="verdict",
        input_range=3,
        position_range=LONGEST,
        halt=alta.halt_spec("done", 1),
        vocab=("a", "b", "END"),
        inputs=alta.inputs.lengths(lambda n: f"[a-b]{{{n - 1}}} END" if n else None),
    )


def _oracle(tokens: Sequence[int]) -> list[Any]:
    word = list(tokens[:-1])
    return [int(word == word[::-1])] * len(tokens)


CASE = Case(
    build=palindrome,
    oracle=_oracle,
    programs=(
        BrokenProgram(
            "one comparison too many in words of nine",
            part="rules",
            kind="mismatch",
            change=assigning(5, "todo", started=0, end=9),
        ),
        BrokenProgram(
            "no word is a palindrome",
            part="rules",
            kind="mismatch",
            change=without("verdict"),
        ),
        BrokenProgram(
            "words of six are taken to be done",
            part="rules",
            kind="conflict",
            change=assigning(0, "todo", started=0, end=6),
        ),
        BrokenProgram(
            "the left pointer does not reach the tenth position",
            part="rules",
            kind="conflict",
            change=without("left", left=8),
        ),
        BrokenProgram(
            "the left pointer is compared with itself",
            part="heads",
            kind="mismatch",
            change=with_head("at_right", query="left"),
        ),
        BrokenProgram(
            "the right pointer looks nine to the right at most",
            part="heads",
            kind="undefined",
            change=with_head("at_right", mask=tuple(range(-LONGEST, 10))),
        ),
        BrokenProgram(
            "words without an end",
            part="inputs",
            kind="undefined",
            change=with_inputs(
                alta.inputs.lengths(lambda n: f"[a-b]{{{n - 1}}} [b-END]" if n else None)
            ),
        ),
    ),
    models=(
        BrokenModel("the tenth position looks like the ninth", displacing(9, 8)),
        BrokenModel("the twentieth position looks like the first", displacing(LONGEST - 1, 0)),
        BrokenModel("b looks like a", confusing(1, 0)),
        BrokenModel("nothing is seen at the right pointer", blinding("at_right")),
    ),
    telling=tuple((*[0] * n, *[1] * m, *[0] * n, END) for n in range(10) for m in range(1, 3)),
)
