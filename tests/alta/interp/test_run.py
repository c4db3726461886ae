"""A run takes layers until all positions hold the halt value, or until the bound."""

import numpy as np
import pytest

import alta
from alta.errors import ProgramError
from alta.interp.run import ENDLESS, ending_of
from tests.alta.lang.toys import FAILING, TRAP, copied, counter, toy

HALT_AT_2 = counter(9, halt=alta.halt_spec("y", 2))
SPREAD = toy(
    [alta.rule({"x": 0, "left": 1}, "x", 1), alta.rule({"x": 2, "left": 1}, "x", 1)],
    heads={"left": alta.qkv("one", "one_left", "x", [-1])},
    variables={
        "one": alta.var(2, default=1),
        "one_left": alta.var(2, default=1),
    },
    halt=alta.halt_spec("x", 1),
    layers=None,
    inputs=alta.inputs.regex("1 (0|2)*"),
)


# --- how many layers ------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [0, 1, 2, 3, 17])
def test_max_layers_is_how_many_layers_run(n):
    run = alta.run(counter(5), [0, 0], max_layers=n)
    assert (run.n_layers, run.halted, len(run.states)) == (n, False, n)
    assert run.outputs == (n % 5,) * 2


def test_with_max_layers_0_the_output_is_the_initial_value():
    run = alta.run(toy(copied("x", "y"), output_name="x"), [2, 1], max_layers=0)
    assert run.outputs == (2, 1)
    assert run.states == ()


def test_a_run_ends_at_its_halt():
    run = alta.run(HALT_AT_2, [0, 0, 0])
    assert (run.n_layers, run.halted, run.outputs) == (2, True, (2, 2, 2))


def test_a_run_halts_only_when_all_positions_hold_the_halt_value():
    assert alta.run(SPREAD, [1, 0, 0, 2]).n_layers == 3
    assert alta.run(SPREAD, [1, 2]).n_layers == 1


def test_an_input_that_starts_halted_runs_no_layer():
    run = alta.run(SPREAD, [1])
    assert (run.n_layers, run.halted, run.outputs) == (0, True, (0,))
    # Not even one in which a rule would fail.
    trap = toy(TRAP.rules, halt=alta.halt_spec("x", 1), layers=None)
    assert alta.run(trap, [1, 1]).n_layers == 0


def test_max_layers_ends_a_run_before_its_halt():
    run = alta.run(HALT_AT_2, [0], max_layers=1)
    assert (run.n_layers, run.halted, run.outputs) == (1, False, (1,))


def test_a_run_that_halts_with_its_last_layer_has_halted():
    run = alta.run(HALT_AT_2, [0], max_layers=2)
    assert (run.n_layers, run.halted) == (2, True)


def test_max_layers_is_no_least_number_of_layers():
    assert alta.run(HALT_AT_2, [0], max_layers=50).n_layers == 2


def test_without_max_layers_the_program_s_own_bound_holds():
    assert alta.run(counter(9, layers=4), [0]).n_layers == 4
    assert alta.run(counter(9, layers=0), [0]).n_layers == 0


def test_the_program_s_own_bound_may_depend_on_the_length():
    program = counter(9, layers=lambda n: 2 * n)
    assert [alta.run(program, [0] * n).n_layers for n in range(4)] == [0, 2, 4, 6]


def test_a_halt_ends_a_run_before_the_program_s_own_bound():
    assert alta.run(counter(9, layers=5, halt=alta.halt_spec("y", 2)), [0]).n_layers == 2
    assert alta.run(counter(9, layers=1, halt=alta.halt_spec("y", 2)), [0]).n_layers == 1


def test_max_layers_overrules_the_program_s_own_bound():
    assert alta.run(counter(9, layers=4), [0], max_layers=6).n_layers == 6


def test_what_nothing_would_end_is_refused():
    for run in (alta.run, lambda program, tokens: alta.run_batch(program, [tokens])):
        with pytest.raises(ProgramError, match="neither a halt spec nor a layer bound") as caught:
            run(counter(3), [0])
        assert "pass max_layers, or give the program halt= or layers=" in str(caught.value)


@pytest.mark.parametrize("bad", [-1, 1.5, "3", True], ids=repr)
def test_max_layers_that_is_no_natural_number_is_refused(bad):
    for run in (alta.run, lambda *args: alta.run_batch(args[0], [args[1]], args[2])):
        with pytest.raises(ProgramError, match="max_layers: expected"):
            run(counter(3), [0], bad)


