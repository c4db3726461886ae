"""Comparing a compiled model with the interpreter, state by state and bit by bit."""

import numpy as np

import alta
from alta.lang.variables import UNDEFINED


def check_agreement(program, sequences, max_layers=None, model=None):
    """Checks runs and all states on both sides, and returns the model.

    A head output is compared where it is defined: what UNDEFINED becomes is left to the model.
    """
    model = alta.compile(program) if model is None else model
    expected = [alta.run(program, tokens, max_layers) for tokens in sequences]
    runs = model.run_batch(sequences, max_layers)
    assert runs == expected
    for run, other in zip(runs, expected, strict=True):
        assert run.initial == other.initial
        assert len(run.states) == len(other.states)
        for state, meant in zip(run.states, other.states, strict=True):
            assert state.after_mlp == meant.after_mlp
            assert _defined(state.after_attention, meant) == _defined(meant.after_attention, meant)
    return model


def _defined(table, meant):
    return [
        {name: local[name] for name, value in want.items() if value is not UNDEFINED}
        for local, want in zip(table, meant.after_attention, strict=True)
    ]


def code(model, table):
    """Returns the residual stream that a table should have; UNDEFINED is all zeros."""
    stream = np.zeros((len(table), model.layout.width), dtype=model.weights.token_embedding.dtype)
    for row, local in zip(stream, table, strict=True):
        for name, value in local.items():
            if value is not UNDEFINED:
                row[model.layout.columns[name][value]] = 1
    return stream


def tables(run):
    """Lists the tables of a run in the order of `Model.residual_streams`."""
    layers = [(state.after_attention, state.after_mlp) for state in run.states]
    return [run.initial, *(table for pair in layers for table in pair)]
