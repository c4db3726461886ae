"""Ways to break a program: other rules, other heads, a wider input language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import alta
from alta.lang.program import Program
from alta.lang.rules import Rule

__all__ = ["assigning", "ignoring", "with_head", "with_inputs", "without"]

Change = Callable[[Program], Program]


def _changed(variable: str, where: dict[str, int], change: Callable[[Rule], Rule | None]) -> Change:
    def apply(program: Program) -> Program:
        chosen = {rule for rule in program.rules if _matches(rule, variable, where)}
        if not chosen:
            raise ValueError(f"expected a rule for {variable!r} that tests {where}, got none")
        others = [rule for rule in program.rules if rule not in chosen]
        changed = [rule for rule in map(change, chosen) if rule is not None]
        return alta.replace(program, rules=others + changed)

    return apply


def _matches(rule: Rule, variable: str, where: dict[str, int]) -> bool:
    tested = {atom.variable: atom.value for atom in rule.atoms}
    return rule.variable == variable and tested.items() >= where.items()


def without(variable: str, **where: int) -> Change:
    """Leaves out the rules for a variable that test at least these indices."""
    return _changed(variable, where, lambda rule: None)


def assigning(value: Any, variable: str, **where: int) -> Change:
    """Lets the rules for a variable that test at least these indices assign something else."""
    return _changed(variable, where, lambda rule: replace(rule, value=value))


def ignoring(name: str, variable: str, **where: int) -> Change:
    """Lets the rules for a variable that test at least these indices not test `name`."""

    def change(rule: Rule) -> Rule:
        return replace(rule, atoms=tuple(atom for atom in rule.atoms if atom.variable != name))

    return _changed(variable, where, change)


def with_head(name: str, **parts: Any) -> Change:
    """Changes parts of one head."""

    def apply(program: Program) -> Program:
        head = replace(program.heads[name], **parts)
        # The rules as they are, whatever the values that they test for mean in another domain.
        return alta.replace(program, heads={**program.heads, name: head}, rules=program.rules)

    return apply


def with_inputs(spec: alta.inputs.InputSpec) -> Change:
    """Promises that the program is good for other inputs."""
    return lambda program: alta.replace(program, inputs=spec)
