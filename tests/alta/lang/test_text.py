"""The canonical text of a program says what it is, and parses back to an equal one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import alta
from alta.errors import ProgramError
from alta.lang.program import program_hash
from tests.alta.lang.toys import FAILING, ODD_NAMES, copied, counter, toy

PROGRAMS = {
    "relative parity": alta.programs.parity_sequential_relative(),
    "absolute parity": alta.programs.parity_sequential_absolute(max_length=7),
    "no rules": toy(),
    "counter": counter(3, halt=alta.halt_spec("y", 2)),
    "heads": toy(
        copied("h"),
        heads={
            "h": alta.qkv("x", "y", "x"),
            "masked": alta.qkv("x", "y", "y", relative_position_mask=[-2, 0, 5]),
        },
    ),
    "layers by length": toy(layers=lambda n: 2 * n + 1),
    "layers by length with a position range": toy(layers=lambda n: n, position_range=5),
    "a language of one pattern per length": toy(
        inputs=alta.inputs.lengths(lambda n: f"0 1{{{n - 1}}}" if n % 2 else None), position_range=9
    ),
    "a language of listed sequences": toy(
        vocab=("a", "b", "ü"), inputs=alta.inputs.sequences(["a b", "ü", ""])
    ),
    "a table with a default": toy(variables={"v": alta.var(9, default=4)}),
    **{f"failing: {kind}": program for kind, (program, _) in FAILING.items()},
}

each = pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)


@each
def test_the_text_parses_back_to_an_equal_program(program):
    text = alta.program_text(program)
    parsed = alta.parse_program(text)
    assert parsed == program
    assert alta.program_text(parsed) == text
    assert program_hash(parsed) == program_hash(program)
    assert hash(parsed) == hash(program)


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


def named(variable, head, token="t"):
    """Builds a program around given names."""
    return alta.program_spec_from_rules(
        name=variable,
        variables={variable: alta.var(2), "other": alta.var(2)},
        heads={head: alta.qkv(variable, "other", variable)},
        rules=[
            alta.rule({variable: 0, head: 1}, variable, 1),
            alta.rule({head: 0, "other": 1}, "other", 0),
        ],
        output_name=variable,
        input_range=1,
        halt=alta.halt_spec(variable),
        vocab=[token],
    )


@pytest.mark.parametrize("name", ODD_NAMES, ids=ascii)
def test_odd_names_survive(name):
    program = named(name, f"{name}{name}", "".join(name.split()))
    parsed = alta.parse_program(alta.program_text(program))
    assert parsed == program
    assert parsed.output_name == parsed.name == name
    assert list(parsed.heads) == [f"{name}{name}"]


NAMES = st.text(min_size=1)


@given(NAMES, NAMES, NAMES.filter(lambda name: name == "".join(name.split())))
def test_any_names_survive(variable, head, token):
    if len({variable, head, "other"}) < 3:
        return
    program = named(variable, head, token)
    text = alta.program_text(program)
    assert alta.parse_program(text) == program
    assert text.isascii()
    assert text.splitlines() == text.split("\n")[:-1]


def test_layers_by_length_are_kept_as_a_table():
    parsed = alta.parse_program(alta.program_text(PROGRAMS["layers by length"]))
    assert [parsed.layer_bound(n) for n in (0, 1, 100, 256)] == [1, 3, 201, 513]


def test_a_length_past_the_end_of_the_table_of_layers_is_an_error():
    parsed = alta.parse_program(alta.program_text(PROGRAMS["layers by length"]))
    with pytest.raises(ProgramError, match=r"lengths up to 256 only, not for 257; pass max_layers"):
        parsed.layer_bound(257)


def test_what_a_function_says_of_no_tokens_does_not_matter():
    text = alta.program_text(toy(layers=lambda n: n - 1, position_range=3))
    assert "layers [0,0,1,2]" in text.splitlines()
    assert alta.parse_program(text).layer_bound(2) == 1


def test_a_table_of_layers_ends_with_the_position_range():
    program = PROGRAMS["layers by length with a position range"]
    assert "layers [0,1,2,3,4,5]" in alta.program_text(program).splitlines()


def test_a_language_of_patterns_per_length_is_kept_as_a_table():
    parsed = alta.parse_program(alta.program_text(PROGRAMS["a language of one pattern per length"]))
    assert [parsed.inputs.automaton(n).count(n) for n in range(5)] == [0, 1, 0, 1, 0]


def test_conveniences_are_no_part_of_the_text():
    plain = toy()
    dressed = toy(encode=str.split, decode=str, oracle=list)
    assert alta.program_text(dressed) == alta.program_text(plain)
    assert alta.parse_program(alta.program_text(dressed)).encode is None


def test_a_position_function_without_a_position_range_has_no_text_to_parse():
    text = alta.program_text(toy(variables={"p": alta.position_var(50)}))
    assert "variable p range 50 position [0,1,2,3,4,5,6,7,…]" in text.splitlines()
    with pytest.raises(ProgramError, match="line 8: cannot read 'variable p"):
        alta.parse_program(text)


# --- equality -------------------------------------------------------------------------------------

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
    one, two = (alta.program_spec_from_rules(**PARTS) for _ in range(2))
    assert one == two
    assert hash(one) == hash(two)
    assert len({one, two}) == 1


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_programs_differ_in(changes):
    one = alta.program_spec_from_rules(**PARTS)
    two = alta.program_spec_from_rules(**{**PARTS, **changes})
    assert one != two
    assert program_hash(one) != program_hash(two)


@pytest.mark.parametrize("convenience", ["encode", "decode", "oracle"])
def test_programs_do_not_differ_in(convenience):
    one = alta.program_spec_from_rules(**PARTS)
    two = alta.program_spec_from_rules(**PARTS, **{convenience: str})
    assert one == two


def test_programs_are_equal_to_nothing_else():
    assert toy() != alta.program_text(toy())
    assert toy() != None  # noqa: E711 - the comparison is what is tested


# --- malformed texts ------------------------------------------------------------------------------

LINES = alta.program_text(
    toy(
        [alta.rule({"x": 1}, "y", 1)],
        heads={"h": alta.v_relative("x", -1)},
        halt=alta.halt_spec("y", 2),
    )
).splitlines()

MALFORMED = {
    "another header": ("alta-program 1", "alta-program 2", "expected 'alta-program 1' in line 1"),
    "a name that is no str": ('name "toy"', "name 3", "line 2: cannot read 'name 3'"),
    "tokens that are no number": ("tokens 3", "tokens three", "line 3: cannot read 'tokens three'"),
    "no tokens": ("tokens 3", "tokens 0", "input_range: expected at least 1, got 0"),
    "a vocab that is no list": ('["0","1","2"]', '"012"', "line 4: cannot read"),
    "a vocab of numbers": ('["0","1","2"]', "[0,1,2]", "line 4: cannot read"),
    "a vocab that is too short": ('["0","1","2"]', '["0","1"]', "expected one name for each"),
    "positions that are no number": ("positions -", "positions ?", "line 5: cannot read"),
    "a range of 0": ("y range 3", "y range 0", "range of a variable: expected at least 1"),
    "a first value out of range": ("[0,1,2]", "[0,1,3]", "variable 'x' at token 2: expected 0 … 2"),
    "a first value that is no int": ("[0,1,2]", "[0,1,2.0]", "line 6: cannot read"),
    "a first value that is a bool": ("[0,1,2]", "[0,true,2]", "line 6: cannot read"),
    "too few first values": ("[0,1,2]", "[0,1]", "expected a table of 3 initial values by token"),
    "a table by position without positions": (
        "token [0,1,2]",
        "position [0,1,2]",
        "expected a table of position_range initial values by position",
    ),
    "an unknown source": ("token [0,1,2]", "time [0,1,2]", "line 6: cannot read"),
    "an empty mask": ("mask [-1]", "mask []", "is empty"),
    "a mask that is no list": ("mask [-1]", "mask -1", "line 8: cannot read"),
    "a mask of names": ("mask [-1]", 'mask ["a"]', "line 8: cannot read"),
    "a rule without an arrow": ("rule x=1 ->", "rule x=1", "line 9: cannot read"),
    "a rule with a bad atom": ("rule x=1", "rule x=one", "line 9: cannot read"),
    "a rule with a loose end": ("rule x=1", "rule x=1 &", "line 9: cannot read"),
    "an unknown output": ("output y", "output z", "output_name: no variable 'z'"),
    "an unquoted odd name": ("output y", 'output "y', "line 10: cannot read"),
    "a halt without a value": ("halt y=2", "halt y", "line 11: cannot read 'halt y'"),
    "a halt on two variables": ("halt y=2", "halt y=2 & x=1", "line 11: cannot read"),
    "layers that are no number": ("layers 1", "layers one", "line 12: cannot read"),
    "layers that are half a number": ("layers 1", "layers [1,1.5]", "line 12: cannot read"),
    "an unknown language": ("inputs anything", "inputs something", "line 13: cannot read"),
    "an unknown keyword": ("output y", "outputs y", "line 10: cannot read 'outputs y'"),
    "no output": ("output y", None, "no line begins with 'output'"),
    "no tokens line": ("tokens 3", None, "no line begins with 'tokens'"),
    "an output twice": ("output y", "output y\noutput y", "line 11: cannot read 'output y'"),
    "a variable twice": (LINES[6], f"{LINES[6]}\n{LINES[6]}", "line 8: cannot read 'variable y"),
    "a head twice": (LINES[7], f"{LINES[7]}\n{LINES[7]}", "line 9: cannot read 'head h"),
    "an empty line": ("output y", "\noutput y", "line 10: cannot read ''"),
}


@pytest.mark.parametrize(("old", "new", "message"), MALFORMED.values(), ids=MALFORMED)
def test_a_text_is_refused_that_has(old, new, message):
    text = "\n".join(LINES) + "\n"
    alta.parse_program(text)
    assert text.count(old) == 1
    broken = text.replace(f"{old}\n", "") if new is None else text.replace(old, new)
    with pytest.raises(ProgramError) as caught:
        alta.parse_program(broken)
    assert message in str(caught.value)


def _twisted(old, new):
    text = "\n".join(LINES) + "\n"
    assert text.count(old) == 1
    return text.replace(old, new)


MEANT = {
    "no end of the last line": _twisted("inputs anything\n", "inputs anything"),
    "two ends of lines": _twisted("inputs anything\n", "inputs anything\n\n"),
    "carriage returns": _twisted("tokens 3\n", "tokens 3\r\n"),
    "a space at the end": _twisted("tokens 3", "tokens 3 "),
    "two spaces": _twisted("y range 3", "y  range 3"),
    "spaces in a list": _twisted("[0,1,2]", "[0, 1, 2]"),
    "leading zeros": _twisted("tokens 3", "tokens 03"),
    "a sign": _twisted("tokens 3", "tokens +3"),
    "minus zero": _twisted("y := 1", "y := -0"),
    "other digits": _twisted("tokens 3", "tokens \u0663"),
    "an escape": _twisted('name "toy"', 'name "to\\u0079"'),
    "a quoted bare name": _twisted("output y", 'output "y"'),
    "lines in another order": _twisted("tokens 3\n", "").replace("name", "tokens 3\nname"),
    "a rule twice": _twisted(f"{LINES[8]}\n", f"{LINES[8]}\n{LINES[8]}\n"),
    "a rule that changes nothing": _twisted("rule x=1", "rule x=1 & y=1"),
    "an atom twice": _twisted("rule x=1", "rule x=1 & x=1"),
    "text behind the language": _twisted("inputs anything", 'inputs anything "free text"'),
    "a number of 19 digits": _twisted("y := 1", f"y := {'9' * 19}"),
}


@pytest.mark.parametrize("text", MEANT.values(), ids=MEANT)
def test_a_program_has_no_other_text_such_as_one_with(text):
    with pytest.raises(ProgramError, match="program text"):
        alta.parse_program(text)


def test_a_text_of_more_coordinates_than_any_model_has_is_refused_at_once():
    for old, new in (("y range 3", "y range 3000000000"), ("y range 3", "y range 32766")):
        with pytest.raises(ProgramError, match="at most 32768 coordinates"):
            alta.parse_program(_twisted(old, new))


def test_half_of_a_surrogate_pair_is_no_name():
    for name in ("\ud800", "a\udfff"):
        for build in (
            lambda: named(name, "h"),  # noqa: B023 - called at once
            lambda: named("v", name),  # noqa: B023
            lambda: named("v", "h", name),  # noqa: B023
        ):
            with pytest.raises(ProgramError, match="half of a surrogate pair"):
                build()


@pytest.mark.parametrize("text", ["", "\n", "program"], ids=["nothing", "a blank line", "a word"])
def test_what_is_no_program_text_is_refused(text):
    with pytest.raises(ProgramError, match="expected 'alta-program 1' in line 1"):
        alta.parse_program(text)
