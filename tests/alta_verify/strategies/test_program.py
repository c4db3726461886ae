"""Drawn programs are well-formed, with words that can be drawn; total ones fail on none of them."""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import alta
from alta.errors import AltaError, ExecutionError
from alta_verify.strategies import inputs_of, programs
from alta_verify.strategies.program import check_counts, check_names, input_specs, patterns

FEW = settings(max_examples=20)

PROGRAM = alta.programs.parity_sequential_absolute(max_length=4)

SMALL = {"max_variables": 2, "max_heads": 1, "max_rules": 4, "max_tokens": 2, "max_length": 2}


@FEW
@given(patterns(PROGRAM.vocab))
def test_patterns_are_read_as_languages_of_the_tokens(pattern):
    language = alta.replace(PROGRAM, inputs=alta.inputs.regex(pattern)).inputs
    for length in language.lengths(2):
        assert language.automaton(length).count(length) > 0


@FEW
@given(input_specs(PROGRAM.vocab, max_length=3))
def test_languages_are_of_a_program(spec):
    assert set(alta.replace(PROGRAM, inputs=spec).inputs.lengths(3)) <= set(range(4))


def failing(program: alta.Program) -> list[tuple[int, ...]]:
    """The words on which a program fails in its first layers."""
    words = []
    for length in program.inputs.lengths(2):
        for word in program.inputs.automaton(length).enumerate_words(length):
            try:
                alta.run(program, word, max_layers=3)
            except ExecutionError:
                words.append(word)
    return words


@FEW
@given(programs(total=True, **SMALL))
def test_a_total_program_fails_on_no_input(program):
    assert failing(program) == []


def test_other_programs_may_fail():
    outcomes = set()

    @settings(max_examples=25, phases=[Phase.generate])
    @given(programs(**SMALL))
    def check(program):
        outcomes.add(bool(failing(program)))

    check()
    assert outcomes == {False, True}


@FEW
@given(st.data())
def test_inputs_are_words_of_the_language(data):
    word = data.draw(inputs_of(PROGRAM, max_len=3))
    assert len(word) <= 3
    assert PROGRAM.inputs.contains(word)


def test_without_a_short_word_nothing_is_drawn():
    long = alta.replace(PROGRAM, inputs=alta.inputs.regex(". . ."))
    with pytest.raises(AltaError, match="has at most 2 tokens; raise max_len"):
        inputs_of(long, max_len=2)


@pytest.mark.parametrize("value", [0, -1, True, 1.0, "2", None])
def test_what_is_no_number_or_too_small_is_refused_by_name(value):
    with pytest.raises(AltaError, match="programs: size: expected an int of at least 1, got"):
        check_counts("programs", 1, length=1, size=value)
    check_counts("programs", 1, length=1, size=7)


def test_names_are_those_that_there_are():
    assert check_names("near", "ways", iter(["b", "a"]), ("a", "b")) == ("b", "a")
    wrong = {"got one text": "ab", "no 'c'": ["c"], "at least one of a, b": []}
    for complaint, names in wrong.items():
        with pytest.raises(AltaError, match=complaint):
            check_names("near", "ways", names, ("a", "b"))
