"""The reading of a program's canonical text: each program has one text, and each text one program.

What was read is written again, and has to be the text, character for character. So it does not
matter what else the steps on the way would let pass: other spacing, other orders, numbers written
in other ways, rules that change nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from itertools import zip_longest
from typing import Any, Final, NoReturn, TypeVar

from alta.errors import AltaError, InputLanguageError, ProgramError
from alta.inputs import from_text
from alta.lang.build import build
from alta.lang.heads import Head
from alta.lang.kinds import Categorical, Initial, Numerical, SetVariable, Variable
from alta.lang.masks import EVERYWHERE, Mask, before, causal, mask_of
from alta.lang.program import HEADER, HaltSpec, LayerTable, Program, program_text
from alta.lang.rules import Atom, Rule
from alta.lang.values import Defined

__all__ = ["MAX_COORDINATES", "MAX_DIGITS", "MAX_TEXT", "parse_program"]

_T = TypeVar("_T")

# A file may be a stranger's, so its size is checked before anything is made of it. The checker of
# certificates has the same limits (`alta_verify.check.limits`): the most characters of a program's
# text, digits of an integer in it, and coordinates of its variables and head outputs.
MAX_TEXT: Final = 1 << 26
MAX_DIGITS: Final = 18
MAX_COORDINATES: Final = 1 << 15

_NAME: Final = r'(?:[A-Za-z_][A-Za-z0-9_.]*|"(?:[^"\\]|\\.)*")'
# So many characters of a line are quoted.
_SHOWN: Final = 120

_ATOM: Final = re.compile(rf"({_NAME})=(-?\d+)")
_ATOMS: Final = re.compile(rf"{_NAME}=-?\d+(?: & {_NAME}=-?\d+)*\Z")
# Greedy, so that an arrow in a quoted name of the condition is not taken for the rule's own.
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


def parse_program(text: str) -> Program:
    """Returns the program whose canonical text this is.

    Raises:
        ProgramError: when the text is no canonical text of a program, with the line; or when it is
            larger than the limits of this module.
    """
    if len(text) > MAX_TEXT:
        raise ProgramError(f"program text: expected at most {MAX_TEXT} characters, got {len(text)}")
    parts = _parts(text)
    _check_parts(parts)
    try:
        program = build(**parts)
    except InputLanguageError as error:
        raise ProgramError(f"program text: inputs: {error}") from error
    # What is accepted is exactly the image of `program_text`: parsing is its inverse.
    _check_canonical(text, program_text(program))
    return program


def _check_canonical(text: str, canonical: str) -> None:
    if text == canonical:
        return
    for number, (got, expected) in enumerate(
        zip_longest(text.split("\n"), canonical.split("\n"), fillvalue=None), start=1
    ):
        if got != expected:
            raise ProgramError(
                f"program text, line {number}: expected {_shown(expected)}, as the canonical text "
                f"of this program has it, got {_shown(got)}"
            )


def _shown(line: str | None) -> str:
    if line is None:
        return "the end of the text"
    return repr(line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…")


# Returns the arguments of `build`.
def _parts(text: str) -> dict[str, Any]:
    lines = text.removesuffix("\n").split("\n")
    if lines[0] != HEADER:
        raise ProgramError(f"program text: expected {HEADER!r} in line 1, got {_shown(lines[0])}")
    parts: dict[str, Any] = {"variables": {}, "heads": {}, "mlp": []}
    for number, line in enumerate(lines[1:], start=2):
        try:
            _parse_line(line, parts)
        except ProgramError:
            raise
        # JSON that is nested too deeply exhausts the stack.
        except (ValueError, TypeError, RecursionError) as error:
            why = f": {error}" if isinstance(error, AltaError) else ""
            raise ProgramError(
                f"program text, line {number}: cannot read {_shown(line)}{why}"
            ) from error
    return parts


def _parse_line(line: str, parts: dict[str, Any]) -> None:
    keyword, _, fields = line.partition(" ")
    if keyword == "variable":
        name, *declared = _match(_VARIABLE, fields)
        _enter(parts["variables"], _unquoted(name), _declared(*declared))
    elif keyword == "head":
        name, query, key, value, mask, points = _match(_HEAD, fields)
        head = Head(
            _optional(_unquoted, query),
            _optional(_unquoted, key),
            _unquoted(value),
            _mask(mask),
            None if points is None else Numerical(_points(points), Initial("default", (0.0,))),
        )
        _enter(parts["heads"], _unquoted(name), head)
    elif keyword == "rule":
        condition, variable, value = _match(_RULE, fields)
        assigned = None if value == "null" else _value(value)
        parts["mlp"].append(Rule(_atoms(condition), _unquoted(variable), assigned))
    elif keyword in _SINGLE:
        argument, read = _SINGLE[keyword]
        _enter(parts, argument, read(fields))
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
        return Numerical(_points(points), Initial(source, _tuple(float, table)))
    if subsets is not None and members is not None:
        return SetVariable(_integer(members), _sets(subsets), Initial(source, _sets(table)))
    return Categorical(_integer(str(size)), Initial(source, _tuple(int, table)))


def _mask(text: str) -> Mask:
    named = {str(mask): mask for mask in (EVERYWHERE, causal(), before())}
    return named[text] if text in named else mask_of(_tuple(int, text), "mask")


def _points(text: str) -> tuple[float, ...] | None:
    return _optional(partial(_tuple, float), text)


def _optional(read: Callable[[str], _T], text: str) -> _T | None:
    return None if text == "-" else read(text)


def _sets(text: str) -> tuple[frozenset[int], ...]:
    sets = _list(list, text)
    if not all(type(member) is int for subset in sets for member in subset):
        raise ValueError(text)
    return tuple(map(frozenset, sets))


def _value(text: str) -> Defined:
    if text.startswith("{") and text.endswith("}"):
        return frozenset(_list(int, f"[{text[1:-1]}]"))
    value: Defined = _json(text)
    if type(value) not in (int, float):
        raise ValueError(text)
    return value


def _enter(entries: dict[str, Any], name: str, value: Any) -> None:
    if name in entries:
        raise ValueError(name)
    entries[name] = value


def _list(kind: type, text: str) -> list[Any]:
    values = _json(text)
    # Not `isinstance`: JSON's true would pass for an int.
    if not isinstance(values, list) or not all(type(value) is kind for value in values):
        raise ValueError(text)
    return values


def _tuple(kind: type, text: str) -> tuple[Any, ...]:
    return tuple(_list(kind, text))


def _json(text: str) -> Any:
    return json.loads(text, parse_int=_integer, parse_constant=_no_number)


def _integer(text: str) -> int:
    # Counted before it is converted, which takes quadratic time or is refused for long numbers.
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise ProgramError(
            f"program text: expected integers of at most {MAX_DIGITS} digits, got {_shown(text)}"
        )
    return int(text)


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _unquoted(text: str) -> str:
    return str(json.loads(text)) if text.startswith('"') else text


def _match(pattern: re.Pattern[str], text: str) -> tuple[Any, ...]:
    match = pattern.match(text)
    if match is None:
        raise ValueError(text)
    return match.groups()


def _atoms(condition: str) -> tuple[Atom, ...]:
    if condition == "always":
        return ()
    _match(_ATOMS, condition)
    return tuple(Atom(_unquoted(name), _integer(n)) for name, n in _ATOM.findall(condition))


def _check_parts(parts: Mapping[str, Any]) -> None:
    for keyword, (argument, _) in _SINGLE.items():
        if argument not in parts:
            raise ProgramError(f"program text: no line begins with {keyword!r}")
    # A line of a few characters may ask for a range of 10^18 values.
    widths = {name: variable.width for name, variable in parts["variables"].items()}
    outputs = (widths.get(head.value, 0) for head in parts["heads"].values())
    total = sum(widths.values()) + sum(outputs)
    if total > MAX_COORDINATES:
        raise ProgramError(
            f"program text: expected variables and heads of at most {MAX_COORDINATES} coordinates "
            f"altogether (a range counts in full), got {total}"
        )


def _name(text: str) -> str:
    (name,) = _list(str, f"[{text}]")
    return str(name)


def _layers(text: str) -> int | LayerTable:
    if not text.startswith("["):
        return _integer(text)
    by_length = _tuple(int, text)
    if not by_length or min(by_length) < 0:
        raise ProgramError(
            f"program text: layers: expected numbers of at least 0, one for each length, got "
            f"{_shown(str(list(by_length)))}"
        )
    return LayerTable(by_length)


def _halt(text: str) -> HaltSpec:
    variable, value = _match(_HALT, text)
    return HaltSpec(_unquoted(variable), _value(value))


# For each keyword that begins one line: the argument of `build` that the line gives, and how it is
# read.
_SINGLE: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "name": ("name", _name),
    "tokens": ("input_range", _integer),
    "vocab": ("vocab", partial(_list, str)),
    "positions": ("position_range", partial(_optional, _integer)),
    "output": ("output_name", _unquoted),
    "halt": ("halt", partial(_optional, _halt)),
    "layers": ("layers", partial(_optional, _layers)),
    "inputs": ("inputs", from_text),
}
