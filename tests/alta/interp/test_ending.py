"""A run ends with outputs or an error, or it repeats a state without a bound and has no end."""

import pytest

import alta
from alta.errors import ProgramError
from alta.interp.ending import ENDLESS, ending_of
from tests.alta.lang.toys import FAILING, counter

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


def test_what_nothing_would_end_is_refused():
    with pytest.raises(ProgramError, match="pass max_layers"):
        ending_of(counter(3), (0,), None)
