"""The program with some canonical text: every program has one text, and every text one program.

What was read is written again, and has to be the text, character for character. So nothing depends
on how a line is read that is written in another way, or in another place, than the canonical text
has it. Whether what was read is a program at all is seen in `alta_verify.check.declared`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import Any, Final

from alta_verify.check.declared import (
    BARE,
    Declared,
    DeclaredHead,
    DeclaredLanguage,
    DeclaredRule,
    DeclaredVariable,
    Value,
    assigned,
    check_declared,
    listed,
    quoted,
    with_canonical_rules,
)
from alta_verify.check.limits import MAX_DIGITS, MAX_TEXT
from alta_verify.check.masks import NAMED, Mask
from alta_verify.check.program import Program
from alta_verify.check.refused import Refused, difference

__all__ = ["read_declared", "read_program", "text_of"]

_HEADER: Final = "alta-program 1"


def read_program(text: str) -> Program:
    """Returns the program with some canonical text."""
    return Program.of(read_declared(text))


def read_declared(text: str) -> Declared:
    """Returns what a canonical text declares."""
    if len(text) > MAX_TEXT:
        raise Refused(
            f"the program's text cannot be read: it has {len(text)} characters, expected at most "
            f"{MAX_TEXT}"
        )
    # Reading may be lax, with keys of JSON twice, since what was read is written again below.
    try:
        declared = _read(text)
        check_declared(declared)
        declared = with_canonical_rules(declared)
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, ValueError) else repr(error)
        raise Refused(f"the program's text cannot be read: {reason:.300}") from error
    # One text, one program: what was read is written again.
    if (canonical := text_of(declared)) != text:
        raise Refused(
            "the program's text cannot be read: it is not the canonical text of what it says: "
            f"{difference(text, canonical)}"
        )
    return declared


# --- writing --------------------------------------------------------------------------------------


def text_of(program: Declared) -> str:
    """Returns the one text that declares a program."""
    return "".join(f"{line}\n" for line in _lines(program))


def _lines(program: Declared) -> Iterator[str]:
    yield _HEADER
    yield f"name {json.dumps(program.name)}"
    yield f"tokens {len(program.vocab)}"
    yield f"vocab {listed(map(json.dumps, program.vocab))}"
    yield f"positions {_optional(program.positions)}"
    for name, variable in program.variables.items():
        table = listed(map(_entry, variable.table))
        yield f"variable {quoted(name)} {_domain(variable)} {variable.source} {table}"
    for name, head in program.heads.items():
        query, key = ("-" if read is None else quoted(read) for read in (head.query, head.key))
        means = f" values {_optional(head.points)}" if head.averages else ""
        selection = f"query {query} key {key} value {quoted(head.value)} mask {head.mask}"
        yield f"head {quoted(name)} {selection}{means}"
    for rule in program.rules:
        yield f"rule {rule.text}"
    yield f"output {quoted(program.output)}"
    halt = program.halt
    yield "halt -" if halt is None else f"halt {quoted(halt[0])}={assigned(halt[1])}"
    yield f"layers {_optional(program.layers)}"
    yield f"inputs {program.language.text}"


def _domain(variable: DeclaredVariable) -> str:
    match variable.kind:
        case "range":
            return f"range {variable.size}"
        case "values":
            return f"values {_optional(variable.points)}"
    return f"subsets {listed(map(_entry, variable.subsets))} of {variable.size}"


def _optional(content: int | tuple[float, ...] | None) -> str:
    if isinstance(content, tuple):
        return listed(content)
    return "-" if content is None else str(content)


def _entry(value: Value) -> str:
    return listed(sorted(value)) if isinstance(value, frozenset) else str(value)


# --- reading --------------------------------------------------------------------------------------

# No part of a quoted name is tried twice, so that a line takes time in proportion to its length.
_NAME: Final = rf'(?:{BARE}|"(?:[^"\\]++|\\.)*+")'
_ATOM: Final = re.compile(rf"({_NAME})=(-?[0-9]+)")
_OPTION, _MEANS = rf"(-|{_NAME})", r"(?: values (\S+))?"
_TEST: Final = rf"{_NAME}=-?[0-9]+"


def _digits(text: str) -> int:
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise ValueError(f"expected at most {MAX_DIGITS} digits, got {len(text)} in {text:.20}…")
    return int(text)


_json: Final = json.JSONDecoder(parse_int=_digits).decode

# By keyword: how a line goes on, as an expression and in words.
_FORMS: Final[Mapping[str, tuple[str, str]]] = {
    "name": ("(.*)", "QUOTED"),
    "tokens": ("(.*)", "NUMBER"),
    "vocab": ("(.*)", "[QUOTED,…]"),
    "positions": ("(.*)", "NUMBER or -"),
    "variable": (
        rf"({_NAME}) (range|values|subsets) (\S+)(?: of (\S+))? (default|token|position) (\S+)",
        "NAME range NUMBER | values POINTS | subsets SETS of NUMBER, SOURCE TABLE",
    ),
    "head": (
        rf"({_NAME}) query {_OPTION} key {_OPTION} value ({_NAME}) mask (\S+){_MEANS}",
        "NAME query NAME key NAME value NAME mask OFFSETS | - | causal | before",
    ),
    "rule": (
        rf"(always|{_TEST}(?: & {_TEST})*+) -> ({_NAME}) := (\S+)",
        "NAME=INDEX & … -> NAME := VALUE",
    ),
    "output": (f"({_NAME})", "NAME"),
    "halt": (rf"-|({_NAME})=(\S+)", "NAME=VALUE or -"),
    "layers": ("(.*)", "NUMBER, [NUMBER,…] or -"),
    "inputs": (
        "(anything|regex|distinct|sequences|lengths)(?: (.*))?",
        "anything, or regex, distinct, sequences or lengths with a description",
    ),
}


def _read(text: str) -> Declared:
    """Returns what a text declares; a wrong line raises ValueError, or another error of Python."""
    lines = text.split("\n")
    # Every line has its end, so that what is behind the last one is empty.
    if lines[0] != _HEADER or lines.pop():
        raise ValueError(
            f"expected {_HEADER!r} and lines, each with its end, got {lines[0]!r:.60} first"
        )
    single: dict[str, Any] = {}
    variables: dict[str, DeclaredVariable] = {}
    heads: dict[str, DeclaredHead] = {}
    rules: list[DeclaredRule] = []
    for number, line in enumerate(lines[1:], 2):
        keyword, _, content = line.partition(" ")
        try:
            groups = _groups(keyword, content)
            if keyword == "rule":
                rules.append(_rule(*groups))
            elif keyword == "variable":
                _enter(variables, _name(groups[0]), _variable(*groups[1:]))
            elif keyword == "head":
                _enter(heads, _name(groups[0]), _head(*groups[1:]))
            else:
                _enter(single, keyword, _SINGLE[keyword](*groups))
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error
    if missing := [keyword for keyword in _SINGLE if keyword not in single]:
        raise ValueError(f"expected a line with {missing[0]!r}, got none")
    if len(single["vocab"]) != single.pop("tokens"):
        raise ValueError(f"expected as many tokens as in vocab, {len(single['vocab'])}")
    single["language"] = single.pop("inputs")
    return Declared(variables=variables, heads=heads, rules=tuple(rules), **single)


def _groups(keyword: str, content: str) -> tuple[Any, ...]:
    if keyword not in _FORMS:
        raise ValueError(f"expected one of {', '.join(_FORMS)}, got {keyword!r:.60}")
    expression, form = _FORMS[keyword]
    if match := re.fullmatch(expression, content):
        return match.groups()
    raise ValueError(f"expected '{keyword} {form}', got {content!r:.100}")


def _enter(table: dict[str, Any], name: str, value: Any) -> None:
    if name in table:
        raise ValueError(f"{name!r:.60} is declared twice")
    table[name] = value


def _variable(
    kind: str, domain: str, size: str | None, source: str, table: str
) -> DeclaredVariable:
    entries = _json(table)
    match kind:
        case "range":
            return DeclaredVariable(kind, _integer(domain), None, (), source, _all(int, entries))
        case "values":
            return DeclaredVariable(kind, 1, _points(domain), (), source, _floats(entries))
    # Subsets have an order, which is that of their sorted members.
    subsets = tuple(sorted(set(_sets(_json(domain))), key=sorted))
    return DeclaredVariable(kind, _integer(size or ""), None, subsets, source, _sets(entries))


def _head(query: str, key: str, value: str, mask: str, points: str | None) -> DeclaredHead:
    return DeclaredHead(
        None if query == "-" else _name(query),
        None if key == "-" else _name(key),
        _name(value),
        Mask(mask) if mask in NAMED else Mask(None, frozenset(_all(int, _json(mask)))),
        points is not None,
        None if points is None else _points(points),
    )


def _rule(tests: str, variable: str, value: str) -> DeclaredRule:
    atoms = [] if tests == "always" else _ATOM.findall(tests)
    return DeclaredRule(
        tuple((_name(name), _integer(index)) for name, index in atoms),
        _name(variable),
        None if value == "null" else _value(value),
    )


def _layers(content: str) -> int | tuple[int, ...] | None:
    if content == "-":
        return None
    layers = _json(content)
    return _all(int, layers) if isinstance(layers, list) else int(_exactly(int, layers))


def _language(kind: str, description: str | None) -> DeclaredLanguage:
    if kind == "anything":
        return DeclaredLanguage(kind)
    content = _json(description or "")
    match kind:
        case "sequences":
            words = {_all(int, word) for word in _exactly(list, content)}
            return DeclaredLanguage(kind, tuple(sorted(words)))
        case "lengths":
            if list(_exactly(dict, content)) != [str(length) for length in range(len(content))]:
                raise ValueError(f"expected the lengths 0, 1, … in order, got {list(content)[:5]}")
            patterns = [None if text is None else _exactly(str, text) for text in content.values()]
            return DeclaredLanguage(kind, tuple(patterns))
    return DeclaredLanguage(kind, _exactly(str, content))


def _name(text: str) -> str:
    return str(_json(text)) if text.startswith('"') else text


def _value(text: str) -> Value:
    """Reads an integer, a float, or a set in braces."""
    if text.startswith("{"):
        return frozenset(_all(int, _json(f"[{text[1:-1]}]")))
    number = _json(text)
    return _finite(number) if isinstance(number, float) else int(_exactly(int, number))


def _points(text: str) -> tuple[float, ...] | None:
    return None if text == "-" else tuple(sorted(set(_floats(_json(text)))))


def _integer(text: str) -> int:
    return int(_exactly(int, _json(text)))


def _exactly(kind: type, content: Any) -> Any:
    """Returns a value that is of a type, and of no other that counts as it."""
    if type(content) is not kind:
        raise ValueError(f"expected {kind.__name__}, got {content!r:.60}")
    return content


def _all(kind: type, content: Any) -> tuple[Any, ...]:
    return tuple(_exactly(kind, entry) for entry in _exactly(list, content))


def _floats(content: Any) -> tuple[float, ...]:
    return tuple(map(_finite, _all(float, content)))


def _finite(number: float) -> float:
    if not isfinite(number):
        raise ValueError(f"expected a finite number, got {number}")
    return number + 0.0  # zero has no sign


def _sets(content: Any) -> tuple[frozenset[int], ...]:
    return tuple(frozenset(_all(int, members)) for members in _exactly(list, content))


# How lines are read of which there is one, by keyword.
_SINGLE: Final[Mapping[str, Callable[..., Any]]] = {
    "name": lambda content: _exactly(str, _json(content)),
    "tokens": _integer,
    "vocab": lambda content: _all(str, _json(content)),
    "positions": lambda content: None if content == "-" else _integer(content),
    "output": _name,
    "halt": lambda name, value: None if name is None else (_name(name), _value(value)),
    "layers": _layers,
    "inputs": _language,
}
