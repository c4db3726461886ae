"""Samples are words of the language, short and long ones; transitions are those of their runs."""

from __future__ import annotations

import pytest

import alta
from alta.inputs.language import InputLanguage
from alta.interp.run import run
from alta_verify.abstraction import Abstraction, Transition
from alta_verify.search.samples import long_words, sampled_transitions, short_words, word_with
from tests.alta_verify.search.damage import PARITY

VOCAB = ("a", "b", "c")

LANGUAGES = {
    "anything": alta.inputs.anything(),
    "pattern": alta.inputs.regex("a (b|c)* c? a"),
    "sequences": alta.inputs.sequences([(0, 1), (2, 2, 1), (1, 0, 0, 2)]),
    "lengths": alta.inputs.lengths(lambda n: "a .* b" if n % 2 else None),
    "empty": alta.inputs.sequences([]),
}


def language(name: str) -> InputLanguage:
    return LANGUAGES[name].bind(VOCAB)


@pytest.mark.parametrize("name", list(LANGUAGES))
def test_a_word_with_a_token_at_a_place_is_found_where_there_is_one(name):
    words = [word for word in language(name).enumerate(5) if word]
    for token in range(3):
        for position in range(6):
            sample = word_with(language(name), token, position, 5)
            having = [w for w in words if len(w) > position and w[position] == token]
            if having:
                assert sample in having
                assert len(sample) == min(map(len, having))
            else:
                assert sample is None


@pytest.mark.parametrize("name", list(LANGUAGES))
def test_samples_are_words_of_the_language_and_none_is_empty(name):
    inputs = language(name)
    for words in (short_words(inputs, 5, 20), long_words(inputs, 5)):
        assert all(word and inputs.contains(word) for word in words)
        assert len(set(words)) == len(words)
        assert words == sorted(words, key=len)


def test_short_words_are_the_first_in_order():
    assert short_words(language("anything"), 3, 5) == [(0,), (1,), (2,), (0, 0), (0, 1)]


def test_long_words_are_at_the_ends_of_the_language_and_lopsided():
    words = long_words(language("anything"), 30)
    longest = [word for word in words if len(word) == 30]
    assert (0,) * 30 in longest
    assert (2,) * 30 in longest
    assert (*(0,) * 29, 1) in longest
    assert sum(max(map(word.count, word)) > 20 for word in longest) > 20
    # The same in every run: verdicts do not depend on chance.
    assert long_words(language("anything"), 30) == words


def test_transitions_are_those_of_runs_each_once():
    sampled = sampled_transitions(Abstraction.of(PARITY), 4, None)
    expected: list[Transition] = []
    for word in filter(None, PARITY.inputs.enumerate(4)):
        for layer in run(PARITY, word).states:
            for local, after in zip(layer.after_attention, layer.after_mlp, strict=True):
                values = {name: after[name] for name in PARITY.variables}
                indices = {
                    name: -1 if value is alta.UNDEFINED else value for name, value in local.items()
                }
                transition = Transition(indices, values)
                expected += [] if transition in expected else [transition]
    assert all(transition in expected for transition in sampled)
    assert len(sampled) == len(expected)


def test_a_bound_on_layers_holds():
    assert sampled_transitions(Abstraction.of(PARITY), 4, 0) == []
    few, many = (sampled_transitions(Abstraction.of(PARITY), 4, bound) for bound in (1, None))
    assert 0 < len(few) < len(many)


def test_a_run_that_fails_has_transitions_up_to_there():
    program = alta.program_spec_from_rules(
        name="trapping",
        variables={"steps": alta.var(2)},
        heads={},
        rules=[alta.rule({"steps": 0}, "steps", 1), alta.rule({"steps": 1}, "steps", 2)],
        output_name="steps",
        input_range=1,
        layers=2,
    )
    (step,) = sampled_transitions(Abstraction.of(program), 2, None)
    assert (step.local, step.after) == ({"steps": 0}, {"steps": 1})
