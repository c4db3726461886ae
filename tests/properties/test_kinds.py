"""Compiled models of programs with numbers and sets are the interpreter, or are refused."""

from __future__ import annotations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

import alta
from alta import UNDEFINED
from alta.errors import ModelError
from alta_verify.strategies import inputs_of, programs
from tests.alta.compiler.agreement import check_value, code
from tests.properties.running import cases, shown

KINDS = ("categorical", "numerical", "set")
MAX_LEN = 8


@st.composite
def runs(draw: st.DrawFn):
    """A program with all kinds of variables, some words, and a bound on layers."""
    drawn = programs(total=True, kinds=KINDS).filter(
        lambda one: one.rules and any(v.kind != "categorical" for v in one.variables.values())
    )
    program = draw(drawn)
    words = draw(st.lists(inputs_of(program), min_size=1, max_size=3, unique=True))
    return shown(program), words, None if program.layers is not None else draw(st.integers(0, 5))


def check(program, words, max_layers, **options) -> None:
    model = alta.compile(program, max_len=MAX_LEN, **options)
    for word, got in zip(words, model.run_batch(words, max_layers), strict=True):
        want = alta.run(program, word, max_layers)
        assert (got.n_layers, got.halted) == (want.n_layers, want.halted)
        streams = model.residual_streams(word, want.n_layers)
        assert streams[0].tobytes() == code(model, want.initial).tobytes()
        for layer, state in enumerate(want.states):
            assert streams[2 * layer + 2].tobytes() == code(model, state.after_mlp).tobytes()
        if "dtype" not in options:
            for have, meant in zip(got.states, want.states, strict=True):
                check_heads(program, have, meant)


def check_heads(program, have, meant) -> None:
    for local, want in zip(have.after_attention, meant.after_attention, strict=True):
        for name in program.heads:
            if want[name] is not UNDEFINED:
                check_value(program, name, local[name], want[name])


@cases(25)
@given(runs())
def test_the_residual_stream_is_the_code_of_every_state(drawn) -> None:
    check(*drawn)


@cases(8)
@given(runs())
def test_so_it_is_in_a_sparse_model(drawn) -> None:
    check(*drawn, sparse=True)


@pytest.mark.parametrize("dtype", ["float64", "bfloat16", "float16"])
@cases(8)
@given(drawn=runs())
def test_a_model_of_another_format_is_the_interpreter_or_refused(dtype, drawn) -> None:
    try:
        check(*drawn, dtype=dtype)
    except ModelError as error:
        event("refused")
        if dtype == "float64" or dtype not in str(error):
            raise
