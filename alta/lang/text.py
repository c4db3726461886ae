"""The canonical text of a program: what errors quote, hashes cover and files keep.

One line a fact; the text parses back to an equal program. Functions appear as tables. Text has no
place for `encode`, `decode` and `oracle`, which are conveniences and no part of what a program
means.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, final

from alta.errors import ProgramError
from alta.lang.build import build
from alta.lang.heads import Head
from alta.lang.language import specification_from_text
from alta.lang.program import HaltSpec, LayerBound, Program
from alta.lang.rules import Atom, Rule
from alta.lang.values import Defined, show_value
from alta.lang.variables import (
    Categorical,
    Initial,
    Numerical,
    SetVariable,
    Variable,
)

__all__ = ["parse_program", "program_hash", "program_text"]

_HEADER: Final = "alta-program 1"
_TABULATED: Final = 256
"""How many lengths are tabulated of a function of the length, when nothing bounds the length."""

_BARE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*\Z")
_NAME: Final = r'(?:[A-Za-z_][A-Za-z0-9_.]*|"(?:[^"\\]|\\.)*")'
_ATOM: Final = re.compile(rf"({_NAME})=(-?\d+)")
_RULE: Final = re.compile(rf"(.*) -> ({_NAME}) := (\S+)\Z")
_HALT: Final = re.compile(rf"({_NAME})=(\S+)\Z")
_VARIABLE: Final = re.compile(
    rf"({_NAME}) (?:range (\d+)|values (\S+)|subsets (\S+) of (\d+)) "
    r"(default|token|position) (.*)\Z"
)
_HEAD: Final = re.compile(
    rf"({_NAME}) query ({_NAME}|-) key ({_NAME}|-) value ({_NAME}) mask (\S+)"
    r"(?: values (\S+))?\Z"
)


def program_text(program: Program) -> str:
    """Returns the canonical text of a program."""
    return "\n".join(_lines(program)) + "\n"


def program_hash(program: Program) -> str:
    """Returns the SHA-256 of a program's canonical text, in hexadecimal."""
    return hashlib.sha256(program_text(program).encode()).hexdigest()


@final
@dataclass(frozen=True)
class LayerTable:
    """Is a layer bound by length that was read back from text."""

    by_length: tuple[int, ...]

    def __call__(self, length: int) -> int:
        """Returns the bound for inputs of a length.

        Raises:
            ProgramError: when the table ends before.
        """
        if length >= len(self.by_length):
            raise ProgramError(
                f"layers: the program's text has bounds for lengths up to "
                f"{len(self.by_length) - 1} only, not for {length}; pass max_layers"
            )
        return self.by_length[length]


def _lines(program: Program) -> Iterator[str]:
    longest = _TABULATED if program.position_range is None else program.position_range
    yield _HEADER
    yield f"name {json.dumps(program.name)}"
    yield f"tokens {program.input_range}"
    yield f"vocab {_json(program.vocab)}"
    yield f"positions {'-' if program.position_range is None else program.position_range}"
    for name, variable in program.variables.items():
        yield f"variable {_quoted(name)} {_kind(variable)} {_initial(name, variable)}"
    for name, head in program.heads.items():
        mean = program.domains[name]
        yield (
            f"head {_quoted(name)} query {_quoted(head.query)} key {_quoted(head.key)} "
            f"value {_quoted(head.value)} mask {'-' if head.mask is None else _json(head.mask)}"
            f"{' ' + _kind(mean) if isinstance(mean, Numerical) else ''}"
        )
    for rule in program.rules:
        yield f"rule {_rule(rule)}"
    yield f"output {_quoted(program.output_name)}"
    halt = program.halt
    yield ("halt -" if halt is None else f"halt {_quoted(halt.variable)}={show_value(halt.value)}")
    yield f"layers {_layers(program, longest)}"
    yield f"inputs {program.inputs.spec.tabulate(longest).to_text()}"


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _quoted(name: str | None) -> str:
    if name is None:
        return "-"
    return name if _BARE.match(name) else json.dumps(name)


def _unquoted(text: str) -> str:
    return str(json.loads(text)) if text.startswith('"') else text


def _kind(variable: Variable) -> str:
    match variable:
        case Categorical():
            return f"range {variable.range}"
        case Numerical():
            return f"values {'-' if variable.values is None else _json(variable.values)}"
        case SetVariable():
            return f"subsets {_json(list(map(sorted, variable.values)))} of {variable.range}"
    raise TypeError(variable)


def _initial(name: str, variable: Variable) -> str:
    initial = variable.initial
    if initial.table is not None:
        return f"{initial.source} {_json(list(map(_plain, initial.table)))}"
    # Only a position function of a program without position_range has no table.
    start = [_plain(variable.computed(index, name=name)) for index in range(min(8, variable.size))]
    return f"{initial.source} {_json(start)[:-1]},…]"


def _plain(value: Defined) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value


def _rule(rule: Rule) -> str:
    atoms = " & ".join(f"{_quoted(atom.variable)}={atom.value}" for atom in rule.atoms)
    return f"{atoms or 'always'} -> {_quoted(rule.variable)} := {show_value(rule.value)}"


def _layers(program: Program, longest: int) -> str:
    layers = program.layers
    if layers is None:
        return "-"
    if not callable(layers):
        return str(layers)
    if isinstance(layers, LayerTable):
        return _json(layers.by_length)
    return _json([program.layer_bound(length) for length in range(longest + 1)])


