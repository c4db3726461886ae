"""Whether what a text declares is a program, and its rules as the canonical text has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

from alta_verify.check.declared import Declared, DeclaredHead, DeclaredRule, DeclaredVariable
from alta_verify.check.limits import MAX_COORDINATES
from alta_verify.check.patterns import check_pattern

__all__ = ["check_declared", "with_canonical_rules"]

_TABULATED: Final = 256
"""The last length in a table, when nothing bounds the length."""


def check_declared(program: Declared) -> None:
    """Checks everything except the rules.

    Raises:
        ValueError: when it is no program.
    """
    variables = program.variables
    _check_names(program)
    _expect(program.positions is None or program.positions >= 1, "positions")
    _check_size(program)
    domains = {"default": 1, "token": len(program.vocab), "position": program.positions}
    for name, variable in variables.items():
        _check_variable(name, variable, domains[variable.source])
    for name, head in program.heads.items():
        _check_head(name, head, variables)
    _expect(program.output in variables, "output")
    if program.halt is not None:
        name, value = program.halt
        _expect(name in variables and _holds(variables[name], value), "halt")
    layers = program.layers if isinstance(program.layers, tuple) else (program.layers or 0,)
    _expect(min(layers, default=-1) >= 0, "layers")
    _check_language(program)


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(f"no program has such {what}")


def _check_names(program: Declared) -> None:
    names = (*program.variables, *program.heads)
    _expect(len(set(names)) == len(names) and all(names), "names")
    _expect(len(program.vocab) >= 1 and len(set(program.vocab)) == len(program.vocab), "tokens")
    for token in program.vocab:
        _expect(token != "" and not any(map(str.isspace, token)), f"tokens as {token!r}")
    for name in (program.name, *names, *program.vocab):
        # Half of a surrogate pair, of which text could not have two in a row.
        _expect(not any("\ud800" <= letter <= "\udfff" for letter in name), "characters")


def _check_size(program: Declared) -> None:
    """Checks that there are not too many coordinates; a head takes those of its value."""
    variables = program.variables.values()
    total = sum(variable.size for variable in variables) + sum(
        program.variables[head.value].size
        for head in program.heads.values()
        if head.value in program.variables
    )
    if total > MAX_COORDINATES:
        raise ValueError(f"{total} coordinates are more than {MAX_COORDINATES}")


def _check_variable(name: str, variable: DeclaredVariable, entries: int | None) -> None:
    _expect(variable.size >= 1, f"range of {name!r}")
    _expect(variable.points != (), f"points of {name!r}")
    _expect(variable.kind != "subsets" or variable.subsets != (), f"subsets of {name!r}")
    inside = all(0 <= member < variable.size for own in variable.subsets for member in own)
    _expect(inside, f"members of {name!r}")
    _expect(len(variable.table) == entries, f"table of {name!r}")
    _expect(all(_holds(variable, value) for value in variable.table), f"values of {name!r}")


def _check_head(name: str, head: DeclaredHead, variables: Mapping[str, DeclaredVariable]) -> None:
    _expect(head.value in variables, f"value of {name!r}")
    kind = variables[head.value].kind
    _expect(kind != "subsets" and (kind == "values") == head.averages, f"value of {name!r}")
    _expect(head.points != () and head.mask != (), f"points or mask of {name!r}")
    if head.query is None and head.key is None:
        return
    query, key = (variables.get(one or "") for one in (head.query, head.key))
    if query is None or key is None:
        raise ValueError(f"query and key of {name!r} are no variables")
    _expect(query.kind != "values" and key.kind == "range", f"query or key of {name!r}")
    _expect(query.size == key.size, f"ranges of query and key of {name!r}")


def _holds(variable: DeclaredVariable, value: Any) -> bool:
    """Says whether a variable has a value."""
    _check_kind(variable, value)
    if variable.kind == "range":
        return bool(0 <= value < variable.size)
    return variable.kind == "values" or value in variable.places


def _check_kind(variable: DeclaredVariable, value: Any) -> None:
    kind = {"range": int, "values": float, "subsets": frozenset}[variable.kind]
    _expect(type(value) is kind, f"value as {value!r}")


def _check_language(program: Declared) -> None:
    language = program.language
    content = language.content
    match language.kind:
        case "regex" | "distinct":
            check_pattern(content, program.vocab)
        case "sequences":
            tokens = {token for word in content for token in word}
            _expect(all(0 <= token < len(program.vocab) for token in tokens), "tokens in inputs")
        case "lengths":
            longest = _TABULATED if program.positions is None else program.positions
            _expect(len(content) == longest + 1, "lengths of inputs")
            for pattern in content:
                if pattern is not None:
                    check_pattern(pattern, program.vocab)


def with_canonical_rules(program: Declared) -> Declared:
    """Returns the program with its rules sorted, each once, without those that change nothing.

    Raises:
        ValueError: when a rule is none of this program.
    """
    names = (*program.variables, *program.heads)
    order = {name: place for place, name in enumerate(names)}
    sizes = dict(_sizes(program))
    found: dict[tuple[Any, ...], DeclaredRule] = {}
    for rule in program.rules:
        variable = program.variables[rule.variable]
        _check_kind(variable, rule.value)
        for name, index in rule.atoms:
            _expect(0 <= index < sizes[name], f"test as {name}={index}")
        tests = sorted({(order[name], index) for name, index in rule.atoms})
        if any(one[0] == other[0] for one, other in pairwise(tests)):
            continue  # it never fires
        value: Any = rule.value
        place = variable.places.get(value) if variable.kind == "subsets" else value
        if variable.kind != "values" and (order[rule.variable], place) in tests:
            continue  # the value is there already
        shown = sorted(value) if variable.kind == "subsets" else value
        key = (order[rule.variable], tuple(tests), tuple(shown) if shown is not value else value)
        found[key] = replace(rule, atoms=tuple((names[at], index) for at, index in tests))
    return replace(program, rules=tuple(found[key] for key in sorted(found)))


def _sizes(program: Declared) -> Iterator[tuple[str, int]]:
    """Yields how many indices each name has."""
    for name, variable in program.variables.items():
        yield name, variable.indices
    for name, head in program.heads.items():
        size = len(head.points or ()) if head.averages else program.variables[head.value].size
        yield name, size
