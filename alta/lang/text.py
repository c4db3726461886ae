"""The canonical text of a program: what errors quote, hashes cover and files keep.

One line a fact; `alta.lang.parsing` reads the text back as an equal program. Functions appear as
tables. Text has no place for `encode`, `decode` and `oracle`, which are conveniences and no part of
what a program means.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, final

from alta.errors import ProgramError
from alta.lang.program import Program
from alta.lang.rules import Rule
from alta.lang.values import Defined, show_value
from alta.lang.variables import Categorical, Numerical, SetVariable, Variable

__all__ = ["HEADER", "LayerTable", "program_hash", "program_text"]

HEADER: Final = "alta-program 1"
_TABULATED: Final = 256
"""How many lengths are tabulated of a function of the length, when nothing bounds the length."""

_BARE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*\Z")


def program_text(program: Program) -> str:
    """Returns the canonical text of a program."""
    return "\n".join(_lines(program)) + "\n"


def program_hash(program: Program) -> str:
    """Returns the SHA-256 of a program's canonical text, in hexadecimal."""
    return hashlib.sha256(program_text(program).encode()).hexdigest()


@final
@dataclass(frozen=True)
class LayerTable:
    """A layer bound by length that was read back from text."""

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
    yield HEADER
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
    bounds = [program.layer_bound(length) for length in range(1, longest + 1)]
    return _json([_layers_of_nothing(program), *bounds])


def _layers_of_nothing(program: Program) -> int:
    """Returns the bound for no tokens, which may be negative: their layers have no positions."""
    try:
        return max(0, program.layer_bound(0) or 0)
    except ProgramError:
        return 0
