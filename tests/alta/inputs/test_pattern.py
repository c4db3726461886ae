"""The tree of a pattern is as large as its symbols, and knows its places."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta.errors import InputLanguageError
from alta.inputs.determinise import compile_pattern
from alta.inputs.parser import parse_pattern
from alta.inputs.pattern import MAX_POSITIONS, Name, TokenSet
from alta.inputs.vocabulary import Vocabulary
from tests.alta.inputs.toys import LONGEST, VOCABULARY, words_of


def test_the_largest_allowed_repetition_compiles():
    dfa = compile_pattern(f"0{{{MAX_POSITIONS}}}", VOCABULARY)
    assert dfa.longest == MAX_POSITIONS
    assert dfa.count(MAX_POSITIONS) == 1


def test_names_keep_their_columns():
    (leaf,) = parse_pattern(r" [0-\+]").token_sets()
    assert leaf == TokenSet(((Name("0", 2), Name("+", 4)),), negated=False, column=1)


LETTERS = "01S+"  # what the first four tokens are called in Python's regular expressions


LEAVES = st.sampled_from(
    [
        ("0", "0"),
        ("1", "1"),
        ("START", "S"),
        (r"\+", r"\+"),
        ("[0-START]", "[01S]"),
        ("[^1]", "[^1]"),
        (r"[0 \+]", r"[0+]"),
        (r"[^0-1 \+]", r"[^01+]"),
        (".", "."),
        ("()", "(?:)"),
    ]
)


MARKS = st.sampled_from(["*", "+", "?", "{0}", "{2}", "{1,}", "{2,}", "{0,2}", "{1,3}", "{2,3}"])


def _combined(children):
    children_list = st.lists(children, min_size=1, max_size=3)
    return st.one_of(
        children_list.map(
            lambda parts: tuple(joiner.join(pieces) for joiner, pieces in _zip(parts, " "))
        ),
        children_list.map(
            lambda parts: _grouped(*(op.join(pieces) for op, pieces in _zip(parts, "|")))
        ),
        st.tuples(children, MARKS).map(lambda pair: _marked(*pair)),
    )


def _zip(parts, joiner):
    pattern, regular = zip(*parts, strict=True)
    return (joiner, pattern), (joiner.strip(), regular)


def _grouped(pattern, regular):
    return f"({pattern})", f"(?:{regular})"


def _marked(pair, mark):
    pattern, regular = _grouped(*pair)
    return pattern + mark, regular + mark


PATTERNS = st.recursive(LEAVES, _combined, max_leaves=8)


@given(PATTERNS)
def test_a_pattern_matches_what_the_same_regular_expression_matches_in_python(pair):
    pattern, regular = pair
    dfa = compile_pattern(pattern, Vocabulary(VOCABULARY.names[:4]))
    meant = re.compile(regular)
    for n in range(LONGEST + 1):
        for word in product(range(4), repeat=n):
            letters = "".join(LETTERS[token] for token in word)
            assert dfa.accepts(word) == bool(meant.fullmatch(letters)), (pattern, regular, letters)


def test_a_dot_and_a_negated_set_depend_on_the_vocabulary():
    assert words_of(".", vocabulary=Vocabulary(("a", "b"))) == ["a", "b"]
    assert words_of("[^ a]", vocabulary=Vocabulary(("a", "b", "c"))) == ["b", "c"]
    assert words_of(".", vocabulary=Vocabulary(())) == []


def test_a_pattern_over_too_many_tokens_is_refused_before_it_is_written_out():
    vocabulary = Vocabulary(tuple(map(str, range(60_000))))
    assert compile_pattern(". .", vocabulary).longest == 2
    with pytest.raises(InputLanguageError, match="of at most 4194304 moves"):
        compile_pattern(".{1000}", vocabulary)
    with pytest.raises(InputLanguageError, match="at most 4194304 tokens"):
        compile_pattern(" ".join(f"[^{number}]" for number in range(100)), vocabulary)
