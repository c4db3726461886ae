"""Functions of Python itself on facets: those that go through elements, and those that convert."""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from alta.lang.domain import Deferred, Facet, Guard, NotFollowed
from alta_verify.reach.symbolic.graph import FALSE, TRUE, Literal
from alta_verify.reading import containers, texts
from alta_verify.reading.context import Context
from alta_verify.reading.merging import elements_of, rebuilt
from alta_verify.reading.values import (
    VOID,
    Digits,
    Iterator,
    List,
    Method,
    Scalars,
    Sequence,
    Symbolic,
    Table,
)

__all__ = ["FUNCTIONS", "best", "ordered"]

_Elements = list[tuple[Literal, Any]]


def _once(reader: Context, parts: _Elements, *sources: Any) -> Iterator:
    """Returns an iterator that goes through lists, which are not to change until it does."""
    kept = [
        case
        for source in sources
        for _, case in reader.merging.cases(source)
        if isinstance(case, List | Table)
    ]
    return Iterator(parts, tuple((part, containers.snapshot(part)) for part in kept))


def _computed(
    reader: Context, parts: _Elements, function: Any, columns: Iterable[_Elements], *sources: Any
) -> Iterator:
    """Returns an iterator that calls a function on the way, as late as it is asked."""
    # A function that was defined on the way, or gets what can change, may then find other values.
    late = isinstance(function, Deferred) or any(
        _can_change(reader, part) for column in columns for _, part in column
    )
    return Iterator(parts, computed=True) if late else _once(reader, parts, *sources)


def _can_change(reader: Context, facet: Facet) -> bool:
    return any(
        isinstance(case, List | Table)
        or (isinstance(case, Sequence) and any(_can_change(reader, x) for x in case.elements))
        for _, case in reader.merging.cases(facet)
    )


def _eager(facet: Facet) -> Facet:
    if isinstance(facet, Iterator) and facet.computed:
        raise NotFollowed("it passes on a generator or map(); make a list of it")
    return facet


def _len(reader: Context, guard: Guard, depth: int, facet: Facet) -> Facet:
    del depth
    return reader.by_form(guard, lambda where, case: containers.sized(reader, where, case), facet)


def _range(reader: Context, guard: Guard, depth: int, *ends: Facet) -> Facet:
    del depth
    return reader.pointwise(guard, range, *ends)


def _sum(reader: Context, guard: Guard, depth: int, facet: Facet, start: Facet = 0) -> Facet:
    del depth
    total = start
    for present, part in reader.items(guard, facet):
        addend = part if present in (guard, TRUE) else reader.choose(present, part, 0)
        total = reader.lift(guard, operator.add, total, addend)
    return total


def _product(reader: Context, guard: Guard, depth: int, facet: Facet, *, start: Facet = 1) -> Facet:
    del depth
    total = start
    for present, part in reader.items(guard, facet):
        total = reader.lift(guard, operator.mul, total, reader.choose(present, part, 1))
    return total


def _any(reader: Context, guard: Guard, depth: int, facet: Facet) -> Facet:
    del depth
    parts = reader.items(guard, facet)
    return reader.boolean(
        reader.graph.any_of(reader.graph.and_(p, reader.comparing.truth(part)) for p, part in parts)
    )


def _all(reader: Context, guard: Guard, depth: int, facet: Facet) -> Facet:
    del depth
    graph = reader.graph
    fails = [
        graph.and_(present, graph.not_(reader.comparing.truth(part)))
        for present, part in reader.items(guard, facet)
    ]
    return reader.boolean(graph.not_(graph.any_of(fails)))


def best(
    reader: Context,
    guard: Guard,
    depth: int,
    *facets: Facet,
    key: Facet = None,
    default: Facet = VOID,
    sign: int,
) -> Facet:
    """Returns the least of some elements, or the greatest: the first of them."""
    graph = reader.graph
    parts = reader.items(guard, facets[0]) if len(facets) == 1 else [(guard, f) for f in facets]
    chosen, rank, begun = default, VOID, FALSE
    for present, part in parts:
        joining = TRUE if present == guard else present
        value = part if key is None else reader.call(guard, key, [part], {}, depth)
        if begun == FALSE:
            chosen = reader.choose(joining, part, chosen)
            rank, begun = value, joining
            continue
        first, second = (value, rank) if sign < 0 else (rank, value)
        better = reader.comparing.less(first, second)
        taken = graph.and_(joining, graph.or_(graph.not_(begun), better))
        chosen, rank = reader.choose(taken, part, chosen), reader.choose(taken, value, rank)
        begun = graph.or_(begun, joining)
    if default is VOID:
        reader.fault(graph.and_(guard, graph.not_(begun)), "ValueError: the least of nothing")
    return chosen


