"""Addition in the style and with the number of rules of the published program, 3,861."""

from __future__ import annotations

from typing import Final

import alta
from alta.lang.program import Program

__all__ = ["pointer_addition"]

_TOKENS: Final = (*"0123456789", "START", "+", "END")
_START, _PLUS, _END = (_TOKENS.index(name) for name in ("START", "+", "END"))
_INIT, _ADD, _FINISH, _DONE = range(4)


def pointer_addition() -> Program:
    """Adds two numbers of equally many digits, with any token where digits are expected."""
    variables = {
        "token": alta.input_var(len(_TOKENS)),
        "step": alta.var(4),
        **{flag: alta.var(2) for flag in ("at_a", "at_b", "at_sum")},
        "carry": alta.var(10),
        "sum": alta.var(10),
        "one": alta.var(2, default=1),
    }
    heads = {
        **{
            f"{name}_next": alta.v_relative(name, 1) for name in ("token", "at_a", "at_b", "at_sum")
        },
        "digit_a": alta.qkv("one", "at_a", "token"),
        "digit_b": alta.qkv("one", "at_b", "token"),
    }
    mlp = alta.MLPBuilder(variables, heads)
    for step in mlp.get("step"):
        if step == _INIT:
            _init(mlp)
        elif step == _ADD:
            _add(mlp)
        elif step == _FINISH:
            for at_sum, carry in mlp.get("at_sum", "carry"):
                if at_sum:
                    mlp.set("sum", carry)
            mlp.set("step", _DONE)
    return alta.program_spec_from_rules(
        name="addition",
        variables=variables,
        heads=heads,
        rules=mlp.rules,
        output_name="sum",
        input_range=len(_TOKENS),
        halt=alta.halt_spec("step", _DONE),
        vocab=_TOKENS,
        inputs=alta.inputs.lengths(_pattern),
    )


def _pattern(length: int) -> str | None:
    digits = (length - 3) // 2
    if digits < 1 or length % 2 == 0:
        return None
    return f"START [0-9]{{{digits}}} \\+ [0-9]{{{digits}}} END"


def _init(mlp: alta.MLPBuilder) -> None:
    for token, after in mlp.get("token", "token_next"):
        if token != _END and after == _END:
            mlp.set("at_b", 1)
            mlp.set("at_sum", 1)
        if token != _END and after == _PLUS:
            mlp.set("at_a", 1)
    mlp.set("step", _ADD)


def _add(mlp: alta.MLPBuilder) -> None:
    for a in mlp.get("digit_a"):
        if a == _START:
            mlp.set("step", _FINISH)
            continue
        for carry, b in mlp.get("carry", "digit_b"):
            # Of other tokens than digits too, which no input has there.
            total = carry + a + b
            for at_sum in mlp.get("at_sum"):
                if at_sum:
                    mlp.set("sum", total % 10)
            mlp.set("carry", total // 10)
        for token in mlp.get("token"):
            for flag in ("at_sum", "at_a", "at_b"):
                for after in mlp.get(f"{flag}_next"):
                    if token != _END:
                        mlp.set(flag, after)
