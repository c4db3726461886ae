"""A layer is attention and then the MLP, which fires rules that all read the state between them."""

import pytest

import alta
from alta.interp.step import firing, selected, steps, successor, transition
from alta.lang.values import UNDEFINED
from tests.alta.lang.toys import (
    FAILING,
    TRAP,
    UNDEFINED_READ,
    copied,
    counter,
    toy,
    toy_function,
)

LEFT = {"left": alta.v_relative("x", -1)}
RUNNERS = (alta.run, lambda program, tokens: alta.run_batch(program, [tokens]))


def outputs(program, tokens):
    single = alta.run(program, tokens)
    assert alta.run_batch(program, [tokens]) == [single]
    return single.outputs


def test_a_rule_that_depends_on_something_undefined_does_not_fire():
    rules = [alta.rule({"x": 0, "left": 1}, "y", 1), alta.rule({"x": 0}, "y", 2)]
    program = toy(rules, heads=LEFT)
    for value, fired in ((1, {1, 2}), (2, {2}), (UNDEFINED, {2})):
        state = {"x": 0, "y": 0, "left": value}
        assert {rule.value for rule in firing(program, state)} == fired


def test_a_rule_writes_where_its_atoms_hold_and_nowhere_else():
    program = toy([alta.rule({"x": 1, "y": 0}, "y", 2)])
    assert outputs(program, [0, 1, 2, 1]) == (0, 2, 0, 2)


def test_all_writes_happen_together():
    swap = toy([*copied("x", "y"), *copied("y", "x")])
    run = alta.run(swap, [2, 1])
    assert run.states[0].after_mlp == ({"x": 0, "y": 2}, {"x": 0, "y": 1})


def test_a_variable_that_no_rule_writes_keeps_its_value():
    assert outputs(toy(layers=3), [2, 1]) == (0, 0)
    assert outputs(toy(layers=3, output_name="x"), [2, 1]) == (2, 1)


@pytest.mark.parametrize(("program", "error"), FAILING.values(), ids=FAILING)
def test_a_failure_says_where_it_happened(program, error):
    for run in RUNNERS:
        with pytest.raises(error) as caught:
            # The rules fire on token 1 only, and the read of what is left of the start fails.
            run(program, [0, 0, 1] if program is not UNDEFINED_READ else [1, 0, 0])
        position = 0 if program is UNDEFINED_READ else 2
        assert (caught.value.layer, caught.value.position) == (1, position)
        assert caught.value.variable == ("left" if program is UNDEFINED_READ else "y")
        assert str(caught.value).startswith(f"layer 1, position {position}: rule")
        assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(("program", "error"), FAILING.values(), ids=FAILING)
def test_nothing_fails_where_the_rules_do_not_fire(program, error):
    assert outputs(program, [0, 2, 0]) == (0, 0, 0)


def test_a_failure_has_the_layer_in_which_it_happens():
    climbing = toy_function(lambda z: z.__setitem__("y", z["y"] + 1), layers=9)
    assert alta.run(climbing, [0], max_layers=2).outputs == (2,)
    for run in RUNNERS:
        with pytest.raises(alta.RangeError, match="layer 3, position 0: rule 'y=2 -> y := 3'"):
            run(climbing, [0])


def test_a_conflict_names_both_rules_and_the_variable():
    program, error = FAILING["conflict"]
    message = "rules 'x=1 -> y := 1' and 'x=1 & y=0 -> y := 2' both fire and both write 'y'"
    with pytest.raises(error, match=message) as caught:
        alta.run(program, [1])
    assert caught.value.kind == "conflict"


def test_two_rules_conflict_also_when_they_agree():
    program, error = FAILING["conflict of rules that agree"]
    with pytest.raises(error, match="both write 'y'"):
        alta.run(program, [1])


def test_rules_that_write_different_variables_do_not_conflict():
    program = toy([alta.rule({"x": 1}, "y", 1), alta.rule({"x": 1}, "x", 2)])
    assert outputs(program, [1]) == (1,)


def test_a_trap_is_an_error_only_when_it_fires():
    assert outputs(TRAP, [0, 2]) == (0, 0)
    message = "position 1: rule 'x=1 -> y := 3' fires; 'y' has the values 0 … 2"
    with pytest.raises(alta.RangeError, match=message) as caught:
        alta.run(TRAP, [0, 1])
    assert caught.value.kind == "range"


