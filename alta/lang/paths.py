"""Python MLP functions: every path through one becomes rules."""

from __future__ import annotations

import inspect
import sys
from collections.abc import (
    AsyncGenerator,
    Callable,
    Coroutine,
    Generator,
    Iterable,
    Iterator,
    Mapping,
)
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod
from pathlib import Path
from random import Random
from typing import Any, Final, NoReturn, final

from alta.errors import ProgramError, StateAttributeError, UndefinedVariableError, nearest
from alta.lang.diagrams import ABSENT, Diagrams, TooLarge
from alta.lang.faceted import NotFollowed, behaviour_of
from alta.lang.factoring import Behaviour, TooManyRules, factored
from alta.lang.kinds import UNTESTABLE, Numerical, Variable
from alta.lang.reading import Fork, Forks, plain
from alta.lang.rules import Atom, Rule, assigned_value
from alta.lang.values import UNDEFINED, Defined, Value
from alta.lang.watch import Watch

__all__ = ["MAX_PATHS", "MAX_RULES", "MLPFunction", "ManyPaths", "Reads", "rules_at", "rules_of"]

MLPFunction = Callable[["Reads"], object]

# How many paths a function may have to become rules, and how many rules it may become.
MAX_PATHS: Final = 100_000
MAX_RULES: Final = 500_000

# So many rules of one path may be looked at to see whether they are few.
_SMALL: Final = 10_000

# With more paths than this a function is followed in all states at once, where that can be done.
FEW_PATHS: Final = 2_000

# In so many states what was followed is compared with the function as it is.
_CONFIRMED: Final = 300


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
    function: MLPFunction,
    domains: Mapping[str, Variable],
    heads: Iterable[str],
    watch: Watch | None = None,
) -> tuple[Rule, ...] | ManyPaths:
    """Returns rules that mean those of all paths through an MLP function.

    The function is run once a path. A path forks where it depends on a value that was read. The
    rules are factored (`alta.lang.factoring`). There are none but a reason when there are more than
    `MAX_PATHS` paths or `MAX_RULES` rules, or when the function reads a number that has no
    `values`.
    """
    _check_function(function)
    try:
        try:
            kept_paths: list[_Path] = []
            behaviour = _behaviour(function, domains, watch or Watch(), kept_paths)
            rules = factored(behaviour, domains, frozenset(heads), MAX_RULES)
            return _kept(kept_paths, domains, rules) if kept_paths else rules
        except TooLarge:
            return _product(function, domains)
    except TooManyRules as excess:
        return ManyPaths(function, _too_many(f"{MAX_RULES:,} rules", excess.names, domains))
    except _NoRules as obstacle:
        return ManyPaths(function, str(obstacle))


def _kept(
    kept_paths: list[_Path], domains: Mapping[str, Variable], rules: tuple[Rule, ...]
) -> tuple[Rule, ...]:
    """Returns the rules of the paths where they are at most twice as many, else the others."""
    # They say what was read on the way, and are what people expect to see of a small function.
    of_paths: list[Rule] = []
    for path in kept_paths:
        states = prod(map(len, path.forks.candidates.values()))
        if states * len(path.writes) > _SMALL or len(of_paths) > 2 * len(rules):
            return rules
        of_paths += [
            rule
            for rule in _rules(path)
            # A value that is there is no rule.
            if isinstance(domains.get(rule.variable), Numerical)
            or all(
                (atom.variable, domains[atom.variable].contents[atom.value])
                != (rule.variable, rule.value)
                for atom in rule.atoms
            )
        ]
    return tuple(of_paths) if len(of_paths) <= 2 * len(rules) else rules


def _product(function: MLPFunction, domains: Mapping[str, Variable]) -> tuple[Rule, ...]:
    """Returns the rules of all paths as they are."""
    rules: list[Rule] = []
    for path in _paths(function, domains):
        # Counted before they are made, as the rules of one path may be more than memory holds.
        states = prod(map(len, path.forks.candidates.values()))
        if len(rules) + states * len(path.writes) > MAX_RULES:
            raise TooManyRules(path.forks.candidates)
        rules += _rules(path)
    return tuple(rules)