@final
@dataclass
class _Parts:
    """Collects what the lines say."""

    single: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)
    heads: dict[str, Head] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)


def parse_program(text: str) -> Program:
    """Returns the program whose canonical text this is.

    Raises:
        ProgramError: when the text is malformed, with the line.
    """
    lines = text.splitlines()
    if not lines or lines[0] != _HEADER:
        raise ProgramError(f"program text: expected {_HEADER!r} in line 1, got {lines[:1]}")
    parts = _Parts()
    for number, line in enumerate(lines[1:], start=2):
        try:
            _parse_line(line, parts)
        except ProgramError:
            raise
        except (ValueError, TypeError) as error:
            raise ProgramError(f"program text, line {number}: cannot read {line!r}") from error
    try:
        return _assembled(parts)
    except KeyError as error:
        raise ProgramError(f"program text: no line begins with {error.args[0]!r}") from error


def _parse_line(line: str, parts: _Parts) -> None:
    keyword, _, rest = line.partition(" ")
    if keyword == "variable":
        name, *declared = _match(_VARIABLE, rest)
        _enter(parts.variables, _unquoted(name), _declared(*declared))
    elif keyword == "head":
        name, query, key, value, mask, points = _match(_HEAD, rest)
        head = Head(
            None if query == "-" else _unquoted(query),
            None if key == "-" else _unquoted(key),
            _unquoted(value),
            None if mask == "-" else tuple(_list(int, mask)),
            None if points is None else Numerical(_points(points), Initial("default", (0.0,))),
        )
        _enter(parts.heads, _unquoted(name), head)
    elif keyword == "rule":
        condition, variable, value = _match(_RULE, rest)
        parts.rules.append(Rule(_atoms(condition), _unquoted(variable), _value(value)))
    elif keyword in _SINGLE:
        _enter(parts.single, keyword, _SINGLE[keyword](rest))
    else:
        raise ValueError(keyword)


def _declared(
    size: str | None,
    points: str | None,
    subsets: str | None,
    members: str | None,
    source: str,
    table: str,
) -> Variable:
    if points is not None:
        return Numerical(_points(points), Initial(source, tuple(_list(float, table))))
    if subsets is not None and members is not None:
        return SetVariable(int(members), _sets(subsets), Initial(source, _sets(table)))
    return Categorical(int(str(size)), Initial(source, tuple(_list(int, table))))


def _points(text: str) -> tuple[float, ...] | None:
    return None if text == "-" else tuple(_list(float, text))


def _sets(text: str) -> tuple[frozenset[int], ...]:
    sets = _list(list, text)
    if not all(type(member) is int for one in sets for member in one):
        raise ValueError(text)
    return tuple(map(frozenset, sets))


def _value(text: str) -> Defined:
    """Reads what `show_value` wrote."""
    if text.startswith("{") and text.endswith("}"):
        return frozenset(_list(int, f"[{text[1:-1]}]"))
    value = json.loads(text)
    if type(value) not in (int, float):
        raise ValueError(text)
    number: int | float = value
    return number


def _enter(entries: dict[str, Any], name: str, value: Any) -> None:
    if name in entries:
        raise ValueError(name)
    entries[name] = value


def _list(kind: type, text: str) -> list[Any]:
    values = json.loads(text)
    if not isinstance(values, list) or not all(type(value) is kind for value in values):
        raise ValueError(text)
    return values


def _match(pattern: re.Pattern[str], text: str) -> tuple[Any, ...]:
    found = pattern.match(text)
    if found is None:
        raise ValueError(text)
    return found.groups()


def _atoms(condition: str) -> tuple[Atom, ...]:
    if condition == "always":
        return ()
    atoms, position = [], 0
    while position < len(condition):
        found = _ATOM.match(condition, position)
        if found is None:
            raise ValueError(condition)
        atoms.append(Atom(_unquoted(found[1]), int(found[2])))
        position = found.end()
        if condition.startswith(" & ", position):
            position += 3
        elif position < len(condition):
            raise ValueError(condition)
    return tuple(atoms)


def _assembled(parts: _Parts) -> Program:
    single = parts.single
    return build(
        variables=parts.variables,
        heads=parts.heads,
        mlp=parts.rules,
        output_name=single["output"],
        input_range=single["tokens"],
        position_range=single["positions"],
        halt=single["halt"],
        name=single["name"],
        layers=single["layers"],
        vocab=single["vocab"],
        inputs=single["inputs"],
    )


def _parse_name(text: str) -> str:
    (name,) = _list(str, f"[{text}]")
    return str(name)


def _parse_positions(text: str) -> int | None:
    return None if text == "-" else int(text)


def _parse_layers(text: str) -> LayerBound:
    if text.startswith("["):
        return LayerTable(tuple(_list(int, text)))
    return None if text == "-" else int(text)


def _parse_halt(text: str) -> HaltSpec | None:
    if text == "-":
        return None
    variable, value = _match(_HALT, text)
    return HaltSpec(_unquoted(variable), _value(value))


_SINGLE: Final[Mapping[str, Callable[[str], Any]]] = {
    "name": _parse_name,
    "tokens": int,
    "vocab": partial(_list, str),
    "positions": _parse_positions,
    "output": _unquoted,
    "halt": _parse_halt,
    "layers": _parse_layers,
    "inputs": specification_from_text,
}
