"""Ways to break a program so that only long inputs show it.

Such a program passes values on from neighbour to neighbour: a position where `flag` is 0 still, and
whose neighbour has 1 there, takes what the neighbour has. Counters are passed on beside the values.
Where those of the neighbour are full, a position is *overdue*, and what it passes on goes wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, final

import alta
from alta.lang.program import Program
from alta.lang.rules import Rule

__all__ = ["Counter", "coinciding", "delayed", "late"]

Change = Callable[[Program], Program]
Wrong = Callable[[Any], Any]

FULL = 23
PERIODS = (5, 7)


@final
@dataclass(frozen=True)
class Counter:
    """A counter: what each number is followed by, and which is the full one."""

    name: str
    following: tuple[int, ...]
    full: int


def late(variable: str, wrong: Wrong, flag: str = "done", offset: int = -1, **where: int) -> Change:
    """Lets a variable be wrong from the 25th position behind the first one on.

    A counter is passed on, and stays full.

    Args:
        variable: what is wrong.
        wrong: makes a wrong value of a right one.
        flag: says where values have arrived.
        offset: where they come from.
        where: what else is so where values arrive.
    """
    counter = Counter("age", (*range(1, FULL + 1), FULL), FULL)
    return lambda program: delayed(program, (counter,), variable, wrong, flag, offset, where)


def coinciding(
    variable: str, wrong: Wrong, flag: str = "done", offset: int = -1, **where: int
) -> Change:
    """Lets a variable be wrong at the 36th position behind the first one, and every 35th later.

    Counters of 5 and of 7 are passed on, and nothing in the program is as large as 35.

    Args:
        variable: what is wrong.
        wrong: makes a wrong value of a right one.
        flag: says where values have arrived.
        offset: where they come from.
        where: what else is so where values arrive.
    """
    counters = tuple(
        Counter(f"of_{period}", (*range(1, period), 0), period - 1) for period in PERIODS
    )
    return lambda program: delayed(program, counters, variable, wrong, flag, offset, where)


def delayed(
    program: Program,
    counters: tuple[Counter, ...],
    variable: str,
    wrong: Wrong,
    flag: str,
    offset: int,
    where: dict[str, int],
) -> Program:
    """Passes counters on; behind a position where all are full, a variable is wrong."""
    arriving = {flag: 0, _head_of(program, flag, offset): 1, **where}
    sizes = {counter.name: len(counter.following) for counter in counters} | {"overdue": 2}
    rules = [
        alta.rule({**arriving, f"{counter.name}_before": count}, counter.name, after)
        for counter in counters
        for count, after in enumerate(counter.following)
    ]
    full = {f"{counter.name}_before": counter.full for counter in counters}
    rules.append(alta.rule({**arriving, **full}, "overdue", 1))
    for rule in program.rules:
        tested = {atom.variable: atom.value for atom in rule.atoms}
        if rule.variable == variable and arriving.items() <= tested.items():
            rules.append(_testing(rule, tested, overdue=0))
            rules.append(replace(_testing(rule, tested, overdue=1), value=wrong(rule.value)))
        else:
            rules.append(rule)
    return alta.replace(
        program,
        variables={**program.variables, **{name: alta.var(size) for name, size in sizes.items()}},
        heads={
            **program.heads,
            **{f"{name}_before": alta.v_relative(name, offset) for name in sizes},
        },
        rules=rules,
    )


def _testing(rule: Rule, tested: dict[str, int], overdue: int) -> Rule:
    return alta.rule({**tested, "overdue_before": overdue}, rule.variable, rule.value)


def _head_of(program: Program, flag: str, offset: int) -> str:
    """Returns the head that reads a flag at an offset."""
    for name, head in program.heads.items():
        if head.value == flag and head.mask.listed == (offset,):
            return name
    raise ValueError(f"expected a head that reads {flag!r} at {offset}, got {program.heads!r}")
