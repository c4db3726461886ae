"""Addition of two decimal numbers, digit by digit from the right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Any, Final

from alta import inputs
from alta.errors import TokenError
from alta.lang.build import program_spec_from_rules
from alta.lang.heads import qkv, v_relative
from alta.lang.program import Program, halt_spec
from alta.lang.rules import Rule, rule
from alta.lang.variables import input_var, var

__all__ = ["addition"]

_S, _PLUS, _E = 10, 11, 12
_VOCAB: Final = (*"0123456789", "s", "+", "e")
_TEXT: Final = re.compile(r"\s*([0-9]+)\s*\+\s*([0-9]+)\s*", re.ASCII)

_BASE: Final = 10
_SUMS: Final = 2 * _BASE - 1


class _Turn(IntEnum):
    """What a position does in the next layer."""

    WAIT = 0
    ADD = 1  # a digit of the first number takes in the digit of the second that is read
    READ = 2  # a digit of the second number is read
    CARRY = 3  # a sum takes in the carry from the right
    DONE = 4
    FIRST = 5  # the position of s waits for the carry of the leftmost digit


_FIRST_TURN: Final = {_S: _Turn.FIRST, _PLUS: _Turn.ADD, _E: _Turn.READ}


def addition() -> Program:
    """Adds two decimal numbers with the same number of digits, however many.

    The input is s, the first number, +, the second number, e. The output has the sum where s and
    the first number were, with the final carry at s; it is 0 at + and e, and the digits of the
    second number stay. Turns pass from right to left through both numbers at once, one digit a
    layer. A digit of the first number attends to the digit of the second that has its turn at the
    same time, adds it, and a layer later takes in the carry of its right neighbour. Numbers of k
    digits take k + 3 layers.

    Text is two numbers with + between; the shorter one is filled up with zeros. The answer is
    their sum.
    """
    return program_spec_from_rules(
        name="addition",
        variables={
            "turn": input_var(len(_Turn), init_fn=lambda token: _FIRST_TURN.get(token, _Turn.WAIT)),
            # A digit, later its sum with the other digit, at last a digit of the answer.
            "value": input_var(_SUMS, init_fn=lambda token: token if token < _BASE else 0),
            "carry": var(2),
            "wanted": var(len(_Turn), default=_Turn.READ),
        },
        heads={
            "turn_right": v_relative("turn", 1),
            "carry_right": v_relative("carry", 1),
            "other": qkv("wanted", "turn", "value"),
        },
        rules=[*_pass_turns(), *_add_digits(), *_take_carries()],
        output_name="value",
        input_range=len(_VOCAB),
        position_range=None,
        halt=halt_spec("turn", _Turn.DONE),
        vocab=_VOCAB,
        inputs=inputs.lengths(_pattern),
        encode=_encode,
        decode=_decode,
        oracle=_oracle,
    )


def _pass_turns() -> Iterator[Rule]:
    # The turns start at + and e. No position looks to its right once it is done, so that the one
    # in the second number ends at its leftmost digit.
    yield rule({"turn": _Turn.WAIT, "turn_right": _Turn.ADD}, "turn", _Turn.ADD)
    yield rule({"turn": _Turn.WAIT, "turn_right": _Turn.READ}, "turn", _Turn.READ)
    yield rule({"turn": _Turn.FIRST, "turn_right": _Turn.CARRY}, "turn", _Turn.CARRY)
    yield rule({"turn": _Turn.ADD}, "turn", _Turn.CARRY)
    yield rule({"turn": _Turn.READ}, "turn", _Turn.DONE)
    yield rule({"turn": _Turn.CARRY}, "turn", _Turn.DONE)


def _add_digits() -> Iterator[Rule]:
    # Adding 0 needs no rule; that is all that + does, with the value of e.
    for digit in range(_BASE):
        for addend in range(1, _BASE):
            where = {"turn": _Turn.ADD, "value": digit, "other": addend}
            yield rule(where, "value", digit + addend)


def _take_carries() -> Iterator[Rule]:
    for value in range(_SUMS):
        for carry_right in range(2):
            where = {"turn": _Turn.CARRY, "value": value, "carry_right": carry_right}
            yield rule(where, "value", (value + carry_right) % _BASE)
    # A sum above 9 carries whatever comes from the right, 9 itself only if something does.
    for value in range(_BASE, _SUMS):
        yield rule({"turn": _Turn.CARRY, "value": value}, "carry", 1)
    yield rule({"turn": _Turn.CARRY, "value": _BASE - 1, "carry_right": 1}, "carry", 1)


# Gives the inputs of one length; the numbers have the same number of digits, at least one.
def _pattern(length: int) -> str | None:
    digits, odd = divmod(length - 3, 2)
    if odd or digits < 1:
        return None
    return rf"s [0-9]{{{digits}}} \+ [0-9]{{{digits}}} e"


def _encode(text: str) -> list[int]:
    match = _TEXT.fullmatch(text)
    if match is None:
        raise TokenError(f"text {text!r}: expected two numbers with + between, such as 789+456")
    first, second = match.groups()
    digits = max(len(first), len(second))
    return [_S, *map(int, first.zfill(digits)), _PLUS, *map(int, second.zfill(digits)), _E]


def _decode(outputs: Sequence[Any]) -> str:
    answer = "".join(map(str, outputs[: len(outputs) // 2]))
    return answer.lstrip("0") or "0"


def _oracle(tokens: Sequence[int]) -> list[int]:
    digits = (len(tokens) - 3) // 2
    first, second = tokens[1 : digits + 1], tokens[digits + 2 : -1]
    total = int("".join(map(str, first))) + int("".join(map(str, second)))
    return [*map(int, str(total).zfill(digits + 1)), 0, *second, 0]
