"""Whether what a text declares is a program, and its rules as the canonical text has them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

from alta_verify.check.declared import Declared, DeclaredHead, DeclaredRule, DeclaredVariable
from alta_verify.check.limits import MAX_COORDINATES
from alta_verify.check.patterns import check_pattern

__all__ = ["check_declared", "with_canonical_rules"]

# The last length in a table, when nothing bounds the length.
_TABULATED: Final = 256


def check_declared(program: Declared) -> None:
    """Checks everything except the rules.

    Raises:
        ValueError: when it is no program.
    """
    variables = program.variables
    _check_names(program)
    positions = program.positions
    _expect(positions is None or positions >= 1, "positions", positions, "at least 1, or -")
    _check_size(program)
    # No table has `None` entries: without a number of positions a variable cannot start with its
    # position.
    entries = {"default": 1, "token": len(program.vocab), "position": positions}
    for name, variable in variables.items():
        _check_variable(f"variable {name!r}", variable, entries[variable.source])
    for name, head in program.heads.items():
        _check_head(f"head {name!r}", head, program)
    _expect(program.output in variables, "output", program.output, "a variable")
    if program.halt is not None:
        name, value = program.halt
        _expect(name in variables, "halt", name, "a variable")
        _check_value(f"halt {name!r}", variables[name], value)
    layers = program.layers if isinstance(program.layers, tuple) else (program.layers or 0,)
    _expect(min(layers, default=-1) >= 0, "layers", program.layers, "numbers of at least 0")
    _check_language(program)


def _expect(holds: bool, place: str, got: object, expected: str) -> None:
    if not holds:
        raise ValueError(f"{place:.100}: expected {expected}, got {got!r:.80}")


def _check_names(program: Declared) -> None:
    names, vocab = program.names, program.vocab
    _expect(len(set(names)) == len(names) and all(names), "names", names, "each once")
    _expect(1 <= len(vocab) == len(set(vocab)), "vocab", vocab, "tokens, each once")
    for token in vocab:
        plain = token != "" and not any(map(str.isspace, token))
        _expect(plain, "vocab", token, "no token with spaces, nor without letters")
    for name in (program.name, *names, *vocab):
        # Half of a surrogate pair, of which text could not have two in a row.
        whole = not any("\ud800" <= letter <= "\udfff" for letter in name)
        _expect(whole, "names and tokens", name, "whole characters")


def _check_size(program: Declared) -> None:
    """Checks that there are not too many coordinates; a head takes those of its value."""
    variables = program.variables
    read = [head.value for head in program.heads.values() if head.value in variables]
    total = sum(variable.size for variable in variables.values())
    total += sum(variables[name].size for name in read)
    _expect(total <= MAX_COORDINATES, "coordinates", total, f"at most {MAX_COORDINATES}")


def _check_variable(place: str, variable: DeclaredVariable, entries: int | None) -> None:
    size, table = variable.size, variable.table
    _expect(size >= 1, place, size, "a range of at least 1")
    _expect(variable.points != (), place, variable.points, "points, or -")
    _expect(variable.kind != "subsets" or variable.subsets != (), place, (), "subsets")
    for members in variable.subsets:
        inside = all(0 <= member < size for member in members)
        _expect(inside, place, sorted(members), f"members below {size}")
    _expect(len(table) == entries, place, len(table), f"a table of {entries} values")
    for value in table:
        _check_value(place, variable, value)


def _check_head(place: str, head: DeclaredHead, program: Declared) -> None:
    variables = program.variables
    _expect(head.value in variables, place, head.value, "a variable as value")
    kind = variables[head.value].kind
    _expect(kind != "subsets", place, kind, "a value that is a category or a number")
    _expect((kind == "values") == head.averages, place, kind, "points exactly of a number")
    _expect(head.points != (), place, head.points, "points, or -")
    _expect(head.mask != (), place, head.mask, "offsets, or -")
    if head.query is None and head.key is None:
        return
    query, key = (variables.get(name or "") for name in (head.query, head.key))
    if query is None or key is None:
        raise ValueError(f"{place:.100}: expected variables as query and key, got neither or one")
    _expect(query.kind != "values", place, query.kind, "a query that is no number")
    _expect(key.kind == "range", place, key.kind, "a key that is a category")
    _expect(query.size == key.size, place, (query.size, key.size), "one range of query and key")


def _check_value(place: str, variable: DeclaredVariable, value: Any) -> None:
    _check_kind(place, variable, value)
    if variable.kind == "range":
        _expect(0 <= value < variable.size, place, value, f"a value below {variable.size}")
    elif variable.kind == "subsets":
        _expect(value in variable.places, place, value, "a declared subset")


def _check_kind(place: str, variable: DeclaredVariable, value: Any) -> None:
    kind = {"range": int, "values": float, "subsets": frozenset}[variable.kind]
    _expect(type(value) is kind, place, value, f"a value of type {kind.__name__}")


def _check_language(program: Declared) -> None:
    content = program.language.content
    match program.language.kind:
        case "regex" | "distinct":
            check_pattern(content, program.vocab)
        case "sequences":
            for token in {token for word in content for token in word}:
                inside = 0 <= token < len(program.vocab)
                _expect(inside, "inputs", token, f"tokens below {len(program.vocab)}")
        case "lengths":
            longest = _TABULATED if program.positions is None else program.positions
            _expect(len(content) == longest + 1, "inputs", len(content), f"{longest + 1} lengths")
            for pattern in content:
                if pattern is not None:
                    check_pattern(pattern, program.vocab)


def with_canonical_rules(program: Declared) -> Declared:
    """Returns the program with its rules sorted, each once, without those that change nothing.

    Raises:
        ValueError: when a rule is none of this program.
    """
    names = program.names
    order = {name: place for place, name in enumerate(names)}
    canonical: dict[tuple[Any, ...], DeclaredRule] = {}
    for rule in program.rules:
        place = f"rule {rule.text!r}"
        _expect(rule.variable in program.variables, place, rule.variable, "a variable")
        variable = program.variables[rule.variable]
        _check_kind(place, variable, rule.value)
        for name, index in rule.atoms:
            size = program.sizes.get(name, 0)
            _expect(0 <= index < size, place, f"{name}={index}", f"a test below {size}")
        tests = sorted({(order[name], index) for name, index in rule.atoms})
        if any(first[0] == second[0] for first, second in pairwise(tests)):
            continue  # it never fires
        value: Any = rule.value
        code: Any = variable.places.get(value) if variable.kind == "subsets" else value
        # Not of numbers: that one is in a bucket does not say which it is, so that to assign a
        # number of the same bucket may change it.
        if variable.kind != "values" and (order[rule.variable], code) in tests:
            continue  # the value is there already
        shown = tuple(sorted(value)) if variable.kind == "subsets" else value
        atoms = tuple((names[at], index) for at, index in tests)
        canonical[order[rule.variable], tuple(tests), shown] = replace(rule, atoms=atoms)
    return replace(program, rules=tuple(canonical[key] for key in sorted(canonical)))
