"""Evidence: what a certificate says of runs, read strictly. None of it is believed unchecked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from alta_verify.check.program import Mask, Program, mask_of
from alta_verify.check.refused import Refused

__all__ = ["Evidence", "Hint"]


@final
@dataclass(frozen=True)
class Hint:
    """A slice to run.

    Attributes:
        names: the names whose values count.
        defined: the heads of which it only counts whether they are UNDEFINED.
        by: "words" or "censuses".
    """

    names: frozenset[str]
    defined: frozenset[str]
    by: str


@final
@dataclass(frozen=True)
class Evidence:
    """What there is to check.

    Attributes:
        rows: a row of value sets for each position.
        hints: the slices to run.
        excluded: for some variables, local states that are said to occur in no run.
    """

    rows: tuple[Mapping[str, Mask], ...]
    hints: tuple[Hint, ...]
    excluded: Mapping[str, tuple[Mapping[str, Mask], ...]]

    @classmethod
    def read(cls, found: Mapping[str, Any], program: Program) -> Evidence:
        """Reads the contents of ``evidence.json``.

        Raises:
            Refused: when something is there that should not be, or is not there that should.
        """
        sets, runs, excluded = _fields(found, "value_sets", "runs", "excluded")
        hints = [_fields(one, "names", "defined", "by") for one in _list(runs)]
        states = [_fields(one, "variable", "states") for one in _list(excluded)]
        variables = [variable for variable, _ in states]
        if len(set(variables)) != len(variables) or not set(variables) <= program.variables.keys():
            raise Refused(f"evidence: excluded: expected variables, each once, got {variables}")
        return cls(
            tuple(_row(row, program) for row in _list(sets)),
            tuple(
                Hint(_names(names, program), _names(own, program), by) for names, own, by in hints
            ),
            {
                variable: tuple(_state(state, program) for state in _list(own))
                for variable, own in states
            },
        )


def _fields(found: Any, *names: str) -> list[Any]:
    if not isinstance(found, dict) or list(found) != list(names):
        raise Refused(f"evidence: expected {', '.join(names)}, got {str(found)[:60]}")
    return list(found.values())


def _list(found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise Refused(f"evidence: expected a list, got {str(found)[:60]}")
    return found


def _names(found: Any, program: Program) -> frozenset[str]:
    names = _list(found)
    if any(name not in program.names for name in names) or len(set(names)) != len(names):
        raise Refused(f"evidence: expected names of the program, each once, got {names}")
    return frozenset(names)


def _row(found: Any, program: Program) -> Mapping[str, Mask]:
    values = _fields(found, *program.names)
    return {
        name: mask_of(_index(index, name, program) for index in _list(own))
        for name, own in zip(program.names, values, strict=True)
    }


def _state(found: Any, program: Program) -> Mapping[str, Mask]:
    if not isinstance(found, dict):
        raise Refused(f"evidence: expected a local state, got {str(found)[:60]}")
    return {
        name: mask_of([_index(index, name, program)])
        for name in _names(list(found), program)
        for index in [found[name]]
    }


def _index(found: Any, name: str, program: Program) -> int:
    """Returns the index of a value of a name; -1, which is UNDEFINED, only of a head."""
    if name in program.heads:
        least, size = -1, program.heads[name].size
    else:
        least, size = 0, len(program.variables[name].values)
    if type(found) is not int or not least <= found < size:
        raise Refused(f"evidence: {name} has no value {found!r}")
    return found
