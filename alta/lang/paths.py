"""Python MLP functions: every path through one becomes rules."""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod
from pathlib import Path
from typing import Any, Final, NoReturn, final

from alta.errors import ProgramError, StateAttributeError, UndefinedVariableError, nearest
from alta.lang.kinds import UNTESTABLE, Variable
from alta.lang.reading import Fork, Forks, plain
from alta.lang.rules import Atom, Rule, assigned_value
from alta.lang.values import UNDEFINED, Defined, Value
from alta.lang.watch import Watch

__all__ = ["MAX_PATHS", "MAX_RULES", "MLPFunction", "ManyPaths", "Reads", "rules_at", "rules_of"]

MLPFunction = Callable[["Reads"], object]

# How many paths a function may have to become rules, and how many rules it may become.
MAX_PATHS: Final = 100_000
MAX_RULES: Final = 250_000


@final
@dataclass(frozen=True)
class ManyPaths:
    """The MLP of a program whose function cannot be turned into rules, with the reason why.

    Such a program can be interpreted, by running the function, and nothing else.
    """

    function: MLPFunction
    reason: str

    def get_rules(self) -> NoReturn:
        """Raises a ProgramError with the reason why there are no rules."""
        raise ProgramError(f"there are no rules: {self.reason}")


class _NoRules(Exception):  # noqa: N818 - an outcome, not an error
    """The reason why a function cannot be turned into rules."""


@final
@dataclass(frozen=True)
class _Path:
    """A path through a function in one state, or in any: what was read on it, and written."""

    domains: Mapping[str, Variable]
    local: Mapping[str, Value] | None
    forks: Forks
    watch: Watch
    writes: dict[str, Defined | None] = field(default_factory=dict)

    def read(self, name: str) -> Any:
        if name not in self.domains:
            raise ProgramError(
                f"the MLP function reads {name!r}, which is neither a variable nor a head; "
                f"{nearest(str(name), self.domains)}"
            )
        domain = self.domains[name]
        if domain.size:
            return self.forks.read(name, self._candidates(name, domain))
        # No index stands for such a number, so no rule can test it: only one state can give it.
        if self.local is None:
            raise _NoRules(
                f"the MLP function reads the numerical variable {name!r}, which {UNTESTABLE}"
            )
        number = self.local[name]
        if number is UNDEFINED:
            raise UndefinedVariableError(
                f"the MLP function reads {name!r}, which is UNDEFINED", variable=name
            )
        return number

    def _candidates(self, name: str, domain: Variable) -> tuple[int, ...]:
        # Of an UNDEFINED name all values are tried: whatever rule tests it is an undefined read.
        if self.local is None or self.local[name] is UNDEFINED:
            return tuple(range(domain.size))
        return (domain.index_of(self.local[name]),)


@final
class Reads:
    """The `z` that an MLP function sees: the state of one position after attention.

    Reading ``z["x"]`` gives the value after attention, whatever was written since; writing
    ``z["x"] = 3`` assigns it, and the last write counts.
    """

    __slots__ = ("_path",)

    def __init__(self, path: _Path) -> None:
        """Takes the path that the function is on."""
        object.__setattr__(self, "_path", path)

    def __getitem__(self, name: str) -> Any:
        """Returns the value of a variable or head output after attention."""
        path: _Path = self._path
        path.watch.read(sys._getframe(1), name, written=name in path.writes)
        return path.read(name)

    def __setitem__(self, name: str, value: object) -> None:
        """Assigns a variable; None makes a trap, as in `alta.MLPBuilder.set`."""
        path: _Path = self._path
        path.writes[name] = assigned_value(
            plain(value),
            where=f"value that the MLP function assigns to {name!r}",
            variable=path.domains.get(name),
        )

    def __iter__(self) -> NoReturn:
        raise ProgramError(
            "the state that an MLP function takes has no list of names; read them one by one, "
            "z['x'], and write them so"
        )

    def __getattr__(self, name: str) -> NoReturn:
        raise _no_attribute(f"z.{name} is read", f"read z[{name!r}]")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise _no_attribute(f"z.{name} is assigned", f"write z[{name!r}] = {value!r}")


# Returns the error of a line that takes a variable for an attribute of the state.
def _no_attribute(deed: str, advice: str) -> StateAttributeError:
    # Above this function is the method, above it the line.
    frame = sys._getframe(2)
    place = f"{Path(frame.f_code.co_filename).name}, line {frame.f_lineno}"
    return StateAttributeError(
        f"{place}: {deed}, but the state that an MLP function takes has no attributes; {advice}"
    )


