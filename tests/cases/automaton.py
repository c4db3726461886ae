"""A finite automaton, run in logarithmically many layers by composing its transitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import alta
from tests.cases.case import BrokenModel, BrokenProgram, Case
from tests.cases.changes import assigning, with_head, with_inputs, without
from tests.cases.damage import blinding, confusing, silencing

LONGEST = 32
START = 2
STATES = 3

# How a factor of the input maps states to states: first the constant maps, then s -> as + b mod 3.
MAPS = (
    *((constant,) * STATES for constant in range(STATES)),
    *(tuple((a * s + b) % STATES for s in range(STATES)) for a in (1, 2) for b in range(STATES)),
)
# A binary digit d leads from s to 2s + d; the start leads everywhere to 0.
OF_TOKEN = (MAPS.index((0, 2, 1)), MAPS.index((1, 0, 2)), 0)
DISTANCES = (1, 2, 4, 8, 16)


def _after(second: int, first: int) -> int:
    return MAPS.index(tuple(MAPS[second][state] for state in MAPS[first]))


def _ffn(z: Any) -> None:
    if z["done"] == 1:
        return
    z["step"] = z["step"] + 1  # a trap when no head reaches far enough
    for step, distance in enumerate(DISTANCES):
        if z["step"] == step:
            before = int(z[f"before_{distance}"])
            composed = _after(int(z["map"]), before)
            z["map"] = composed
            if composed < STATES:
                z["done"] = 1


def automaton() -> alta.Program:
    """Gives the state of a finite automaton, the prefix as a binary number modulo 3.

    After k layers a position has the map of the 2^k tokens up to it. It is done when these include
    the start, whose map is constant.
    """
    return alta.program_spec(
        name="automaton",
        variables={
            "map": alta.input_var(len(MAPS), init_fn=lambda token: OF_TOKEN[token]),
            "step": alta.var(len(DISTANCES) + 1),
            "done": alta.input_var(2, init_fn=lambda token: token == START),
        },
        heads={f"before_{distance}": alta.v_relative("map", -distance) for distance in DISTANCES},
        ffn_fn=_ffn,
        output_name="map",
        input_range=3,
        position_range=LONGEST,
        halt=alta.halt_spec("done", 1),
        vocab=("0", "1", "START"),
        inputs=alta.inputs.regex("START [0-1]*"),
    )


def _oracle(tokens: Sequence[int]) -> list[Any]:
    digits = "".join(map(str, tokens[1:]))
    return [int("0" + digits[:end], 2) % STATES for end in range(len(tokens))]


CASE = Case(
    build=automaton,
    oracle=_oracle,
    programs=(
        BrokenProgram(
            "two maps are composed the wrong way round",
            part="rules",
            kind="mismatch",
            change=assigning(
                _after(OF_TOKEN[1], OF_TOKEN[0]),
                "map",
                step=0,
                map=OF_TOKEN[0],
                before_1=OF_TOKEN[1],
            ),
        ),
        BrokenProgram(
            "a constant is not recognised",
            part="rules",
            kind="undefined",
            change=without("done", step=2, before_4=1),
        ),
        BrokenProgram(
            "the last composition leads out of the maps",
            part="rules",
            kind="range",
            change=assigning(len(MAPS), "map", step=4, before_16=2),
        ),
        BrokenProgram(
            "the last head reaches fifteen far",
            part="heads",
            kind="mismatch",
            change=with_head("before_16", mask=(-15,)),
        ),
        BrokenProgram(
            "the third head reaches five far",
            part="heads",
            kind="undefined",
            change=with_head("before_4", mask=(-5,)),
        ),
        BrokenProgram(
            "no start",
            part="inputs",
            kind="undefined",
            change=with_inputs(alta.inputs.regex("START? [0-1]*")),
        ),
    ),
    models=(
        BrokenModel("nothing is seen sixteen to the left", blinding("before_16")),
        BrokenModel("0 looks like 1", confusing(0, 1)),
        BrokenModel("no rule for one composition", silencing("map", step=3, before_8=2, map=4)),
    ),
)
