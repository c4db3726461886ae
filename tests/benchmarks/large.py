"""Large programs: rules by the thousand, from tables."""

from __future__ import annotations

import random

import alta
from alta.lang.program import Program
from alta.lang.rules import Rule, rule

__all__ = ["table_driven"]


def table_driven(*, size: int = 10, steps: int = 22, variables: int = 8) -> Program:
    """Variables that each look up their next value in a table, until a counter has counted.

    The table of a variable is by its value and that of the next one, so that there are
    `variables` times `size` squared rules, and one for each step.

    Args:
        size: the values of a variable.
        steps: the values of the counter.
        variables: how many variables have a table.
    """
    rng = random.Random(size)
    names = [f"x{index}" for index in range(variables)]
    rules: list[Rule] = [rule({"counter": step}, "counter", step + 1) for step in range(steps - 1)]
    for index, name in enumerate(names):
        neighbour = names[(index + 1) % variables]
        for before in range(size):
            for beside in range(size):
                # Never the value that is there: such a rule would be no rule.
                after = (before + rng.randrange(1, size)) % size
                rules.append(rule({name: before, neighbour: beside}, name, after))
    return alta.program_spec_from_rules(
        name=f"table_driven_{size}",
        variables={
            "counter": alta.var(steps),
            "x0": alta.input_var(size),
            **{name: alta.var(size) for name in names[1:]},
        },
        heads={},
        rules=rules,
        output_name="x0",
        input_range=size,
        halt=alta.halt_spec("counter", steps - 1),
    )