def test_a_negative_value_is_a_trap_too():
    with pytest.raises(alta.RangeError, match="y := -1' fires"):
        alta.run(toy([alta.rule({}, "y", -1)]), [0])


def test_an_undefined_read_is_an_error_only_where_the_rule_depends_on_it():
    # At position 0 there is no left neighbour; the rule asks for it only where x is 1.
    assert outputs(UNDEFINED_READ, [0, 1, 1]) == (0, 0, 1)
    message = "position 0: rule 'x=1 & left=1 -> y := 1' reads 'left', which is UNDEFINED"
    with pytest.raises(alta.UndefinedVariableError, match=message) as caught:
        alta.run(UNDEFINED_READ, [1])
    assert caught.value.kind == "undefined"


def test_a_rule_on_an_undefined_variable_alone_is_an_undefined_read():
    with pytest.raises(alta.UndefinedVariableError):
        alta.run(toy([alta.rule({"left": 1}, "y", 1)], heads=LEFT), [0])


def test_an_undefined_read_is_an_error_also_when_a_trap_depends_on_it():
    with pytest.raises(alta.UndefinedVariableError):
        alta.run(toy([alta.rule({"left": 1}, "y", 7)], heads=LEFT), [0])


def test_a_function_may_read_undefined_where_nothing_is_written():
    def function(z):
        if z["x"] == 1 and z["left"] == 2:
            z["y"] = 1

    program = toy_function(function, heads=LEFT)
    assert outputs(program, [0, 1]) == (0, 0)
    with pytest.raises(alta.UndefinedVariableError):
        alta.run(program, [1])
    assert outputs(toy_function(lambda z: z["left"], heads=LEFT), [1]) == (0,)


def test_of_several_failing_positions_the_first_is_reported():
    for run in RUNNERS:
        with pytest.raises(alta.RangeError, match="layer 1, position 1"):
            run(TRAP, [0, 1, 2, 1])


def test_an_error_about_a_local_state_alone_has_no_place():
    with pytest.raises(alta.RangeError) as caught:
        transition(TRAP, {"x": 1, "y": 0})
    assert (caught.value.layer, caught.value.position) == (None, None)
    assert str(caught.value).startswith("rule 'x=1 -> y := 3' fires")


# --- layers, one after the other ------------------------------------------------------------------


def test_layers_go_on_until_the_halt_or_the_bound():
    program = counter(9, halt=alta.halt_spec("y", 3))
    assert [step.after_mlp[0]["y"] for step in steps(program, (0,), None)] == [1, 2, 3]
    assert [step.after_mlp[0]["y"] for step in steps(program, (0,), 2)] == [1, 2]
    assert list(steps(program, (0,), 0)) == []


def test_a_layer_is_the_successor_of_the_state_before_it():
    turned = [alta.rule({"x": value}, "x", (value + 1) % 3) for value in range(3)]
    program = toy(turned, heads=LEFT, layers=2)
    first, second = steps(program, (0, 1, 2), 2)
    assert second == successor(program, first.after_mlp, layer=2)
    assert second.after_attention[2]["left"] == first.after_mlp[1]["x"] == 2


def test_the_layers_before_a_failure_are_seen():
    program = toy([alta.rule({"y": value}, "y", value + 1) for value in range(3)], layers=None)
    taken = steps(program, (0,), None)
    assert [next(taken).after_mlp[0]["y"] for _ in range(2)] == [1, 2]
    with pytest.raises(alta.RangeError, match="layer 3, position 0"):
        next(taken)


def test_a_head_selects_positions_by_distance_and_by_key():
    state = alta.run(toy(copied("x")), [1, 0, 1, 1]).states[0].after_mlp
    assert selected(alta.v_relative("x", -1), state, 2) == [1]
    assert selected(alta.v_relative("x", -1), state, 0) == []
    assert selected(alta.qkv("y", "x", "x"), state, 0) == [0, 2, 3]
    assert selected(alta.qkv("y", "x", "x", [0, 1]), state, 2) == [2, 3]
