"""What is refused when a program is built, and what is normalised."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

import alta
from alta.errors import InputLanguageError, ProgramError
from alta.lang import paths
from tests.alta.lang.toys import copied, toy, toy_function


def write(name, value):
    def function(z):
        z[name] = value

    return function


def read(name):
    def function(z):
        z["y"] = z[name]

    return function


def case(sentence, build, *fragments):
    return pytest.param(build, fragments, id=sentence)


HEADS = [
    case(
        "whose value is a head output",
        lambda: toy(heads={"a": alta.v_relative("x", 1), "b": alta.v_relative("a", 1)}),
        "head 'b': its value is the head output 'a'",
        "heads are parallel",
        "Store the output in a variable first",
    ),
    case(
        "whose query is a head output",
        lambda: toy(heads={"b": alta.qkv("a", "x", "y"), "a": alta.v_relative("x", 1)}),
        "head 'b': its query is the head output 'a'",
    ),
    case(
        "whose key is a head output",
        lambda: toy(heads={"b": alta.qkv("x", "b", "y")}),
        "head 'b': its key is the head output 'b'",
    ),
    case(
        "that reads an unknown variable",
        lambda: toy(heads={"h": alta.v_relative("parity", 1)}, variables={"party": alta.var(2)}),
        "head 'h': its value 'parity' is not a variable",
        "did you mean 'party'?",
    ),
    case(
        "without a value",
        lambda: toy(heads={"h": alta.qkv("x", "y", None)}),
        "head 'h': its value None is not a variable",
    ),
    case(
        "with a key and no query",
        lambda: toy(heads={"h": alta.qkv(None, "x", "y")}),
        "head 'h': expected both a query and a key, or neither; got query=None, key='x'",
    ),
    case(
        "whose query and key differ in range",
        lambda: toy(heads={"h": alta.qkv("x", "wide", "y")}, variables={"wide": alta.var(5)}),
        "head 'h': query 'x' has range 3 and key 'wide' has range 5; they must be equal",
    ),
    case(
        "whose declared output differs in range from its value",
        lambda: toy(heads={"h": alta.qkv("x", "y", "y", output_spec=alta.var(2))}),
        "head 'h': output_spec has range 2 and value 'y' has range 3; they must be equal",
    ),
    case(
        "whose declared output is no variable",
        lambda: toy(heads={"h": alta.qkv("x", "y", "y", output_spec=3)}),
        "head 'h': output_spec: expected the result of alta.var, got 3",
    ),
    case(
        "with an empty mask",
        lambda: alta.qkv("x", "y", "y", relative_position_mask=[]),
        "relative_position_mask of a head that reads 'y' is empty: it would select nothing",
        "pass None to attend everywhere",
    ),
    case(
        "made by hand with an empty mask",
        lambda: alta.Head(None, None, "y", ()),
        "relative_position_mask of a head that reads 'y' is empty",
    ),
    case(
        "with an offset that is no int",
        lambda: alta.qkv("x", "y", "y", relative_position_mask=[-1, 0.5]),
        "relative_position_mask of a head that reads 'y': expected an int, got 0.5 (float)",
    ),
    case(
        "whose mask is no collection",
        lambda: alta.qkv("x", "y", "y", relative_position_mask=-1),
        "relative_position_mask of a head that reads 'y': expected offsets such as [-1, 0], got -1",
    ),
    case(
        "at a distance that is no int",
        lambda: alta.v_relative("y", "left"),
        "offset of a head that reads 'y': expected an int, got 'left' (str)",
    ),
    case(
        "with the name of a variable",
        lambda: toy(heads={"x": alta.v_relative("y", 1)}),
        "head 'x': a variable has the same name; rename one of them",
    ),
    case(
        "that is no head",
        lambda: toy(heads={"h": -1}),
        "head 'h': expected the result of alta.qkv or alta.v_relative, got -1",
    ),
    case(
        "without a name",
        lambda: toy(heads={"": alta.v_relative("x", 1)}),
        "head name: expected a non-empty str, got ''",
    ),
]

RULES = [
    case(
        "that assigns a head output",
        lambda: toy([alta.rule({}, "h", 1)], heads={"h": alta.v_relative("x", 1)}),
        "rule 'always -> h := 1' assigns: 'h' is a head output, which only attention writes",
        "use a variable and copy the head output into it",
    ),
    case(
        "that assigns an unknown variable",
        lambda: toy([alta.rule({}, "partiy", 1)], variables={"parity": alta.var(2)}),
        "rule 'always -> partiy := 1' assigns: no variable 'partiy'",
        "did you mean 'parity'?",
    ),
    case(
        "that tests an unknown name",
        lambda: toy([alta.rule({"lefd": 1}, "y", 1)], heads={"left": alta.v_relative("x", 1)}),
        "rule 'lefd=1 -> y := 1': no variable or head 'lefd'",
        "did you mean 'left'?",
    ),
    case(
        "that tests for a value out of range",
        lambda: toy([alta.rule({"x": 3}, "y", 1)]),
        "rule 'x=3 -> y := 1': 'x' has the values 0 … 2, so the test 'x=3' can never hold",
    ),
    case(
        "that tests for a negative value",
        lambda: toy([alta.rule({"x": -1}, "y", 1)]),
        "the test 'x=-1' can never hold",
    ),
    case(
        "that tests for something else than an int",
        lambda: alta.rule({"x": 1.0}, "y", 1),
        "value of 'x' in a rule for 'y': expected an int, got 1.0 (float)",
    ),
    case(
        "that assigns something else than an int",
        lambda: alta.rule({"x": 1}, "y", "1"),
        "value for 'y': expected an int, got '1' (str)",
    ),
    case(
        "made by hand that assigns something else than an int",
        lambda: toy([alta.Rule((), "y", 1.0)]),
        "value that rule 'always -> y := 1.0' assigns: expected an int, got 1.0 (float)",
    ),
    case(
        "made by hand that tests for something else than an int",
        lambda: toy([alta.Rule((alta.Atom("x", "1"),), "y", 1)]),
        "rule 'x=1 -> y := 1': value of 'x': expected an int, got '1' (str)",
    ),
    case(
        "that is no rule",
        lambda: toy([("x", 1, "y", 1)]),
        "rules: expected the result of alta.rule or MLPBuilder.rules, got ('x', 1, 'y', 1)",
    ),
]

FUNCTIONS = [
    case(
        "that reads an unknown name",
        lambda: toy_function(read("lefft"), heads={"left": alta.v_relative("x", 1)}),
        "the MLP function reads 'lefft', which is neither a variable nor a head",
        "did you mean 'left'?",
    ),
    case(
        "that writes an unknown name",
        lambda: toy_function(write("yy", 1)),
        "no variable 'yy'",
        "did you mean 'y'?",
    ),
    case(
        "that writes a head output",
        lambda: toy_function(write("h", 1), heads={"h": alta.v_relative("x", 1)}),
        "'h' is a head output, which only attention writes",
    ),
    case(
        "that assigns something else than an int",
        lambda: toy_function(write("y", 0.5)),
        "value that the MLP function assigns to 'y': expected an int, got 0.5 (float)",
    ),
    case(
        "that is none",
        lambda: toy_function(3),
        "ffn_fn: expected a function of one argument, got 3",
    ),
]

VARIABLES = [
    case(
        "of range 0",
        lambda: alta.var(0),
        "range of a variable: expected at least 1, got 0",
    ),
    case(
        "whose range is no int",
        lambda: alta.input_var(2.0),
        "range of a variable: expected an int, got 2.0 (float)",
    ),
    case(
        "whose default is out of range",
        lambda: toy(variables={"v": alta.var(2, default=2)}),
        "initial value of variable 'v' by default: expected 0 … 1, got 2",
        "widen the variable's range",
    ),
    case(
        "whose default is no int",
        lambda: toy(variables={"v": alta.var(2, default=None)}),
        "initial value of variable 'v' by default: expected an int, got None (NoneType)",
    ),
    case(
        "whose first value is out of range for some token",
        lambda: toy(variables={"v": alta.input_var(5, init_fn=lambda token: 3 * token)}),
        "initial value of variable 'v' at token 2: expected 0 … 4, got 6",
        "widen the variable's range or change its first value",
    ),
    case(
        "whose first value is negative at some position",
        lambda: toy(variables={"v": alta.position_var(9, lambda p: 3 - p)}, position_range=6),
        "initial value of variable 'v' at position 4: expected 0 … 8, got -1",
    ),
    case(
        "that takes the token and has too few values for it",
        lambda: toy(variables={"v": alta.input_var(2)}),
        "initial value of variable 'v' at token 2: expected 0 … 1, got 2",
    ),
    case(
        "whose first value is no int",
        lambda: toy(variables={"v": alta.input_var(2, init_fn=lambda token: token / 2)}),
        "initial value of variable 'v' at token 0: expected an int, got 0.0 (float)",
    ),
    case(
        "that is no variable",
        lambda: toy(variables={"v": 2}),
        "variable 'v': expected the result of alta.var, alta.input_var, alta.position_var, "
        "alta.numeric_var or alta.set_var, got 2",
    ),
    case(
        "without a name",
        lambda: toy(variables={"": alta.var(2)}),
        "variable name: expected a non-empty str, got ''",
    ),
    case(
        "whose name is no str",
        lambda: toy(variables={7: alta.var(2)}),
        "variable name: expected a non-empty str, got 7",
    ),
]

PARTS = [
    case(
        "an unknown output",
        lambda: toy(output_name="z"),
        "output_name: no variable 'z'; known names: x, y",
    ),
    case(
        "a misspelt output",
        lambda: toy(output_name="parityy", variables={"parity": alta.var(2)}),
        "output_name: no variable 'parityy'; did you mean 'parity'?",
    ),
    case(
        "a head as output",
        lambda: toy(output_name="h", heads={"h": alta.v_relative("x", 1)}),
        "output_name: 'h' is a head output",
        "use a variable and copy the head output into it",
    ),
    case(
        "an unknown halt variable",
        lambda: toy(halt=alta.halt_spec("dome"), variables={"done": alta.var(2)}),
        "halt_var: no variable 'dome'; did you mean 'done'?",
    ),
    case(
        "a head as halt variable",
        lambda: toy(halt=alta.halt_spec("h"), heads={"h": alta.v_relative("x", 1)}),
        "halt_var: 'h' is a head output",
    ),
    case(
        "a halt value out of range",
        lambda: toy(halt=alta.halt_spec("y", 3)),
        "halt_value: variable 'y' has the values 0 … 2, got 3",
    ),
    case(
        "a halt value that is no int",
        lambda: toy(halt=alta.halt_spec("y", "1")),
        "halt_value of 'y': expected an int, got '1' (str)",
    ),
    case(
        "a halt that is no halt spec",
        lambda: toy(halt="y"),
        "halt: expected the result of alta.halt_spec, got 'y'",
    ),
    case(
        "no tokens",
        lambda: toy(input_range=0),
        "input_range: expected at least 1, got 0",
    ),
    case(
        "an input_range that is no int",
        lambda: toy(input_range=2.5),
        "input_range: expected an int, got 2.5 (float)",
    ),
    case(
        "no positions",
        lambda: toy(position_range=0),
        "position_range: expected at least 1, got 0",
    ),
    case(
        "a negative number of layers",
        lambda: toy(layers=-1),
        "layers: expected at least 0, got -1",
    ),
    case(
        "a number of layers that is no int",
        lambda: toy(layers="3"),
        "layers: expected an int, got '3' (str)",
    ),
    case(
        "too few token names",
        lambda: toy(vocab=("a", "b")),
        "vocab: expected one name for each of the 3 tokens (input_range), got 2",
    ),
    case(
        "two tokens of one name",
        lambda: toy(vocab=("a", "b", "a")),
        "vocab: the name 'a' is given to two tokens",
    ),
    case(
        "a token name that is no str",
        lambda: toy(vocab=("a", "b", 2)),
        "vocab: token 2: expected a non-empty str without white space, got 2",
    ),
    case(
        "a token name with a space",
        lambda: toy(vocab=("a", "b c", "d")),
        "vocab: token 1: expected a non-empty str without white space, got 'b c'",
    ),
    case(
        "inputs that are no input language",
        lambda: toy(inputs="0 1*"),
        "inputs: expected an input language from alta.inputs, got '0 1*'",
    ),
]


def refuses(build, fragments):
    with pytest.raises(ProgramError) as caught:
        build()
    for fragment in fragments:
        assert fragment in str(caught.value)


@pytest.mark.parametrize(("build", "fragments"), HEADS)
def test_a_head_is_refused(build, fragments):
    refuses(build, fragments)


@pytest.mark.parametrize(("build", "fragments"), RULES)
def test_a_rule_is_refused(build, fragments):
    refuses(build, fragments)


@pytest.mark.parametrize(("build", "fragments"), FUNCTIONS)
def test_an_mlp_function_is_refused(build, fragments):
    refuses(build, fragments)


@pytest.mark.parametrize(("build", "fragments"), VARIABLES)
def test_a_variable_is_refused(build, fragments):
    refuses(build, fragments)


@pytest.mark.parametrize(("build", "fragments"), PARTS)
def test_a_program_is_refused_that_has(build, fragments):
    refuses(build, fragments)


def test_a_language_that_names_no_token_is_refused_with_the_nearest_one():
    with pytest.raises(InputLanguageError, match="got 'STAR'; did you mean 'START'"):
        toy(vocab=("0", "1", "START"), inputs=alta.inputs.regex("STAR (0|1)*"))


def test_every_refusal_is_a_value_error():
    with pytest.raises(ValueError, match="output_name"):
        toy(output_name="z")


# --- functions that cannot be turned into rules ---------------------------------------------------


def test_a_function_that_depends_on_something_else_the_second_time_is_refused():
    calls = itertools.count()

    def fickle(z):
        if z["xy"[next(calls) % 2]] == 1:
            z["y"] = 0

    refuses(
        lambda: toy_function(fickle),
        ["not deterministic", "it depended on 'x' first and then on 'y'"],
    )


def test_a_function_that_depends_on_nothing_the_second_time_is_refused():
    calls = itertools.count()

    def tired(z):
        if next(calls) == 0 and z["x"] == 1:
            z["y"] = 0

    refuses(
        lambda: toy_function(tired), ["not deterministic", "it depended on 'x' the first time only"]
    )


def sum_of_all(z):
    z["y"] = min(2, z["x"] + z["y"])


@pytest.mark.parametrize("needs_rules", [lambda p: p.rules, alta.program_text, alta.compile])
def test_too_many_paths_are_refused_where_rules_are_needed(needs_rules, monkeypatch):
    monkeypatch.setattr(paths, "MAX_PATHS", 8)
    program = toy_function(sum_of_all)
    refuses(
        lambda: needs_rules(program),
        [
            "program 'toy' has no rules: the MLP function has more than 8 paths",
            "these reads multiply: x (3), y (3)",
            "Read fewer variables on a path, or write the rules with alta.MLPBuilder",
        ],
    )


def test_as_many_paths_as_allowed_are_not_too_many(monkeypatch):
    monkeypatch.setattr(paths, "MAX_PATHS", 9)
    assert len(toy_function(sum_of_all).rules) == 4


def test_too_many_rules_are_refused_like_too_many_paths(monkeypatch):
    monkeypatch.setattr(paths, "MAX_RULES", 8)
    refuses(lambda: toy_function(sum_of_all).rules, ["more than 8 rules; these reads multiply"])


def test_a_program_whose_function_has_too_many_paths_is_interpreted_all_the_same(monkeypatch):
    whole = toy_function(sum_of_all, layers=3)
    monkeypatch.setattr(paths, "MAX_PATHS", 8)
    program = toy_function(sum_of_all, layers=3)
    assert repr(program) == "<Program toy: 2 variables, 0 heads, a function>"
    for tokens in itertools.product(range(3), repeat=2):
        assert alta.run(program, tokens).states == alta.run(whole, tokens).states
    assert alta.replace(program, layers=1).mlp is program.mlp
    assert program != whole


def test_what_a_function_raises_itself_comes_through():
    with pytest.raises(ZeroDivisionError):
        toy_function(lambda z: 1 // z["x"])


# --- normalised values ----------------------------------------------------------------------------

SPELLINGS = {
    "bool": bool,
    "NumPy bool": np.bool_,
    "NumPy int8": np.int8,
    "NumPy uint64": np.uint64,
}
spelt = pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)


def flags(spell):
    """Builds a program with every value spelt in one way."""

    def function(z):
        z["seen"] = spell(z["odd"] == 1)

    return alta.program_spec(
        variables={
            "odd": alta.input_var(2, init_fn=lambda token: spell(token % 2)),
            "first": alta.position_var(2, init_fn=lambda position: spell(position == 0)),
            "seen": alta.var(2, default=spell(0)),
        },
        heads={"same": alta.v_relative("odd", spell(0))},
        ffn_fn=function,
        output_name="seen",
        input_range=4,
        position_range=3,
        halt=alta.halt_spec("seen", spell(1)),
    )


@spelt
def test_bools_and_numpy_integers_become_ints(spell):
    program = flags(spell)
    assert program == flags(int)
    written = [value for rule in program.rules for value in (rule.value, *rule.atoms)]
    tables = [variable.initial.table for variable in program.variables.values()]
    values = [getattr(value, "value", value) for value in itertools.chain(written, *tables)]
    assert values
    assert {type(value) for value in values} == {int}
    assert program.halt is not None
    assert type(program.halt.value) is int
    assert program.heads["same"].mask == (0,)


@spelt
def test_rules_and_builders_normalise_values_too(spell):
    builder = alta.MLPBuilder({"x": alta.var(2), "y": alta.var(2)}, {})
    for x in builder.get("x"):
        builder.set("y", spell(x))
    by_hand = alta.Rule((alta.Atom("x", spell(1)),), "y", spell(1))
    for rules in ([alta.rule({"x": spell(1)}, "y", spell(1))], builder.rules, [by_hand]):
        program = toy(rules, variables={"x": alta.var(2), "y": alta.var(2)})
        last = program.rules[-1]
        assert last == alta.Rule((alta.Atom("x", 1),), "y", 1)
        assert {type(last.value), type(last.atoms[0].value)} == {int}


def test_ranges_are_normalised():
    program = toy(variables={"v": alta.var(np.int16(4))}, input_range=np.uint8(3))
    assert type(program.variables["v"].range) is int
    assert type(program.input_range) is int


# --- what a program holds -------------------------------------------------------------------------


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


def test_a_mask_is_a_sorted_set_of_offsets():
    assert alta.qkv("x", "x", "y", relative_position_mask=[2, -1, 2]).mask == (-1, 2)
    assert alta.v_relative("x", 4).mask == (4,)
    assert alta.qkv("x", "x", "y").mask is None


@pytest.mark.parametrize("spec", [None, alta.var(3)], ids=["none", "of the right range"])
def test_an_output_spec_of_the_right_range_changes_nothing(spec):
    plain = toy(heads={"h": alta.qkv("x", "x", "y")})
    assert toy(heads={"h": alta.qkv("x", "x", "y", output_spec=spec)}) == plain


# --- replace --------------------------------------------------------------------------------------


def test_a_program_with_a_part_replaced_keeps_the_others():
    program = alta.programs.parity_sequential_relative()
    other = alta.replace(program, rules=program.rules[1:], name="other")
    assert (other.name, other.rules) == ("other", program.rules[1:])
    assert alta.replace(other, rules=program.rules, name=program.name) == program
    assert other.encode is program.encode


def test_replacing_a_part_that_does_not_exist_names_the_nearest():
    with pytest.raises(alta.ProgramError, match=r"no part 'rule'; did you mean 'rules'"):
        alta.replace(alta.programs.parity_sequential_relative(), rule=[])


def test_parts_that_do_not_fit_are_refused_like_those_of_a_new_program():
    with pytest.raises(alta.ProgramError, match="output_name"):
        alta.replace(alta.programs.parity_sequential_relative(), output_name="sum")


def test_a_function_gets_its_rules_with_the_points_that_it_lacked():
    def threshold(z):
        z["y"] = int(z["mean"] > 0.5)

    number = alta.numeric_var(input_init_fn=lambda token: token == 1)
    heads = {"mean": alta.qkv("query", "query", "number")}
    variables = {"query": alta.var(1), "number": number}
    program = toy_function(threshold, variables=variables, heads=heads)
    with pytest.raises(alta.ProgramError, match="has no rules: the MLP function reads"):
        program.rules  # noqa: B018
    points = alta.numeric_var([0, 1])
    whole = {"mean": alta.qkv("query", "query", "number", output_spec=points)}
    mended = alta.replace(program, heads=whole)
    assert mended == toy_function(threshold, variables=variables, heads=whole)
    assert len(mended.rules) == 2
    assert alta.replace(program, name="again").mlp is program.mlp


@pytest.mark.parametrize(
    ("part", "value", "text"),
    [
        ("variables", ["x"], "variables: expected a dict by name, got ['x']"),
        ("heads", None, "heads: expected a dict by name, got None"),
        ("output_name", ["y"], "output_name: expected the name of a variable, got ['y']"),
        ("vocab", 3, "vocab: expected a list of token names, got 3"),
        ("rules", alta.MLPBuilder({}, {}), "its rules are in .rules"),
        ("rules", 3, "rules: expected a list of rules, got 3"),
        ("oracle", [1], "oracle: expected a function or None, got [1]"),
        ("encode", "0", "encode: expected a function or None, got '0'"),
        ("decode", 1, "decode: expected a function or None, got 1"),
    ],
)
def test_a_part_that_is_something_else_is_refused(part, value, text):
    with pytest.raises(alta.ProgramError) as caught:
        alta.replace(toy(), **{part: value})
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (lambda: 0, "at token 0: its function raised TypeError"),
        (lambda token: {0: 1}[token], "at token 1: its function raised KeyError: 1"),
        (lambda token: None, "at token 0: expected 0 … 1, got None; does its function lack"),
        (5, "at token 0: expected a function of the token, got 5"),
    ],
)
def test_a_first_value_that_cannot_be_had_is_refused(function, text):
    with pytest.raises(alta.ProgramError) as caught:
        toy(variables={"v": alta.input_var(2, init_fn=function)})
    assert str(caught.value).startswith("initial value of variable 'v' ")
    assert text in str(caught.value)
