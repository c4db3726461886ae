"""Descriptions, automata and vocabularies that the tests of input languages share."""

from itertools import product
from typing import Any

import pytest
from hypothesis import strategies as st

from alta import inputs
from alta.inputs.determinise import compile_pattern
from alta.inputs.dfa import Dfa
from alta.inputs.vocabulary import Vocabulary

VOCAB = ("0", "1", "START")


untyped: Any = inputs  # for calls that no type checker would pass


LONGEST = 4


def numbered(value):
    """Returns the id of a case: what it should say, since functions have no stable name."""
    return value if isinstance(value, str) else "case"


def operands(n):
    return f"START ((0|1) (0|1)){{{n // 2}}}" if n % 2 else None


DESCRIPTIONS = {
    "anything": inputs.anything(),
    "regex": inputs.regex("START (0|1)*"),
    "finite regex": inputs.regex("START? 0 [0-START]{0,2}"),
    "regex with the empty word": inputs.regex("(0 1)*"),
    "empty word alone": inputs.regex(""),
    "nothing": inputs.regex("[^0-START]"),
    "distinct": inputs.distinct("START? [0-1]*"),
    "distinct, but never": inputs.distinct("0 1 0"),
    "sequences": inputs.sequences([[0, 1], ["START"], [2, "0", 1], []]),
    "no sequences": inputs.sequences([]),
    "lengths": inputs.lengths(operands),
    "table": inputs.lengths(operands).tabulate(12),
}


bound = pytest.mark.parametrize(
    ("spec", "position_range"),
    [
        pytest.param(spec, limit, id=f"{name}, position_range={limit}")
        for name, spec in DESCRIPTIONS.items()
        for limit in (None, 2, 0)
    ],
)


WORDS = st.lists(st.sampled_from([0, 1, 2, *VOCAB]), max_size=LONGEST)


ATOMS = st.sampled_from(["0", "1", "START", "[0-1]", ".", "(0|)", "(1 START)*", "0{1,2}"])


PATTERNS = st.lists(ATOMS, max_size=3).map(" ".join)


SPECS = st.one_of(
    st.just(inputs.anything()),
    PATTERNS.map(inputs.regex),
    PATTERNS.map(inputs.distinct),
    st.lists(WORDS, max_size=6).map(inputs.sequences),
    st.dictionaries(st.integers(0, LONGEST), PATTERNS).map(lambda d: inputs.lengths(d.get)),
)


TOKENS = range(3)


@st.composite
def automata(draw, *, max_states=6):
    n_states = draw(st.integers(1, max_states))
    states = st.integers(0, n_states - 1)
    moves = st.dictionaries(st.sampled_from(TOKENS), states)
    transitions = draw(st.lists(moves, min_size=n_states, max_size=n_states))
    return Dfa(draw(states), draw(st.frozensets(states)), tuple(transitions))


def accepted(dfa, n):
    """Tries all words, in lexicographic order, by the definition of acceptance."""
    accepted = []
    for word in product(TOKENS, repeat=n):
        state = dfa.start
        for token in word:
            state = dfa.transitions[state].get(token) if state is not None else None
        if state in dfa.accepting:
            accepted.append(word)
    return accepted


VOCABULARY = Vocabulary(("0", "1", "START", "+", "(*", "-", "^", "a b"))


def words_of(text, *, vocabulary=VOCABULARY, longest=LONGEST):
    dfa = compile_pattern(text, vocabulary)
    return [
        " ".join(vocabulary.names[token] for token in word)
        for n in range(longest + 1)
        for word in dfa.enumerate_words(n)
    ]
