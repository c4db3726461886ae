"""Many runs at once are the runs that are taken one position after another."""

from __future__ import annotations

from itertools import groupby, product
from random import Random

import pytest

import alta
from tests.campaigns.drawing import drawn_program
from tests.judge.language import inputs
from tests.judge.many import ENDLESS, End, NotColumnsError, ends
from tests.judge.meaning import Program
from tests.judge.running import Interpreter
from tests.judge.text import read
from tests.unbounded import CASES


def one_after_another(program: Program, word: tuple[int, ...], max_layers: int | None) -> End:
    course = Interpreter(program).course(word, max_layers)
    if course.failure is not None:
        return End(course.failure.kinds, (), len(course.tables) - 1)
    if not course.ended:
        return End(frozenset({ENDLESS}), (), 0)
    place = list(program.variables).index(program.output)
    outputs = tuple(row[place] for row in course.tables[-1])
    return End(frozenset(), outputs, len(course.tables) - 1)


def check(program: Program, max_len: int, max_layers: int | None = None) -> set[str]:
    """Compares all runs up to a length, and returns the ways in which they go wrong."""
    kinds: set[str] = set()
    for _, group in groupby(inputs(program, max_len), key=len):
        words = list(group)
        for word, end in zip(words, ends(program, words, max_layers), strict=True):
            expected = one_after_another(program, word, max_layers)
            assert (end.kinds, end.outputs) == (expected.kinds, expected.outputs), word
            assert end.kinds == {ENDLESS} or end.layers == expected.layers
            kinds |= end.kinds
    return kinds


def test_broken_programs_end_alike():
    cases = (CASES["sum_modulo_3"], CASES["first_letter_everywhere"])
    kinds = [
        check(read(alta.program_text(case.broken(twin)[0])), 4)
        for case in cases
        for twin in case.twins
        if not twin.late
    ]
    assert set().union(*kinds) >= {"conflict", "range", "undefined"}


def test_random_programs_end_alike_and_do_not_all():
    rng, kinds, judged = Random(0), set[str](), 0
    while judged < 16:
        program, _ = drawn_program(rng)
        if program is None:
            continue
        try:
            kinds |= check(read(alta.program_text(program)), 2)
            judged += 1
        except NotColumnsError:
            continue
    assert kinds >= {"range", "undefined", ENDLESS}


def test_a_bound_ends_runs_that_nothing_else_does():
    program = read(alta.program_text(CASES["depth"].build()))
    words = [word for word in product(range(3), repeat=5) if word[0] == 0 and 0 not in word[1:]]
    assert {end.layers for end in ends(program, words, 2)} == {2}
    assert {end.layers for end in ends(program, words)} == {4}


@pytest.mark.parametrize("name", ["histogram", "increment"])
def test_what_is_no_columns_is_turned_away(name):
    from tests.cases import CASES as OTHERS

    program = read(alta.program_text(OTHERS[name].build()))
    with pytest.raises(NotColumnsError):
        ends(program, [(0, 1, 2)])
