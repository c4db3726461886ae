"""The program, with an index in place of every value."""

from __future__ import annotations

import pytest

from alta.lang.program import program_text
from alta_verify.check.refused import Refused
from alta_verify.check.text import read_program
from tests.alta.lang.toys import PROGRAMS
from tests.alta_verify.check.theorems import (
    TEXT,
)


def test_null_is_no_value_of_any_kind_of_variable():
    program = read_program(program_text(PROGRAMS["traps that assign null"]))
    values = {name: [rule.value for rule in rules] for name, rules in program.rules.items()}
    assert values == {"x": [], "y": [2, None], "n": [None], "s": [None]}


def test_a_program_has_a_number_of_layers_for_each_length_or_is_refused():
    program = read_program(TEXT.replace("layers 2", "layers [0,2]"))
    assert program.bound(1) == 2
    with pytest.raises(Refused, match="no number of layers for 2 tokens"):
        program.bound(2)
