"""Numerical and set variables in a run."""

from fractions import Fraction

import pytest

import alta
from alta import UNDEFINED
from alta.interp.step import mean
from tests.alta.lang.toys import toy, toy_function


def after_attention(program, tokens, name):
    (layer,) = alta.run(program, tokens).states
    return [local[name] for local in layer.after_attention]


def averaging(values=None, **options):
    """Averages the numbers 1, 2, 4 of tokens 0, 1, 2 over equal tokens."""
    number = alta.numeric_var(values, input_init_fn=lambda token: 2**token)
    return toy(
        variables={"n": number, "k": alta.input_var(3, lambda token: token // 2)},
        heads={"mean": alta.qkv("k", "k", "n", **options)},
    )


def test_a_numerical_head_is_the_mean_over_all_selected_positions():
    assert after_attention(averaging(), [0, 1, 2, 0], "mean") == [4 / 3, 4 / 3, 4.0, 4 / 3]


def test_a_numerical_head_that_selects_nothing_is_undefined():
    program = averaging(relative_position_mask=[-1])
    assert after_attention(program, [0, 2, 2], "mean") == [UNDEFINED, UNDEFINED, 4.0]


def test_the_mean_is_the_nearest_float():
    third = mean([0.1, 0.2, 0.3])
    assert third == float(Fraction(0.1) / 3 + Fraction(0.2) / 3 + Fraction(0.3) / 3)
    assert mean([1e308, 1e308, 1e308]) == 1e308


def test_a_set_query_selects_every_key_that_is_a_member():
    program = toy(
        variables={
            "below": alta.set_var(
                3, [range_set(k) for k in range(1, 4)], input_init_fn=lambda t: range_set(t + 1)
            ),
            "first": alta.numeric_var(position_init_fn=lambda p: p == 0),
        },
        heads={"share": alta.qkv("below", "x", "first"), "one": alta.qkv("below", "x", "x")},
    )
    assert after_attention(program, [0, 2, 1], "share") == [1.0, 1 / 3, 1 / 2]
    assert after_attention(program, [0, 2, 1], "one") == [0, UNDEFINED, UNDEFINED]


def range_set(end):
    return frozenset(range(end))


def test_an_assignment_makes_a_number_exactly_the_value_whatever_it_was():
    program = toy(
        [alta.rule({"n": 0}, "n", 0.1), alta.rule({"n": 1}, "n", 0.2)],
        variables={"n": alta.numeric_var([0, 1], input_init_fn=lambda t: t / 3)},
        output_name="n",
    )
    assert alta.run(program, [0, 1, 2]).outputs == (0.1, 0.1, 0.2)


def test_a_run_halts_on_a_set_or_a_number():
    def grow(z):
        z["s"] = {0, 1}
        z["n"] = 2.5

    variables = {"s": alta.set_var(2, [{0}, {0, 1}], default={0}), "n": alta.numeric_var()}
    for halt in (alta.halt_spec("s", {0, 1}), alta.halt_spec("n", 2.5)):
        run = alta.run(toy_function(grow, variables=variables, halt=halt, layers=5), [1])
        assert (run.n_layers, run.halted) == (1, True)


def test_a_function_reads_the_value_of_the_bucket_not_the_number_in_it():
    seen = []

    def function(z):
        seen.append(z["n"] + 0)
        z["y"] = 1

    number = alta.numeric_var([0, 1], input_init_fn=lambda token: token / 3)
    alta.run(toy_function(function, variables={"n": number}), [1])
    assert set(seen) == {0.0, 1.0}


# --- functions that cannot become rules -----------------------------------------------------------


def raw(function, **heads):
    number = alta.numeric_var(input_init_fn=lambda token: token / 3)
    return toy_function(function, variables={"n": number}, heads=heads)


def test_a_number_without_values_is_read_as_it_is():
    def function(z):
        z["y"] = int(3 * z["n"] > 1.5)

    program = raw(function)
    assert alta.run(program, [0, 1, 2]).outputs == (0, 0, 1)
    with pytest.raises(alta.ProgramError, match=r"give values= to alta\.numeric_var"):
        alta.compile(program)


def test_reading_an_undefined_number_without_values_is_an_undefined_read():
    def function(z):
        if z["x"] == 1:
            z["y"] = int(z["left"] > 0)

    program = raw(function, left=alta.v_relative("n", -1))
    assert alta.run(program, [0, 1]).outputs == (0, 0)
    with pytest.raises(alta.UndefinedVariableError, match="reads 'left', which is UNDEFINED"):
        alta.run(program, [1])


def programs(function, **options):
    """Returns a program with rules and the same one without."""
    with pytest.MonkeyPatch.context() as patch:
        whole = toy_function(function, heads={"left": alta.v_relative("x", -1)}, **options)
        patch.setattr("alta.lang.paths.MAX_PATHS", 1)
        return whole, toy_function(function, heads={"left": alta.v_relative("x", -1)}, **options)


def outcome(program, tokens):
    try:
        return alta.run(program, tokens).states
    except alta.ExecutionError as error:
        return type(error), str(error)


def writes_behind_a_guard(z):
    if z["left"] == 2 and z["x"] == 1:
        z["y"] = 1


def reads_for_nothing(z):
    if z["left"] == 2:
        pass
    elif z["x"] == 0:
        z["y"] = z["y"]


def traps(z):
    z["y"] = z["x"] + 2


@pytest.mark.parametrize("function", [writes_behind_a_guard, reads_for_nothing, traps])
def test_a_function_without_rules_means_what_its_rules_would_mean(function):
    whole, bare = programs(function)
    assert bare.mlp is not whole.mlp
    with pytest.raises(alta.ProgramError):
        bare.rules  # noqa: B018 - asked for
    for tokens in [(0,), (1,), (2, 1), (2, 0), (0, 0, 2, 1)]:
        assert outcome(bare, tokens) == outcome(whole, tokens)
