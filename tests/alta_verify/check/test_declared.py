"""Names, values, rules and languages are written in one way."""

from __future__ import annotations

import pytest

from alta_verify.check.declared import DeclaredLanguage, DeclaredRule, assigned, listed, quoted


@pytest.mark.parametrize(
    ("name", "written"), [("a_1.b", "a_1.b"), ("1a", '"1a"'), ("-", '"-"'), ("é", '"\\u00e9"')]
)
def test_names_are_quoted_where_they_have_to_be(name, written):
    assert quoted(name) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(3, "3"), (0.1, "0.1"), (frozenset({2, 0}), "{0,2}"), (frozenset(), "{}")],
)
def test_values_are_written_with_as_few_characters_as_do(value, written):
    assert assigned(value) == written


def test_rules_are_written_with_their_tests_in_order():
    assert DeclaredRule((("a", 1), ("b c", 0)), "v", 2).text == 'a=1 & "b c"=0 -> v := 2'
    assert DeclaredRule((), "v", 2).text == "always -> v := 2"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (DeclaredLanguage("anything"), "anything"),
        (DeclaredLanguage("regex", "a|b"), 'regex "a|b"'),
        (DeclaredLanguage("sequences", ((0, 1), ())), "sequences [[0,1],[]]"),
        (DeclaredLanguage("lengths", (None, "a")), 'lengths {"0": null, "1": "a"}'),
    ],
)
def test_languages_are_described(language, text):
    assert language.text == text


def test_lists_have_no_spaces():
    assert listed([1, 2.5]) == "[1,2.5]"
