"""The judge finds what is not as meant, and refuses what is not definite."""

from __future__ import annotations

from itertools import count

import pytest

import alta
from alta.limit import OutOfTime
from alta_verify import specs
from alta_verify.specs.judge import Judge
from alta_verify.specs.meant import as_specification

PROGRAM = alta.programs.parity_sequential_relative()
WORDS = [(2, 0), (2, 1)]
OUTPUTS = [(0, 0), (0, 1)]


def judge(fn) -> Judge:
    return Judge(PROGRAM, as_specification(fn))


def test_what_is_not_as_meant_is_found_and_so_is_what_is_missing():
    assert judge(PROGRAM.oracle).wrong(WORDS, OUTPUTS) == []
    assert judge(lambda tokens: [0, 1]).wrong(WORDS, OUTPUTS) == [(2, 0)]
    assert judge(PROGRAM.oracle).wrong(WORDS, [(0, 0), None]) == [(2, 1)]


def test_what_was_meant_is_said():
    assert judge(PROGRAM.oracle).demands((2, 1), (0, 1))[1].value == 1


def raising(error: Exception):
    def fail(tokens):
        raise error

    return fail


def counting():
    numbers = count()
    return lambda tokens: [next(numbers)] * 2


class Uneven:
    def __eq__(self, other):
        raise ValueError("no")

    __hash__ = None  # type: ignore[assignment]


REFUSED = {
    "raises": (raising(KeyError("x")), "on input 'START 0' raises KeyError: 'x'"),
    "counts": (counting(), r"on input 'START 0' says \(0, 0\), and asked again \(3, 3\)"),
    "changes": (lambda tokens: tokens.sort(), "on input 'START 0' changes its argument"),
    "no equality": (lambda tokens: [Uneven()] * 2, "cannot be compared, ValueError: no"),
    "nothing": (lambda tokens: None, "returns None; expected a list of 2 outputs"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_definite_is_refused_with_the_input(name):
    fn, reason = REFUSED[name]
    with pytest.raises(specs.SpecificationError, match=reason):
        judge(fn).wrong(WORDS, OUTPUTS)


def test_the_end_of_the_time_is_no_fault_of_a_specification():
    with pytest.raises(OutOfTime):
        judge(raising(OutOfTime())).wrong(WORDS, OUTPUTS)


def test_what_depends_on_the_one_before_is_noticed():
    last = []

    def remembering(tokens):
        last.append(tokens[1])
        return [0, last[-2] if len(last) > 1 else 0]

    with pytest.raises(specs.SpecificationError, match="asked again"):
        judge(remembering).wrong(WORDS, OUTPUTS)
