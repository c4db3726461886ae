"""The judge lists the inputs of a program by a way of its own."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

import alta
from tests.campaigns.subject import SHIPPED
from tests.judge.language import NoLanguageError, inputs
from tests.judge.patterns import BadPatternError, parsed, words
from tests.judge.text import read

VOCAB = ("a", "b", "+")

PATTERNS = [
    "",
    "a",
    "(a|b)*",
    "(|a) b?",
    "a{2}",
    "a{1,} b",
    "(a b){0,2} .",
    "[a-b]+",
    r"[^a] \+*",
    "(a* b*)*",
    "((a|b){1,2}){2}",
    "()",
]


@pytest.mark.parametrize("text", PATTERNS)
def test_the_words_of_a_pattern_are_those_of_the_language(text):
    language = alta.inputs.regex(text).bind(VOCAB)
    for length in range(5):
        mine = set(words(parsed(text, VOCAB), length, len(VOCAB)))
        every = product(range(len(VOCAB)), repeat=length)
        assert mine == {word for word in every if language.contains(word)}


@pytest.mark.parametrize(
    "text", ["a**", "(a", "a)", "c", "a{2", "a{2,1}", "[a", "[b-a]", "*", "a |+", "[]"]
)
def test_what_is_no_pattern_is_not_read(text):
    with pytest.raises(BadPatternError):
        parsed(text, VOCAB)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_inputs_of_every_shipped_program_are_its_inputs(name):
    build, longest = SHIPPED[name]
    program = build()
    mine = inputs(read(alta.program_text(program)), longest)
    assert len(mine) == len(set(mine))
    assert set(mine) == {word for word in program.inputs.enumerate(longest) if word}


@given(
    st.sampled_from(
        [
            alta.inputs.anything(),
            alta.inputs.distinct(".*"),
            alta.inputs.sequences([[0, 1], [1], [2, 2, 2], []]),
            alta.inputs.lengths(lambda length: "a*" if length % 2 else None),
        ]
    ),
    st.integers(1, 4),
)
def test_other_descriptions_have_the_inputs_that_they_describe(described, longest):
    program = alta.program_spec_from_rules(
        variables={"x": alta.var(2)},
        heads={},
        rules=[alta.rule({"x": 0}, "x", 1)],
        output_name="x",
        input_range=3,
        vocab=VOCAB,
        inputs=described,
        layers=1,
    )
    mine = inputs(read(alta.program_text(program)), longest)
    assert sorted(mine) == sorted(word for word in program.inputs.enumerate(longest) if word)


def test_text_that_describes_no_language_is_noticed():
    program = alta.programs.parity_sequential_relative()
    text = alta.program_text(program).partition("\ninputs")[0] + '\ninputs anything "at all"\n'
    with pytest.raises(NoLanguageError):
        inputs(read(text), 2)
