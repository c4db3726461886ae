"""What depends on a part that is replaced is made again, or the program is refused."""

import pickle

import pytest

import alta
from tests.alta.lang.toys import toy, toy_function


def test_a_program_with_a_part_replaced_keeps_the_others():
    program = alta.programs.parity_sequential_relative()
    changed = alta.replace(program, rules=program.rules[1:], name="other")
    assert (changed.name, changed.rules) == ("other", program.rules[1:])
    assert alta.replace(changed, rules=program.rules, name=program.name) == program
    assert changed.encode is program.encode


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


def test_first_values_follow_the_number_of_tokens_and_positions():
    first = {"p": alta.position_var(9, lambda position: 8 - position)}
    program = toy(variables=first, position_range=4)
    longer = alta.replace(program, position_range=9)
    assert longer == toy(variables=first, position_range=9)
    assert longer.variables["p"].initial.table == tuple(range(8, -1, -1))
    assert alta.replace(longer, position_range=4) == program
    unbounded = alta.replace(program, position_range=None)
    assert unbounded.variables["p"].initial.table is None
    assert alta.replace(unbounded, position_range=9) == longer
    with pytest.raises(alta.ProgramError, match="'p' at position 9: expected 0 … 8, got -1"):
        alta.replace(program, position_range=10)


def test_first_values_and_names_follow_the_number_of_tokens():
    counted = {"x": alta.input_var(5), "y": alta.var(5)}
    program = toy(variables=counted)
    wider = alta.replace(program, input_range=5)
    assert wider == toy(variables=counted, input_range=5)
    assert wider.vocab == ("0", "1", "2", "3", "4")
    named = toy(variables=counted, vocab="abc")
    with pytest.raises(alta.ProgramError, match="one name for each of the 5 tokens"):
        alta.replace(named, input_range=5)
    assert alta.replace(named, input_range=5, vocab="abcde").vocab == tuple("abcde")


def test_what_is_not_larger_keeps_its_table():
    asked: list[int] = []

    def first(token):
        asked.append(token)
        return 0

    program = toy(variables={"y": alta.input_var(3, first)})
    alta.replace(program, layers=2, name="again")
    assert asked == [0, 1, 2]


def test_a_copy_has_no_functions_and_says_so():
    program = toy(variables={"p": alta.position_var(9)}, position_range=4)
    copy = pickle.loads(pickle.dumps(program))
    assert copy == program
    with pytest.raises(alta.ProgramError, match=r"table of 9 initial values .* declare the var"):
        alta.replace(copy, position_range=9)
    read = alta.parse_program(alta.program_text(program))
    with pytest.raises(alta.ProgramError, match="declare the variable anew"):
        alta.replace(read, position_range=9)


def doubled(z):
    z["y"] = min(2 * z["x"], 4)


def test_the_rules_of_a_function_follow_its_variables():
    program = toy_function(doubled, variables={"y": alta.var(5)})
    parts = {"variables": {"x": alta.input_var(5), "y": alta.var(5)}, "input_range": 5}
    wider = alta.replace(program, **parts)
    assert wider == toy_function(doubled, **parts)
    assert alta.run(wider, [3]).outputs == (4,)
    # Rules without a function are kept as they are.
    copy = pickle.loads(pickle.dumps(program))
    assert alta.replace(copy, **parts).rules == program.rules


def test_the_function_is_replaced_like_the_rules():
    program = toy(variables={"y": alta.var(5)})
    assert alta.replace(program, ffn_fn=doubled) == toy_function(
        doubled, variables={"y": alta.var(5)}
    )
    with pytest.raises(alta.ProgramError, match="expected rules or ffn_fn, got both"):
        alta.replace(program, ffn_fn=doubled, rules=())


def numbers(*points):
    return {"x": alta.input_var(3), "y": alta.var(3), "n": alta.numeric_var(points)}


def test_rules_go_on_testing_the_same_numbers():
    program = toy([alta.rule({"n": 1}, "y", 1)], variables=numbers(0, 1))
    finer = alta.replace(program, variables=numbers(0, 0.5, 1))
    assert list(map(str, finer.rules)) == ["n=2 -> y := 1"]
    assert alta.replace(finer, variables=numbers(0, 1)) == program
    with pytest.raises(alta.ProgramError, match=r"tests 'n' for 1.0, which it no longer has"):
        alta.replace(program, variables=numbers(0, 2))
