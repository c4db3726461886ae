"""Reversal by position, written as functions in the ways that come to mind, is proved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import alta
from alta_verify import Verdict, verify

LETTERS = 4
BOS = END = LETTERS


def _shares(longest: int) -> alta.Numerical:
    """Reads 1/k of k tokens."""
    return alta.numeric_var(values=[1 / k for k in range(1, longest + 1)])


def by_counting(longest: int, off: int = 0) -> alta.Program:
    """The length is one over the mean of a number that is 1 at the first position alone."""

    def step(z: Any) -> None:
        z["source"] = round(1 / z["share"]) - 1 - z["position"] + off * (z["position"] > 1)
        z["out"] = z["there"]

    return alta.program_spec(
        variables={
            "token": alta.input_var(LETTERS),
            "position": alta.position_var(longest),
            "one": alta.var(2, default=1),
            "first": alta.numeric_var(position_init_fn=lambda position: position == 0),
            "source": alta.var(longest),
            "out": alta.var(LETTERS),
        },
        heads={
            "share": alta.qkv("one", "one", "first", output_spec=_shares(longest)),
            "there": alta.qkv("source", "position", "token"),
        },
        ffn_fn=step,
        output_name="out",
        input_range=LETTERS,
        position_range=longest,
        layers=2,
        oracle=lambda tokens: tokens[::-1],
    )


def by_the_end(longest: int, off: int = 0) -> alta.Program:
    """A head broadcasts where the last token is, which stays where it is."""

    def step(z: Any) -> None:
        length = z["last"]
        if z["position"] < length:
            z["source"] = length - 1 - z["position"] + off * (z["position"] > 1)
        else:
            z["source"] = z["position"]
        z["out"] = z["there"]

    return alta.program_spec(
        variables={
            "token": alta.input_var(LETTERS + 1),
            "is_end": alta.input_var(2, init_fn=lambda token: token == END),
            "position": alta.position_var(longest),
            "one": alta.var(2, default=1),
            "source": alta.var(longest),
            "out": alta.var(LETTERS + 1),
        },
        heads={
            "last": alta.qkv("one", "is_end", "position"),
            "there": alta.qkv("source", "position", "token"),
        },
        ffn_fn=step,
        output_name="out",
        input_range=LETTERS + 1,
        position_range=longest,
        layers=2,
        vocab=("a", "b", "c", "d", "END"),
        inputs=alta.inputs.regex("[a-d]* END"),
        oracle=lambda tokens: [*tokens[-2::-1], END],
    )


def in_place(longest: int, off: int = 0, letters: int = LETTERS) -> alta.Program:
    """Three phases, in which what is read is overwritten; BOS stays in front.

    Reading the letter before the length and the position makes a trap of every combination of a
    letter with a position behind the end.
    """
    begin = letters

    def step(z: Any) -> None:
        if z["phase"] == 0:
            z["length"] = round(1 / z["share"])
            z["phase"] = 1
        elif z["phase"] == 1:
            if z["token"] < begin:
                z["source"] = z["length"] - z["position"] + off * (z["position"] > 1)
            else:
                z["source"] = 0
            z["phase"] = 2
        elif z["phase"] == 2:
            z["token"] = z["there"]
            z["phase"] = 3

    return alta.program_spec(
        variables={
            "token": alta.input_var(letters + 1),
            "is_bos": alta.numeric_var(input_init_fn=lambda token: token == begin),
            "position": alta.position_var(longest),
            "one": alta.var(2, default=1),
            "length": alta.var(longest + 1),
            "source": alta.var(longest, default=longest - 1),
            "phase": alta.var(4),
        },
        heads={
            "share": alta.qkv("one", "one", "is_bos", output_spec=_shares(longest)),
            "there": alta.qkv("source", "position", "token"),
        },
        ffn_fn=step,
        output_name="token",
        input_range=letters + 1,
        position_range=longest,
        halt=alta.halt_spec("phase", 3),
        vocab=(*map(chr, range(97, 97 + letters)), "BOS"),
        inputs=alta.inputs.regex(f"BOS [a-{chr(96 + letters)}]*"),
        oracle=lambda tokens: [begin, *tokens[:0:-1]],
    )


WAYS: dict[str, Callable[..., alta.Program]] = {
    "by counting": by_counting,
    "by the end": by_the_end,
    "in place": in_place,
}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_written_is_a_reversal(way):
    program = WAYS[way](5)
    for tokens in program.inputs.enumerate(4):
        if tokens:
            assert program.oracle is not None
            assert list(alta.run(program, tokens).outputs) == list(program.oracle(tokens))


@pytest.mark.parametrize(
    ("way", "longest"),
    [
        pytest.param(way, longest, marks=[] if longest == 5 else pytest.mark.campaign)
        for way in WAYS
        for longest in (5, 20)
        if longest == 20 or way == "in place"
    ],
)
def test_reversal_is_proved_and_one_that_looks_one_further_refuted(way, longest):
    program, other = WAYS[way](longest), WAYS[way](longest, -1)
    model = alta.compile(other, max_len=longest)
    assert verify(program, alta.compile(program, max_len=longest), max_len=longest).proved
    assert verify(program, model, max_len=longest).verdict is Verdict.REFUTED


@pytest.mark.campaign
def test_an_alphabet_multiplies_the_traps_and_not_the_questions():
    program = in_place(20, letters=26)
    assert len(program.rules) > 10_000
    assert verify(program, max_len=20).proved
    # Of inputs with a second BOS the length is not that of the input.
    wider = alta.replace(program, inputs=alta.inputs.regex("BOS [a-z]* BOS?"))
    assert verify(wider, alta.compile(program, max_len=20), max_len=20).verdict is Verdict.REFUTED
