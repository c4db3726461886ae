"""Tuples, texts, lists, dictionaries and sets: elements, indices, slices, and what has a length."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from collections.abc import Sequence as Listed
from typing import Any

from alta.lang.domain import Facet, Guard, NotFollowed
from alta_verify.reach.symbolic.graph import FALSE, TRUE, Literal
from alta_verify.reading.context import Context
from alta_verify.reading.merging import elements_of, is_sequence, kind_of, rebuilt
from alta_verify.reading.values import VOID, List, Number, Scalars, Sequence, Slice, Symbolic, Table
from alta_verify.reading.values import Iterator as Once

__all__ = [
    "aligned",
    "collected",
    "elements",
    "items",
    "listed",
    "lookup",
    "put",
    "replaced",
    "sized",
    "store",
    "subscript",
]

Elements = list[tuple[Literal, Any]]


def forms(reader: Context, facet: Facet) -> Iterable[tuple[Literal, Any]]:
    """Yields what a facet is, with the values of what may be several sequences unit by unit."""
    for guard, case in reader.merging.cases(facet):
        if isinstance(case, Scalars):
            for value, holds in case.cases:
                yield reader.graph.and_(guard, holds), value
        else:
            yield guard, case


def items(reader: Context, guard: Guard, facet: Facet) -> Elements:
    """Returns the elements of an iterable, each with the inputs inside of a guard that have it."""
    rows = [
        (where, elements(reader, reader.graph.and_(guard, where), case))
        for where, case in forms(reader, facet)
        if reader.graph.and_(guard, where) != FALSE
    ]
    if len(rows) == 1:
        return [(reader.graph.and_(guard, present), part) for present, part in rows[0][1]]
    result = []
    for place in range(max((len(row) for _, row in rows), default=0)):
        members = [
            (reader.graph.and_(where, row[place][0]), row[place][1])
            for where, row in rows
            if place < len(row)
        ]
        # All inputs have what is present in every case.
        present = guard
        if len(members) < len(rows) or any(row[place][0] != TRUE for _, row in rows):
            present = reader.graph.any_of(where for where, _ in members)
            present = reader.graph.and_(guard, present)
        result.append((present, reader.merging.merge(members)))
    return result


def elements(reader: Context, guard: Guard, case: Any) -> Elements:
    """Returns the elements of what is of unit form; each with where it is present."""
    if is_sequence(case):
        return [(TRUE, part) for part in elements_of(case)]
    match case:
        case List(content=content):
            return items(reader, TRUE, content)
        case Table(kind=kind, entries=entries):
            present = all(present in (TRUE, case.born) for present, _ in entries.values())
            if not (present and case.ordered) or kind is not dict:
                raise NotFollowed(
                    "it goes through a set, or a dictionary whose keys depend on the input; use "
                    "sorted(), or go through all keys that present may be and ask for each"
                )
            return [(TRUE, key) for key in entries]
        case Once():
            return _taken(case)
        case range() | bytes():
            return [(TRUE, part) for part in case]
        case frozenset() if len(case) < 2:
            return [(TRUE, part) for part in case]
        case frozenset():
            raise NotFollowed("it goes through a set, in an order of its own; use sorted()")
        case Symbolic():
            raise NotFollowed("it goes through something that is no sequence")
    if case is not VOID:
        reader.fault(guard, f"TypeError: {case!r} is not iterable")
    return []


def _taken(iterator: Once) -> Elements:
    if iterator.taken:
        raise NotFollowed("it goes through an iterator a second time; make a list of it first")
    for source, content in iterator.sources:
        if snapshot(source) != content:
            raise NotFollowed("what an iterator goes through was changed before it did")
    iterator.taken = True
    return iterator.elements


def snapshot(source: List | Table) -> Any:
    """Returns what is in a list or table now, to be compared."""
    return source.content if isinstance(source, List) else list(source.entries.items())


def aligned(reader: Context, guard: Guard, facet: Facet) -> Elements:
    """Returns the elements of an iterable so that on no input unit is behind a missing unit."""
    parts = items(reader, guard, facet)
    if all(present == guard for present, _ in parts):
        return parts
    return items(reader, guard, listed(reader, guard, parts))


def collected(
    reader: Context, guard: Guard, kind: type, parts: Listed[tuple[Guard, Facet]]
) -> Facet:
    """Returns the list, tuple or set of those elements that an input has."""
    if any(isinstance(part, Once) for _, part in parts):
        raise NotFollowed("it keeps an iterator; make a list of it")
    if kind in (set, frozenset):
        table = Table(kind, {}, born=guard)
        for present, part in parts:
            put(reader, guard, present, table, part, None)
        return table
    content = listed(reader, guard, parts)
    return List(content) if kind is list else content


def listed(reader: Context, guard: Guard, parts: Listed[tuple[Guard, Facet]]) -> Facet:
    """Returns the tuple of those elements that an input has, in their order."""
    graph, merging = reader.graph, reader.merging
    # For each length: where it is that, and the elements then.
    rows: dict[int, tuple[Literal, list[Any]]] = {0: (TRUE, [])}
    for present, part in parts:
        if present == FALSE:
            continue
        if present in (guard, TRUE):
            rows = {length + 1: (where, [*row, part]) for length, (where, row) in rows.items()}
            continue
        absent = graph.not_(present)
        longer: dict[int, list[tuple[Literal, list[Any]]]] = {}
        for length, (where, row) in rows.items():
            longer.setdefault(length, []).append((graph.and_(where, absent), row))
            longer.setdefault(length + 1, []).append((graph.and_(where, present), [*row, part]))
        rows = {}
        for length, cases in longer.items():
            where = graph.any_of(holds for holds, _ in cases)
            if where != FALSE:
                rows[length] = (
                    where,
                    [merging.merge([(h, row[k]) for h, row in cases]) for k in range(length)],
                )
    return merging.merge([(where, rebuilt(tuple, row)) for where, row in rows.values()])


def sized(reader: Context, guard: Guard, case: Any) -> Facet:
    """Returns the length of what is of unit form."""
    graph = reader.graph
    match case:
        case List(content=content):
            return reader.by_form(guard, lambda where, part: sized(reader, where, part), content)
        case Table(entries=entries):
            total: Any = 0
            for present, _ in entries.values():
                unit = reader.merging.merge([(present, 1), (graph.not_(present), 0)])
                total = reader.lift(guard, _ADD, total, unit)
            return total
        case Scalars():
            return reader.pointwise(guard, len, case)
        case Sequence():
            return len(case.elements)
        case Symbolic():
            raise NotFollowed("it asks for the length of what has none")
    return reader.native(guard, len, case)


def _ADD(first: Any, second: Any) -> Any:  # noqa: N802
    return first + second


# --- parts ----------------------------------------------------------------------------------------


def subscript(reader: Context, guard: Guard, base: Any, key: Any) -> Facet:
    """Returns an element, or a part, of what is of unit form."""
    match base:
        case List(content=content):
            part = reader.subscript(guard, content, key)
            return List(part) if isinstance(key, Slice | slice) else part
        case Table(kind=kind) if kind is dict:
            included, value = lookup(reader, base, key)
            reader.fault(reader.without(guard, included), "KeyError: a key is not in a dictionary")
            return value
        case Scalars() if any(is_sequence(value) for value, _ in base.cases):
            return reader.merging.merge(
                [
                    (where, subscript(reader, inner, value, key))
                    for value, where in base.cases
                    if (inner := reader.graph.and_(guard, where)) != FALSE
                ]
            )
        case _ if is_sequence(base):
            return _part(reader, guard, base, key)
        case Table() | Once():
            raise NotFollowed("it takes a part of what has no parts in order")
    return reader.pointwise(guard, lambda whole, place: whole[place], base, key)


def _part(reader: Context, guard: Guard, base: Any, key: Any) -> Facet:
    parts, kind = elements_of(base), kind_of(base)
    if isinstance(key, slice):
        return rebuilt(kind, parts[key])
    if isinstance(key, Slice):
        ends = [reader.merging.values(end) for end in key.ends]
        return reader.merging.merge(
            [
                (where, rebuilt(kind, parts[slice(*values)]))
                for values, where in reader.merging.combinations(ends)
            ]
        )
    places, outside = indices(reader, guard, len(parts), key)
    reader.fault(outside, f"IndexError: an index is not in a sequence of {len(parts)}")
    return reader.merging.merge([(where, parts[place]) for place, where in places])


def indices(
    reader: Context, guard: Guard, length: int, key: Any
) -> tuple[list[tuple[int, Literal]], Literal]:
    """Returns where an index is each place of a sequence, and where it is none."""
    graph, places, outside = reader.graph, [], []
    if isinstance(key, Number):
        # What is far outside need not be told apart.
        key = reader.merging.numbers.written_out(key)
    for value, where in reader.merging.values(key):
        if not isinstance(value, int):
            outside.append(where)
        elif -length <= value < length:
            places.append((value % length, where))
        else:
            outside.append(where)
    return places, graph.and_(guard, graph.any_of(outside))


# --- dictionaries and sets ------------------------------------------------------------------------


def lookup(reader: Context, table: Table, key: Facet) -> tuple[Literal, Facet]:
    """Returns where a key is in a table, and the facet of its value."""
    graph = reader.graph
    if not isinstance(key, Symbolic):
        _check_hashable(key)
        present, value = table.entries.get(key, (FALSE, VOID))
        return present, value
    if isinstance(key, List | Table):
        raise NotFollowed("it looks up a list, dictionary or set; use a tuple")
    cases = []
    if isinstance(key, Scalars):
        for value, where in key.cases:
            _check_hashable(value)
            if value in table.entries:
                present, part = table.entries[value]
                cases.append((graph.and_(present, where), part))
    else:
        for value, (present, part) in table.entries.items():
            cases.append((graph.and_(present, reader.comparing.equal(key, value)), part))
    return graph.any_of(where for where, _ in cases), reader.merging.merge(cases)


def put(
    reader: Context, guard: Guard, where: Literal, table: Table, key: Facet, value: Facet
) -> None:
    """Puts a key into a table, where a literal holds, with its value."""
    graph = reader.graph
    for plain, holds in reader.merging.values(key):
        _check_hashable(plain)
        holds_here = graph.and_(holds, TRUE if where == guard else where)
        if holds_here == FALSE:
            continue
        if plain not in table.entries:
            # Which of two keys came first may depend on the input, though both are
            # there in the end.
            table.ordered = table.ordered and holds_here in (TRUE, table.born)
        elif type(next(key for key in table.entries if key == plain)) is not type(plain):
            raise NotFollowed("a set or dictionary has keys that are equal and not the same")
        present, before = table.entries.get(plain, (FALSE, VOID))
        after = value if before is VOID else reader.merging.choose(holds_here, value, before)
        table.entries[plain] = (graph.or_(present, holds_here), after)


def drop(reader: Context, where: Literal, table: Table, key: Facet) -> Literal:
    """Takes a key out of a table where a literal holds; returns where it was in it."""
    graph, matches = reader.graph, []
    for plain, holds in reader.merging.values(key):
        _check_hashable(plain)
        if plain in table.entries:
            present, value = table.entries[plain]
            matches.append(graph.and_(present, holds))
            gone = graph.and_(where, holds)
            table.entries[plain] = (graph.and_(present, graph.not_(gone)), value)
    return graph.any_of(matches)


def _check_hashable(key: Any) -> None:
    if not isinstance(key, Hashable):
        raise NotFollowed(f"{key!r} cannot be in a set, or a key of a dictionary")


# --- changes --------------------------------------------------------------------------------------


def replaced(
    reader: Context, guard: Guard, target: List, change: Callable[[Guard, tuple[Any, ...]], Facet]
) -> None:
    """Changes a list where a guard holds: from the elements to the tuple of those after."""
    reader.changing(target)
    after = [
        (where, change(inner, elements_of(case)))
        for where, case in forms(reader, target.content)
        if (inner := reader.graph.and_(guard, where)) != FALSE
    ]
    target.content = reader.choose(guard, reader.merging.merge(after), target.content)


def store(reader: Context, guard: Guard, base: Any, key: Facet, facet: Facet) -> None:
    """Assigns to an element of a list or a dictionary where a guard holds."""
    if isinstance(base, Table) and base.kind is dict:
        reader.changing(base)
        put(reader, TRUE, guard, base, key, facet)
        return
    if not isinstance(base, List):
        raise NotFollowed("it assigns to a part of what cannot change, or is not followed")
    if isinstance(key, slice | Slice):
        raise NotFollowed("it assigns to a slice; build a new list")

    def change(where: Guard, parts: tuple[Any, ...]) -> Facet:
        places, outside = indices(reader, where, len(parts), key)
        reader.fault(outside, f"IndexError: an index is not in a list of {len(parts)}")
        after = list(parts)
        for place, holds in places:
            after[place] = reader.choose(holds, facet, after[place])
        return rebuilt(tuple, after)

    replaced(reader, guard, base, change)
