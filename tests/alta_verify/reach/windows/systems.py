"""Systems that the tests of windows share: parity read from the left, and what was meant of it."""

from __future__ import annotations

from typing import Any

import alta
from alta.lang.program import Program
from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Deadline, SolverCalls
from alta_verify.reach.windows.patterns import Invariant, WindowPattern, pattern_of
from alta_verify.reach.windows.reachability import Windows
from alta_verify.reach.windows.system import Case, Hazard, System, language_of, limited_fold

PARITY = alta.programs.parity_sequential_relative()
NAMES: Any = ("parity", "done")

WRONG = Hazard(
    "a wrong parity",
    tuple(
        Case({"done": frozenset({1}), "spec": frozenset({spec}), "parity": frozenset({1 - spec})})
        for spec in (0, 1)
    ),
    running=False,
    ended=True,
)


def parity_system(program: Program = PARITY) -> System:
    fold = limited_fold(
        language_of(program), 0, lambda state, token, _: state ^ (token % 2), "fold"
    )
    return System(Abstraction.of(program), None, fold)


def windows_of(system: System, seconds: float = 60) -> Windows:
    return Windows(system, Deadline.after(seconds), SolverCalls())


def of(*sites: dict[str, set[int]]) -> WindowPattern:
    return pattern_of(sites)


# By hand: a position that is done has what was meant, one that is not has its own token.
PARITY_INVARIANT = Invariant(
    (
        of({"first": {1}, "done": {0}}),
        *(of({"done": {1}, "spec": {s}, "parity": {1 - s}}) for s in (0, 1)),
        *(of({"done": {0}, "token": {t}, "parity": {1 - t}}) for t in (0, 1)),
    )
)


def program_of(
    rules: list[Any],
    *,
    inputs: str = "(a|b)*",
    layers: int | None = None,
    halt: Any = None,
    **variables: Any,
) -> Program:
    """A program over the tokens a, b and c, with a head for each neighbour of x."""
    return alta.program_spec_from_rules(
        name="small",
        variables={"x": alta.input_var(3, init_fn=lambda token: token), **variables},
        heads={"left": alta.v_relative("x", -1), "right": alta.v_relative("x", 1)},
        rules=rules,
        output_name="x",
        input_range=3,
        vocab=("a", "b", "c"),
        inputs=alta.inputs.regex(inputs),
        layers=layers,
        halt=halt,
    )
