"""``decoding``: related states decode to the same values, output and halt."""

from __future__ import annotations

from alta_verify.encode.relation import decodes, passes
from alta_verify.obligation import NotShown, Obligation
from alta_verify.prove.computes.context import Context

__all__ = ["show"]


def show(context: Context, _: str) -> str:
    """Decodes the box of every value that may occur, with the drift of all layers."""
    number, possible = 0, context.runs.value_sets.anywhere()
    # As the model decodes them, by kinds of its own.
    kinds, abstraction = context.model.program.domains, context.task.abstraction
    # The conclusion of the theorem: the coordinates of a variable lie in the box of its value, with
    # the drift of all layers; so if every vector there decodes to the value, the stream does.
    for name in context.program.variables:
        codes, values = context.relation.last[name], abstraction.values[name]
        numbers = context.model.layout.numbers(context.model.program, name)
        # Not empty: every value that occurs is decoded, and some value does.
        for index in sorted(possible[name] | codes.keys()):
            number, box = number + 1, codes[index]
            format_ = context.task.format
            if decodes(kinds[name], box, values[index], format_, numbers) is not True:
                raise NotShown(
                    f"{name}={abstraction.shown(name, index)} is ({', '.join(map(str, box))}), "
                    "which does not decode to it"
                )
    _check_halt(context)
    return f"exact arithmetic over {number} values; the halt test and the output decode alike"


def _check_halt(context: Context) -> None:
    """Checks that the model's own halt test tells the halt value from all others."""
    program, tested = context.program.halt, context.model.architecture.halt
    if program is None or tested is None:
        if (program is None) is not (tested is None):
            owner = Obligation("architecture")
            raise NotShown("one side halts, the other does not", owner=owner)
        return
    name = program.variable
    codes, values = context.relation.last[name], context.task.abstraction.values[name]
    # Not empty: every value that occurs is tested, and some value does. Both tests agree after
    # every layer if the model's holds on all of the halt value's box, and on no vector of any
    # other; then both sides take the same number of layers.
    for index in sorted(context.runs.value_sets.anywhere()[name] | codes.keys()):
        if passes(tested, codes[index]) is not (values[index] == program.value):
            shown = context.task.abstraction.shown(name, index)
            raise NotShown(f"the model's halt test does not tell {name}={shown} as it should")
