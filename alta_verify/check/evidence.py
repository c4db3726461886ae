"""Evidence: what a certificate says of runs, read strictly. None of it is believed unchecked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, final

from alta_verify.check.program import Program, ValueBits, bits_of
from alta_verify.check.refused import Refused

__all__ = ["PARIKH", "WORDS", "Evidence", "Hint"]

WORDS: Final = "words"
PARIKH: Final = "censuses"  # what the format calls Parikh vectors


@final
@dataclass(frozen=True)
class Hint:
    """A slice to run."""

    names: frozenset[str]  # whose values count
    defined: frozenset[str]  # the heads of which it only counts whether they are UNDEFINED
    by: str  # how its inputs are taken, `WORDS` or `PARIKH`


@final
@dataclass(frozen=True)
class Evidence:
    """What there is to check: value sets, slices to run, and states that are said not to occur."""

    rows: tuple[Mapping[str, ValueBits], ...]  # a row for each position
    hints: tuple[Hint, ...]
    excluded: Mapping[str, tuple[Mapping[str, ValueBits], ...]]  # by variable

    @classmethod
    def read(cls, content: Mapping[str, Any], program: Program) -> Evidence:
        """Reads the contents of ``evidence.json``."""
        rows, runs, excluded = _fields(content, "value_sets", "runs", "excluded")
        hints = [_fields(run, "names", "defined", "by") for run in _list(runs)]
        exclusions = [_fields(entry, "variable", "states") for entry in _list(excluded)]
        # Each once: of two entries for one variable the mapping below would keep the last alone.
        variables = [variable for variable, _ in exclusions]
        if len(set(variables)) != len(variables) or not set(variables) <= program.variables.keys():
            raise _unexpected("variables, each once, in excluded", variables)
        return cls(
            tuple(_row(row, program) for row in _list(rows)),
            tuple(
                Hint(_names(names, program), _names(heads, program), by)
                for names, heads, by in hints
            ),
            {
                variable: tuple(_state(state, program) for state in _list(states))
                for variable, states in exclusions
            },
        )


def _unexpected(expected: str, got: object) -> Refused:
    return Refused(f"evidence.json: expected {expected}, got {got!r:.80}")


def _fields(content: Any, *names: str) -> list[Any]:
    if not isinstance(content, dict) or list(content) != list(names):
        raise _unexpected(f"an object with {', '.join(names)}", content)
    return list(content.values())


def _list(content: Any) -> list[Any]:
    if not isinstance(content, list):
        raise _unexpected("a list", content)
    return content


def _names(content: Any, program: Program) -> frozenset[str]:
    names = _list(content)
    if any(name not in program.names for name in names) or len(set(names)) != len(names):
        raise _unexpected("names of the program, each once", names)
    return frozenset(names)


def _row(content: Any, program: Program) -> Mapping[str, ValueBits]:
    sets = _fields(content, *program.names)
    return {
        name: bits_of(_index(index, name, program) for index in _list(members))
        for name, members in zip(program.names, sets, strict=True)
    }


def _state(content: Any, program: Program) -> Mapping[str, ValueBits]:
    if not isinstance(content, dict):
        raise _unexpected("a local state, as an object", content)
    return {
        name: bits_of([_index(content[name], name, program)])
        for name in _names(list(content), program)
    }


def _index(content: Any, name: str, program: Program) -> int:
    """Returns the index of a value of a name; -1, which is UNDEFINED, only of a head."""
    least, size = -1 if name in program.heads else 0, program.sizes[name]
    # `type` and not `isinstance`: to Python True is an int.
    if type(content) is not int or not least <= content < size:
        raise Refused(
            f"evidence.json: {name} has no value {content!r:.40}, expected an index from {least} "
            f"to {size - 1}"
        )
    return content
