"""The claim that a program meets a specification, in words."""

from __future__ import annotations

import pytest

import alta
from alta.errors import InputLanguageError, ProgramError
from alta_verify import specs
from alta_verify.claim.meets import Meets
from alta_verify.deadline import Deadline

ABSOLUTE = alta.programs.parity_sequential_absolute(max_length=6)
FOREVER = Deadline.after(None)


def test_a_claim_says_what_was_meant_and_where_runs_end():
    meant = specs.function(sorted)
    said = Meets.of(ABSOLUTE, meant, 9, 4, FOREVER).statement(9)
    assert said == (
        "on each of the 126 inputs of 'anything' of 1 to 6 tokens (asked for 9; the program takes "
        "no more), the run of the program ends without fault, and at its end, after 4 layers at "
        "most, the output at every position is what 'sorted' returns."
    )


def test_a_pattern_is_one_of_the_programs_tokens():
    with pytest.raises(InputLanguageError, match="START"):
        Meets.of(ABSOLUTE, specs.accepts("START 0*"), 6, None, FOREVER)
    Meets.of(ABSOLUTE, specs.accepts("0*"), 6, None, FOREVER)


def test_runs_that_nothing_ends_are_refused():
    endless = alta.replace(ABSOLUTE, halt=None)
    with pytest.raises(ProgramError, match="nothing ends a run"):
        Meets.of(endless, specs.function(sorted), 6, None, FOREVER)
