"""Both programs run side by side, and runs without outputs are suspects."""

from __future__ import annotations

from alta_verify.prove.equivalence.side_by_side import SideBySide
from tests.alta_verify.prove.pairs_of_programs import COPY, ENDLESS, FAILING, NEGATION, compared

WORDS = [(0, 0), (0, 1), (1, 1)]


def suspects(first, second):
    return SideBySide(compared(first, second).pair).suspects(WORDS)


def test_programs_that_agree_leave_no_suspect():
    assert suspects(COPY, COPY) == []
    assert SideBySide(compared(COPY, NEGATION).pair).suspects([]) == []


def test_every_input_on_which_outputs_differ_is_one():
    assert suspects(COPY, NEGATION) == WORDS


def test_so_is_every_input_on_which_a_program_fails_or_never_ends():
    assert suspects(COPY, FAILING) == [(0, 1), (1, 1)]
    assert suspects(ENDLESS, COPY) == WORDS
