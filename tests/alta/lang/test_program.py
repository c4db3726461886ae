"""A program holds what it was built from, and equals one of the same text."""

from types import SimpleNamespace

import pytest

import alta
from alta.errors import ProgramError
from alta.lang.program import program_hash
from tests.alta.lang.toys import PROGRAMS, copied, toy


def test_a_program_shows_what_it_was_built_from():
    halt = alta.halt_spec("y")
    heads = {"left": alta.v_relative("x", -1)}
    program = toy(copied("x"), heads=heads, halt=halt, vocab=("a", "b", "c"), position_range=7)
    assert list(program.variables) == ["x", "y"]
    assert dict(program.heads) == heads
    assert program.output_name == "y"
    assert (program.input_range, program.position_range) == (3, 7)
    assert (program.halt, program.layers, program.name) == (halt, 1, "toy")
    assert program.vocab == ("a", "b", "c")
    assert program.inputs.contains("a b c")
    assert repr(program) == "<Program toy: 2 variables, 1 heads, 3 rules>"


def test_tokens_without_names_are_called_by_their_numbers():
    assert toy().vocab == ("0", "1", "2")


def test_without_a_language_every_sequence_is_an_input():
    assert toy().inputs.count(2) == 1 + 3 + 9


def test_a_program_does_not_change_with_what_it_was_built_from():
    variables = {"x": alta.input_var(3), "y": alta.var(3)}
    heads = {"left": alta.v_relative("x", -1)}
    program = alta.program_spec_from_rules(variables, heads, [], "y", 3, layers=1)
    variables["z"] = alta.var(2)
    heads.clear()
    assert list(program.variables) == ["x", "y"]
    assert list(program.heads) == ["left"]


def test_the_parts_of_a_program_cannot_be_replaced():
    program = toy()
    with pytest.raises(TypeError):
        program.variables["z"] = alta.var(2)
    with pytest.raises(AttributeError):
        program.layers = 2


def test_an_initial_value_function_is_asked_when_the_program_is_built():
    state = SimpleNamespace(shift=0)
    program = toy(variables={"v": alta.input_var(9, init_fn=lambda token: token + state.shift)})
    state.shift = 5
    assert program.variables["v"].initial.table == (0, 1, 2)


def test_a_trap_is_kept():
    program = toy([alta.rule({"x": 1}, "y", 3), alta.rule({"x": 2}, "y", -1)])
    assert [program.is_trap(rule) for rule in program.rules] == [True, True]
    assert not program.is_trap(alta.rule({}, "y", 2))


def test_the_rules_of_a_program_are_grouped_by_what_they_assign():
    program = toy([alta.rule({}, "y", 1)], variables={"z": alta.var(2)})
    assert {name: len(rules) for name, rules in program.rules_by_variable.items()} == {
        "x": 0,
        "y": 1,
        "z": 0,
    }


def test_a_length_past_the_end_of_the_table_of_layers_is_an_error():
    parsed = alta.parse_program(alta.program_text(PROGRAMS["layers by length"]))
    with pytest.raises(ProgramError, match=r"lengths up to 256 only, not for 257; pass max_layers"):
        parsed.layer_bound(257)


def test_what_a_function_says_of_no_tokens_does_not_matter():
    text = alta.program_text(toy(layers=lambda n: n - 1, position_range=3))
    assert "layers [0,0,1,2]" in text.splitlines()
    assert alta.parse_program(text).layer_bound(2) == 1


def test_conveniences_are_no_part_of_the_text():
    plain = toy()
    dressed = toy(encode=str.split, decode=str, oracle=list)
    assert alta.program_text(dressed) == alta.program_text(plain)
    assert alta.parse_program(alta.program_text(dressed)).encode is None


PARTS = {
    "variables": {"x": alta.input_var(3), "y": alta.var(3)},
    "heads": {"h": alta.qkv("x", "y", "y"), "g": alta.v_relative("x", -1)},
    "rules": copied("x"),
    "output_name": "y",
    "input_range": 3,
    "position_range": 8,
    "halt": alta.halt_spec("y", 1),
    "layers": 4,
    "name": "it",
    "vocab": ("a", "b", "c"),
    "inputs": alta.inputs.regex("a .*"),
}


CHANGES = {
    "a default": {"variables": {"x": alta.input_var(3), "y": alta.var(3, default=1)}},
    "a first value": {"variables": {"x": alta.input_var(3, lambda t: 2 - t), "y": alta.var(3)}},
    "where first values come from": {"variables": {"x": alta.var(3), "y": alta.var(3)}},
    "a range": {
        "variables": {"x": alta.input_var(4), "y": alta.var(4)},
    },
    "the order of the variables": {"variables": {"y": alta.var(3), "x": alta.input_var(3)}},
    "a mask": {"heads": {"h": alta.qkv("x", "y", "y", [0]), "g": alta.v_relative("x", -1)}},
    "a query": {"heads": {"h": alta.qkv("y", "y", "y"), "g": alta.v_relative("x", -1)}},
    "the name of a head": {"heads": {"H": alta.qkv("x", "y", "y"), "g": alta.v_relative("x", -1)}},
    "a rule": {"rules": copied("x", values=2)},
    "the output": {"output_name": "x"},
    "the position range": {"position_range": 9},
    "no position range": {"position_range": None},
    "the halt value": {"halt": alta.halt_spec("y", 2)},
    "no halt": {"halt": None},
    "the layers": {"layers": 5},
    "no layers": {"layers": None},
    "the name": {"name": "that"},
    "the token names": {"vocab": ("a", "b", "d")},
    "the language": {"inputs": alta.inputs.regex("b .*")},
}


def test_programs_built_alike_are_equal():
    first, second = (alta.program_spec_from_rules(**PARTS) for _ in range(2))
    assert first == second
    assert hash(first) == hash(second)
    assert len({first, second}) == 1


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_programs_differ_in(changes):
    first = alta.program_spec_from_rules(**PARTS)
    second = alta.program_spec_from_rules(**{**PARTS, **changes})
    assert first != second
    assert program_hash(first) != program_hash(second)


@pytest.mark.parametrize("convenience", ["encode", "decode", "oracle"])
def test_programs_do_not_differ_in(convenience):
    first = alta.program_spec_from_rules(**PARTS)
    second = alta.program_spec_from_rules(**PARTS, **{convenience: str})
    assert first == second


def test_programs_are_equal_to_nothing_else():
    assert toy() != alta.program_text(toy())
    assert toy() != None  # noqa: E711 - the comparison is what is tested


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


def test_a_function_of_layers_need_not_have_an_answer_for_no_tokens():
    program = toy(layers=lambda n: n or None, position_range=2)
    assert "layers [0,1,2]" in alta.program_text(program).splitlines()


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
