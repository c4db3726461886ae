"""Programs that compare their input with a secret word, token by token from left to right.

Position p waits until position p - 1 knows whether everything so far is as in the word, and then
knows it too. Only on the secret word itself does the last position hold `ALIVE`, so what happens
there happens on one input of 2^n, n layers deep.
"""

from __future__ import annotations

from collections.abc import Sequence

import alta
from alta.lang.program import Program
from alta.lang.rules import Rule

__all__ = ["ALIVE", "DEAD", "WAITING", "at_the_end", "secret_word", "word_of"]

WAITING, ALIVE, DEAD = 0, 1, 2


def secret_word(word: Sequence[int], tail: Sequence[Rule] = ()) -> Program:
    """The program that waits for a word of 0 and 1, with more rules.

    The rules may read `bit`, `pos`, `flag` (`WAITING`, `ALIVE` or `DEAD`), `out`, and the flags of
    both neighbours, `left` and `right`; they may write `out`, which has two values.
    """
    length = len(word)
    rules = []
    for position, expected in enumerate(word):
        before = {"left": ALIVE} if position else {}
        for bit in (0, 1):
            where = {"pos": position, "flag": WAITING, "bit": bit} | before
            rules.append(alta.rule(where, "flag", ALIVE if bit == expected else DEAD))
        if position:
            where = {"pos": position, "flag": WAITING, "left": DEAD}
            rules.append(alta.rule(where, "flag", DEAD))
    return alta.program_spec_from_rules(
        name="secret_word",
        variables={
            "bit": alta.input_var(2),
            "pos": alta.position_var(length),
            "flag": alta.var(3, default=WAITING),
            "out": alta.var(2),
        },
        heads={"left": alta.v_relative("flag", -1), "right": alta.v_relative("flag", 1)},
        rules=[*rules, *tail],
        output_name="out",
        input_range=2,
        position_range=length,
        layers=length + 2,
        inputs=alta.inputs.regex(f"(0|1){{{length}}}"),
    )


def at_the_end(word: Sequence[int], value: int = 1, **atoms: int) -> Rule:
    """The rule that sets `out` where the last position is alive and more atoms hold."""
    return alta.rule({"pos": len(word) - 1, "flag": ALIVE} | atoms, "out", value)


def word_of(text: str) -> tuple[int, ...]:
    """A word from its digits."""
    return tuple(map(int, text))
