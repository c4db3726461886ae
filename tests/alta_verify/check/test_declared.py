"""What is declared is written in one way, and refused where it is no program."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alta_verify.check.declared import (
    DeclaredLanguage,
    DeclaredRule,
    assigned,
    listed,
    quoted,
    with_canonical_rules,
)
from alta_verify.check.refused import Refused
from alta_verify.check.text import read_declared, read_program
from tests.alta_verify.check.theorems import TEXT


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


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("alta-program 1", "alta-program 2"),
        ("tokens 4", "tokens 5"),
        ('["BOS","1"', '["1","1"'),
        ("output sorted", "output fetched"),
        ("output sorted", "output sorted\noutput sorted"),
        ("variable index", "variable token"),
        ("head fetched", "head index"),
        ("head fetched", "head mean"),
        ("variable index range 4 position [0,1,2,3]", "variable index range 4 position [0,1,2,4]"),
        ("subsets [[0],[0,1]", "subsets [[0],[0,2]"),
        ("value bos mask - values [", "value rank mask - values ["),
        ("value token mask -", "value bos mask -"),
        ("value token mask -", "value up_to mask -"),
        ("query index key rank", "query - key rank"),
        ("query index key rank", "query index key -"),
        ("rule mean=0 -> rank", "rule mean=0 -> nothing"),
        ("rule mean=0 ->", "rule nothing=0 ->"),
        ("rule mean=0 ->", "rule mean ->"),
        ("layers 2", "layers"),
        ("halt -", "halt x"),
        ("inputs distinct", "input distinct"),
    ],
)
def test_a_text_that_is_no_program_is_refused(old, new):
    assert old in TEXT
    read_program(TEXT)
    with pytest.raises(Refused, match="cannot be read"):
        read_program(TEXT.replace(old, new, 1))


@pytest.mark.parametrize(
    "rule",
    [
        DeclaredRule((("index", 0), ("index", 1)), "rank", 0),
        DeclaredRule((("rank", 1),), "rank", 1),
        read_declared(TEXT).rules[0],
    ],
    ids=["it never fires", "the value is there already", "it is there twice"],
)
def test_a_rule_that_changes_nothing_is_in_no_canonical_text(rule):
    program = read_declared(TEXT)
    again = replace(program, rules=(rule, *program.rules[::-1]))
    assert with_canonical_rules(again) == program
    useful = DeclaredRule((("index", 0), ("rank", 1)), "rank", 0)
    assert with_canonical_rules(replace(program, rules=(useful, *program.rules))) != program
