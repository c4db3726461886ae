"""Readings: what an MLP function gets when it reads a variable, before it is known which value.

A function is run once a path, and a path forks where its course depends on a value. A reading puts
that off: comparing it, or computing with it, forks over the different *outcomes*, not over the
values. ``z["x"] < 3`` has two outcomes however many values x has.
"""

from __future__ import annotations

import math
import operator
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, final

from alta.errors import ProgramError
from alta.lang.kinds import Variable
from alta.lang.watch import Watch

__all__ = ["Fork", "Forks", "Reading", "plain"]

# Outcomes of these types are the same outcome when they are written the same.
_COMPARABLE: Final = (bool, int, float, str, frozenset, type(None))


@final
@dataclass(frozen=True)
class Fork:
    """A place where a path depends on what was read: in how many ways, and which it takes."""

    name: str
    ways: int
    way: int

    @property
    def is_last(self) -> bool:
        """Whether no way is left behind this one."""
        return self.way + 1 == self.ways


@final
class Forks:
    """One path through a function: for each name read the indices still possible, and the forks.

    Decisions say which ways to take at the first forks; behind them it is always the first. The
    watch is told what readings are compared with.
    """

    def __init__(
        self, domains: Mapping[str, Variable], decisions: list[Fork], watch: Watch
    ) -> None:
        self._domains = domains
        self._watch = watch
        self._decisions = decisions
        self.candidates: dict[str, tuple[int, ...]] = {}
        self.taken: list[Fork] = []
        # For each fork the indices with which the path goes on.
        self.splits: list[tuple[int, ...]] = []

    def read(self, name: str, candidates: tuple[int, ...]) -> Any:
        """Returns a reading of a name, or its value where there is only one left."""
        self.candidates.setdefault(name, candidates)
        return self.settled(name) if len(self.candidates[name]) == 1 else Reading(self, name)

    def settled(self, name: str) -> Any:
        """Returns the value of a name, after forking over all that are left."""
        candidates = self.candidates[name]
        if len(candidates) > 1:
            self._keep(name, (candidates[self._choose(name, len(candidates))],))
        return self.example(name)

    def example(self, name: str) -> Any:
        """Returns one of the values that a name can still have."""
        return self._domains[name].contents[self.candidates[name][0]]

    def equal(self, name: str, value: Any) -> Any:
        """Returns whether a reading equals a value, after forking over that.

        It is what `outcome` would say of it, without comparing the value with all that is left.
        """
        # Above this method is that of the reading, above it the comparison.
        comparison = sys._getframe(2)
        if type(value) not in _COMPARABLE:
            equal = self.outcome(name, lambda content: content == value)
            possible = equal is not False or any(
                (content == value) is not False for content in self._domains[name].contents
            )
            self._watch.compared(comparison, name, value, possible=possible)
            return equal
        candidates, place = self.candidates[name], self._domains[name].places.get(value)
        self._watch.compared(comparison, name, value, possible=place is not None)
        # Candidates are in ascending order: each fork leaves a subsequence of them.
        at = len(candidates) if place is None else bisect_left(candidates, place)
        if at == len(candidates) or candidates[at] != place:
            return False
        if len(candidates) == 1:
            return True
        # `outcome` numbers its ways by the first index that takes each: the way of "equal" is the
        # first exactly if the value is the first candidate.
        equal = (self._choose(name, 2) == 0) == (at == 0)
        self._keep(name, (place,) if equal else candidates[:at] + candidates[at + 1 :])
        return equal

    def outcome(self, name: str, function: Callable[[Any], Any]) -> Any:
        """Returns what a function makes of a reading, after forking over what it can make of it."""
        contents = self._domains[name].contents
        ways: dict[object, list[int]] = {}
        outcomes: dict[object, tuple[Any, Exception | None]] = {}
        for index in self.candidates[name]:
            key, result, error = _attempt(function, contents[index], index)
            ways.setdefault(key, []).append(index)
            outcomes.setdefault(key, (result, error))
        chosen = next(iter(ways))
        if len(ways) > 1:
            chosen = list(ways)[self._choose(name, len(ways))]
            self._keep(name, tuple(ways[chosen]))
        result, error = outcomes[chosen]
        if error is not None:
            raise error
        return result

    def _keep(self, name: str, indices: tuple[int, ...]) -> None:
        self.candidates[name] = indices
        self.splits.append(indices)

    def _choose(self, name: str, ways: int) -> int:
        depth = len(self.taken)
        fork = Fork(name, ways, 0)
        if depth < len(self._decisions):
            fork = self._decisions[depth]
            if (fork.name, fork.ways) != (name, ways):
                raise ProgramError(
                    "the MLP function is not deterministic: run twice on the same values, it "
                    f"depended on {fork.name!r} first and then on {name!r}"
                )
        self.taken.append(fork)
        return fork.way


