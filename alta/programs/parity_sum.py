"""Parity at a glance: one head counts the ones, and a table says whether their number is odd."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from alta import inputs
from alta.lang.build import program_spec_from_rules
from alta.lang.builder import MLPBuilder
from alta.lang.heads import Head, qkv
from alta.lang.kinds import Variable
from alta.lang.program import Program
from alta.lang.values import normalise_count
from alta.lang.variables import input_var, numeric_var, var
from alta.programs.parity import bits_of, last_output

__all__ = ["parity_sum_mod_2", "parity_sum_mod_2_intermediate"]

_START: Final = 2
_VOCAB: Final = ("0", "1", "START")
_SCALE: Final = 1024.0  # A power of two: scaling by it is exact.


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
    variables = {"parity": var(2), **_counted(1.0)}
    heads = {"mean": _mean(1.0, size)}
    mlp = MLPBuilder(variables, heads)
    # The mean is 1/k with START and k-1 ones; rounding undoes that 1/k is no float.
    for mean in mlp.get("mean"):
        if (round(1 / mean) - 1) % 2 == 1:
            mlp.set("parity", 1)
    return _program("parity_sum_mod_2", variables, heads, mlp, size, layers=1)


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
    variables = {"parity": var(2), "ones": var(size), **_counted(_SCALE)}
    heads = {"mean": _mean(_SCALE, size)}
    mlp = MLPBuilder(variables, heads)
    for mean in mlp.get("mean"):
        mlp.set("ones", round(_SCALE / mean) - 1)
    # In the first layer `ones` is 0 still, and nothing happens here.
    for count in mlp.get("ones"):
        if count % 2 == 1:
            mlp.set("parity", 1)
    return _program("parity_sum_mod_2_intermediate", variables, heads, mlp, size, layers=2)


def _program(
    name: str,
    variables: dict[str, Variable],
    heads: dict[str, Head],
    mlp: MLPBuilder,
    size: int,
    *,
    layers: int,
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
        encode=lambda text: [_START, *bits_of(text)],
        decode=last_output,
        oracle=_parities,
    )


# Declares what the head needs: whom to attend to, and what to average there.
def _counted(scale: float) -> dict[str, Variable]:
    return {
        "start": numeric_var(input_init_fn=lambda token: scale * (token == _START)),
        "counted": input_var(2, init_fn=lambda token: token in (1, _START)),
        "wanted": var(2, default=1),
    }


# Declares the head, which reads `scale` / k where START and k-1 ones are.
def _mean(scale: float, size: int) -> Head:
    means = numeric_var(values=[scale / k for k in range(1, size + 1)])
    return qkv("wanted", "counted", "start", output_spec=means)


def _parities(tokens: Sequence[int]) -> list[int]:
    return [tokens.count(1) % 2] * len(tokens)