def _min(reader: Context, guard: Guard, depth: int, *facets: Facet, **named: Facet) -> Facet:
    return best(reader, guard, depth, *facets, sign=-1, **named)


def _max(reader: Context, guard: Guard, depth: int, *facets: Facet, **named: Facet) -> Facet:
    return best(reader, guard, depth, *facets, sign=1, **named)


def _sorted(
    reader: Context,
    guard: Guard,
    depth: int,
    facet: Facet,
    *,
    key: Facet = None,
    reverse: Facet = False,
) -> Facet:
    parts = [case for _, case in reader.merging.cases(facet) if isinstance(case, Table)]
    if parts or isinstance(facet, frozenset):
        elements = _members(facet)
    else:
        elements = reader.items(guard, facet)
    return List(ordered(reader, guard, depth, elements, key=key, reverse=reverse))


def _members(facet: Facet) -> _Elements:
    if isinstance(facet, frozenset):
        return [(TRUE, part) for part in facet]
    if isinstance(facet, Table):
        return [(present, part) for part, (present, _) in facet.entries.items()]
    raise NotFollowed("it sorts one of several sets")


def ordered(
    reader: Context, guard: Guard, depth: int, elements: _Elements, *, key: Facet, reverse: Facet
) -> Facet:
    """Returns the tuple of some elements in order; those of the same rank stay in theirs."""
    if isinstance(reverse, Symbolic):
        raise NotFollowed("whether it sorts in reverse depends on the input")
    elements = [(present, part) for present, part in elements if present != FALSE]
    whole = all(isinstance(part, int | Scalars) for _, part in elements) and key is None
    if whole and all(
        type(value) is int for _, part in elements for value, _ in reader.merging.values(part)
    ):
        return _counted(reader, guard, elements, bool(reverse))
    if any(present not in (TRUE, guard) for present, _ in elements):
        raise NotFollowed(
            "it sorts what need not be there, and is no number; sort all, then choose"
        )
    ranks = [
        part if key is None else reader.call(guard, key, [part], {}, depth) for _, part in elements
    ]
    rows = list(zip(ranks, [part for _, part in elements], strict=True))
    # Insertion: each element passes those before it that belong behind it, and no equal ones.
    for end in range(1, len(rows)):
        for place in range(end, 0, -1):
            (left, first), (right, second) = rows[place - 1], rows[place]
            pair = (left, right) if reverse else (right, left)
            swap = reader.comparing.less(*pair)
            if swap == FALSE:
                break
            rows[place - 1] = reader.choose(swap, right, left), reader.choose(swap, second, first)
            rows[place] = reader.choose(swap, left, right), reader.choose(swap, first, second)
    return rebuilt(tuple, [part for _, part in rows])


def _counted(reader: Context, guard: Guard, elements: _Elements, reverse: bool) -> Facet:
    """Sorts by counting: at place k is the least value that over k elements do not exceed."""
    graph, numbers = reader.graph, reader.merging.numbers
    parts = [
        (TRUE if present == guard else present, dict(reader.merging.values(part)))
        for present, part in elements
    ]
    values = sorted({value for _, cases in parts for value in cases}, reverse=reverse)
    # Where more than k elements are among the values so far, for each k.
    before = [FALSE] * len(parts)
    places: list[list[tuple[Any, Literal]]] = [[] for _ in parts]
    for end, value in enumerate(values, start=1):
        among = [
            graph.and_(present, graph.any_of(cases.get(v, FALSE) for v in values[:end]))
            for present, cases in parts
        ]
        total: Any = 0
        for member in among:
            total = reader.lift(guard, operator.add, total, _bit(reader, member))
        counts = reader.merging.values(numbers.written_out(total))
        for place in range(len(parts)):
            exceeding = graph.any_of(where for count, where in counts if count > place)
            places[place].append((value, graph.and_(exceeding, graph.not_(before[place]))))
            before[place] = exceeding
    rows = [
        (begun, reader.merging.merge([(where, value) for value, where in cases]))
        for begun, cases in zip(before, places, strict=True)
    ]
    if all(present == TRUE for present, _ in parts):
        return rebuilt(tuple, [part for _, part in rows])
    return containers.listed(reader, guard, [(graph.and_(guard, p), part) for p, part in rows])


