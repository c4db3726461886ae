"""A batch of runs is the single runs, and its first error is theirs."""

from itertools import product

import pytest

import alta
from tests.alta.interp.test_run import SPREAD
from tests.alta.lang.toys import TRAP, copied, counter, toy

PARITY = alta.programs.parity_sequential_relative()


PROGRAMS = {
    "halts": (SPREAD, None),
    "counts": (counter(3), 4),
    "is bounded by length": (counter(4, layers=lambda n: n), None),
    "reads by content": (
        toy(copied("h", "x"), heads={"h": alta.qkv("y", "x", "x")}, output_name="x"),
        0,
    ),
    "reads by content and distance": (
        toy(heads={"h": alta.qkv("x", "x", "x", [-2, 1])}, layers=2),
        None,
    ),
    "relative parity": (alta.programs.parity_sequential_relative(), None),
    "absolute parity": (alta.programs.parity_sequential_absolute(max_length=5), None),
}


@pytest.mark.parametrize(("program", "max_layers"), PROGRAMS.values(), ids=PROGRAMS)
def test_a_batch_is_its_single_runs(program, max_layers):
    words = [
        word
        for n in range(5)
        for word in product(range(program.input_range), repeat=n)
        if program.inputs.contains(word)
    ]
    single = [alta.run(program, word, max_layers) for word in words]
    batch = alta.run_batch(program, words, max_layers)
    assert batch == single
    for batched, alone in zip(batch[::7], single[::7], strict=True):
        assert (batched.initial, batched.states) == (alone.initial, alone.states)
        assert {type(value) for value in batched.outputs} <= {int}


def test_a_batch_of_nothing_is_nothing():
    assert alta.run_batch(SPREAD, []) == []


def test_a_batch_raises_the_error_of_its_failing_sequence():
    with pytest.raises(alta.RangeError, match="layer 1, position 2"):
        alta.run_batch(TRAP, [[0, 0], [2, 2, 1], [0]])


def test_a_batch_raises_the_error_of_its_first_failing_sequence():
    with pytest.raises(alta.RangeError, match="layer 1, position 2"):
        alta.run_batch(TRAP, [[0, 0, 1], [1, 0, 0]])
    with pytest.raises(alta.RangeError, match="layer 1, position 3"):
        alta.run_batch(TRAP, [[0, 0, 0, 1], [1, 0]])


def test_progress_is_told_from_nothing_to_everything():
    told = []
    words = [[2], [2, 1], [2, 0, 1], [2, 1]]
    alta.run_batch(PARITY, words, progress=lambda *done: told.append(done))
    assert told[0] == (0, 4)
    assert told[-1] == (4, 4)
    assert told == sorted(told)
