"""The text of a program parses back to an equal one, and no other text does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import alta
from alta.errors import ProgramError
from alta.lang.parsing import parse_program
from alta.lang.program import program_hash, program_text
from tests.alta.lang.toys import ODD_NAMES, PROGRAMS, SUBSETS, named, toy

every_program = pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)


@every_program
def test_the_text_parses_back_to_an_equal_program(program):
    text = alta.program_text(program)
    parsed = alta.parse_program(text)
    assert parsed == program
    assert alta.program_text(parsed) == text
    assert program_hash(parsed) == program_hash(program)
    assert hash(parsed) == hash(program)


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
    "a mask with another name": ("mask [-1]", "mask after", "line 8: cannot read"),
    "a mask of names": ("mask [-1]", 'mask ["a"]', "line 8: cannot read"),
    "a rule without an arrow": ("rule x=1 ->", "rule x=1", "line 9: cannot read"),
    "a rule with a bad atom": ("rule x=1", "rule x=one", "line 9: cannot read"),
    "a rule with a loose end": ("rule x=1", "rule x=1 &", "line 9: cannot read"),
    "an unknown output": ("output y", "output z", "output_name: no variable 'z'"),
    "an unquoted odd name": ("output y", 'output "y', "line 10: cannot read"),
    "a halt without a value": ("halt y=2", "halt y", "line 11: cannot read 'halt y'"),
    "a halt on two variables": ("halt y=2", "halt y=2 & x=1", "line 11: cannot read"),
    "layers that are no number": ("layers 1", "layers one", "line 12: cannot read"),
    "a table of negative layers": ("layers 1", "layers [1,-1]", "expected numbers of at least 0"),
    "a table of no layers": ("layers 1", "layers []", "expected numbers of at least 0"),
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


@pytest.mark.parametrize("text", ["", "\n", "program"], ids=["nothing", "a blank line", "a word"])
def test_what_is_no_program_text_is_refused(text):
    with pytest.raises(ProgramError, match="expected 'alta-program 1' in line 1"):
        alta.parse_program(text)


def all_kinds():
    return alta.program_spec_from_rules(
        variables={
            "n": alta.numeric_var([0.1, -3, 1e-7], default=2.5),
            "free": alta.numeric_var(position_init_fn=lambda p: p / 7),
            "s": alta.set_var(3, SUBSETS, input_init_fn=lambda t: {0} if t else {1, 2}),
            "k": alta.input_var(3),
        },
        heads={
            "mean": alta.qkv("s", "k", "free", [0, -1], output_spec=alta.numeric_var([0.25, 0.75])),
            "raw": alta.v_relative("free", -1),
            "left": alta.v_relative("k", -1),
        },
        rules=[
            alta.rule({"mean": 1}, "n", 1e300),
            alta.rule({"n": 2, "s": 0}, "s", {1, 2}),
            alta.rule({"s": 1}, "s", {0, 2}),
        ],
        output_name="n",
        input_range=3,
        position_range=4,
        layers=2,
        halt=alta.halt_spec("n", -3),
    )


def test_the_text_of_a_program_with_all_kinds_parses_back_to_an_equal_program():
    program = all_kinds()
    text = program_text(program)
    again = parse_program(text)
    assert again == program
    assert program_text(again) == text
    assert again.domains["mean"].contents == (0.25, 0.75)
    assert again.domains["raw"].contents == ()
    assert alta.replace(program, layers=2) == program


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("values [-3.0,1e-07,0.1]", "values [-3.0,1e-07,0.2]"),
        ("output n", "output free"),
        ("values [0.25,0.75]", "values [0.25,0.7]"),
        ("n := 1e+300", "n := 1e+299"),
        ("s := {1,2}", "s := {0}"),
        ("halt n=-3.0", "halt n=-2.0"),
        ("token [[1,2],[0],[0]]", "token [[1,2],[0],[]]"),
    ],
)
def test_a_change_of_the_text_is_a_change_of_the_program(old, new):
    text = program_text(all_kinds())
    assert text.count(old) == 1
    assert parse_program(text.replace(old, new)) != all_kinds()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("s := {1,2}", "s := {1,2"),
        ("s := {1,2}", "s := [1,2]"),
        ("n := 1e+300", "n := Infinity"),
        ("values [-3.0,1e-07,0.1]", "values [-3,1e-07,0.1]"),
        ("token [[1,2],[0],[0]]", "token [[1,2],[0],[0.0]]"),
    ],
)
def test_a_malformed_text_is_refused(old, new):
    text = program_text(all_kinds())
    assert text.count(old) == 1
    with pytest.raises(ProgramError):
        parse_program(text.replace(old, new))
