"""The program with some canonical text: every program has one text, and every text one program.

What was read is written again, and has to be the text, character for character. So nothing depends
on how a line is read that is written in another way, or in another place, than the canonical text
has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise, zip_longest
from typing import Any

from alta_verify.check.declared import (
    Declared,
    DeclaredHead,
    DeclaredRule,
    DeclaredVariable,
    Value,
    rule_text,
    text_of,
)
from alta_verify.check.limits import MAX_TEXT
from alta_verify.check.lines import read_lines
from alta_verify.check.program import (
    Head,
    Program,
    Rule,
    Variable,
    bits_of,
)
from alta_verify.check.refused import Refused
from alta_verify.check.wellformed import check_declared, with_canonical_rules

__all__ = ["read_declared", "read_program"]


def read_program(text: str) -> Program:
    """Returns the program with some canonical text.

    Raises:
        Refused: when it is none.
    """
    return _program(read_declared(text))


def read_declared(text: str) -> Declared:
    """Returns what a canonical text declares.

    Raises:
        Refused: when it is none.
    """
    if len(text) > MAX_TEXT:
        raise Refused(f"the program's text cannot be read: it has more than {MAX_TEXT} characters")
    try:
        found = read_lines(text)
        check_declared(found)
        found = with_canonical_rules(found)
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise Refused(f"the program's text cannot be read: {error!r:.200}") from error
    for number, (got, expected) in enumerate(
        zip_longest(text.split("\n"), text_of(found).split("\n")), 1
    ):
        if got != expected:
            raise Refused(
                f"the program's text cannot be read: line {number} is {got!r:.100}, and in the "
                f"canonical text of what it says {expected!r:.100}"
            )
    return found


def _program(declared: Declared) -> Program:
    assigned: dict[str, set[float]] = {name: set() for name in declared.variables}
    for rule in declared.rules:
        if isinstance(rule.value, float):
            assigned[rule.variable].add(rule.value)
    variables = {name: _variable(one, assigned[name]) for name, one in declared.variables.items()}
    heads = {name: _head(one, variables[one.value]) for name, one in declared.heads.items()}
    rules: dict[str, list[Rule]] = {name: [] for name in variables}
    for rule in declared.rules:
        rules[rule.variable].append(_rule(rule, variables, heads))
    return Program(
        declared.vocab,
        declared.positions,
        variables,
        heads,
        {name: tuple(own) for name, own in rules.items()},
        declared.output,
        None if declared.halt is None else _halt(*declared.halt, variables),
        declared.layers,
        declared.language,
    )


def _variable(declared: DeclaredVariable, assigned: set[float]) -> Variable:
    values: tuple[Any, ...] = declared.subsets
    if declared.kind == "range":
        values = tuple(range(declared.size))
    elif declared.kind == "values":
        values = tuple(sorted(Fraction(number) for number in {*declared.table, *assigned}))  # type: ignore[arg-type]
    places = {value: place for place, value in enumerate(values)}
    return Variable(
        declared.kind,
        declared.size,
        values,
        declared.source,
        tuple(places[value] for value in declared.table),
        _edges(declared.points),
    )


def _head(declared: DeclaredHead, value: Variable) -> Head:
    return Head(
        declared.query,
        declared.key,
        declared.value,
        None if declared.mask is None else frozenset(declared.mask),
        _edges(declared.points) if declared.averages else None,
        max(1, len(declared.points or ())) if declared.averages else len(value.values),
        value.width,
    )


def _edges(points: Sequence[float] | None) -> tuple[Fraction, ...]:
    """Returns the midpoints between neighbouring points."""
    return tuple((low + high) / 2 for low, high in pairwise(map(Fraction, points or ())))


def _halt(name: str, value: Value, variables: Mapping[str, Variable]) -> tuple[str, int]:
    # A number that never occurs has no index, and nothing ever halts.
    variable = variables[name]
    return name, variable.places.get(value, len(variable.values))


def _rule(
    declared: DeclaredRule, variables: Mapping[str, Variable], heads: Mapping[str, Head]
) -> Rule:
    return Rule(
        {
            name: bits_of([index]) if name in heads else variables[name].tested.get(index, 0)
            for name, index in declared.atoms
        },
        declared.variable,
        variables[declared.variable].places.get(declared.value),
        rule_text(declared),
    )
