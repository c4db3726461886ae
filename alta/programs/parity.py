"""Parity: is the number of ones odd? Position by position, or at a glance by counting the ones."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from operator import xor
from typing import Any, Final

from alta import inputs
from alta.errors import TokenError
from alta.lang.build import program_spec, program_spec_from_rules
from alta.lang.heads import Head, qkv, v_relative
from alta.lang.kinds import Variable
from alta.lang.paths import Reads
from alta.lang.program import Program, halt_spec
from alta.lang.rules import MLPBuilder
from alta.lang.values import normalise_count
from alta.lang.variables import input_var, numeric_var, position_var, var

__all__ = [
    "parity_sequential_absolute",
    "parity_sequential_relative",
    "parity_sum_mod_2",
    "parity_sum_mod_2_intermediate",
]

_Variables = dict[str, Variable]
_Heads = dict[str, Head]

_START: Final = 2
_VOCAB: Final = ("0", "1", "START")
_SCALE: Final = 1024.0  # A power of two: scaling by it is exact.


# Passes the parity on to the right, one position a layer.
def _sweep(z: Reads) -> None:
    # At START parity_left is UNDEFINED, but START is done from the beginning and never asks for it.
    if z["done"] != 1 and z["done_left"] == 1:
        z["parity"] = z["parity_left"] ^ z["parity"]
        z["done"] = 1


def _prefix_parities(bits: Sequence[int]) -> list[int]:
    return list(accumulate(bits, xor))


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
        vocab=_VOCAB,
        inputs=inputs.regex("START (0|1)*"),
        encode=lambda text: [_START, *_bits_of(text)],
        decode=_last_output,
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
        encode=_bits_of,
        decode=_last_output,
        oracle=_prefix_parities,
    )


def parity_sum_mod_2(*, max_length: int = 50) -> Program:
    """Computes the parity of all bits in one layer, from the mean over START and the ones.

    The input is START followed by bits; the output is the parity of all bits at every position. A
    head attends to START and to every 1, and averages a number that is 1 at START and 0 elsewhere:
    with k-1 ones it reads 1/k. Text is a string of bits; the answer is their parity.

    Args:
        max_length: longest input, START included.

    Source: Shaw et al. (2025), section 5, "Sum + Modulo".
    """
    size = normalise_count(max_length, where="parity_sum_mod_2: max_length")
    variables, heads = _counting(1.0, size)
    mlp = MLPBuilder(variables, heads)
    # The mean is 1/k with START and k-1 ones; rounding undoes that 1/k is no float.
    for mean in mlp.get("mean"):
        if (round(1 / mean) - 1) % 2 == 1:
            mlp.set("parity", 1)
    return _summing("parity_sum_mod_2", variables, heads, mlp, size, layers=1)


def parity_sum_mod_2_intermediate(*, max_length: int = 50) -> Program:
    """Computes the parity of all bits in two layers, keeping the number of ones in between.

    It is `parity_sum_mod_2` made easier to learn: the first layer turns the mean into the number
    of ones, a categorical variable, and the second one that into its parity. The number that is
    averaged is 1024 at START, so that noise can be added to the means without taking one for
    another.

    Args:
        max_length: longest input, START included.

    Source: Shaw et al. (2025), section 5, "Sum + Modulo".
    """
    size = normalise_count(max_length, where="parity_sum_mod_2_intermediate: max_length")
    variables, heads = _counting(_SCALE, size, ones=var(size))
    mlp = MLPBuilder(variables, heads)
    for mean in mlp.get("mean"):
        mlp.set("ones", round(_SCALE / mean) - 1)
    # In the first layer `ones` is 0 still, and nothing happens here.
    for count in mlp.get("ones"):
        if count % 2 == 1:
            mlp.set("parity", 1)
    return _summing("parity_sum_mod_2_intermediate", variables, heads, mlp, size, layers=2)


def _counting(scale: float, size: int, **between: Variable) -> tuple[_Variables, _Heads]:
    """Declares a head that reads `scale` / k where START and k-1 ones are, and what it needs."""
    variables = {
        "parity": var(2),
        **between,
        "start": numeric_var(input_init_fn=lambda token: scale * (token == _START)),
        "counted": input_var(2, init_fn=lambda token: token in (1, _START)),
        "wanted": var(2, default=1),
    }
    means = numeric_var(values=[scale / k for k in range(1, size + 1)])
    return variables, {"mean": qkv("wanted", "counted", "start", output_spec=means)}


def _summing(
    name: str, variables: _Variables, heads: _Heads, mlp: MLPBuilder, size: int, layers: int
) -> Program:
    return program_spec_from_rules(
        name=name,
        variables=variables,
        heads=heads,
        rules=mlp.rules,
        output_name="parity",
        input_range=len(_VOCAB),
        position_range=size,
        layers=layers,
        vocab=_VOCAB,
        inputs=inputs.regex("START (0|1)*"),
        encode=lambda text: [_START, *_bits_of(text)],
        decode=_last_output,
        oracle=lambda tokens: [tokens.count(1) % 2] * len(tokens),
    )


def _bits_of(text: str) -> list[int]:
    for position, character in enumerate(text):
        if character not in "01":
            raise TokenError(
                f"text {text!r}: expected a string of 0 and 1, got {character!r} at {position}"
            )
    return list(map(int, text))


def _last_output(outputs: Sequence[Any]) -> str:
    return str(outputs[-1]) if outputs else ""
