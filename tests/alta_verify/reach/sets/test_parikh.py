"""Parikh vectors are those of the words of a language."""

from __future__ import annotations

from collections import Counter

import pytest

from alta import inputs
from alta_verify.reach.sets.parikh import Multiplicities, ParikhVector, TooManyVectors, parikh_image
from alta_verify.universal import Empty
from tests.alta_verify.reach.examples import sorting
from tests.alta_verify.reach.vectors import vector_of

EACH = {token: token for token in range(6)}

LANGUAGES = {
    "BOS [1-5]*": inputs.distinct,
    "BOS [1-3]* 4?": inputs.regex,
    "(1 2)* 3 BOS? (2|4 4)*": inputs.regex,
}


def numbers(language: str, length: int, alike=EACH, limit: int = 10**6) -> Multiplicities:
    program = sorting(language, LANGUAGES[language])
    return Multiplicities(program.inputs.factors(length), length, alike, limit)


def vectors(language: str, length: int) -> frozenset[ParikhVector]:
    automaton = sorting(language, LANGUAGES[language]).inputs.automaton(length)
    return frozenset(map(vector_of, automaton.enumerate_words(length)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("length", range(1, 7))
def test_parikh_vectors_are_those_of_the_words(language, length):
    automaton = sorting(language, LANGUAGES[language]).inputs.automaton(length)
    expected = vectors(language, length)
    assert parikh_image(automaton, length, 10**6, EACH) == expected
    assert parikh_image(automaton, length, len(expected) - 1, EACH) is None or not expected


def test_tokens_that_are_alike_count_as_one():
    automaton = sorting("BOS [1-3]* 4?", inputs.regex).inputs.automaton(5)
    alike = {token: min(token, 1) for token in range(8)}
    assert parikh_image(automaton, 5, 10**6, alike) == frozenset({((0, 1), (1, 4))})
    assert numbers("BOS [1-3]* 4?", 5, {t: min(t, 1) for t in EACH}).tokens == [0, 1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("length", [2, 4, 5])
def test_a_diagram_has_all_vectors_and_says_how_often_tokens_occur(language, length):
    expected = vectors(language, length)
    table = numbers(language, length)
    count, both = table.diagrams.count, table.diagrams.and_
    assert count(table.vectors) == len(expected)
    assert tuple((t, n) for t, n in sorted(table.vector(table.vectors).items()) if n) in expected
    for token in table.tokens:
        for least in range(length):
            more = sum(dict(vector).get(token, 0) > least for vector in expected)
            assert count(both(table.vectors, table.exceeding(token, least))) == more
    for tokens in ({0}, {1, 3}, {0, 2, 4}, {2, 3, 4}, set(EACH)):
        totals = Counter(sum(n for t, n in vector if t in tokens) for vector in expected)
        for total, where in table.sums(frozenset(tokens)).items():
            assert count(both(table.vectors, where)) == totals[total]


def test_factors_of_a_language_are_small_where_it_is_not():
    table = numbers("BOS [1-5]*", 4, limit=4)
    assert table.diagrams.count(table.vectors) == 10


def test_an_automaton_that_tells_too_much_apart_is_refused():
    with pytest.raises(TooManyVectors):
        numbers("(1 2)* 3 BOS? (2|4 4)*", 5, limit=1)


def test_without_words_there_are_no_vectors():
    with pytest.raises(Empty, match="words of 6 tokens"):
        Multiplicities(sorting("BOS 1", inputs.regex).inputs.factors(6), 6, EACH, 10)
