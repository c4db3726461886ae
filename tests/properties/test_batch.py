"""The batch interpreter is the definitional interpreter, failures included."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import alta
from alta import ExecutionError
from alta_verify.strategies import inputs_of, programs
from tests.properties.running import Word, cases, frozen, mixed_programs, shown


def outcome(run) -> tuple:
    """What came of a run: everything that it tells, or where and why it failed."""
    try:
        got = run()
    except ExecutionError as error:
        return type(error), str(error), error.variable, error.layer, error.position
    tables = [got.initial, *(t for s in got.states for t in (s.after_attention, s.after_mlp))]
    return got.tokens, got.outputs, got.n_layers, got.halted, list(map(frozen, tables))


def check_batch(program: alta.Program, words: list[Word], max_layers: int | None) -> None:
    alone = [outcome(lambda word=word: alta.run(program, word, max_layers)) for word in words]
    for word, want in zip(words, alone, strict=True):
        assert outcome(lambda word=word: alta.run_batch(program, [word], max_layers)[0]) == want
    good = [
        (word, one) for word, one in zip(words, alone, strict=True) if not isinstance(one[0], type)
    ]
    runs = alta.run_batch(program, [word for word, _ in good], max_layers)
    assert [outcome(lambda run=run: run) for run in runs] == [want for _, want in good]
    if len(good) < len(words):
        with pytest.raises(ExecutionError) as caught:
            alta.run_batch(program, words, max_layers)
        error = caught.value
        assert (type(error), str(error), error.variable, error.layer, error.position) in alone


@st.composite
def batches(draw: st.DrawFn, all_programs, max_len: int):
    program = shown(draw(all_programs))
    words = draw(st.lists(inputs_of(program, max_len=max_len), min_size=1, max_size=6))
    bounds = st.integers(0, 6)
    return program, words, draw(bounds if program.layers is None else st.none() | bounds)


@cases(150)
@given(batches(programs(), 4))
def test_a_batch_of_unequal_lengths_gives_the_runs_and_errors_of_each_word_alone(drawn) -> None:
    check_batch(*drawn)


@cases(30)
@given(batches(programs(max_variables=6, max_heads=5, max_rules=30, max_length=8), 8))
def test_larger_programs_run_alike_in_batches_of_longer_words(drawn) -> None:
    check_batch(*drawn)


@cases(60)
@given(batches(mixed_programs, 4))
def test_programs_with_numbers_and_sets_run_alike_in_batches(drawn) -> None:
    check_batch(*drawn)


@pytest.mark.campaign
@cases(300)
@given(batches(programs(max_variables=6, max_heads=5, max_rules=30, max_length=8), 8))
def test_many_larger_programs_run_alike_in_batches_of_longer_words(drawn) -> None:
    check_batch(*drawn)