def test_max_layers_may_be_a_numpy_integer():
    assert alta.run(counter(3), [0], np.int64(2)).n_layers == 2


def test_a_bound_by_length_that_is_no_int_is_refused():
    program = counter(9, layers=lambda n: n / 2)
    with pytest.raises(ProgramError, match=r"layers of program 'toy' at length 3: .* got 1.5"):
        alta.run(program, [0, 0, 0])


# --- odd inputs -----------------------------------------------------------------------------------

NAMED = toy(copied("x"), vocab=("a", "b", "START"), position_range=4)
EVERYWHERE = {
    "alta.run": alta.run,
    "alta.run_batch": lambda program, tokens: alta.run_batch(program, [[0], tokens])[1],
}
everywhere = pytest.mark.parametrize("run", EVERYWHERE.values(), ids=EVERYWHERE)


@everywhere
def test_the_empty_sequence_runs_and_returns_nothing(run):
    result = run(NAMED, [])
    assert (result.tokens, result.outputs, result.initial) == ((), (), ())
    assert run(NAMED, "").outputs == ()


def test_the_empty_sequence_starts_halted_where_there_is_a_halt():
    run = alta.run(HALT_AT_2, [])
    assert (run.n_layers, run.halted) == (0, True)
    assert alta.run(NAMED, []).n_layers == 1


def test_sequences_outside_the_input_language_run_too():
    assert alta.run(SPREAD, [1, 1]).halted
    assert not SPREAD.inputs.contains([1, 1])


# --- initial values -------------------------------------------------------------------------------


def test_initial_values_come_from_token_position_or_default():
    program = toy(
        variables={
            "t": alta.input_var(5, init_fn=lambda token: 4 - token),
            "p": alta.position_var(9, init_fn=lambda position: position * position),
            "index": alta.position_var(3),
            "d": alta.var(4, default=3),
        },
        position_range=3,
    )
    assert alta.run(program, [2, 0, 1]).initial == (
        {"x": 2, "y": 0, "t": 2, "p": 0, "index": 0, "d": 3},
        {"x": 0, "y": 0, "t": 4, "p": 1, "index": 1, "d": 3},
        {"x": 1, "y": 0, "t": 3, "p": 4, "index": 2, "d": 3},
    )


@everywhere
def test_without_a_position_range_positions_go_on_as_far_as_their_variable(run):
    program = toy(variables={"p": alta.position_var(3)}, output_name="p")
    assert run(program, [0] * 3).outputs == (0, 1, 2)
    with pytest.raises(ProgramError, match="variable 'p' at position 3: expected 0 … 2, got 3"):
        run(program, [0] * 4)


# --- endings --------------------------------------------------------------------------------------


# x never becomes 2 where the token is 0.
ENDLESS_COUNTER = counter(3, halt=alta.halt_spec("x", 2))


def test_an_ending_has_the_outputs_of_the_run():
    program = counter(9, halt=alta.halt_spec("y", 2))
    run, ending = alta.run(program, [0, 0]), ending_of(program, (0, 0), None)
    assert (ending.outputs, ending.layers, ending.halted) == ((2, 2), 2, True)
    assert (run.outputs, run.n_layers, run.halted) == ((2, 2), 2, True)
    assert ending.fault is None


@pytest.mark.parametrize("bound", range(9))
def test_rounds_that_a_bound_ends_are_counted_and_not_run(bound):
    run = alta.run(counter(3), [0], bound)
    assert ending_of(counter(3), (0,), bound).outputs == run.outputs == (bound % 3,)
    assert ending_of(counter(3), (0,), bound).layers == bound


def test_a_bound_of_many_layers_takes_no_longer():
    assert ending_of(counter(3), (0,), 10**9 + 2).outputs == ((10**9 + 2) % 3,)


def test_a_run_that_repeats_a_state_without_a_bound_is_endless():
    ending = ending_of(ENDLESS_COUNTER, (0,), None)
    assert (ending.fault, ending.outputs, ending.layers) == (ENDLESS, None, 3)


@pytest.mark.parametrize(("program", "error"), FAILING.values(), ids=FAILING)
def test_a_failure_is_the_ending_and_says_its_layer(program, error):
    ending = ending_of(program, (1, 1), None)
    assert isinstance(ending.error, error)
    assert (ending.fault, ending.layers) == (ending.error.kind, 1)


def test_an_ending_that_nothing_would_bring_is_refused():
    with pytest.raises(ProgramError, match="pass max_layers"):
        ending_of(counter(3), (0,), None)
