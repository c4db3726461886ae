"""The course of a batch has every layer, when asked for, as tables of codes."""

import numpy as np

import alta
from alta.interp.batch import execute
from tests.alta.interp.batch.averaging import averaging
from tests.alta.lang.toys import counter, toy

PARITY = alta.programs.parity_sequential_relative()
WORDS = np.array([[2, 1, 0, 1], [2, 0, 0, 0], [2, 1, 1, 1]])


def test_every_layer_can_be_kept():
    run = execute(PARITY, WORDS, None, keep_steps=True)
    assert len(run.steps) == 3
    assert execute(PARITY, WORDS, None).steps == []
    for row, tokens in enumerate(WORDS.tolist()):
        states = alta.run(PARITY, tokens).states
        for step, state in zip(run.steps, states, strict=True):
            assert step.active[row]
            assert step.states[row].tolist() == [list(t.values()) for t in state.after_mlp]
    left = list(PARITY.domains).index("parity_left")
    assert run.steps[0].attended[0, :, left].tolist() == [-1, 0, 1, 0]


def test_a_sequence_that_has_ended_stands_still():
    program = toy([alta.rule({"x": 1}, "y", 1)], halt=alta.halt_spec("y", 1), layers=2)
    run = execute(program, np.array([[1], [0]]), 2, keep_steps=True)
    assert [step.active.tolist() for step in run.steps] == [[True, True], [False, True]]
    assert run.n_layers.tolist() == [1, 2]
    assert run.halted.tolist() == [True, False]
    assert run.steps[1].attended[0].tolist() == [[-1, -1]]
    assert run.steps[1].states[0].tolist() == [[1, 1]]


def test_the_empty_sequence_takes_all_layers_and_has_halted():
    words = np.empty((2, 0), dtype=np.int64)
    assert execute(counter(3), words, 4).n_layers.tolist() == [4, 4]
    run = execute(PARITY, words, None)
    assert (run.n_layers.tolist(), run.halted.tolist()) == ([0, 0], [True, True])
    assert run.outputs == [(), ()]
    (*_, step) = execute(counter(3), words, 2, keep_steps=True).steps
    assert step.attended.shape == step.states.shape == (2, 0, 2)
    # Rules that would fail wherever they fire fire nowhere.
    assert execute(toy([alta.rule({}, "y", 9)]), words, 1).failures == {}


def test_tables_hold_codes_of_numbers_and_sets():
    program = averaging(alta.Head(None, None, "n"))
    run = execute(program, np.array([[0, 2]]), 1, keep_steps=True)
    (step,) = run.steps
    local = dict(zip(program.domains, step.attended[0, 1].tolist(), strict=True))
    decoded = {name: run.codes.value(name, code) for name, code in local.items()}
    assert decoded == alta.run(program, [0, 2]).states[0].after_attention[1]
    assert run.codes.value("mean", -1) is alta.UNDEFINED
