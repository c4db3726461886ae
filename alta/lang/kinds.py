"""The kinds of variables: categorical, numerical and set, and where a first value comes from."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType
from typing import Any, ClassVar, Final, Self, final

from alta.errors import ProgramError
from alta.lang.values import normalise_float, normalise_set, normalise_value, show_value

__all__ = [
    "UNTESTABLE",
    "Categorical",
    "InitFunction",
    "Initial",
    "Numerical",
    "SetVariable",
    "Variable",
]

InitFunction = Callable[[int], object]

UNTESTABLE: Final = (
    "was declared without values, so rules cannot test it; give values= to alta.numeric_var, or "
    "for a head output_spec=alta.numeric_var(values=...)"
)
"""What an error says of a numerical variable that has no buckets."""


_NORMALISED: Final[Mapping[str, Callable[..., Any]]] = {
    "categorical": normalise_value,
    "numerical": normalise_float,
    "set": normalise_set,
}


@final
@dataclass(frozen=True)
class Initial:
    """The source of the first value of a variable: ``"default"``, ``"token"`` or ``"position"``.

    Once the program is built the table has the values by token or by position, one value for a
    default. There is none while the domain is unknown (a position variable without a
    ``position_range``), but a function that computes them. The origin is the function that the
    table was made with, to make another one where tokens or positions become more.
    """

    source: str
    table: tuple[Any, ...] | None = None
    function: InitFunction | None = None
    origin: InitFunction | None = field(default=None, repr=False, compare=False)

    def __getstate__(self) -> dict[str, Any]:
        """Has a table pickled and copied without its origin, which few functions could be."""
        return self.__dict__ | {"origin": None}


class Variable(ABC):
    """A variable: what it can hold, and how it starts.

    A rule does not test values but *indices*: the value itself for a categorical variable, the
    bucket for a numerical one, the place among the declared subsets for a set.
    """

    kind: ClassVar[str]
    initial: Initial

    @property
    @abstractmethod
    def contents(self) -> tuple[Any, ...]:
        """What reading the variable gives, by index."""

    @property
    @abstractmethod
    def width(self) -> int:
        """How many coordinates of the residual stream hold the variable."""

    @property
    @abstractmethod
    def description(self) -> str:
        """The values, in words."""

    def index_of(self, value: Any) -> int:
        """Returns the index that rules test for a value that the variable can hold."""
        return self.places[value]

    def holds(self, value: Any) -> bool:
        """Says whether a normalised value is one of the variable's; null never is."""
        return value in self.places

    @final
    def normalise(self, value: object, *, where: str) -> Any:
        """Returns a value in the one type that the variable's values have; refuses others."""
        return _NORMALISED[self.kind](value, where=where)

    @property
    def size(self) -> int:
        """How many indices there are."""
        return len(self.contents)

    @cached_property
    def places(self) -> Mapping[Any, int]:
        """The index of each of the contents."""
        return MappingProxyType({content: index for index, content in enumerate(self.contents)})

    @final
    def starting(self, initial: Initial) -> Self:
        """Returns the same variable with another start."""
        return replace(self, initial=initial)  # type: ignore[type-var]

    @final
    def initial_value(self, token: int, position: int, *, name: str) -> Any:
        """Returns the value that the variable of this name starts with at a position, from 0."""
        # A default is a table of one entry, whatever token and position are.
        index = {"default": 0, "token": token, "position": position}[self.initial.source]
        if self.initial.table is not None:
            return self.initial.table[index]
        return self.computed(index, name=name)

    @final
    def computed(self, index: int, *, name: str) -> Any:
        """Returns what the initial-value function says for a token or position, if it may."""
        source = self.initial.source
        origin = "by default" if source == "default" else f"at {source} {index}"
        where = f"initial value of variable {name!r} {origin}"
        value = self.normalise(self._asked(index, where), where=where)
        if not self.holds(value):
            raise ProgramError(
                f"{where}: expected {self.description}, got {show_value(value)}; widen the "
                "variable's range or change its first value"
            )
        return value

    def _asked(self, index: int, where: str) -> object:
        function = self.initial.function
        if not callable(function):
            raise ProgramError(
                f"{where}: expected a function of the {self.initial.source}, got {function!r}"
            )
        try:
            value = function(index)
        except Exception as error:
            raise ProgramError(
                f"{where}: its function raised {type(error).__name__}: {error}"
            ) from error
        if value is None:
            advice = "let one of the values stand for none"
            if self.initial.source != "default":
                advice = f"does its function lack a return? If it means null, {advice}"
            raise ProgramError(f"{where}: expected {self.description}, got None; {advice}")
        return value


