"""Functions and predicates: what was meant is read for all inputs of a length at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from alta_verify.deadline import Clock
from alta_verify.reach.symbolic.graph import FALSE, Literal
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reading.reading import Reading, read
from alta_verify.specs.specification import Function, Predicate, places
from alta_verify.universal import nonempty

__all__ = ["wrong"]

_Guarded: TypeAlias = Mapping[Any, Literal]


def wrong(
    specification: Function | Predicate,
    inputs: Inputs,
    length: int,
    outputs: Callable[[int], _Guarded],
    different: Callable[[_Guarded, _Guarded], Literal],
    clock: Clock,
) -> Iterator[tuple[str, Literal]]:
    """Yields the inputs on which outputs are not as meant, or an error is raised, place by place.

    Raises `Unread` where the function cannot be followed on all inputs at once.
    """
    place = f"length {length}"
    if isinstance(specification, Function):
        reading = read(specification.function, inputs, None, clock)
        differences = _differences(specification.at, reading, length, outputs, different)
    else:
        given = [outputs(position) for position in range(length)]
        reading = read(specification.function, inputs, given, clock)
        differences = iter([(place, inputs.graph.not_(reading.true()))])
    # What is read means nothing where an error is raised, so that there is to be no such input.
    raised = inputs.graph.any_of(guard for guard, _ in reading.faults)
    yield f"{place}: an error", raised
    for where, literal in differences:
        (swept,) = inputs.sweeper.sweep([literal], deadline=clock)
        for hint in reading.hints if swept != FALSE else ():
            inputs.sweeper.sweep(list(hint()), deadline=clock)
        yield where, swept


def _differences(
    at: int | None,
    reading: Reading,
    length: int,
    outputs: Callable[[int], _Guarded],
    different: Callable[[_Guarded, _Guarded], Literal],
) -> Iterator[tuple[str, Literal]]:
    wanted = places(at, length)
    if at is None:
        rows, missing = reading.outputs(length)
        yield f"length {length}: the number of outputs", missing
    else:
        rows = [reading.values()]
    # Where there is no error a value was meant, of which there is one for each position.
    for position, meant in zip(wanted, rows, strict=False):
        where = f"length {length}, position {position}"
        yield where, different(outputs(position), nonempty(meant, "values that were meant"))
