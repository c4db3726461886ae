"""Small programs whose runs are asked about: some that sort by rank, one that chases a key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from operator import add

from alta import halt_spec, inputs, programs
from alta.inputs.language import InputSpec
from alta.lang.build import program_spec_from_rules
from alta.lang.heads import Head, qkv
from alta.lang.masks import Mask, causal
from alta.lang.program import Program
from alta.lang.rules import MLPBuilder, rule
from alta.lang.variables import input_var, numeric_var, position_var, set_var, var

UNDEFINED = {"fetched": frozenset({-1})}


def sorting(language: str = "BOS [1-5]*", spec=inputs.distinct) -> Program:
    program = programs.get("sort_unique", max_value=5)
    bound: InputSpec = spec(language)
    return replace(program, inputs=bound.bind(program.vocab, program.position_range))


BROKEN = {
    "numbers may be equal": sorting("BOS [1-5]*", inputs.regex),
    "two keys may coincide": sorting("BOS 1 2? 2? [3-5]*", inputs.regex),
    "a rank may leave the range": sorting("[1-5]*"),
}


def ranking(
    values: int,
    longest: int,
    place: Callable[[int, int], int] = add,
    *,
    mask: Mask | None = None,
    below: Callable[[int], set[int]] = lambda token: set(range(token)),
) -> Program:
    """Sorts numbers that may be equal: BOS, all that are less, and equal ones up to itself.

    In the first layer every number counts those below it, and itself with equal ones to its left;
    in the second every position fetches the number whose place is its own.

    Args:
        values: how many numbers there are, from 1.
        longest: how many tokens an input has at most.
        place: the rank, from how many are smaller and how many are equal.
        mask: what equal ones are counted in; those up to itself if None.
        below: the tokens less than one that is no BOS; BOS is counted in any case.
    """
    sets = [frozenset(below(token) | {0}) for token in range(values + 1)]
    variables = {
        "token": input_var(values + 1),
        "index": position_var(longest),
        "less": set_var(values + 1, list(dict.fromkeys(sets)), input_init_fn=sets.__getitem__),
        "same": set_var(
            values + 1,
            [{0, token} for token in range(values + 1)],
            input_init_fn=lambda token: {0, token},
        ),
        "bos": numeric_var(input_init_fn=lambda token: float(token == 0)),
        "rank": position_var(longest),
        "sorted": var(values + 1),
    }
    means = numeric_var(values=[1 / k for k in range(1, longest + 1)])
    heads = {
        "smaller": qkv("less", "token", "bos", output_spec=means),
        "equal": qkv("same", "token", "bos", mask or causal(), output_spec=means),
        "fetched": qkv("index", "rank", "token"),
    }
    mlp = MLPBuilder(variables, heads)
    for smaller, equal in mlp.get("smaller", "equal"):
        # A mean of 1/k is that of BOS and k - 1 others.
        mlp.set("rank", place(round(1 / smaller) - 1, round(1 / equal) - 1))
    for fetched in mlp.get("fetched"):
        mlp.set("sorted", fetched)
    return program_spec_from_rules(
        name="ranking",
        variables=variables,
        heads=heads,
        rules=mlp.rules,
        output_name="sorted",
        input_range=values + 1,
        position_range=longest,
        layers=2,
        vocab=("BOS", *map(str, range(1, values + 1))),
        inputs=inputs.regex(f"BOS [1-{values}]*"),
    )


WRONG: dict[str, Callable[[int], Program]] = {
    "ranks are one too high": lambda n: ranking(4, n, lambda s, e: (s + e + 1) % n),
    "equal ones are counted everywhere": lambda n: ranking(4, n, mask=Mask(tuple(range(-n, n)))),
    "no equal ones are counted": lambda n: ranking(4, n, lambda s, e: s + min(e, 1)),
    "3 is not less than 4": lambda n: ranking(4, n, below=lambda t: set(range(t)) - {3}),
    "the third of equal ones has the rank of the second": lambda n: ranking(
        4, n, lambda s, e: s + e - (e == 3)
    ),
    "the last rank of the longest inputs is 0": lambda n: ranking(
        4, n, lambda s, e: (s + e) % (n - 1)
    ),
    "only the longest inputs of equal numbers": lambda n: ranking(
        4, n, lambda s, e: s + e - (e == n - 1)
    ),
    "only halfway in the longest inputs": lambda n: ranking(
        4, n, lambda s, e: s + e - (s + e == n - 1 and s == n // 2)
    ),
}
"""Ways of getting a rank wrong, each for inputs of up to some number of tokens."""


def masked(mask: Mask) -> Program:
    """Heads that read what one mask leaves: alone, and the mean of what has the same token."""
    return program_spec_from_rules(
        name="masked",
        variables={
            "token": input_var(2),
            "number": numeric_var([0.0, 0.4, 1.0], input_init_fn=float),
        },
        heads={
            "only": qkv("token", "token", "token", mask),
            "mean": Head(None, None, "number", mask),
        },
        rules=[],
        output_name="token",
        input_range=2,
        layers=1,
    )


def chasing() -> Program:
    """A key moves in the first layer, so that in the second a query finds nothing."""
    return program_spec_from_rules(
        name="chasing",
        variables={
            "bit": input_var(2),
            "asked": var(2),
            "key": position_var(2),
            "moved": var(2),
            "read": var(2),
            "count": var(3),
        },
        heads={"found": qkv("asked", "key", "bit")},
        rules=[
            rule({"count": 0}, "count", 1),
            rule({"count": 1}, "count", 2),
            rule({"count": 0, "bit": 1}, "moved", 1),
            rule({"key": 0, "bit": 1}, "key", 1),
            *(rule({"moved": 0, "count": 0, "found": bit}, "read", bit) for bit in range(2)),
        ],
        output_name="read",
        input_range=2,
        position_range=2,
        halt=halt_spec("count", 2),
        inputs=inputs.regex("[0-1]{2}"),
    )
