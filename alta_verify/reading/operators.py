"""Operators on facets: those of numbers, of truth values, and of sequences."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from alta.lang.domain import Facet, Guard, NotFollowed
from alta.lang.operations import COMPARISONS, formatted, joined
from alta_verify.reach.symbolic.graph import FALSE, TRUE, Literal
from alta_verify.reading import containers, texts
from alta_verify.reading.context import Context
from alta_verify.reading.merging import elements_of, is_sequence, kind_of, rebuilt
from alta_verify.reading.values import VOID, List, Number, Scalars, Sequence, Slice, Symbolic, Table

__all__ = ["OPERATORS"]

_Operation = Callable[..., Facet]

# Products of so few pairs of values are written out.
_FEW_PAIRS: Final = 1024
# Bits of numbers of so many values are not taken apart.
_FEW_BITS: Final = 64


def _add(reader: Context, guard: Guard, function: _Operation, first: Any, second: Any) -> Facet:
    numbers = reader.merging.numbers
    x, y = numbers.number(first), numbers.number(second)
    if x is not None and y is not None:
        return numbers.sum(x, y, -1 if function is operator.sub else 1)
    if function is operator.add:
        if isinstance(first, List) and isinstance(second, List):
            return List(reader.lift(guard, operator.add, first.content, second.content))
        if is_sequence(first) and is_sequence(second) and kind_of(first) is kind_of(second):
            return rebuilt(kind_of(first), (*elements_of(first), *elements_of(second)))
    if isinstance(first, Table) and function is operator.sub:
        return _sets(reader, guard, function, first, second)
    return reader.pointwise(guard, function, first, second)


def _multiply(
    reader: Context, guard: Guard, function: _Operation, first: Any, second: Any
) -> Facet:
    numbers = reader.merging.numbers
    x, y = numbers.number(first), numbers.number(second)
    if x is not None and y is not None:
        pairs = [len(n.terms[0][1].cases) if len(n.terms) == 1 else 99 for n in (x, y) if n.terms]
        if len(pairs) == 2 and pairs[0] * pairs[1] <= _FEW_PAIRS:
            return reader.pointwise(guard, function, first, second)
        return numbers.product(x, y)
    for sequence, factor in ((first, second), (second, first)):
        if isinstance(sequence, List):
            return List(reader.lift(guard, operator.mul, sequence.content, factor))
        if is_sequence(sequence):
            kind = kind_of(sequence)
            return reader.merging.merge(
                [
                    (where, rebuilt(kind, elements_of(sequence) * value))
                    for value, where in reader.merging.values(factor)
                ]
            )
    return reader.pointwise(guard, function, first, second)


def _divide(reader: Context, guard: Guard, function: _Operation, first: Any, second: Any) -> Facet:
    numbers, merging = reader.merging.numbers, reader.merging
    x, y = numbers.number(first), numbers.number(second)
    if x is None or y is None or not x.terms:
        return reader.pointwise(guard, function, first, second)
    cases = []
    for divisor, where in merging.values(second):
        inner = reader.graph.and_(guard, where)
        if not divisor:
            reader.fault(inner, "ZeroDivisionError: division by zero")
        elif inner != FALSE:
            cases.append((where, _divided(reader, function, x, int(divisor))))
    return merging.merge(cases)


def _divided(reader: Context, function: _Operation, number: Number, divisor: int) -> Facet:
    numbers = reader.merging.numbers
    if function is operator.mod:
        return numbers.remainder(number, divisor)
    quotient = numbers.quotient(number, divisor)
    if function is operator.floordiv:
        return quotient
    return rebuilt(tuple, (quotient, numbers.remainder(number, divisor)))


def _power(reader: Context, guard: Guard, function: _Operation, first: Any, second: Any) -> Facet:
    number = reader.merging.numbers.number(first)
    if isinstance(first, Number) and number is not None and type(second) is int and second >= 0:
        result: Any = 1
        for _ in range(second):
            result = reader.lift(guard, operator.mul, result, first)
        return result
    return reader.pointwise(guard, function, first, second)


def _shift(reader: Context, guard: Guard, function: _Operation, first: Any, second: Any) -> Facet:
    numbers = reader.merging.numbers
    number = numbers.number(first)
    if not isinstance(first, Number) or number is None:
        return reader.pointwise(guard, function, first, second)
    cases = []
    for places, where in reader.merging.values(second):
        inner = reader.graph.and_(guard, where)
        if places < 0:
            reader.fault(inner, "ValueError: negative shift count")
            continue
        zero = Number(0, (), 0, 0)
        shifted = (
            numbers.sum(zero, number, 1 << places)
            if function is operator.lshift
            else numbers.quotient(number, 1 << places)
        )
        cases.append((where, shifted))
    return reader.merging.merge(cases)


def _bits(reader: Context, guard: Guard, function: _Operation, first: Any, second: Any) -> Facet:
    numbers = reader.merging.numbers
    if isinstance(first, Table) or isinstance(second, Table):
        return _sets(reader, guard, function, first, second)
    x, y = numbers.number(first), numbers.number(second)
    wide = [n for n in (x, y) if n is not None and not numbers.is_small(n, _FEW_BITS)]
    if x is None or y is None or not wide:
        return reader.pointwise(guard, function, first, second)
    # Two's complement: a number is Σ 2^i·bit of the bits below, less 2^k if it is negative.
    width = max(abs(end) for n in (x, y) for end in (n.lower, n.upper)).bit_length()
    result: Any = 0
    for place in range(width):
        bits = []
        for number in (x, y):
            left_over = numbers.number(numbers.quotient(number, 1 << place))
            bits.append(numbers.remainder(left_over, 2) if left_over is not None else 0)
        bit = reader.pointwise(guard, function, *bits)
        scaled = reader.lift(guard, operator.mul, 1 << place, bit)
        result = reader.lift(guard, operator.add, result, scaled)
    signs = [reader.boolean(numbers.is_negative(number)) for number in (x, y)]
    sign = reader.lift(guard, operator.mul, 1 << width, reader.pointwise(guard, function, *signs))
    return reader.lift(guard, operator.sub, result, sign)


def _sets(reader: Context, guard: Guard, function: _Operation, first: Any, second: Any) -> Facet:
    graph, sides = reader.graph, []
    for side in (first, second):
        if isinstance(side, frozenset):
            sides.append(dict.fromkeys(side, TRUE))
        elif isinstance(side, Table) and side.kind is not dict:
            sides.append({key: present for key, (present, _) in side.entries.items()})
        else:
            raise NotFollowed("it combines a set with what is none")
    apply: Mapping[Any, Callable[[Literal, Literal], Literal]] = {
        operator.and_: graph.and_,
        operator.or_: graph.or_,
        operator.xor: graph.xor,
        operator.sub: lambda a, b: graph.and_(a, graph.not_(b)),
    }
    kind = first.kind if isinstance(first, Table) else frozenset
    entries = {
        key: (apply[function](sides[0].get(key, FALSE), sides[1].get(key, FALSE)), None)
        for key in {**sides[0], **sides[1]}
    }
    del guard
    return Table(kind, {key: entry for key, entry in entries.items() if entry[0] != FALSE})


def _negated(reader: Context, guard: Guard, function: _Operation, facet: Any) -> Facet:
    numbers = reader.merging.numbers
    number = numbers.number(facet)
    if number is None:
        return reader.pointwise(guard, function, facet)
    # ~x = -x - 1
    start = -1 if function is operator.invert else 0
    if function is operator.pos:
        return numbers.simple(number)
    return numbers.sum(Number(start, (), start, start), number, -1)


def _absolute(reader: Context, guard: Guard, function: _Operation, facet: Any) -> Facet:
    numbers = reader.merging.numbers
    number = numbers.number(facet)
    if number is None or numbers.is_small(number):
        return reader.pointwise(guard, function, facet)
    negated = numbers.sum(Number(0, (), 0, 0), number, -1)
    return reader.choose(numbers.is_negative(number), negated, facet)


def _compared(
    reader: Context, guard: Guard, function: _Operation, first: Any, second: Any
) -> Facet:
    graph, merging = reader.graph, reader.merging
    if function in (operator.eq, operator.ne):
        equal = reader.comparing.equal(first, second)
        return reader.boolean(equal if function is operator.eq else graph.not_(equal))
    if isinstance(first, Table) or isinstance(second, Table):
        return _subset(reader, guard, function, first, second)
    x, y = merging.numbers.number(first), merging.numbers.number(second)
    if (x is None or y is None) and not (
        (isinstance(first, Sequence | List) and isinstance(second, Sequence | List | tuple | str))
        or (isinstance(second, Sequence | List) and isinstance(first, tuple | str))
    ):
        return reader.pointwise(guard, function, first, second)
    if function in (operator.gt, operator.le):
        first, second = second, first
    less = reader.comparing.less(first, second)
    return reader.boolean(less if function in (operator.lt, operator.gt) else graph.not_(less))


def _subset(reader: Context, guard: Guard, function: _Operation, first: Any, second: Any) -> Facet:
    if function in (operator.ge, operator.gt):
        first, second = second, first
    left_over = _sets(reader, guard, operator.sub, first, second)
    within = reader.graph.not_(reader.comparing.truth(left_over))
    if function in (operator.lt, operator.gt):
        within = reader.graph.and_(within, reader.graph.not_(reader.comparing.equal(first, second)))
    return reader.boolean(within)


def _contains(
    reader: Context, guard: Guard, function: _Operation, first: Any, second: Any
) -> Facet:
    graph, merging = reader.graph, reader.merging
    number = merging.numbers.number(first)
    if isinstance(second, Table):
        included, _ = containers.lookup(reader, second, first)
    elif isinstance(second, range) and isinstance(first, Number) and second.step == 1:
        bounds = [
            reader.comparing.less(first, second.start),
            reader.comparing.less(first, second.stop),
        ]
        included = graph.and_(graph.not_(bounds[0]), bounds[1])
    elif isinstance(second, str) or kind_of(second) is str:
        included = texts.occurrence(reader, guard, second, first)
    elif isinstance(second, Scalars | range | frozenset) or (number is None and second is VOID):
        return reader.pointwise(guard, function, first, second)
    else:
        parts = containers.items(reader, guard, second)
        included = graph.any_of(
            graph.and_(present, reader.comparing.equal(first, part)) for present, part in parts
        )
    within = function is COMPARISONS[ast.In]
    return reader.boolean(included if within else graph.not_(included))


def _identical(
    reader: Context, guard: Guard, function: _Operation, first: Any, second: Any
) -> Facet:
    for member, partner in ((first, second), (second, first)):
        # None, True and False are what only they are.
        objects = isinstance(member, Symbolic) and not isinstance(member, Scalars)
        if objects and (partner is None or isinstance(partner, bool)):
            return function is COMPARISONS[ast.IsNot]
    return reader.pointwise(guard, function, first, second)


def _not(reader: Context, guard: Guard, function: _Operation, facet: Any) -> Facet:
    del guard, function
    return reader.boolean(reader.graph.not_(reader.comparing.truth(facet)))


def _sliced(reader: Context, guard: Guard, function: _Operation, *ends: Any) -> Facet:
    del reader, guard, function
    if not any(isinstance(end, Symbolic) for end in ends):
        return slice(*ends)
    lower, upper, step = ends
    return Slice((lower, upper, step))


def _joined(reader: Context, guard: Guard, function: _Operation, *parts: Any) -> Facet:
    del function
    return texts.concatenated(reader, guard, parts)


def _formatted(reader: Context, guard: Guard, function: _Operation, *parts: Any) -> Facet:
    convert, value, spec = parts
    if spec == "" and convert is not repr and convert is not ascii:
        return texts.text_of(reader, guard, value)
    return reader.pointwise(guard, function, convert, value, spec)


OPERATORS: Final[Mapping[Any, _Operation]] = {
    operator.add: _add,
    operator.sub: _add,
    operator.mul: _multiply,
    operator.floordiv: _divide,
    operator.mod: _divide,
    divmod: _divide,
    operator.pow: _power,
    operator.lshift: _shift,
    operator.rshift: _shift,
    operator.and_: _bits,
    operator.or_: _bits,
    operator.xor: _bits,
    operator.neg: _negated,
    operator.pos: _negated,
    operator.invert: _negated,
    operator.not_: _not,
    abs: _absolute,
    operator.eq: _compared,
    operator.ne: _compared,
    operator.lt: _compared,
    operator.le: _compared,
    operator.gt: _compared,
    operator.ge: _compared,
    COMPARISONS[ast.In]: _contains,
    COMPARISONS[ast.NotIn]: _contains,
    COMPARISONS[ast.Is]: _identical,
    COMPARISONS[ast.IsNot]: _identical,
    slice: _sliced,
    joined: _joined,
    formatted: _formatted,
}
"""How operators work on facets, member form at a time. Others work on values member by member."""
