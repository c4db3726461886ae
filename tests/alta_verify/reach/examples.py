"""Small programs whose runs are asked about: some that sort by rank, one that chases a key."""

from __future__ import annotations

from dataclasses import replace

from alta import halt_spec, inputs, programs
from alta.inputs.language import InputSpec
from alta.lang.build import program_spec_from_rules
from alta.lang.heads import Head, qkv
from alta.lang.masks import Mask
from alta.lang.program import Program
from alta.lang.rules import rule
from alta.lang.variables import input_var, numeric_var, position_var, var

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
