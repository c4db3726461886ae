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

__all__ = ["ALIVE", "DEAD", "WAITING", "at_the_end", "both_ways", "secret_word", "word_of"]

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


def both_ways(length: int) -> Program:
    """The program that takes the parity from the left and from the right, and compares them.

    It traps at the first position if they differ. They never do, but that they are equal does not
    show in the form of the two sums: it takes a solver, or all inputs.
    """
    rules = []
    for parity, end, beside in (("lr", "first", "lr_left"), ("rl", "last", "rl_right")):
        for bit in (0, 1):
            rules.append(alta.rule({end: 1, parity: 0, "bit": bit}, parity, 1 + bit))
            for known in (1, 2):
                where = {end: 0, parity: 0, beside: known, "bit": bit}
                rules.append(alta.rule(where, parity, 1 + ((known - 1) ^ bit)))
    for known in (1, 2):
        rules.append(alta.rule({"last": 1, "back": 0, "lr": known}, "back", known))
        rules.append(alta.rule({"last": 0, "back": 0, "back_right": known}, "back", known))
        rules.append(alta.rule({"first": 1, "back": known, "rl": 3 - known}, "out", 2))
    return alta.program_spec_from_rules(
        name="both_ways",
        variables={
            "bit": alta.input_var(2),
            "first": alta.position_var(2, init_fn=lambda position: position == 0),
            "last": alta.position_var(2, init_fn=lambda position: position == length - 1),
            # 0: not known yet, 1: even, 2: odd.
            "lr": alta.var(3),
            "rl": alta.var(3),
            "back": alta.var(3),
            "out": alta.var(2),
        },
        heads={
            "lr_left": alta.v_relative("lr", -1),
            "rl_right": alta.v_relative("rl", 1),
            "back_right": alta.v_relative("back", 1),
        },
        rules=rules,
        output_name="out",
        input_range=2,
        position_range=length,
        layers=2 * length + 2,
        inputs=alta.inputs.regex(f"(0|1){{{length}}}"),
    )
