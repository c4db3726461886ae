"""Sorting distinct numbers: each counts how many are smaller, and is fetched from that place."""

from __future__ import annotations

import re
from typing import Final

from alta import inputs
from alta.errors import TokenError
from alta.lang.build import program_spec_from_rules
from alta.lang.heads import qkv
from alta.lang.program import Program
from alta.lang.rules import MLPBuilder
from alta.lang.values import normalise_count
from alta.lang.variables import input_var, numeric_var, position_var, set_var, var

__all__ = ["sort_unique"]

_BOS: Final = 0
_NUMBER: Final = re.compile(r"0*[0-9]{1,9}", re.ASCII)


def sort_unique(*, max_value: int = 15) -> Program:
    """Sorts distinct numbers behind BOS, in two layers.

    The input is BOS and then some of the numbers 1 … `max_value`, each at most once, in any order;
    the output has them in increasing order, and 0 at BOS. In the first layer every number counts
    those up to itself: a head, asked for the set of their tokens and that of BOS, averages a
    number that is 1 at BOS and 0 elsewhere. It reads 1/k at the number that belongs at position
    k-1. In the second layer every position fetches the number that belongs there. Text is numbers
    between spaces; the answer is the same numbers, sorted.

    Args:
        max_value: the greatest number, and how many there are.

    Source: Shaw et al. (2025), appendix; the task is from Lindner et al. (2023), "Tracr".
    """
    size = 1 + normalise_count(max_value, where="sort_unique: max_value")
    variables = {
        "token": input_var(size),
        "index": position_var(size),
        "up_to": set_var(size, values=list(map(_up_to, range(size))), input_init_fn=_up_to),
        "bos": numeric_var(input_init_fn=lambda token: float(token == _BOS)),
        # As if sorted already, so that fetching always finds one number.
        "rank": position_var(size),
        "sorted": var(size),
    }
    means = numeric_var(values=[1 / k for k in range(1, size + 1)])
    heads = {
        "mean": qkv("up_to", "token", "bos", output_spec=means),
        "fetched": qkv("index", "rank", "token"),
    }
    mlp = MLPBuilder(variables, heads)
    # A mean of 1/k is that of BOS and k-1 numbers: the one that asks is at place k-1.
    for mean in mlp.get("mean"):
        mlp.set("rank", round(1 / mean) - 1)
    for fetched in mlp.get("fetched"):
        mlp.set("sorted", fetched)
    names = ("BOS", *map(str, range(1, size)))
    return program_spec_from_rules(
        name="sort_unique",
        variables=variables,
        heads=heads,
        rules=mlp.rules,
        output_name="sorted",
        input_range=size,
        position_range=size,
        layers=2,
        vocab=names,
        inputs=inputs.distinct(f"BOS [1-{names[-1]}]*"),
        encode=lambda text: _encode(text, size),
        decode=lambda outputs: " ".join(map(str, outputs[1:])),
        oracle=sorted,
    )


# Returns the tokens up to one, which BOS is the first of.
def _up_to(token: int) -> frozenset[int]:
    return frozenset(range(token + 1))


def _encode(text: str, size: int) -> list[int]:
    tokens = [_BOS]
    for word in text.split():
        if _NUMBER.fullmatch(word) is None or not 1 <= int(word) < size:
            raise TokenError(
                f"text {text!r}: expected numbers in 1 … {size - 1} between spaces, got {word!r}"
            )
        if int(word) in tokens:
            raise TokenError(f"text {text!r}: expected distinct numbers, got {word!r} twice")
        tokens.append(int(word))
    return tokens
