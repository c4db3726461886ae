"""Values for all inputs at once: what a Python value is on each input, with guards in a graph.

What is no `Symbolic` is a value that is the same on all inputs. A facet means something on the
inputs on which it was made and nothing on the others, so that guards need not cover those.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, NoReturn, final

from alta.lang.diagrams import key_of
from alta_verify.reach.symbolic.graph import TRUE, Literal

__all__ = [
    "VOID",
    "Choice",
    "Digits",
    "Iterator",
    "List",
    "Method",
    "Number",
    "Scalars",
    "Sequence",
    "Slice",
    "Symbolic",
    "Table",
]


class Symbolic:
    """A value that may depend on the input."""

    def __bool__(self) -> NoReturn:
        raise TypeError(f"Expected to ask where it is true, got {self!r} where a bool is needed.")


@final
class _Void:
    """What stands for a value on no input: there was an error on all of them."""

    def __repr__(self) -> str:
        return "VOID"


VOID: Final = _Void()
"""What is left of a value where its making has failed on every input."""


@final
@dataclass(frozen=True, eq=False)
class Scalars(Symbolic):
    """One of several values that have no parts to change, such as numbers, texts and None.

    Attributes:
        cases: the values, each with the inputs on which it is this one.
    """

    cases: tuple[tuple[Any, Literal], ...]

    @cached_property
    def key(self) -> Hashable:
        """What equal ones share."""
        return frozenset((key_of(value), guard) for value, guard in self.cases)

    @cached_property
    def whole(self) -> bool:
        """Whether all values are whole numbers; False and True are not among them."""
        return all(type(value) is int for value, _ in self.cases)


@final
@dataclass(frozen=True, eq=False)
class Number(Symbolic):
    """A whole number that is a constant and multiples of others: c + Σ aᵢ·xᵢ.

    Attributes:
        constant: c.
        terms: aᵢ and xᵢ, which are whole numbers and not the same for all inputs.
        lower: no value is less.
        upper: no value is more.
    """

    constant: int
    terms: tuple[tuple[int, Scalars], ...]
    lower: int
    upper: int


@final
@dataclass(frozen=True, eq=False)
class Sequence(Symbolic):
    """A tuple or a text of so many elements.

    Attributes:
        kind: `tuple`, or `str`, whose elements are texts of one character.
        elements: their facets.
    """

    kind: type
    elements: tuple[Any, ...]


@final
@dataclass(frozen=True, eq=False)
class Digits(Symbolic):
    """The decimal text of a number that is not negative: it begins where no zero is left out.

    Attributes:
        number: the facet of the number.
        padded: its digits, texts of one character, with the zeros before them.
    """

    number: Any
    padded: tuple[Any, ...]


@final
@dataclass(frozen=True, eq=False)
class Choice(Symbolic):
    """One of several facets that are not of one form.

    Attributes:
        cases: the facets, none of which is a choice, each with the inputs on which it is this one.
    """

    cases: tuple[tuple[Literal, Any], ...]


@final
@dataclass(eq=False)
class List(Symbolic):
    """A list: one object, whatever is in it.

    Attributes:
        content: the facet of a tuple of what is in it.
        lasting: whether it is from outside, and not to be changed.
        loops: how many loops go through it, and would see changes.
    """

    content: Any
    lasting: bool = False
    loops: int = 0


@final
@dataclass(eq=False)
class Table(Symbolic):
    """A dictionary or a set: one object, whatever is in it.

    Attributes:
        kind: `dict`, `set` or `frozenset`.
        entries: for each key that may be in it: where it is, and the facet of its value.
        born: where it was made.
        ordered: whether keys are in the same order on all inputs.
        lasting: whether it is from outside, and not to be changed.
        loops: how many loops go through it, and would see changes.
    """

    kind: type
    entries: dict[Any, tuple[Literal, Any]]
    born: Literal = TRUE
    ordered: bool = True
    lasting: bool = False
    loops: int = 0


@final
@dataclass(eq=False)
class Iterator(Symbolic):
    """An iterator, which can be gone through once.

    Attributes:
        elements: what it gives, each with the inputs on which it does.
        sources: the lists and tables that it goes through, with what was in them.
        computed: whether elements are computed when they are taken, so that they could depend on
            what happens until then.
        taken: whether somebody went through it.
    """

    elements: list[tuple[Literal, Any]] = field(repr=False)
    sources: tuple[tuple[Any, Any], ...] = ()
    computed: bool = False
    taken: bool = False


@final
@dataclass(frozen=True, eq=False)
class Method(Symbolic):
    """A method of an object, not called yet."""

    owner: Any
    name: str


@final
@dataclass(frozen=True, eq=False)
class Slice(Symbolic):
    """A slice whose ends depend on the input."""

    ends: tuple[Any, Any, Any]