@final
@dataclass(frozen=True)
class Categorical(Variable):
    """A variable with the values 0 … range-1, one-hot in the residual stream."""

    range: int
    initial: Initial

    kind = "categorical"

    @cached_property
    def contents(self) -> tuple[int, ...]:
        """The values 0 … range-1."""
        return tuple(range(self.range))

    @property
    def size(self) -> int:
        """The range."""
        return self.range

    @property
    def width(self) -> int:
        """One coordinate a value."""
        return self.range

    @property
    def description(self) -> str:
        """For example ``0 … 4``."""
        return f"0 … {self.range - 1}"

    def index_of(self, value: int) -> int:
        """Returns the value itself."""
        return value

    def holds(self, value: int | None) -> bool:
        """Says whether a value is in range."""
        return value is not None and 0 <= value < self.range


@final
@dataclass(frozen=True)
class Numerical(Variable):
    """A variable that holds a real number, in one coordinate of the residual stream.

    Attributes:
        values: the points, sorted and distinct, to which the number is discretised when a rule
            tests it; None where no rule may.
        initial: where the first number comes from.
    """

    values: tuple[float, ...] | None
    initial: Initial

    kind = "numerical"
    width = 1
    description = "a finite number"

    @cached_property
    def edges(self) -> tuple[Fraction, ...]:
        """The midpoints of neighbouring values, exactly.

        Bucket i holds what is above edge i-1 and at most edge i; the first and the last bucket
        are unbounded.
        """
        # The midpoint of two floats need not be a float.
        exact = [Fraction(value) for value in self.values or ()]
        return tuple((low + high) / 2 for low, high in pairwise(exact))

    @property
    def contents(self) -> tuple[float, ...]:
        """The values to which numbers are discretised."""
        return self.values or ()

    @cached_property
    def float_edges(self) -> tuple[float, ...]:
        """For each edge the largest float that is not above it."""
        # A float is at most the edge exactly if it is at most this float, so that no fraction is
        # needed to find a bucket.
        return tuple(_rounded_down(edge) for edge in self.edges)

    def index_of(self, value: float) -> int:
        """Returns the bucket that a number lies in."""
        # A number on an edge lies in the bucket below it: bisect_left finds the first edge that is
        # not below the number.
        return bisect_left(self.float_edges, value)

    def holds(self, value: float | None) -> bool:
        """Says yes of every number: there is none that it cannot hold."""
        return value is not None


def _rounded_down(number: Fraction) -> float:
    # float() rounds to the nearest, which may be above.
    nearest = float(number)
    return nearest if nearest <= number else math.nextafter(nearest, -math.inf)


@final
@dataclass(frozen=True)
class SetVariable(Variable):
    """A variable that holds one of the declared subsets of 0 … range-1, multi-hot.

    Attributes:
        range: number of possible members.
        values: the subsets, in the order of their sorted members.
        initial: where the first subset comes from.
    """

    range: int
    values: tuple[frozenset[int], ...]
    initial: Initial

    kind = "set"

    @property
    def contents(self) -> tuple[frozenset[int], ...]:
        """The declared subsets."""
        return self.values

    @property
    def width(self) -> int:
        """One coordinate a possible member."""
        return self.range

    @property
    def description(self) -> str:
        """The first subsets, and how many there are."""
        shown = ", ".join(map(show_value, self.values[:3]))
        return shown + (f", … ({len(self.values)} subsets)" if len(self.values) > 3 else "")
