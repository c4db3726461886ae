"""What claims about one program share: its inputs, within bounds."""

from __future__ import annotations

import alta
from alta_verify.claim.meets import Meets
from alta_verify.deadline import Deadline
from alta_verify.specs.meant import as_specification


def claim(max_len: int, max_layers: int | None = None) -> Meets:
    program = alta.programs.addition()
    forever = Deadline.after(None)
    return Meets.of(program, as_specification(sorted), max_len, max_layers, forever)


def test_inputs_are_counted_by_length():
    within = claim(8)
    assert within.lengths == (5, 7)
    assert [within.count(length) for length in (5, 6, 7)] == [100, 0, 10_000]
    assert within.number == 10_100
    assert [len(tokens) for tokens in within.live] == [1, 10, 11, 11, 11, 10, 1]


def test_a_bound_on_layers_is_the_one_that_was_asked_for_or_the_programs():
    assert claim(5).bound(5) is None
    assert claim(5, 3).bound(5) == 3
    assert not claim(5).endless


def test_the_beginning_of_a_theorem_says_which_inputs():
    text = claim(8).each_input(20, "the program")
    assert text.startswith("on each of the 10,100 inputs of 'lengths")
    assert text.endswith("of 1 to 8 tokens (asked for 20; the program takes no more)")