def _bit(reader: Context, literal: Literal) -> Facet:
    return reader.merging.merge([(literal, 1), (reader.graph.not_(literal), 0)])


# --- iterators ------------------------------------------------------------------------------------


def _zip(reader: Context, guard: Guard, depth: int, *facets: Facet, strict: Facet = False) -> Facet:
    del depth
    columns = [containers.aligned(reader, guard, _eager(facet)) for facet in facets]
    if strict:
        ends = {len(column) for column in columns}
        fixed = all(present == guard for column in columns for present, _ in column)
        if len(ends) > 1 and fixed:
            reader.fault(guard, "ValueError: zip() of different lengths")
        elif not fixed:
            raise NotFollowed("zip(strict=True) of what has no fixed length")
    rows = [
        (reader.graph.all_of(p for p, _ in row), rebuilt(tuple, [part for _, part in row]))
        for row in zip(*columns, strict=False)
    ]
    return _once(reader, rows, *facets)


def _enumerate(reader: Context, guard: Guard, depth: int, facet: Facet, start: Facet = 0) -> Facet:
    del depth
    rows: _Elements = []
    number = start
    for present, part in reader.items(guard, _eager(facet)):
        rows.append((present, rebuilt(tuple, (number, part))))
        after = reader.lift(guard, operator.add, number, 1)
        number = after if present == guard else reader.choose(present, after, number)
    return _once(reader, rows, facet)


def _reversed(reader: Context, guard: Guard, depth: int, facet: Facet) -> Facet:
    del depth
    whole = containers.listed(reader, guard, reader.items(guard, _eager(facet)))
    turned = reader.by_form(guard, lambda _, case: rebuilt(tuple, elements_of(case)[::-1]), whole)
    return _once(reader, reader.items(guard, turned), facet)


def _map(reader: Context, guard: Guard, depth: int, function: Facet, *facets: Facet) -> Facet:
    columns = [containers.aligned(reader, guard, _eager(facet)) for facet in facets]
    rows = []
    for row in zip(*columns, strict=False):
        present = reader.graph.all_of([guard, *(p for p, _ in row)])
        rows.append((present, reader.call(present, function, [x for _, x in row], {}, depth)))
    return _computed(reader, rows, function, columns, *facets)


def _filter(reader: Context, guard: Guard, depth: int, function: Facet, facet: Facet) -> Facet:
    rows, parts = [], reader.items(guard, _eager(facet))
    for present, part in parts:
        kept = part if function is None else reader.call(present, function, [part], {}, depth)
        rows.append((reader.truth(present, kept), part))
    return _computed(reader, rows, function, [parts], facet)


def _rearranged(function: Callable[..., Any]) -> Callable[..., Facet]:
    def apply(reader: Context, guard: Guard, depth: int, *facets: Facet, **named: Facet) -> Facet:
        del depth
        columns = [
            facet
            if isinstance(facet, int | None)
            else containers.aligned(reader, guard, _eager(facet))
            for facet in facets
        ]
        lists = [column for column in columns if isinstance(column, list)]
        if any(present != guard for column in lists for present, _ in column):
            raise NotFollowed(f"{function.__name__}() of what has no fixed length")
        plain = [
            [part for _, part in column] if isinstance(column, list) else column
            for column in columns
        ]
        rows = function(*plain, **named)
        if function is not itertools.chain:
            rows = [rebuilt(tuple, row) for row in rows]
        return _once(reader, [(guard, row) for row in rows], *facets)

    return apply


def _accumulate(
    reader: Context,
    guard: Guard,
    depth: int,
    facet: Facet,
    function: Facet = operator.add,
    *,
    func: Facet = None,
    initial: Facet = None,
) -> Facet:
    parts = containers.aligned(reader, guard, _eager(facet))
    rows: _Elements = [] if initial is None else [(guard, initial)]
    total = initial
    for present, part in parts:
        if total is None:
            total = part
        else:
            total = reader.call(present, func or function, [total, part], {}, depth)
        rows.append((present, total))
    return _computed(reader, rows, func or function, [parts], facet)


