"""The canonical text of a program says what it is, and parses back to an equal one."""

import pytest

import alta
from alta.errors import ProgramError
from tests.alta.lang.toys import PROGRAMS, toy


def test_the_text_is_one_fact_a_line():
    program = alta.programs.parity_sequential_relative()
    assert alta.program_text(program).splitlines() == [
        "alta-program 1",
        'name "parity_sequential_relative"',
        "tokens 3",
        'vocab ["0","1","START"]',
        "positions -",
        "variable parity range 2 token [0,1,0]",
        "variable done range 2 token [0,0,1]",
        "head parity_left query - key - value parity mask [-1]",
        "head done_left query - key - value done mask [-1]",
        "rule parity=0 & done=0 & parity_left=1 & done_left=1 -> parity := 1",
        "rule parity=1 & done=0 & parity_left=1 & done_left=1 -> parity := 0",
        "rule parity=0 & done=0 & parity_left=0 & done_left=1 -> done := 1",
        "rule parity=0 & done=0 & parity_left=1 & done_left=1 -> done := 1",
        "rule parity=1 & done=0 & parity_left=0 & done_left=1 -> done := 1",
        "rule parity=1 & done=0 & parity_left=1 & done_left=1 -> done := 1",
        "output parity",
        "halt done=1",
        "layers -",
        'inputs regex "START (0|1)*"',
    ]


def test_layers_by_length_are_kept_as_a_table():
    parsed = alta.parse_program(alta.program_text(PROGRAMS["layers by length"]))
    assert [parsed.layer_bound(n) for n in (0, 1, 100, 256)] == [1, 3, 201, 513]


def test_a_table_of_layers_ends_with_the_position_range():
    program = PROGRAMS["layers by length with a position range"]
    assert "layers [0,1,2,3,4,5]" in alta.program_text(program).splitlines()


def test_a_language_of_patterns_per_length_is_kept_as_a_table():
    parsed = alta.parse_program(alta.program_text(PROGRAMS["a language of one pattern per length"]))
    assert [parsed.inputs.automaton(n).count(n) for n in range(5)] == [0, 1, 0, 1, 0]


def test_a_position_function_without_a_position_range_has_no_text_to_parse():
    text = alta.program_text(toy(variables={"p": alta.position_var(50)}))
    assert "variable p range 50 position [0,1,2,3,4,5,6,7,…]" in text.splitlines()
    with pytest.raises(ProgramError, match="line 8: cannot read 'variable p"):
        alta.parse_program(text)
