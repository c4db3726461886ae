"""Texts on all inputs: digits and numbers, concatenation, what is found in a text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from alta.lang.domain import Facet, Guard, NotFollowed
from alta_verify.reach.symbolic.graph import FALSE, TRUE, Literal
from alta_verify.reading.context import Context
from alta_verify.reading.merging import elements_of, is_sequence, kind_of, rebuilt
from alta_verify.reading.values import VOID, Digits, Number, Scalars, Sequence, Symbolic

__all__ = ["concatenated", "number_of", "occurrence", "text_of"]

_DIGITS: Final = "0123456789"


def concatenated(reader: Context, guard: Guard, parts: Iterable[Facet]) -> Facet:
    """Returns the texts one behind the other."""
    return reader.by_form(guard, lambda where, *texts: _joined(reader, where, texts), *parts)


def _joined(reader: Context, guard: Guard, parts: tuple[Any, ...]) -> Facet:
    characters: list[Any] = []
    for part in parts:
        texts = [value for value, _ in part.cases] if isinstance(part, Scalars) else [part]
        if any(isinstance(text, str | Sequence) and kind_of(text) is str for text in texts):
            if not isinstance(part, Scalars):
                characters += elements_of(part)
                continue
            if all(isinstance(text, str) and len(text) == len(texts[0]) for text in texts):
                characters += [
                    reader.merging.merge([(g, t[place]) for t, g in part.cases])
                    for place in range(len(texts[0]))
                ]
                continue
            return reader.pointwise(guard, lambda *values: "".join(values), *parts)
        reader.fault(guard, "TypeError: a text was expected")
    return rebuilt(str, characters)


def text_of(reader: Context, guard: Guard, facet: Facet) -> Facet:
    """Returns `str` of a facet."""
    return reader.by_form(guard, lambda where, case: _text(reader, where, case), facet)


def _text(reader: Context, guard: Guard, case: Any) -> Facet:
    numbers = reader.merging.numbers
    if is_sequence(case) and kind_of(case) is str:
        return case
    if not isinstance(case, Number) or numbers.is_small(case):
        return reader.pointwise(guard, str, case)
    negative = numbers.is_negative(case)
    if negative != FALSE:
        positive = numbers.sum(Number(0, (), 0, 0), case, -1)
        digits = concatenated(reader, guard, ["-", _decimal(reader, positive)])
        return reader.choose(negative, digits, _decimal(reader, case))
    return _decimal(reader, case)


# Returns the decimal digits of a number, where it is not negative.
def _decimal(reader: Context, facet: Facet) -> Facet:
    numbers, merging = reader.merging.numbers, reader.merging
    number = numbers.form(facet)
    digits: list[Facet] = []
    for _ in range(len(str(max(number.upper, 1)))):
        digit = numbers.remainder(number, 10)
        digits.insert(0, merging.merge([(g, str(v)) for v, g in merging.values(digit)]))
        number = numbers.form(numbers.quotient(number, 10))
    return Digits(facet, tuple(digits))


def number_of(reader: Context, guard: Guard, case: Any) -> Facet:
    """Returns `int` of what is of one form."""
    numbers = reader.merging.numbers
    number = numbers.number(case)
    if number is not None:
        return numbers.simple(number)
    if not (isinstance(case, Sequence) and case.kind is str):
        return reader.pointwise(guard, int, case)
    result: Any = 0
    if not case.elements:
        reader.fault(guard, "ValueError: int() of an empty text")
    for character in case.elements:
        values = reader.merging.values(character)
        unusual = [(value, where) for value, where in values if value not in _DIGITS]
        if any(value.isspace() or value in "+-_" or value.isdigit() for value, _ in unusual):
            raise NotFollowed("int() of a text with other characters than 0 to 9")
        wrong = reader.graph.any_of(where for _, where in unusual)
        reader.fault(reader.graph.and_(guard, wrong), "ValueError: int() of what is no number")
        digit = reader.merging.merge([(g, int(v)) for v, g in values if v in _DIGITS])
        if digit is VOID:
            return VOID
        result = numbers.sum(numbers.form(digit), numbers.form(result), 10)
    return result


def occurrence(reader: Context, guard: Guard, whole: Any, part: Any) -> Literal:
    """Returns where a text has another one in it."""
    del guard
    graph, merging = reader.graph, reader.merging
    places = []
    for where, case in merging.cases(part):
        options = case.cases if isinstance(case, Scalars) else [(case, TRUE)]
        for value, holds in options:
            if isinstance(value, Symbolic) and not isinstance(value, Sequence):
                raise NotFollowed("it looks for something in a text that is none")
            places.append(graph.all_of([where, holds, _occurs(reader, whole, value)]))
    return graph.any_of(places)


def _occurs(reader: Context, whole: Any, part: Any) -> Literal:
    characters, wanted = elements_of(whole), elements_of(part)
    return reader.graph.any_of(
        reader.graph.all_of(
            reader.comparing.equal(x, y)
            for x, y in zip(characters[start : start + len(wanted)], wanted, strict=True)
        )
        for start in range(len(characters) - len(wanted) + 1)
    )
