"""Languages in which no token occurs twice."""

import math
import random

import pytest

from alta import inputs
from alta.errors import InputLanguageError
from tests.alta.inputs.toys import VOCAB


def test_ten_tokens_in_any_order_are_counted_and_drawn():
    language = inputs.distinct("BOS [1-10]*").bind(("BOS", *map(str, range(1, 11))))
    assert language.max_length == 11
    assert language.lengths(99) == tuple(range(1, 12))
    assert language.count(99) == sum(math.perm(10, chosen) for chosen in range(11))
    for word in (language.sample(random.Random(seed), 11) for seed in range(20)):
        assert language.contains(word)
        assert not language.contains([*word, word[-1]])


def test_too_many_sets_of_tokens_are_refused_where_they_matter():
    names = tuple(map(str, range(30)))
    language = inputs.distinct("[0-29]*").bind(names)
    assert language.contains(names)
    assert not language.contains(["7", *names[1:]])
    assert language.max_length == 30
    assert language.lengths(40) == tuple(range(31))
    assert language.count(4) == sum(math.perm(30, length) for length in range(5))
    with pytest.raises(InputLanguageError, match="expected at most 50000 sets of tokens"):
        language.count(5)
    with pytest.raises(InputLanguageError, match="expected at most 50000 sets of tokens"):
        inputs.distinct("[0-29]{15} 0 0").bind(names).lengths(20)


def test_tokens_that_cannot_come_again_are_forgotten():
    names = tuple(map(str, range(200)))
    language = inputs.distinct(" ".join(f"({n}|{n + 1})" for n in range(0, 200, 2))).bind(names)
    assert language.count(100) == 2**100
    assert len(language.automaton(100).transitions) == 101


def test_factors_are_few_and_small_where_the_automaton_is_large():
    language = inputs.distinct("[0-9]*").bind(tuple(map(str, range(10))))
    factors = language.factors(8)
    assert len(factors) == 11
    assert all(len(factor.transitions) <= 2 for factor in factors)
    assert len(language.automaton(8).transitions) == 2**10 - 11
    pattern = inputs.regex("0*").bind(VOCAB)
    assert pattern.factors(3) == (pattern.automaton(3),)
