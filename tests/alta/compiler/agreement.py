"""Comparing a compiled model with the interpreter, state by state and bit by bit."""

import numpy as np

import alta
from alta.compiler.numbers import WeightFormat, numbers_of
from alta.lang.kinds import Numerical, SetVariable
from alta.lang.values import UNDEFINED


def check_agreement(program, sequences, max_layers=None, model=None):
    """Checks runs and all states on both sides, and returns the model.

    A head output is compared where it is defined: what UNDEFINED becomes is left to the model. A
    mean is rounded by the model; it has to be near, and in the same bucket.
    """
    model = alta.compile(program) if model is None else model
    expected = [alta.run(program, tokens, max_layers) for tokens in sequences]
    runs = model.run_batch(sequences, max_layers)
    assert runs == expected
    for run, meant_run in zip(runs, expected, strict=True):
        assert run.initial == meant_run.initial
        assert len(run.states) == len(meant_run.states)
        for state, meant in zip(run.states, meant_run.states, strict=True):
            assert state.after_mlp == meant.after_mlp
            for local, want in zip(state.after_attention, meant.after_attention, strict=True):
                for name, value in want.items():
                    if value is not UNDEFINED:
                        check_value(program, name, local[name], value)
    return model


def check_value(program, name, have, want):
    """Checks what a position holds after attention."""
    domain = program.domains[name]
    if name in program.heads and isinstance(domain, Numerical):
        assert abs(have - want) <= 1e-5 * max(1, abs(want))
        if domain.values is not None:
            assert domain.index_of(have) == domain.index_of(want), (name, have, want)
    else:
        assert have == want, name


def code(model, table):
    """Returns the residual stream that a table should have; UNDEFINED is all zeros."""
    stream = np.zeros((len(table), model.layout.width), dtype=model.weights.token_embedding.dtype)
    numbers = numbers_of(model.program, WeightFormat(model.dtype))
    for row, local in zip(stream, table, strict=True):
        for name, value in local.items():
            columns, domain = model.layout.columns[name], model.program.domains[name]
            if value is UNDEFINED:
                continue
            if isinstance(domain, Numerical) and len(columns) > 1:
                row[columns[numbers[name].place(value)]] = 1
            elif isinstance(domain, Numerical):
                row[columns[0]] = float(numbers[name].code(value))
            elif isinstance(domain, SetVariable):
                row[[columns[member] for member in value]] = 1
            else:
                row[columns[value]] = 1
    return stream


def check_codes(program, sequences, max_layers=None, **options):
    """Checks that before every layer the residual stream is the code of the state, bit for bit."""
    model = alta.compile(program, **options)
    for tokens in sequences:
        run = alta.run(program, tokens, max_layers)
        meant = [run.initial, *(state.after_mlp for state in run.states)]
        streams = model.residual_streams(tokens, run.n_layers)[::2]
        for stream, table in zip(streams, meant, strict=True):
            assert stream.tobytes() == code(model, table).tobytes()
    return model


def tables(run):
    """Lists the tables of a run in the order of `Model.residual_streams`."""
    layers = [(state.after_attention, state.after_mlp) for state in run.states]
    return [run.initial, *(table for pair in layers for table in pair)]
