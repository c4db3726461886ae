"""Invariants: what was meant of all states of a run, at every position, between any two layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from inspect import signature
from typing import Any, Final, TypeAlias, final

from alta.errors import AltaError, nearest
from alta.lang.program import Program
from alta.lang.values import Value
from alta.limit import OutOfTime, checkpoint
from alta_verify.specs.specification import Indefinite, Specification, described, truth_of

__all__ = ["Always", "Breach", "Needed", "always", "breaches"]

# More combinations of values than this are not gone through.
_COMBINATIONS: Final = 1 << 18

Values: TypeAlias = Mapping[str, Any]


class Needed(Exception):  # noqa: N818 - an outcome, not an error
    """The name of a variable whose value has to be known, and whether before or after the layer."""

    def __init__(self, name: str, after: bool) -> None:
        super().__init__(name)
        self.name, self.after = name, after


@final
class _State(Mapping[str, Any]):
    """What an invariant is given: the variables of one position, of which some values are known."""

    def __init__(self, names: tuple[str, ...], values: Values, after: bool) -> None:
        self._names, self._values, self._after = names, values, after

    def __getitem__(self, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        if name in self._names:
            raise Needed(name, self._after)
        hint = nearest(str(name), self._names)
        raise Indefinite(f"reads {name!r}, which is no variable of the program; {hint}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@final
@dataclass(frozen=True)
class Always(Specification):
    """An invariant holds of every state, or of every two states with a layer in between.

    Attributes:
        invariant: takes the variables of a position, by name; of two states the earlier one first.
        steps: whether it takes two states.
        names: the variables of the program, once that is known.
    """

    invariant: Callable[..., Any]
    steps: bool
    names: tuple[str, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """Whose words it is."""
        return described(self.invariant)

    @property
    def statement(self) -> str:
        """What is claimed of the states."""
        when = "before and after every layer" if self.steps else "after any number of layers"
        return f"{when}, at every position, {self.name} is true of the variables"

    @property
    def parts(self) -> tuple[object, ...]:
        """All that answers depend on."""
        return self.invariant, self.steps

    def bound(self, program: Program) -> Always:
        """Returns the same about the variables of a program."""
        return replace(self, names=tuple(program.variables))

    def holds(self, before: Values, after: Values) -> bool:
        """Says whether the invariant is true; raises `Needed` for a value that is not there."""
        first, second = self._asked(before, after), self._asked(before, after)
        if first != second:
            raise Indefinite(f"says {first!r}, and asked again {second!r}")
        return first

    def _asked(self, before: Values, after: Values) -> bool:
        states = [_State(self.names, before, after=False)]
        if self.steps:
            states.append(_State(self.names, after, after=True))
        try:
            answer = self.invariant(*states)
        except (Needed, Indefinite, OutOfTime):
            raise
        except Exception as error:
            raise Indefinite(f"raises {type(error).__name__}: {error}") from error
        return truth_of(answer)


@final
@dataclass(frozen=True)
class Breach:
    """Values, by name and index, with which an invariant does not hold, or is not definite."""

    before: Mapping[str, int]
    after: Mapping[str, int]


def always(invariant: Callable[..., bool]) -> Specification:
    """Specifies that something is true in every state, at every position.

    Args:
        invariant: takes the variables of a position by name, as in ``z["pc"]``, and returns True or
            False; with two parameters, those before and those after a layer.

    Raises:
        AltaError: when `invariant` is no such function.
    """
    expected = "specs.always: expected a function of a state, or of two"
    if not callable(invariant):
        raise AltaError(f"{expected}, got {invariant!r}")
    try:
        takes = signature(invariant)
    except (TypeError, ValueError):
        return Always(invariant, steps=False)
    for states in (1, 2):
        try:
            takes.bind(*range(states))
        except TypeError:
            continue
        return Always(invariant, steps=states == 2)
    raise AltaError(f"{expected}, got {described(invariant)} with the parameters {takes}")


def breaches(invariant: Always, values: Mapping[str, Mapping[int, Value]]) -> Iterator[Breach]:
    """Yields all ways to break an invariant, with values that each variable may have.

    Values are given by index. An invariant is asked only about the variables that it reads, one
    after another: where it has answered, the others may have any value. `Indefinite` is raised
    where it reads too many together.
    """
    pending: list[tuple[dict[str, int], dict[str, int]]] = [({}, {})]
    asked = 0
    while pending:
        checkpoint()
        before, after = pending.pop()
        asked += 1
        if asked > _COMBINATIONS:
            raise Indefinite(f"reads variables that have more than {_COMBINATIONS} values together")
        try:
            held = invariant.holds(
                {name: values[name][index] for name, index in before.items()},
                {name: values[name][index] for name, index in after.items()},
            )
        except Needed as needed:
            for index in values[needed.name]:
                choice = {needed.name: index}
                if needed.after:
                    pending.append((before, after | choice))
                else:
                    pending.append((before | choice, after))
            continue
        except Indefinite:
            # Whether that matters depends on whether a run gets there.
            held = False
        if not held:
            yield Breach(before, after)
