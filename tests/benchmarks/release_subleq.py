"""SUBLEQ in the style and with the number of rules of the published program, 37,277.

All addresses are kept as values of cells, negative ones too, so that a table over a cell, the one
that is taken away, and the address of the cell has 33 cubed entries, and a quarter of the rules
assign values that are out of range: what the images in the input language never do.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator
from typing import Final

import alta
from alta.lang.program import Program

__all__ = ["subleq_add", "subleq_images"]

_CELLS: Final = 16
_MOST: Final = 16
_VALUES: Final = 2 * _MOST + 1
_FETCH, _SUBTRACT, _JUMP, _HALTED = range(4)


def subleq_add(*, first: int = 5, second: int = 10) -> Program:
    """Adds two numbers by three instructions, the only memory image of the input language."""
    # The negative sum is made in cell 11: 0 - first, then second - (-first); -1 ends it.
    image = (9, 11, 3, 11, 10, 6, 11, 11, -1, first, second, 0)
    return _subleq("subleq_add", [image])


def subleq_images(*, images: int = 76, seed: int = 0) -> Program:
    """Runs any of several memory images, which are good for one instruction and some layers."""
    return _subleq("subleq_images", itertools.islice(_drawn(random.Random(seed)), images))


def _drawn(rng: random.Random) -> Iterator[tuple[int, ...]]:
    while True:
        image = [rng.randint(-_MOST, _MOST) for _ in range(_CELLS)]
        image[:3] = source, target, following = rng.sample(range(_CELLS - 3), 3)
        difference = image[target] - image[source]
        # The next instruction has to read memory, and the difference to fit a cell.
        if abs(difference) <= _MOST and min(target, following) > 2:
            yield tuple(image)


def _subleq(name: str, images: Iterable[tuple[int, ...]]) -> Program:
    variables = {
        "cell": alta.input_var(_VALUES),
        "address": alta.position_var(_VALUES, init_fn=_code),
        # Where the current instruction is, and the addresses in it, if negative 0.
        **{f"at_{part}": alta.var(_VALUES, default=_code(i)) for i, part in enumerate("abc")},
        "source": alta.var(_VALUES),
        "target": alta.var(_VALUES),
        "step": alta.var(4),
        "jump": alta.var(2),
    }
    heads = {
        **{part: alta.qkv(f"at_{part}", "address", "cell") for part in "abc"},
        "taken": alta.qkv("source", "address", "cell"),
        "changed": alta.qkv("target", "address", "cell"),
    }
    mlp = alta.MLPBuilder(variables, heads)
    _add_rules(mlp)
    return alta.program_spec_from_rules(
        name=name,
        variables=variables,
        heads=heads,
        rules=mlp.rules,
        output_name="cell",
        input_range=_VALUES,
        position_range=_CELLS,
        halt=alta.halt_spec("step", _HALTED),
        inputs=alta.inputs.sequences([map(_code, image) for image in images]),
    )


def _code(value: int) -> int:
    return value + _MOST


def _value(code: int) -> int:
    return code - _MOST


def _go_to(mlp: alta.MLPBuilder, code: int) -> None:
    for offset, part in enumerate("abc"):
        mlp.set(f"at_{part}", code + offset)


def _add_rules(mlp: alta.MLPBuilder) -> None:
    for operand, kept in (("a", "source"), ("b", "target")):
        for code in mlp.get(operand):
            mlp.set(kept, max(code, _code(0)))
    for step in mlp.get("step"):
        if step == _FETCH:
            for a, b in mlp.get("a", "b"):
                mlp.set("step", _HALTED if min(_value(a), _value(b)) < 0 else _SUBTRACT)
        elif step == _SUBTRACT:
            _subtract(mlp)
        elif step == _JUMP:
            _jump(mlp)


def _subtract(mlp: alta.MLPBuilder) -> None:
    for taken, changed in mlp.get("taken", "changed"):
        mlp.set("jump", int(changed <= taken))
    for address, target in mlp.get("address", "b"):
        if address == target:
            for cell, taken in mlp.get("cell", "taken"):
                mlp.set("cell", _code(cell - taken))
    mlp.set("step", _JUMP)


def _jump(mlp: alta.MLPBuilder) -> None:
    for jump in mlp.get("jump"):
        if jump:
            for c in mlp.get("c"):
                if _value(c) < 0:
                    mlp.set("step", _HALTED)
                else:
                    _go_to(mlp, c)
                    mlp.set("step", _FETCH)
        else:
            for here in mlp.get("at_a"):
                _go_to(mlp, here + 3)
            mlp.set("step", _FETCH)
