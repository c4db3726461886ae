"""Evidence: what a certificate says of runs, read strictly. None of it is believed unchecked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, final

from alta_verify.check.program import Program, ValueBits, bits_of
from alta_verify.check.refused import Refused
from alta_verify.check.windows import Acceptor, Neighbours, ghosts

__all__ = ["PARIKH", "WORDS", "Evidence", "Hint", "InvariantEvidence"]

WORDS: Final = "words"
PARIKH: Final = "censuses"  # what the format calls Parikh vectors

_STATES: Final = 1 << 12  # of an automaton, at most
_LARGEST: Final = 1 << 16  # values of a name in a pattern, at most


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
        return cls(
            tuple(_row(row, program) for row in _list(rows)),
            tuple(
                Hint(_names(names, program), _names(heads, program), by)
                for names, heads, by in hints
            ),
            _exclusions(excluded, program),
        )


@final
@dataclass(frozen=True)
class InvariantEvidence:
    """What there is to check of inputs of any length: an invariant, and states not to occur."""

    acceptor: Acceptor
    patterns: tuple[Neighbours, ...]
    excluded: Mapping[str, tuple[Mapping[str, ValueBits], ...]]  # by variable

    @classmethod
    def read(cls, content: Mapping[str, Any], program: Program) -> InvariantEvidence:
        """Reads the contents of ``evidence.json``."""
        automaton, patterns, excluded = _fields(content, "automaton", "patterns", "excluded")
        names = {*program.variables, *ghosts(program).values()}
        return cls(
            _acceptor(automaton, program),
            tuple(
                tuple(_site(site, names) for site in _list(pattern)) for pattern in _list(patterns)
            ),
            _exclusions(excluded, program),
        )


def _acceptor(content: Any, program: Program) -> Acceptor:
    start, accepting, moves = _fields(content, "start", "accepting", "moves")
    states = len(_list(moves))
    if states > _STATES:
        raise _unexpected(f"an automaton of at most {_STATES} states", states)

    def target(state: Any) -> int:
        return _number(state, states, "states")

    by_state = []
    for row in moves:
        pairs = [(symbol, to) for symbol, to in map(_pair, _list(row))]
        tokens = [_number(symbol, len(program.vocab), "tokens") for symbol, _ in pairs]
        if len(set(tokens)) != len(tokens):
            raise _unexpected("one move a token", row)
        by_state.append({symbol: target(to) for symbol, to in pairs})
    return Acceptor(target(start), frozenset(map(target, _list(accepting))), by_state)


def _pair(content: Any) -> tuple[Any, Any]:
    if not isinstance(content, list) or len(content) != 2:
        raise _unexpected("a token and the state that it leads to", content)
    return content[0], content[1]


def _site(content: Any, names: Collection[str]) -> Mapping[str, ValueBits]:
    if not isinstance(content, dict) or not content.keys() <= set(names):
        raise _unexpected(f"an object with some of {', '.join(sorted(names))}", content)
    return {
        name: bits_of(_number(value, _LARGEST, "values") for value in _list(values))
        for name, values in content.items()
    }


def _number(content: Any, bound: int, plural: str) -> int:
    # `type` and not `isinstance`: to Python True is an int.
    if type(content) is not int or not 0 <= content < bound:
        raise _unexpected(f"one of {bound} {plural}, from 0", content)
    return content


def _exclusions(content: Any, program: Program) -> dict[str, tuple[Mapping[str, ValueBits], ...]]:
    exclusions = [_fields(entry, "variable", "states") for entry in _list(content)]
    # Each once: of two entries for one variable the mapping below would keep the last alone.
    variables = [variable for variable, _ in exclusions]
    if len(set(variables)) != len(variables) or not set(variables) <= program.variables.keys():
        raise _unexpected("variables, each once, in excluded", variables)
    return {
        variable: tuple(_state(state, program) for state in _list(states))
        for variable, states in exclusions
    }


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
