"""The notation of a program's parts: what errors quote, hashes cover and files keep.

One line a fact. `alta.lang.program` puts the lines together, `alta.lang.parsing` reads them back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Final

from alta.lang.heads import Head
from alta.lang.kinds import Categorical, Numerical, SetVariable, Variable
from alta.lang.rules import Rule
from alta.lang.values import Defined, show_value

__all__ = ["HEADER", "compact", "head_line", "quoted", "rule_line", "variable_line"]

HEADER: Final = "alta-program 1"

# Names of other forms are written as JSON strings.
_BARE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*\Z")


def variable_line(name: str, variable: Variable) -> str:
    """Returns the line of a variable: its kind, and its first values as a table."""
    return f"variable {quoted(name)} {_kind(variable)} {_initial(name, variable)}"


def head_line(name: str, head: Head, output: Variable) -> str:
    """Returns the line of a head; of a mean also the points that it is discretised to."""
    mask = "-" if head.mask is None else compact(head.mask)
    points = f" {_kind(output)}" if isinstance(output, Numerical) else ""
    return (
        f"head {quoted(name)} query {quoted(head.query)} key {quoted(head.key)} "
        f"value {quoted(head.value)} mask {mask}{points}"
    )


def rule_line(rule: Rule) -> str:
    """Returns the line of a rule."""
    atoms = " & ".join(f"{quoted(atom.variable)}={atom.value}" for atom in rule.atoms)
    return f"rule {atoms or 'always'} -> {quoted(rule.variable)} := {show_value(rule.value)}"


def compact(value: Any) -> str:
    """Returns JSON without spaces."""
    return json.dumps(value, separators=(",", ":"))


def quoted(name: str | None) -> str:
    """Returns a name, in quotes where it needs them; a dash for none."""
    if name is None:
        return "-"
    return name if _BARE.match(name) else json.dumps(name)


def _kind(variable: Variable) -> str:
    match variable:
        case Categorical():
            return f"range {variable.range}"
        case Numerical():
            return f"values {'-' if variable.values is None else compact(variable.values)}"
        case SetVariable():
            return f"subsets {compact(list(map(sorted, variable.values)))} of {variable.range}"
    raise TypeError(variable)


def _initial(name: str, variable: Variable) -> str:
    initial = variable.initial
    if initial.table is not None:
        return f"{initial.source} {_table(initial.table)}"
    # Only a position function of a program without position_range has no table.
    start = [variable.computed(index, name=name) for index in range(min(8, variable.size))]
    return f"{initial.source} {_table(start)[:-1]},…]"


def _table(values: Iterable[Defined]) -> str:
    return compact([sorted(value) if isinstance(value, frozenset) else value for value in values])
