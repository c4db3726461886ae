"""An engine runs inputs to their ends and decodes what the residual stream goes through."""

import numpy as np
import pytest

import alta
from alta.errors import ProgramError, TokenError
from tests.alta.lang.toys import counter

PARITY = PROGRAM = alta.programs.parity_sequential_relative()
MODEL = alta.compile(PROGRAM)


def test_residual_streams_go_on_past_the_halt_when_asked():
    assert len(MODEL.residual_streams([2], 3)) == 7
    assert MODEL.residual_streams([2], 0)[0].shape == (1, MODEL.layout.width)


def test_a_model_takes_the_tokens_that_the_interpreter_takes():
    assert MODEL.run("START 1").tokens == MODEL.run(np.array([2, 1])).tokens == (2, 1)
    with pytest.raises(TokenError, match="token 'STAR' at position 0"):
        MODEL.run("STAR 1")


def test_a_model_refuses_the_layers_that_the_interpreter_refuses():
    with pytest.raises(ProgramError, match="max_layers: expected at least 0, got -1"):
        MODEL.run([2], max_layers=-1)
    endless = alta.compile(counter(3))
    with pytest.raises(ProgramError, match="neither a halt spec nor a layer bound"):
        endless.run([0])


def test_a_model_takes_no_more_tokens_than_it_was_compiled_for():
    model = alta.compile(PARITY, max_len=3)
    assert model.max_len == 3
    assert model.run("START 1 1").outputs == (0, 1, 0)
    with pytest.raises(TokenError, match=r"compiled for at most 3 tokens \(max_len\), got 4"):
        model.run("START 1 1 1")


def test_a_run_that_is_looked_at_has_the_states_of_the_interpreter():
    run, meant = MODEL.run("START 1 0 1"), alta.run(PROGRAM, "START 1 0 1")
    assert (run.initial, run.states) == (meant.initial, meant.states)
    assert MODEL.trace("START 1 0 1", run.n_layers) == meant.trace