# Returns a key that equal outcomes share, and the outcome: a result or an error.
def _attempt(
    function: Callable[[Any], Any], content: Any, index: int
) -> tuple[object, Any, Exception | None]:
    # An operation may fail for some of the values, on paths that are never taken.
    try:
        result = function(content)
    except Exception as error:  # noqa: BLE001 - raised where the path takes this way
        return (index,), None, error
    if type(result) in _COMPARABLE:
        # By type, too: 1, 1.0 and True are equal, and the function may yet tell them apart. By what
        # is written, as 0.0 equals -0.0, and NaN does not equal itself.
        return (type(result), repr(result)), result, None
    return (index,), result, None


def plain(value: Any) -> Any:
    """Returns a value itself, for a reading after forking over its values."""
    if type(value) is Reading:
        return object.__getattribute__(value, "_forks").settled(
            object.__getattribute__(value, "_name")
        )
    return value


@final
class Reading:
    """The value of a variable while several are possible.

    It can be used like the int, float or frozenset that it stands for.
    """

    __slots__ = ("_forks", "_name")

    def __init__(self, forks: Forks, name: str) -> None:
        self._forks = forks
        self._name = name

    @property  # type: ignore[misc]
    def __class__(self) -> Any:  # isinstance asks for it
        return type(self._forks.example(self._name))

    def __getattr__(self, name: str) -> Any:
        return getattr(plain(self), name)

    def __iter__(self) -> Iterator[Any]:
        return iter(plain(self))

    def __hash__(self) -> int:
        return hash(plain(self))

    def __eq__(self, other: object) -> Any:
        return self._forks.equal(self._name, plain(other))

    def __ne__(self, other: object) -> Any:
        return not self._forks.equal(self._name, plain(other))

    def __contains__(self, member: object) -> bool:
        value = plain(member)
        return bool(self._forks.outcome(self._name, lambda content: value in content))


def _forking(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Reading, *arguments: Any) -> Any:
        # Outcomes are those of one reading; all others are settled first, value by value.
        constants = [plain(argument) for argument in arguments]
        return self._forks.outcome(self._name, lambda content: function(content, *constants))

    return method


def _reflected(function: Callable[[Any, Any], Any]) -> Callable[[Reading, Any], Any]:
    def method(self: Reading, constant: Any) -> Any:
        return self._forks.outcome(self._name, lambda content: function(constant, content))

    return method


_BUILT_IN: Final = (abs, bool, complex, float, format, int, len, repr, round, str)
_OPERATIONS: Final[Mapping[str, Callable[..., Any]]] = {
    **{f.__name__: f for f in (*_BUILT_IN, math.ceil, math.floor, math.trunc)},
    **{f.__name__: f for f in (operator.index, operator.invert, operator.neg, operator.pos)},
    **{word: getattr(operator, word) for word in ("lt", "le", "gt", "ge")},
}
_WORDS: Final = ("add", "and", "floordiv", "lshift", "mod", "mul", "or", "rshift", "sub", "xor")
_REFLECTED: Final[Mapping[str, Callable[..., Any]]] = {
    **{word: getattr(operator, f"__{word}__") for word in (*_WORDS, "truediv")},
    "divmod": divmod,
    "pow": pow,
}

# Python looks its special methods up in the class, so __getattr__ does not serve them.
for _word, _function in {**_OPERATIONS, **_REFLECTED}.items():
    setattr(Reading, f"__{_word}__", _forking(_function))
for _word, _function in _REFLECTED.items():
    setattr(Reading, f"__r{_word}__", _reflected(_function))