def _reduce(
    reader: Context, guard: Guard, depth: int, function: Facet, facet: Facet, *start: Facet
) -> Facet:
    parts = containers.aligned(reader, guard, facet)
    rows = [*((guard, part) for part in start), *parts]
    first = rows[0][0] if rows else FALSE
    reader.fault(reader.without(guard, first), "TypeError: reduce() of nothing")
    total = rows[0][1] if rows else VOID
    for present, part in rows[1:]:
        after = reader.call(present, function, [total, part], {}, depth)
        total = after if present == guard else reader.choose(present, after, total)
    return total


# --- conversions ----------------------------------------------------------------------------------


def _int(reader: Context, guard: Guard, depth: int, facet: Facet = 0, *base: Facet) -> Facet:
    del depth
    if base:
        return reader.pointwise(guard, int, facet, *base)
    if isinstance(facet, Digits):
        return facet.number
    return reader.by_form(guard, lambda where, case: texts.number_of(reader, where, case), facet)


def _str(reader: Context, guard: Guard, depth: int, facet: Facet = "") -> Facet:
    del depth
    return texts.text_of(reader, guard, facet)


def _bool(reader: Context, guard: Guard, depth: int, facet: Facet = False) -> Facet:
    del depth, guard
    return reader.boolean(reader.comparing.truth(facet))


def _collection(kind: type) -> Callable[..., Facet]:
    def make(reader: Context, guard: Guard, depth: int, facet: Facet = ()) -> Facet:
        del depth
        if kind in (set, frozenset) and isinstance(facet, Table | frozenset):
            entries = {part: (present, None) for present, part in _members(facet)}
            return Table(kind, entries)
        return reader.collected(guard, kind, reader.items(guard, facet))

    return make


def _dict(reader: Context, guard: Guard, depth: int, facet: Facet = (), **named: Facet) -> Facet:
    del depth
    if isinstance(facet, Table):
        return Table(dict, {**facet.entries, **{key: (TRUE, v) for key, v in named.items()}})
    entries: list[tuple[Literal, Any, Any]] = []
    for present, pair in reader.items(guard, facet):
        parts = [part for _, part in reader.items(guard, pair)]
        if len(parts) != 2:
            raise NotFollowed("dict() of what are no pairs")
        entries.append((present, parts[0], parts[1]))
    entries += [(guard, key, value) for key, value in named.items()]
    return reader.mapped(guard, entries)


def _isinstance(reader: Context, guard: Guard, depth: int, facet: Facet, kinds: Facet) -> Facet:
    del depth

    def of_form(where: Guard, case: Any) -> Facet:
        wanted = tuple(kinds) if isinstance(kinds, tuple) else (kinds,)
        if isinstance(case, List | Table):
            kind = list if isinstance(case, List) else case.kind
            return any(issubclass(kind, part) for part in wanted)
        if isinstance(case, Iterator | Method):
            raise NotFollowed("it asks for the type of an iterator or a method")
        return reader.pointwise(where, lambda value: isinstance(value, kinds), case)

    return reader.by_form(guard, of_form, facet)


def _lifted(function: Callable[..., Any]) -> Callable[..., Facet]:
    def apply(reader: Context, guard: Guard, depth: int, *facets: Facet) -> Facet:
        del depth
        return reader.lift(guard, function, *facets)

    return apply


FUNCTIONS: Final[Mapping[Any, Callable[..., Facet]]] = {
    all: _all,
    any: _any,
    abs: _lifted(abs),
    bool: _bool,
    dict: _dict,
    divmod: _lifted(divmod),
    enumerate: _enumerate,
    filter: _filter,
    frozenset: _collection(frozenset),
    functools.reduce: _reduce,
    int: _int,
    isinstance: _isinstance,
    itertools.accumulate: _accumulate,
    itertools.chain: _rearranged(itertools.chain),
    itertools.combinations: _rearranged(itertools.combinations),
    itertools.pairwise: _rearranged(itertools.pairwise),
    itertools.permutations: _rearranged(itertools.permutations),
    itertools.product: _rearranged(itertools.product),
    len: _len,
    list: _collection(list),
    map: _map,
    math.prod: _product,
    max: _max,
    min: _min,
    pow: _lifted(operator.pow),
    range: _range,
    reversed: _reversed,
    set: _collection(set),
    sorted: _sorted,
    str: _str,
    sum: _sum,
    tuple: _collection(tuple),
    zip: _zip,
}
"""What functions return: from a reader, a guard, a depth of calls, and their arguments."""
