"""Patterns: what they match, and how they are refused."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta.errors import InputLanguageError
from alta.inputs.determinise import compile_pattern
from alta.inputs.parser import MAX_NESTING, parse_pattern
from alta.inputs.vocabulary import Vocabulary
from tests.alta.inputs.toys import VOCABULARY, words_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [""]),
        (" \t\n ", [""]),
        ("()", [""]),
        ("(|0)", ["", "0"]),
        ("|0", ["", "0"]),
        ("0|", ["", "0"]),
        ("0||1", ["", "0", "1"]),
        ("0 1", ["0 1"]),
        ("START(0|1)", ["START 0", "START 1"]),
        ("(0|1)START", ["0 START", "1 START"]),
        ("0 | 1 START", ["0", "1 START"]),
        ("START?", ["", "START"]),
        ("0 *", ["", "0", "0 0", "0 0 0", "0 0 0 0"]),
        ("0{2}", ["0 0"]),
        ("0{ 2 , 3 }", ["0 0", "0 0 0"]),
        ("0{3,}", ["0 0 0", "0 0 0 0"]),
        ("0{0}", [""]),
        ("(0{1000000}){0}", [""]),
        ("(){5}", [""]),
        ("(0?){2}", ["", "0", "0 0"]),
        ("(0?){2,}", ["", "0", "0 0", "0 0 0", "0 0 0 0"]),
        ("(0? 1?){1}", ["", "0", "1", "0 1"]),
        (r"\+", ["+"]),
        (r"\(\*", ["(*"]),
        (r"a\ b", ["a b"]),
        ("-", ["-"]),
        ("^", ["^"]),
        (r"[\- \(\*]", ["(*", "-"]),
        (r"[0\^]", None),
        ("[0 ^]", ["0", "^"]),
        (r"[\^ 0]", ["0", "^"]),
        ("[0-START]", ["0", "1", "START"]),
        ("[0 - START]", ["0", "1", "START"]),
        ("[0-0]", ["0"]),
        ("[0-1 ^]", ["0", "1", "^"]),
        (r"[^0-\-]", ["^", "a b"]),
        (r"[^0-a\ b]", []),
        (r"\S\T\A\R\T", ["START"]),
    ],
)
def test_a_pattern_matches_these_words(text, expected):
    if expected is None:
        with pytest.raises(InputLanguageError, match=re.escape("'0^'")):
            words_of(text)
    else:
        assert words_of(text) == expected


MALFORMED = [
    # pattern, column from 1, what the message says
    ("START (0|1", 11, "expected ')' for the '(' in column 7, got the end of the pattern"),
    ("0)", 2, "no '(' is open here"),
    ("0]", 2, r"the name ] is written \]"),
    ("0}", 2, r"the name } is written \}"),
    ("*", 1, "expected a name, '(', '[' or '.', got '*'"),
    ("(+)", 2, r"the name + is written \+"),
    ("(?:0)", 2, "got '?'"),
    ("0 **", 4, "expected one repetition mark at most"),
    ("0*?", 3, "put the part before it in parentheses"),
    ("0{2}{3}", 5, "expected one repetition mark at most"),
    ("0{", 3, "expected a number, got the end of the pattern"),
    ("0{,2}", 3, "repetitions are {2}, {2,} and {2,5}"),
    ("0{-1}", 3, "expected a number, got '-'"),
    ("0{2;3}", 4, "expected ',' or '}'"),
    ("0{2,3", 6, "expected '}'"),
    ("0{\u0662}", 3, "expected a number"),
    ("0{3,2}", 2, "expected the smaller bound first, got {3,2}"),
    ("[0", 3, "expected ']' for the '[' in column 1"),
    ("[", 2, "expected ']'"),
    ("[]", 2, "expected a name, got ']'"),
    ("[^]", 3, "expected a name, got ']'"),
    ("[0-]", 4, "expected a name, got ']'"),
    ("[-0]", 2, r"the name - is written \-"),
    ("[0-1-START]", 5, "expected a name or ']' after a range"),
    ("[(]", 2, r"the name ( is written \("),
    ("[START-0]", 2, "which is token 2 to token 0"),
    ("0 \\", 4, "expected a character after the backslash"),
    ("0 STRT", 3, "expected a token name, got 'STRT'; did you mean 'START'"),
    ("01", 1, "names are separated by spaces: 0 1"),
    ("[0-9]", 4, "got '9'"),
    ("0{10001}", 2, "expected at most 10000 symbols"),
    ("0{10001,}", 2, "expected at most 10000 symbols"),
    ("(0 1){5001}", 6, "expected at most 10000 symbols"),
    ("((0{1000}){1000}){1000}", 11, "expected at most 10000 symbols"),
    ("0{6000} 1{6000}", 1, "expected at most 10000 symbols"),
    ("0{" + "9" * 5000 + "}", 3, "expected at most 10000 symbols"),
    ("(" * (MAX_NESTING + 1), MAX_NESTING + 1, "at most 100 open parentheses"),
]


@pytest.mark.parametrize(("text", "column", "says"), MALFORMED, ids=lambda value: str(value)[:24])
def test_a_malformed_pattern_is_refused_where_it_goes_wrong(text, column, says):
    with pytest.raises(InputLanguageError) as caught:
        compile_pattern(text, VOCABULARY)
    message, shown, caret = str(caught.value).split("\n")
    assert f"column {column}:" in message
    assert says in message
    assert caret.strip() == "^"
    pointed_at = shown[caret.index("^") : caret.index("^") + 1]
    assert pointed_at in (text[column - 1 : column], "")


def test_only_a_pattern_is_parsed():
    number: Any = 5
    with pytest.raises(InputLanguageError, match="expected a str, got 5"):
        parse_pattern(number)


def test_the_deepest_allowed_nesting_compiles():
    text = "(" * MAX_NESTING + "0" + ")?" * MAX_NESTING
    assert words_of(text) == ["", "0"]


@given(st.text(min_size=1, max_size=6))
def test_a_quoted_name_is_that_name(name):
    vocabulary = Vocabulary((name, name + "x"))
    quoted = "".join(f"\\{letter}" for letter in name)
    for text in (quoted, f"[{quoted}]", f"({quoted})"):
        assert list(compile_pattern(text, vocabulary).enumerate_words(1)) == [(0,)]


@given(st.text(alphabet="01 ()[]{}|*+?.,^-\\23S", max_size=16))
def test_any_text_is_a_pattern_or_refused_with_a_caret(text):
    try:
        compile_pattern(text, VOCABULARY)
    except InputLanguageError as error:
        assert "\n" in str(error)  # noqa: PT017
