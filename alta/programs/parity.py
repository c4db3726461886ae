"""Parity, position by position: is the number of ones so far odd?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alta import inputs
from alta.errors import TokenError
from alta.lang.build import program_spec
from alta.lang.heads import qkv, v_relative
from alta.lang.paths import Reads
from alta.lang.program import Program, halt_spec
from alta.lang.variables import input_var, position_var

__all__ = ["bits_of", "last_output", "parity_sequential_absolute", "parity_sequential_relative"]

_START = 2


# Passes the parity on to the right, one position a layer.
def _sweep(z: Reads) -> None:
    # At START parity_left is UNDEFINED, but START is done from the beginning and never asks for it.
    if z["done"] != 1 and z["done_left"] == 1:
        z["parity"] = z["parity_left"] ^ z["parity"]
        z["done"] = 1


def _prefix_parities(bits: Sequence[int]) -> list[int]:
    parity, parities = 0, []
    for bit in bits:
        parity ^= bit
        parities.append(parity)
    return parities


def parity_sequential_relative() -> Program:
    """Computes the parity of every prefix, reading the left neighbour by relative position.

    The input is START followed by bits. A position is done once its left neighbour is, and then
    holds the parity of all bits up to it; START is done from the beginning with parity 0. An
    input of n tokens halts after n - 1 layers. Text is a string of bits; the answer is the parity
    of all of them.

    Source: Shaw et al. (2025), section 5, "Sequential (Relative)".
    """
    return program_spec(
        name="parity_sequential_relative",
        variables={
            "parity": input_var(2, init_fn=lambda token: token % 2),
            "done": input_var(2, init_fn=lambda token: int(token == _START)),
        },
        heads={
            "parity_left": v_relative("parity", -1),
            "done_left": v_relative("done", -1),
        },
        ffn_fn=_sweep,
        output_name="parity",
        input_range=3,
        position_range=None,
        halt=halt_spec("done", 1),
        vocab=("0", "1", "START"),
        inputs=inputs.regex("START (0|1)*"),
        encode=lambda text: [_START, *bits_of(text)],
        decode=last_output,
        oracle=lambda tokens: [0, *_prefix_parities(tokens[1:])],
    )


def parity_sequential_absolute(*, max_length: int = 100) -> Program:
    """Computes the parity of every prefix, finding the left neighbour by absolute position.

    The input is a string of bits, without a start token. Every position knows its own index and
    that of its left neighbour, and attends to the position whose index that is; the first
    position is its own left neighbour and done from the beginning. An input of n tokens halts
    after n - 1 layers.

    Args:
        max_length: longest input.

    Source: Shaw et al. (2025), section 5, "Sequential (Absolute)".
    """
    return program_spec(
        name="parity_sequential_absolute",
        variables={
            "parity": input_var(2),
            "done": position_var(2, init_fn=lambda position: int(position == 0)),
            "index": position_var(max_length),
            "index_left": position_var(max_length, init_fn=lambda p: max(0, p - 1)),
        },
        heads={
            "parity_left": qkv("index_left", "index", "parity"),
            "done_left": qkv("index_left", "index", "done"),
        },
        ffn_fn=_sweep,
        output_name="parity",
        input_range=2,
        position_range=max_length,
        halt=halt_spec("done", 1),
        vocab=("0", "1"),
        encode=bits_of,
        decode=last_output,
        oracle=_prefix_parities,
    )


def bits_of(text: str) -> list[int]:
    """Returns the bits of a string of 0 and 1.

    Raises:
        TokenError: for any other character, with its place.
    """
    for position, character in enumerate(text):
        if character not in "01":
            raise TokenError(
                f"text {text!r}: expected a string of 0 and 1, got {character!r} at {position}"
            )
    return [int(character) for character in text]


def last_output(outputs: Sequence[Any]) -> str:
    """Returns the output at the last position as text; of no outputs no text."""
    return str(outputs[-1]) if outputs else ""
