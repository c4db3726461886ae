"""Patterns are read as trees, from which what matches only the empty word is left out."""

from __future__ import annotations

import pytest

from alta_verify.check.expressions import Choice, Repeated, Sequence, Symbol, parse_pattern
from alta_verify.check.refused import Refused

A, B = (Symbol(((name, name),), negated=False) for name in "ab")
EMPTY = Sequence(())


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a", A),
        ("a b", Sequence((A, B))),
        ("a|b|", Choice((A, B, EMPTY))),
        ("a*", Repeated(A, 0, None)),
        ("a{2}", Repeated(A, 2, 2)),
        ("a{1,}", Repeated(A, 1, None)),
        ("(a b)?", Repeated(Sequence((A, B)), 0, 1)),
        ("[a-b]", Symbol((("a", "b"),), negated=False)),
        ("[^a]", Symbol((("a", "a"),), negated=True)),
        (".", Symbol((), negated=True)),
        ("() (a{9}){0} b", B),
        ("()*", EMPTY),
    ],
)
def test_a_pattern_has_one_tree(text, tree):
    assert parse_pattern(text) == tree


@pytest.mark.parametrize(("text", "place"), [("a)", 1), ("a**", 2), ("a{2,1}", 6)])
def test_what_is_no_pattern_is_refused_with_the_place(text, place):
    with pytest.raises(Refused, match=f"at character {place} of a pattern"):
        parse_pattern(text)
