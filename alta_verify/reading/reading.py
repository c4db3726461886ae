"""Readings: what a Python function returns on every input of one length.

A function of the tokens is run once, on facets: every value is a function of the input, in the
graph in which programs are run symbolically. What is left is combinational equivalence checking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias, final

from alta.lang.domain import NotFollowed
from alta_verify.deadline import Clock
from alta_verify.reach.symbolic.graph import FALSE, TRUE, Graph, Literal
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.sweep import Sweeper, Unsatisfiable
from alta_verify.reading.reader import Reader
from alta_verify.reading.sums import scalars_of
from alta_verify.reading.values import List, Table
from alta_verify.reading.values import Sequence as Parts

__all__ = ["Reading", "Unread", "read", "read_facets", "table_of", "tokens_of"]

_Cases: TypeAlias = Iterable[tuple[Any, Literal]]
"""The values that something may have, each with the inputs on which it is this one."""


class Unread(Exception):  # noqa: N818 - an outcome, not an error
    """The reason why a function is not read, with the place and what to do instead."""


@final
@dataclass(frozen=True)
class Reading:
    """What a function returns on all inputs of one length.

    Attributes:
        reader: what its facets are of.
        result: the facet of what is returned.
        faults: where an error is raised, and which.
    """

    reader: Reader
    result: Any
    faults: tuple[tuple[Literal, str], ...]

    @property
    def hints(self) -> Sequence[Callable[[], Iterable[Literal]]]:
        """What makes guards that are good to have swept, where a proof is too long else."""
        return self.reader.merging.numbers.hints

    def true(self) -> Literal:
        """Returns where the result is True, of which complete is no other than False."""
        with _unread():
            if {type(value) for value in self._values(self.result)} - {bool}:
                raise NotFollowed("a predicate may return something else than True or False")
            return self.reader.comparing.truth(self.result)

    def values(self) -> Mapping[Any, Literal]:
        """Returns the values of the result, each with where it is this one."""
        with _unread():
            return self._values(self.result)

    def outputs(self, length: int) -> tuple[list[Mapping[Any, Literal]], Literal]:
        """Returns the values at each position, and where the result is no list of that length."""
        graph = self.reader.graph
        with _unread():
            forms = [case for _, case in self.reader.merging.cases(self.result)]
            if not all(isinstance(case, List | tuple | Parts) and case != () for case in forms):
                raise NotFollowed("it may return something else than a list or a tuple")
            rows = self.reader.items(TRUE, self.result)
            complete = graph.all_of(present for present, _ in rows[:length])
            behind = graph.any_of(present for present, _ in rows[length:])
            enough = complete if len(rows) >= length else FALSE
            values = [self._values(part) for _, part in rows[:length]]
            return values, graph.or_(graph.not_(enough), behind)

    def _values(self, facet: Any) -> Mapping[Any, Literal]:
        # Equal ones are one value: 1 is 1.0 is True.
        return self.reader.graph.union(self.reader.merging.values(facet))


@contextmanager
def _unread() -> Iterator[None]:
    """Says in which words it is not read."""
    try:
        yield
    except NotFollowed as reason:
        where = f"{reason.place}: " if reason.place else ""
        raise Unread(f"{where}{reason}") from None


def read(
    function: Callable[..., Any],
    inputs: Inputs,
    outputs: Sequence[Mapping[Any, Literal]] | None,
    clock: Clock,
) -> Reading:
    """Runs a function of the tokens, or of the tokens and the outputs, on all inputs at once.

    Raises `Unread` where it cannot be followed.
    """
    arguments = [tokens_of(inputs)]
    if outputs is not None:
        arguments.append(_list(inputs.graph, [row.items() for row in outputs]))
    return read_facets(function, inputs.graph, inputs.sweeper, arguments, clock)


def read_facets(
    function: Callable[..., Any],
    graph: Graph,
    sweeper: Sweeper,
    arguments: list[Any],
    clock: Clock,
    *,
    swept: bool = True,
) -> Reading:
    """Runs a function of some facets of a graph, on all inputs at once.

    Guards that may be impossible are swept, or else asked about at once. Raises `Unread` where the
    function cannot be followed.
    """

    def possible(guard: Literal) -> bool:
        if guard in (TRUE, FALSE):
            return guard == TRUE
        if swept:
            (guard,) = sweeper.sweep([guard], deadline=clock)
        return guard != FALSE and not isinstance(
            sweeper.witness([guard], deadline=clock), Unsatisfiable
        )

    reader = Reader(graph, possible)
    with _unread():
        result = reader.call(TRUE, reader.leaf(function), arguments, {}, 0)
    return Reading(reader, result, tuple(reader.faults))


def tokens_of(inputs: Inputs) -> Any:
    """Returns the facet of the tokens, a list."""
    return _list(inputs.graph, [row.items() for row in inputs.tokens])


def table_of(graph: Graph, columns: Mapping[str, Sequence[_Cases]]) -> Any:
    """Returns the facet of a dictionary of lists, of which each element has some cases."""
    entries = {name: (TRUE, _list(graph, rows)) for name, rows in columns.items()}
    return Table(dict, entries, lasting=True)


def _list(graph: Graph, rows: Iterable[_Cases]) -> Any:
    return List(Parts(tuple, tuple(scalars_of(graph, cases) for cases in rows)), lasting=True)
