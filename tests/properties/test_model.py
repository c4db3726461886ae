"""The compiled model in JAX is the interpreter, bit for bit, alone and in batches."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alta
from alta import UNDEFINED, Program
from alta.nn.model import Model
from alta_verify.strategies import inputs_of, programs
from tests.properties.running import Word, cases, code_of, shown, small_total_programs


@st.composite
def runs(draw: st.DrawFn, all_programs=programs(total=True), at_most: int = 3):  # noqa: B008
    """A program, some words, and a bound on layers where the program might run for ever."""
    program = draw(all_programs.filter(lambda program: program.rules))
    words = draw(st.lists(inputs_of(program), min_size=1, max_size=at_most, unique=True))
    bounds = st.integers(0, 6)
    max_layers = draw(bounds if program.layers is None else st.none() | bounds)
    return shown(program), words, max_layers


def same_run(got: alta.Run, want: alta.Run) -> bool:
    return (got.outputs, got.n_layers, got.halted) == (want.outputs, want.n_layers, want.halted)


def check_streams(program: Program, model: Model, word: Word, want: alta.Run) -> None:
    """At a layer boundary the residual stream is the code; after attention it is within reach."""
    streams = model.residual_streams(word, want.n_layers)
    assert (streams[0] == code_of(want.initial, model.layout, model.dtype)).all()
    for layer, state in enumerate(want.states):
        attended, after = streams[2 * layer + 1 : 2 * layer + 3]
        assert str(after.dtype) == model.dtype
        assert (after == code_of(state.after_mlp, model.layout, model.dtype)).all()
        for position, local in enumerate(state.after_attention):
            for name, value in local.items():
                have = attended[position, list(model.layout.columns[name])]
                if value is UNDEFINED:
                    # Any mixture of codes, or nothing; its weights sum to 1 up to rounding.
                    assert (have >= 0).all()
                    assert float(have.astype(np.float64).sum()) <= 1 + 2**-6
                else:
                    expected = np.arange(program.domains[name].size) == value
                    assert (have == expected.astype(model.dtype)).all()


def check_model(program: Program, words: list[Word], max_layers: int | None, dtype: str) -> None:
    model = alta.compile(program, dtype=dtype)
    for word, got in zip(words, model.run_batch(words, max_layers), strict=True):
        want = alta.run(program, word, max_layers)
        assert same_run(got, want)
        check_streams(program, model, word, want)


@cases(25)
@given(runs())
def test_a_float32_model_is_the_interpreter_on_every_state(drawn) -> None:
    check_model(*drawn, "float32")


@pytest.mark.parametrize("dtype", ["float64", "bfloat16", "float16"])
@cases(6)
@given(drawn=runs())
def test_a_model_of_another_format_is_the_interpreter_on_every_state(dtype, drawn) -> None:
    check_model(*drawn, dtype)


@pytest.mark.campaign
@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16"])
@cases(15)
@given(drawn=runs(programs(total=True, max_variables=6, max_heads=5, max_tokens=4, max_rules=25)))
def test_a_larger_model_is_the_interpreter_on_every_state(dtype, drawn) -> None:
    check_model(*drawn, dtype)


@cases(6)
@given(runs(small_total_programs, at_most=1))
def test_the_decoded_states_of_a_model_are_those_of_the_interpreter(drawn) -> None:
    program, (word,), max_layers = drawn
    got = alta.compile(program).run(word, max_layers)
    want = alta.run(program, word, max_layers)
    assert got.initial == want.initial
    for have, state in zip(got.states, want.states, strict=True):
        assert have.after_mlp == state.after_mlp
        for local, other in zip(have.after_attention, state.after_attention, strict=True):
            known = {name for name, value in other.items() if value is not UNDEFINED}
            assert {name: local[name] for name in known} == {name: other[name] for name in known}


@cases(8)
@given(runs(programs(total=True, max_tokens=2, max_length=9, max_variables=3), at_most=5))
def test_a_batch_of_unequal_lengths_gives_the_runs_of_each_word_alone(drawn) -> None:
    program, words, max_layers = drawn
    model = alta.compile(program)
    together = model.run_batch(words, max_layers)
    for word, got in zip(words, together, strict=True):
        assert same_run(got, model.run(word, max_layers))
        assert same_run(got, alta.run(program, word, max_layers))


def test_a_model_with_one_wrong_weight_is_not_the_interpreter() -> None:
    program = alta.programs.parity_sequential_relative()
    model = alta.compile(program)
    check_streams(program, model, (2, 1), alta.run(program, (2, 1)))
    lookup_out = model.weights.mlp.lookup_out * np.float32(1 + 2**-20)
    mlp = dataclasses.replace(model.weights.mlp, lookup_out=lookup_out)
    mutant = model.with_weights(dataclasses.replace(model.weights, mlp=mlp))
    with pytest.raises(AssertionError):
        check_streams(program, mutant, (2, 1), alta.run(program, (2, 1)))


def test_what_padding_holds_does_not_reach_the_words_beside_it() -> None:
    program = alta.program_spec(
        variables={"v": alta.position_var(2, lambda p: p % 2), "out": alta.var(2)},
        heads={"h": alta.v_relative("v", 0)},
        ffn_fn=lambda z: z.__setitem__("out", z["h"]),
        output_name="out",
        input_range=2,
        position_range=16,
        layers=1,
    )
    model = alta.compile(program)
    weights, head = model.weights, model.weights.heads["h"]
    # From position 8 on, twice this row is infinite; and infinity times a weight of 0 is no number.
    rows = weights.position_embedding.copy()
    rows[8:] = 3e38
    doubled = dataclasses.replace(head, value=head.value * 2, output=head.output / 2)
    odd = model.with_weights(
        dataclasses.replace(weights, position_embedding=rows, heads={"h": doubled})
    )
    short, _ = odd.run_batch([(0, 1), (0,) * 16])
    assert same_run(short, alta.run(program, (0, 1)))
