"""Languages that are patterns and lists, or have one pattern for each length."""

import random
from itertools import islice

import pytest

from alta import inputs
from alta.errors import InputLanguageError
from tests.alta.inputs.toys import VOCAB, operands


def test_a_bound_list_is_in_token_numbers():
    language = inputs.sequences([["START"], [0, "1"], "0 1"]).bind(VOCAB, None)
    assert language.spec == inputs.sequences([[0, 1], [2]])
    assert language.spec.to_text() == "sequences [[0,1],[2]]"
    assert language.vocab == VOCAB


def test_a_long_list_binds_and_is_counted():
    rng = random.Random(0)
    names = tuple(f"w{index}" for index in range(14))
    words = {tuple(rng.choices(names, k=rng.randrange(1, 10))) for _ in range(5000)}
    language = inputs.sequences(words).bind(names, None)
    assert language.count(9) == len(words)
    assert all(language.contains(word) for word in islice(words, 100))
    assert repr(language.spec) == f"Sequences(<{len(words)} sequences>)"


def test_the_function_of_lengths_is_asked_lazily_and_once():
    asked = []

    def fn(n):
        asked.append(n)
        return "0*"

    spec = inputs.lengths(fn)
    language = spec.bind(VOCAB, None)
    assert asked == []
    assert language.contains([0, 0, 0])
    assert asked == [3]
    assert language.count(4) == language.count(4) == spec.bind(VOCAB, 9).count(4) == 5
    assert sorted(asked) == [0, 1, 2, 3, 4]


def test_a_table_says_nothing_beyond_its_end():
    table = inputs.lengths(operands).tabulate(3)
    language = table.bind(VOCAB, None)
    assert language.lengths(3) == (1, 3)
    assert table.tabulate(1) == inputs.lengths(operands).tabulate(1)
    for question in (
        lambda: language.contains([0] * 4),
        lambda: language.count(4),
        lambda: language.automaton(4),
        lambda: table.tabulate(4),
    ):
        with pytest.raises(InputLanguageError, match="at most 3, where this table ends, got 4"):
            question()
    assert table.bind(VOCAB, 3).count(100) == language.count(3)
    assert not table.bind(VOCAB, 3).contains([0] * 4)


def test_a_table_that_names_no_token_is_refused_when_it_is_bound():
    table = inputs.lengths({1: "0", 2: "STRT 0"}.get).tabulate(2)
    with pytest.raises(InputLanguageError, match=r"(?s)lengths, length 2: .* mean 'START'"):
        table.bind(VOCAB, None)