def _behaviour(
    function: MLPFunction, domains: Mapping[str, Variable], watch: Watch, kept_paths: list[_Path]
) -> Behaviour:
    """Returns what a function does, from all paths where they are few, else in one run."""
    explored = _explored(function, domains, watch, min(FEW_PATHS, MAX_PATHS), kept_paths)
    if explored is None:
        kept_paths.clear()
    if explored is None and FEW_PATHS < MAX_PATHS:
        try:
            behaviour = behaviour_of(function, domains)
        except (NotFollowed, TooLarge):
            behaviour = None
        if behaviour is not None and _is_confirmed(behaviour, function, domains):
            watch.interrupted()
            return behaviour
        explored = _explored(function, domains, watch, MAX_PATHS)
    if explored is None:
        names = next(_paths(function, domains)).forks.candidates
        raise _NoRules(_too_many(f"{MAX_PATHS:,} paths", names, domains))
    return explored


# Runs the function in some states, as it is, and compares.
def _is_confirmed(
    behaviour: Behaviour, function: MLPFunction, domains: Mapping[str, Variable]
) -> bool:
    draw = Random(0)
    at = behaviour.diagrams.at
    for _ in range(_CONFIRMED):
        indices = {name: draw.randrange(domain.size or 1) for name, domain in domains.items()}
        local = {name: (domains[name].contents or (0.0,))[i] for name, i in indices.items()}
        path = next(_paths(function, domains, local))
        written = {name: at(where, indices) for name, where in behaviour.writes.items()}
        read = {name for name, where in behaviour.reads.items() if at(where, indices)}
        assigned = {name: value for name, value in written.items() if value is not ABSENT}
        if read != path.forks.candidates.keys() or assigned != path.writes:
            return False
    return True


def _explored(
    function: MLPFunction,
    domains: Mapping[str, Variable],
    watch: Watch,
    limit: int,
    kept_paths: list[_Path] | None = None,
) -> Behaviour | None:
    """Returns what a function does, from all paths through it; None if there are too many."""
    diagrams = Diagrams(domains)
    # Paths come depth first, so that of each fork on the way those ways are here that were left.
    pending: list[list[int]] = []
    whole = diagrams.false
    for number, path in enumerate(_paths(function, domains, watch=watch), start=1):
        forks = path.forks
        if kept_paths is not None:
            kept_paths.append(path)
        if number == limit and not all(fork.is_last for fork in forks.taken):
            return None
        # What is read first decides what is read next. Below it in the order, diagrams would have
        # a node for every combination of what is read in different cases.
        for fork in forks.taken:
            diagrams.level(fork.name)
        pending += [[diagrams.false] * domains[f.name].size for f in forks.taken[len(pending) :]]
        whole = diagrams.leaf((tuple(sorted(forks.candidates)), tuple(sorted(path.writes.items()))))
        for fork, indices in zip(reversed(forks.taken), reversed(forks.splits), strict=True):
            for index in indices:
                pending[-1][index] = diagrams.restrict(whole, fork.name, index)
            if not fork.is_last:
                break
            whole = diagrams.select(fork.name, pending.pop())
    ends = {diagrams.value(leaf) for leaf in diagrams.leaves(whole)}
    return Behaviour(
        diagrams,
        reads={
            name: diagrams.apply(lambda end, name=name: name in end[0], whole)
            for name in sorted({name for read, _ in ends for name in read})
        },
        writes={
            name: diagrams.apply(lambda end, name=name: dict(end[1]).get(name, ABSENT), whole)
            for name in sorted({name for _, writes in ends for name, _ in writes})
        },
    )


def _too_many(limit: str, names: Iterable[str], domains: Mapping[str, Variable]) -> str:
    sizes = ", ".join(f"{name} ({domains[name].size})" for name in names)
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
