"""Methods of lists, tuples, texts, dictionaries and sets on facets."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from alta.lang.domain import Facet, Guard, NotFollowed
from alta_verify.reach.symbolic.graph import FALSE, TRUE
from alta_verify.reading import containers, functions, texts
from alta_verify.reading.context import Context
from alta_verify.reading.merging import elements_of, is_sequence, rebuilt
from alta_verify.reading.values import (
    VOID,
    Digits,
    Iterator,
    List,
    Method,
    Sequence,
    Symbolic,
    Table,
)

__all__ = ["call", "extend"]

_Method = Callable[..., Facet]


def call(
    reader: Context,
    guard: Guard,
    method: Method,
    arguments: list[Facet],
    named: dict[str, Facet],
    depth: int,
) -> Facet:
    """Returns what a method returns, and does what it does."""
    owner, name = method.owner, method.name
    if isinstance(owner, Digits):
        width = arguments[0] if len(arguments) == 1 else None
        if name == "zfill" and isinstance(width, int) and width >= len(owner.padded):
            return rebuilt(str, [*["0"] * (width - len(owner.padded)), *owner.padded])
        spelled = reader.attribute(guard, reader.merging.spelled(owner), name)
        return reader.call(guard, spelled, arguments, named, depth)
    if isinstance(owner, List):
        table, kind = _LISTS, "list"
    elif isinstance(owner, Table):
        table, kind = (_DICTS, "dict") if owner.kind is dict else (_SETS, "set")
    elif isinstance(owner, Sequence | tuple) or (isinstance(owner, str) and name in _SEQUENCES):
        table, kind = _SEQUENCES, "sequence"
    else:
        table, kind = {}, "value"
    if name in table:
        return table[name](reader, guard, depth, owner, *arguments, **named)
    if isinstance(owner, List | Table | Iterator):
        raise NotFollowed(f"it calls {name}() of a {kind}")
    count = len(arguments)

    def applied(value: Any, *values: Any) -> Any:
        words = dict(zip(named, values[count:], strict=True))
        return getattr(value, name)(*values[:count], **words)

    # Values of these kinds cannot change, and their methods depend on nothing else.
    if name == "format" or not all(
        isinstance(value, int | float | str | bytes | tuple | frozenset | range)
        for value, _ in reader.merging.values(owner)
    ):
        raise NotFollowed(f"it calls {name}() of {owner!r}")
    return reader.pointwise(guard, applied, owner, *arguments, *named.values())


# --- sequences ------------------------------------------------------------------------------------


def _contents(owner: Any) -> Any:
    return owner.content if isinstance(owner, List) else owner


def _count(reader: Context, guard: Guard, depth: int, owner: Any, wanted: Facet) -> Facet:
    del depth
    if _is_text(owner) and not (isinstance(wanted, str) and len(wanted) == 1):
        raise NotFollowed("count() of a longer text")
    total: Any = 0
    for present, part in reader.items(guard, _contents(owner)):
        equal = reader.graph.and_(present, reader.comparing.equal(part, wanted))
        if present == guard:
            equal = reader.comparing.equal(part, wanted)
        bit = reader.merging.merge([(equal, 1), (reader.graph.not_(equal), 0)])
        total = reader.lift(guard, _add, total, bit)
    return total


def _add(first: Any, second: Any) -> Any:
    return first + second


def _index(
    reader: Context, guard: Guard, depth: int, owner: Any, wanted: Facet, *ends: Facet
) -> Facet:
    del depth
    if ends or (_is_text(owner) and not (isinstance(wanted, str) and len(wanted) == 1)):
        raise NotFollowed("index() with ends, or of a longer text")
    graph, left, cases = reader.graph, TRUE, []
    for place, (present, part) in enumerate(reader.items(guard, _contents(owner))):
        equal = reader.comparing.equal(part, wanted)
        match = equal if present == guard else graph.and_(present, equal)
        cases.append((graph.and_(left, match), place))
        left = graph.and_(left, graph.not_(match))
    reader.fault(graph.and_(guard, left), "ValueError: index() of what is not there")
    return reader.merging.merge(cases)


def _is_text(owner: Any) -> bool:
    return isinstance(owner, str) or (isinstance(owner, Sequence) and owner.kind is str)


def _join(reader: Context, guard: Guard, depth: int, owner: Any, parts: Facet) -> Facet:
    del depth
    elements = reader.items(guard, parts)
    if any(present != guard for present, _ in elements):
        whole = containers.listed(reader, guard, elements)
        return reader.by_form(
            guard, lambda where, case: _joined(reader, where, owner, elements_of(case)), whole
        )
    return _joined(reader, guard, owner, tuple(part for _, part in elements))


def _joined(reader: Context, guard: Guard, owner: Any, parts: tuple[Any, ...]) -> Facet:
    between = [part for part in parts for part in (owner, part)][1:]
    return texts.concatenated(reader, guard, between)


def _padded(reader: Context, guard: Guard, depth: int, owner: Any, *arguments: Facet) -> Facet:
    del depth
    width, fill = (*arguments, "0")[:2]
    if isinstance(width, Symbolic) or not isinstance(fill, str):
        raise NotFollowed("a text is filled up to a length that depends on the input")
    parts = elements_of(owner)
    if not parts or (
        any(value in "+-" for value, _ in reader.merging.values(parts[0])) and len(arguments) == 1
    ):
        return reader.pointwise(guard, lambda text: text.zfill(width), owner)
    return rebuilt(str, [*([fill] * (width - len(parts))), *parts])


def _throughout(test: Callable[[str], bool]) -> _Method:
    def method(reader: Context, guard: Guard, depth: int, owner: Any) -> Facet:
        del depth
        parts = elements_of(owner)
        verdicts = [reader.pointwise(guard, test, part) for part in parts]
        return reader.boolean(
            reader.graph.all_of(map(reader.comparing.truth, verdicts)) if parts else FALSE
        )

    return method


def _starts(reader: Context, guard: Guard, depth: int, owner: Any, wanted: Facet) -> Facet:
    del depth, guard
    if not is_sequence(wanted) or isinstance(wanted, tuple):
        raise NotFollowed("startswith() of what is no text")
    start = elements_of(owner)[: len(elements_of(wanted))]
    return reader.boolean(reader.comparing.equal(rebuilt(str, start), wanted))


# --- lists ----------------------------------------------------------------------------------------


def _append(reader: Context, guard: Guard, depth: int, owner: List, part: Facet) -> None:
    del depth
    if isinstance(part, Iterator):
        raise NotFollowed("it keeps an iterator; make a list of it")
    containers.replaced(reader, guard, owner, lambda _, row: rebuilt(tuple, (*row, part)))


def extend(reader: Context, guard: Guard, owner: List, parts: Facet, function: Any = None) -> None:
    """Puts elements at the end of a list."""
    if function is not None and function is not operator.add:
        raise NotFollowed("it changes a list by an operator other than +=")
    added = containers.listed(reader, guard, reader.items(guard, parts))
    if added is VOID:
        return

    def change(where: Guard, row: tuple[Any, ...]) -> Facet:
        return reader.by_form(
            where, lambda _, case: rebuilt(tuple, (*row, *elements_of(case))), added
        )

    containers.replaced(reader, guard, owner, change)


def _extend(reader: Context, guard: Guard, depth: int, owner: List, parts: Facet) -> None:
    del depth
    extend(reader, guard, owner, parts)


def _pop(reader: Context, guard: Guard, depth: int, owner: List, place: Facet = -1) -> Facet:
    del depth
    value = reader.subscript(guard, owner, place)

    def change(where: Guard, row: tuple[Any, ...]) -> Facet:
        places, _ = containers.indices(reader, where, len(row), place)
        return reader.merging.merge(
            [(holds, rebuilt(tuple, (*row[:k], *row[k + 1 :]))) for k, holds in places]
        )

    containers.replaced(reader, guard, owner, change)
    return value


def _insert(
    reader: Context, guard: Guard, depth: int, owner: List, place: Facet, part: Facet
) -> None:
    del depth

    def change(where: Guard, row: tuple[Any, ...]) -> Facet:
        del where
        cases = []
        for value, holds in reader.merging.values(place):
            k = slice(value).indices(len(row))[1]
            cases.append((holds, rebuilt(tuple, (*row[:k], part, *row[k:]))))
        return reader.merging.merge(cases)

    containers.replaced(reader, guard, owner, change)


def _remove(reader: Context, guard: Guard, depth: int, owner: List, wanted: Facet) -> None:
    place = _index(reader, guard, depth, owner, wanted)
    _pop(reader, guard, depth, owner, place)


def _sort(
    reader: Context,
    guard: Guard,
    depth: int,
    owner: List,
    *,
    key: Facet = None,
    reverse: Facet = False,
) -> None:
    def change(where: Guard, row: tuple[Any, ...]) -> Facet:
        elements = [(TRUE, part) for part in row]
        return functions.ordered(reader, where, depth, elements, key=key, reverse=reverse)

    containers.replaced(reader, guard, owner, change)


def _reverse(reader: Context, guard: Guard, depth: int, owner: List) -> None:
    del depth
    containers.replaced(reader, guard, owner, lambda _, row: rebuilt(tuple, row[::-1]))


def _clear(reader: Context, guard: Guard, depth: int, owner: List) -> None:
    del depth
    containers.replaced(reader, guard, owner, lambda *_: ())


def _copy(reader: Context, guard: Guard, depth: int, owner: Any) -> Facet:
    del depth, guard, reader
    return (
        List(owner.content) if isinstance(owner, List) else Table(owner.kind, dict(owner.entries))
    )


# --- dictionaries and sets ------------------------------------------------------------------------


def _get(
    reader: Context, guard: Guard, depth: int, owner: Table, key: Facet, default: Facet = None
) -> Facet:
    del depth, guard
    included, value = containers.lookup(reader, owner, key)
    return default if value is VOID else reader.choose(included, value, default)


def _setdefault(
    reader: Context, guard: Guard, depth: int, owner: Table, key: Facet, default: Facet = None
) -> Facet:
    value = _get(reader, guard, depth, owner, key, default)
    reader.changing(owner)
    containers.put(reader, TRUE, guard, owner, key, value)
    return value


def _items(reader: Context, guard: Guard, depth: int, owner: Table) -> Facet:
    del depth
    keys = containers.elements(reader, guard, owner)
    parts = [(p, rebuilt(tuple, (key, owner.entries[key][1]))) for p, key in keys]
    return _view(owner, parts)


def _view(owner: Table, parts: containers.Elements) -> Facet:
    return Iterator(parts, ((owner, containers.snapshot(owner)),))


def _keys(reader: Context, guard: Guard, depth: int, owner: Table) -> Facet:
    del depth
    return _view(owner, containers.elements(reader, guard, owner))


def _values(reader: Context, guard: Guard, depth: int, owner: Table) -> Facet:
    del depth
    keys = containers.elements(reader, guard, owner)
    return _view(owner, [(p, owner.entries[key][1]) for p, key in keys])


def _include(reader: Context, guard: Guard, depth: int, owner: Table, key: Facet) -> None:
    del depth
    reader.changing(owner)
    containers.put(reader, TRUE, guard, owner, key, None)


def _discard(reader: Context, guard: Guard, depth: int, owner: Table, key: Facet) -> None:
    del depth
    reader.changing(owner)
    containers.drop(reader, guard, owner, key)


def _take_out(reader: Context, guard: Guard, depth: int, owner: Table, key: Facet) -> None:
    del depth
    reader.changing(owner)
    included = containers.drop(reader, guard, owner, key)
    reader.fault(reader.without(guard, included), "KeyError: remove() of what is not in a set")


_SEQUENCES: Final[Mapping[str, _Method]] = {
    "count": _count,
    "index": _index,
    "isdigit": _throughout(str.isdigit),
    "isalpha": _throughout(str.isalpha),
    "join": _join,
    "rjust": lambda reader, guard, depth, owner, width, fill=" ": _padded(
        reader, guard, depth, owner, width, fill
    ),
    "startswith": _starts,
    "zfill": _padded,
}
_LISTS: Final[Mapping[str, _Method]] = {
    "append": _append,
    "clear": _clear,
    "copy": _copy,
    "count": _count,
    "extend": _extend,
    "index": _index,
    "insert": _insert,
    "pop": _pop,
    "remove": _remove,
    "reverse": _reverse,
    "sort": _sort,
}
_DICTS: Final[Mapping[str, _Method]] = {
    "copy": _copy,
    "get": _get,
    "items": _items,
    "keys": _keys,
    "setdefault": _setdefault,
    "values": _values,
}
_SETS: Final[Mapping[str, _Method]] = {
    "add": _include,
    "copy": _copy,
    "discard": _discard,
    "remove": _take_out,
}
