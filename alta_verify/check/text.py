"""The program's canonical text, read line by line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

from alta_verify.check.program import (
    Head,
    Mask,
    Program,
    Rule,
    Variable,
    bucket_of,
    mask_of,
)
from alta_verify.check.refused import Refused

__all__ = ["read_program"]

_MANY: Final = frozenset({"variable", "head", "rule"})

_NAME: Final = r'([A-Za-z_][A-Za-z0-9_.]*|"(?:[^"\\]|\\.)*")'
_VARIABLE: Final = re.compile(
    rf"{_NAME} (?:range (\d+)|values (\S+)|subsets (\S+) of (\d+)) (default|token|position) (.*)"
)
_HEAD: Final = re.compile(
    rf"{_NAME} query (?:-|{_NAME}) key (?:-|{_NAME}) value {_NAME} mask (\S+)(?: values (\S+))?"
)
_ATOM: Final = re.compile(rf"{_NAME}=(-?\d+)")
_RULE: Final = re.compile(rf"(.*) -> {_NAME} := (\S+)")
_HALT: Final = re.compile(rf"{_NAME}=(\S+)")


def read_program(text: str) -> Program:
    """Returns the program with some canonical text.

    Raises:
        Refused: when it is none.
    """
    try:
        return _read(text)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise Refused(f"the program's text cannot be read: {error!r}") from error


def _read(text: str) -> Program:
    first, *lines = text.splitlines()
    if first != "alta-program 1":
        raise ValueError(first)
    split = [(keyword, rest) for keyword, _, rest in (line.partition(" ") for line in lines)]
    single: dict[str, str] = {}
    for keyword, rest in split:
        if keyword not in _MANY:
            _enter(single, keyword, rest)
    raw_rules = [_rule_parts(rest) for keyword, rest in split if keyword == "rule"]
    assigned: dict[str, set[Fraction]] = {}
    for _, name, value in raw_rules:
        if isinstance(value, int | float):
            assigned.setdefault(name, set()).add(Fraction(value))
    variables: dict[str, Variable] = {}
    for rest in (rest for keyword, rest in split if keyword == "variable"):
        _enter(variables, *_variable(rest, assigned))
    heads: dict[str, Head] = {}
    for rest in (rest for keyword, rest in split if keyword == "head"):
        _enter(heads, *_head(rest, variables))
    rules: dict[str, list[Rule]] = {name: [] for name in variables}
    for atoms, name, value in raw_rules:
        rules[name].append(_rule(atoms, name, value, variables, heads))
    layers = None if single["layers"] == "-" else json.loads(single["layers"])
    vocab = tuple(json.loads(single["vocab"]))
    named_twice = variables.keys() & heads.keys()
    distinct = len(set(vocab)) == len(vocab) == int(single["tokens"])
    if named_twice or not distinct or _name(single["output"]) not in variables:
        raise ValueError("names, vocab or output")
    return Program(
        vocab,
        None if single["positions"] == "-" else int(single["positions"]),
        variables,
        heads,
        {name: tuple(own) for name, own in rules.items()},
        _name(single["output"]),
        _halt(single["halt"], variables),
        tuple(layers) if isinstance(layers, list) else layers,
        single["inputs"],
    )


def _halt(text: str, variables: Mapping[str, Variable]) -> tuple[str, int] | None:
    if text == "-":
        return None
    name, value = _groups(_HALT, text)
    variable = variables[_name(name)]
    own = _plain(_json_value(value), variable)
    # A number that never occurs has no index, and nothing ever halts.
    return _name(name), variable.values.index(own) if own in variable.values else len(
        variable.values
    )


def _variable(text: str, assigned: Mapping[str, set[Fraction]]) -> tuple[str, Variable]:
    quoted, size, points, subsets, members, source, table = _groups(_VARIABLE, text)
    name, start = _name(quoted), json.loads(table)
    if points is not None:
        first = [Fraction(float(number)) for number in start]
        values: tuple[Any, ...] = tuple(sorted({*first, *assigned.get(name, ())}))
        places = tuple(values.index(number) for number in first)
        return name, Variable("values", 1, values, source, places, _edges(points))
    if subsets is not None:
        values = tuple(frozenset(one) for one in json.loads(subsets))
        places = tuple(values.index(frozenset(one)) for one in start)
        return name, Variable("subsets", int(members), values, source, places)
    values = tuple(range(int(size)))
    if not set(start) <= set(values):
        raise ValueError(text)
    return name, Variable("range", len(values), values, source, tuple(start))


def _head(text: str, variables: Mapping[str, Variable]) -> tuple[str, Head]:
    name, query, key, value, mask, points = _groups(_HEAD, text)
    read = variables[_name(value)]
    if read.kind == "subsets" or (read.kind == "values") != (points is not None):
        raise ValueError(text)
    if (query is None) != (key is None):
        raise ValueError(text)
    edges = None if points is None else _edges(points)
    return _name(name), Head(
        None if query is None else _name(query),
        None if key is None else _name(key),
        _name(value),
        None if mask == "-" else frozenset(json.loads(mask)),
        edges,
        len(read.values) if edges is None else max(1, _buckets(points)),
        read.width,
    )


def _buckets(points: str) -> int:
    return 0 if points == "-" else len(json.loads(points))


def _edges(points: str) -> tuple[Fraction, ...]:
    numbers = [] if points == "-" else [Fraction(float(one)) for one in json.loads(points)]
    return tuple((low + high) / 2 for low, high in pairwise(numbers))


def _rule_parts(text: str) -> tuple[list[tuple[str, int]], str, Any]:
    condition, name, value = _groups(_RULE, text)
    atoms = []
    for part in [] if condition == "always" else condition.split(" & "):
        tested, index = _groups(_ATOM, part)
        atoms.append((_name(tested), int(index)))
    return atoms, _name(name), _json_value(value)


def _json_value(text: str) -> Any:
    if text.startswith("{"):
        return frozenset(json.loads(f"[{text[1:-1]}]"))
    return json.loads(text)


def _plain(value: Any, variable: Variable) -> Any:
    return Fraction(value) if variable.kind == "values" else value


def _rule(
    atoms: Iterable[tuple[str, int]],
    name: str,
    value: Any,
    variables: Mapping[str, Variable],
    heads: Mapping[str, Head],
) -> Rule:
    tests: dict[str, Mask] = {}
    for tested, index in atoms:
        if tested in heads or variables[tested].kind != "values":
            own = mask_of([index] if index >= 0 else [])
        else:
            variable = variables[tested]
            own = mask_of(
                place
                for place, number in enumerate(variable.values)
                if bucket_of(variable.edges, number) == index
            )
        tests[tested] = own & tests.get(tested, own)
    values = variables[name].values
    plain = _plain(value, variables[name])
    text = " & ".join(f"{tested}={index}" for tested, index in atoms)
    return Rule(
        tests,
        name,
        values.index(plain) if plain in values else None,
        f"{text or 'always'} -> {name} := {value}",
    )


def _groups(pattern: re.Pattern[str], text: str) -> tuple[Any, ...]:
    found = pattern.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return found.groups()


def _name(text: str) -> str:
    return str(json.loads(text)) if text.startswith('"') else text


def _enter(table: dict[str, Any], name: str, value: Any) -> None:
    if name in table:
        raise ValueError(f"{name!r} is declared twice")
    table[name] = value
