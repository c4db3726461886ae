"""Induction: what followed the previous occurrence of a token is copied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import alta
from tests.cases.case import BrokenModel, BrokenProgram, Case
from tests.cases.changes import ignoring, with_head, with_inputs, without
from tests.cases.damage import blinding, confusing, silencing

LONGEST = 20
START, LETTERS = 0, range(1, 11)
SIZE = 1 + len(LETTERS)
# The share of START among itself, a letter and its previous occurrence; without the latter; alone.
AGAIN, FIRST, ALONE = 1 / 3, 1 / 2, 1.0


def _words() -> Iterator[tuple[int, ...]]:
    """Yields a start, different letters, and then the beginning of the same again."""
    for n in LETTERS:
        for shift in (0, 3, 7):
            once = tuple((shift + i) % len(LETTERS) + 1 for i in range(n))
            for k in range(min(n, LONGEST - 1 - n) + 1):
                yield (START, *once, *once[:k])


def _ffn(z: Any) -> None:
    if z["step"] == 0:
        if z["token"] != START:
            z["previous"] = z["left"]
        z["step"] = 1
    elif z["step"] == 1:
        if z["share"] < FIRST:
            z["out"] = z["follower"]
        z["step"] = 2


def induction() -> alta.Program:
    """Gives what followed the previous occurrence of each token, or the token at its first."""
    return alta.program_spec(
        name="induction",
        variables={
            "token": alta.input_var(SIZE),
            "previous": alta.var(SIZE),
            "alike": alta.set_var(
                SIZE,
                [{START, token} for token in range(SIZE)],
                input_init_fn=lambda token: {START, token},
            ),
            "is_start": alta.numeric_var(input_init_fn=lambda token: token == START),
            "out": alta.input_var(SIZE),
            "step": alta.var(3),
        },
        heads={
            "left": alta.v_relative("token", -1),
            "share": alta.qkv(
                "alike",
                "token",
                "is_start",
                relative_position_mask=alta.causal(),
                output_spec=alta.numeric_var(values=(AGAIN, FIRST, ALONE)),
            ),
            "follower": alta.qkv(
                "token", "previous", "token", relative_position_mask=alta.causal()
            ),
        },
        ffn_fn=_ffn,
        output_name="out",
        input_range=SIZE,
        position_range=LONGEST,
        halt=alta.halt_spec("step", 2),
        vocab=("START", *"abcdefghij"),
        inputs=alta.inputs.sequences(_words()),
    )


def _oracle(tokens: Sequence[int]) -> list[Any]:
    outputs = []
    for i, token in enumerate(tokens):
        before = [j for j in range(i) if tokens[j] == token]
        outputs.append(tokens[before[-1] + 1] if before else token)
    return outputs


CASE = Case(
    build=induction,
    oracle=_oracle,
    programs=(
        BrokenProgram(
            "j is not copied",
            part="rules",
            kind="mismatch",
            change=without("out", follower=10),
        ),
        BrokenProgram(
            "a is copied in the first step",
            part="rules",
            kind="conflict",
            change=ignoring("follower", "out", follower=1),
        ),
        BrokenProgram(
            "the start has a left neighbour",
            part="rules",
            kind="undefined",
            change=ignoring("token", "previous", left=5),
        ),
        BrokenProgram(
            "what follows itself is not seen",
            part="heads",
            kind="undefined",
            change=with_head("follower", mask=alta.before()),
        ),
        BrokenProgram(
            "the previous token is two to the left",
            part="heads",
            kind="undefined",
            change=with_head("left", mask=(-2,)),
        ),
        BrokenProgram(
            "occurrences far away are not seen",
            part="heads",
            kind="undefined",
            change=with_head("follower", mask=tuple(range(-7, 1))),
        ),
        BrokenProgram(
            "what is copied is the token before",
            part="heads",
            kind="mismatch",
            change=with_head("follower", value="previous"),
        ),
        BrokenProgram(
            "the same a third time",
            part="inputs",
            kind="undefined",
            change=with_inputs(
                alta.inputs.sequences([*_words(), *((*w, *w[1:]) for w in _words() if len(w) < 9)])
            ),
        ),
    ),
    models=(
        BrokenModel("h looks like g", confusing(8, 7)),
        BrokenModel("e is never copied", silencing("out", follower=5)),
        BrokenModel("no follower is seen", blinding("follower")),
    ),
)