def _paths(
    function: MLPFunction,
    domains: Mapping[str, Variable],
    local: Mapping[str, Value] | None = None,
    watch: Watch | None = None,
) -> Iterator[_Path]:
    """Yields every path through a function, depth first, after having run it."""
    # Depth-first search over the tree of forks by running the function again from the start for
    # every leaf, as concolic execution does (Godefroid et al. 2005): a decision list says which
    # ways to take, and behind its end the first way is taken.
    decisions: list[Fork] = []
    watch = watch or Watch()
    while True:
        path = _Path(domains, local, Forks(domains, decisions, watch), watch)
        result = function(Reads(path))
        _check_result(result)
        watch.ended(result, wrote=bool(path.writes))
        if len(path.forks.taken) < len(decisions):
            raise ProgramError(
                "the MLP function is not deterministic: run twice on the same values, it "
                f"depended on {decisions[len(path.forks.taken)].name!r} the first time only"
            )
        yield path
        # Advance the last fork that has ways left.
        taken = path.forks.taken
        while taken and taken[-1].is_last:
            taken.pop()
        if not taken:
            return
        decisions = [*taken[:-1], replace(taken[-1], way=taken[-1].way + 1)]


# Of a generator or a coroutine the body waits to be run: calling it has no effect.
def _check_result(result: object) -> None:
    if isinstance(result, (Generator, Coroutine, AsyncGenerator)):
        if isinstance(result, (Generator, Coroutine)):
            result.close()
        raise ProgramError(
            f"ffn_fn: expected a function that assigns z['y'] = value, got one whose call gives "
            f"{result!r} and runs nothing; leave out 'yield', 'async' and 'await'"
        )


# An MLP function has to take the state alone.
def _check_function(function: object) -> None:
    if not callable(function):
        raise ProgramError(f"ffn_fn: expected a function of one argument, got {function!r}")
    try:
        inspect.signature(function).bind("z")
    except TypeError as error:
        raise ProgramError(
            f"ffn_fn: expected a function of one argument, the state z; {function!r} cannot be "
            f"called so: {error}"
        ) from error
    except ValueError:
        # Of some functions written in C the parameters are not to be had.
        return


def _rules(path: _Path) -> Iterator[Rule]:
    # A path is a box of states; each of its writes becomes a rule for every state in it.
    for indices in product(*path.forks.candidates.values()):
        atoms = tuple(map(Atom, path.forks.candidates, indices))
        for name, value in path.writes.items():
            yield Rule(atoms, name, value)


def rules_of(
    function: MLPFunction, domains: Mapping[str, Variable], watch: Watch | None = None
) -> tuple[Rule, ...] | ManyPaths:
    """Returns the rules of all paths through an MLP function.

    The function is run once a path. A path forks where it depends on a value that was read, so
    that a rule tests only what was read on its path. There are none but a reason when there are
    more than `MAX_PATHS` paths or `MAX_RULES` rules, or when the function reads a number that has
    no `values`.
    """
    _check_function(function)
    rules: list[Rule] = []
    try:
        for number, path in enumerate(_paths(function, domains, watch=watch), start=1):
            # Counted before they are made, as the rules of one path may be more than memory holds.
            states = prod(map(len, path.forks.candidates.values()))
            if len(rules) + states * len(path.writes) > MAX_RULES:
                return ManyPaths(function, _too_many(f"{MAX_RULES:,} rules", path, domains))
            rules += _rules(path)
            if number == MAX_PATHS and not all(fork.is_last for fork in path.forks.taken):
                return ManyPaths(function, _too_many(f"{MAX_PATHS:,} paths", path, domains))
    except _NoRules as obstacle:
        return ManyPaths(function, str(obstacle))
    return tuple(rules)


def _too_many(limit: str, path: _Path, domains: Mapping[str, Variable]) -> str:
    sizes = ", ".join(f"{name} ({domains[name].size})" for name in path.forks.candidates)
    return (
        f"the MLP function has more than {limit}; these reads multiply: {sizes}. Read fewer "
        "variables on a path, or write the rules with alta.MLPBuilder. Until then the program can "
        "be interpreted, but not compiled"
    )


def rules_at(
    function: MLPFunction, domains: Mapping[str, Variable], local: Mapping[str, Value]
) -> Iterator[Rule]:
    """Yields the rules of a function that fire in one state, or would but for an UNDEFINED name."""
    for path in _paths(function, domains, local):
        yield from _rules(path)
