"""What rules or a function do is what the interpreter makes of it, and is numbered once."""

import numpy as np
import pytest

import alta
from alta.interp.batch.codes import Codes
from alta.interp.batch.effects import FAILS, NOTHING, Effects, RuleEffects, successor
from alta.interp.batch.interning import Rows
from tests.alta.interp.batch.averaging import WORDS, check
from tests.alta.lang.toys import CONFLICT, TRAP, toy, toy_function


@pytest.mark.parametrize("values", [None, [0.0, 0.2]], ids=["as they are", "by bucket"])
def test_a_function_without_rules_runs_alike(values):
    def function(z):
        if z["x"] == 1:
            z["y"] = int(10 * z["mean"]) % 3
        elif z["x"] == 2:
            z["n"] = z["n"] / 2

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("alta.lang.paths.MAX_PATHS", 1)
        program = toy_function(
            function,
            variables={"n": alta.numeric_var(values, input_init_fn=lambda t: t / 3)},
            heads={
                "mean": alta.Head(None, None, "n"),
                "left": alta.v_relative("x", -1),
            },
            layers=3,
        )
    batch, _ = check(program, WORDS[1:])
    assert len({run.outputs for run in batch}) > 5


def test_a_function_without_rules_fails_alike():
    def function(z):
        z["y"] = z["left"] + z["x"]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("alta.lang.paths.MAX_PATHS", 1)
        program = toy_function(function, heads={"left": alta.v_relative("x", -1)})
    _, failing = check(program)
    assert {kind for _, kind, _ in failing} == {alta.UndefinedVariableError}


def effects_at(program, **columns):
    """Returns what is done where there are no uniform names, in states given by columns."""
    effects = Effects()
    finder = RuleEffects(program, Codes(program), frozenset(), effects)
    _, cases = finder.shared({}, 1)
    arrays = {name: np.array(codes) for name, codes in columns.items()}
    numbers = np.empty(len(next(iter(arrays.values()))), dtype=np.int32)
    finder.local(int(cases[0]), finder.tested(arrays), np.arange(len(numbers)), numbers)
    return [effects[number] for number in numbers.tolist()]


def test_an_effect_is_what_all_rules_that_fire_assign():
    program = toy([alta.rule({"x": 1}, "y", 2), alta.rule({"y": 0}, "x", 0)])
    assert effects_at(program, x=[1, 2, 1], y=[0, 0, 1]) == [{"y": 2, "x": 0}, {"x": 0}, {"y": 2}]


@pytest.mark.parametrize("program", [TRAP, CONFLICT], ids=["trap", "conflict"])
def test_there_is_no_next_state_where_rules_fail(program):
    assert effects_at(program, x=[1, 0], y=[0, 0]) == [None, {}]


def test_a_case_is_left_for_positions_where_rules_still_depend_on_them():
    program = toy([alta.rule({"x": 1, "y": 1}, "y", 2)])
    finder = RuleEffects(program, Codes(program), frozenset({"x"}), Effects())
    _, cases = finder.shared({"x": np.array([0, 1, 2])}, 3)
    assert (cases == NOTHING).tolist() == [True, False, True]


def test_equal_effects_have_one_number():
    effects = Effects()
    assert effects.number({}) == NOTHING
    assigned = effects.number({"x": 1, "y": 0})
    assert effects.number({"y": 0, "x": 1}) == assigned
    assert effects.number(None) not in {NOTHING, assigned}
    assert effects[assigned] == {"x": 1, "y": 0}


def test_the_successor_of_a_row_has_what_was_assigned_and_else_what_it_had():
    rows, codes = Rows(["x", "y"]), Codes(toy())
    first = rows.number((2, 1))
    after = [successor(rows, codes, effect, first) for effect in ({}, {"x": 0}, None)]
    assert after == [first, rows.number((0, 1)), FAILS]
