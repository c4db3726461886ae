"""Obligations have names, queries and entries; what they imply is said in words."""

from __future__ import annotations

from fractions import Fraction

import pytest

from alta_verify.check.obligations import Obligation, assumptions, claim, obligations
from alta_verify.check.refused import Refused
from tests.alta_verify.check.theorems import theorem


def test_obligations_follow_from_heads_and_variables_in_their_order():
    assert [obligation.name for obligation in obligations(["h"], ["v"])] == [
        "architecture",
        "embedding",
        "attention[h]",
        "softmax[h]",
        "program[conflict]",
        "program[range]",
        "program[undefined]",
        "ffn[v]",
        "reset[h]",
        "decoding",
        "rounding",
    ]


@pytest.mark.parametrize(
    ("subject", "path"), [("x", "x"), ("a b", "a%20;b"), ("../é]", "%2e;%2e;%2f;%e9;%5d;")]
)
def test_a_query_has_a_path_whatever_the_name_of_its_subject(subject, path):
    assert Obligation("ffn", subject).query(1) == f"ffn/{path}/0001.smt2"


def test_a_manifest_says_what_an_obligation_covers():
    entry = Obligation("embedding").entry(0, "hash")
    assert entry["covers"].endswith("(Lemma 1)")
    assert {**entry, "covers": ""} == {
        "name": "embedding",
        "covers": "",
        "queries": 0,
        "queries_sha256": "hash",
    }


def test_there_are_no_other_obligations():
    with pytest.raises(Refused, match=r"KeyError\('ffn\[nothing\]'\)"):
        theorem("relative").show("ffn[nothing]")


def test_a_long_description_of_a_language_is_cut():
    assert "for every input of anything with 1 to 3 tokens, for the first 2 layers" in claim(
        "anything", "with 1 to 3 tokens", 2, "float32"
    )
    assert f"{'x' * 200}… (201 characters)" in claim("x" * 201, "", None, "float32")


def test_the_exponentials_of_all_gaps_are_assumed_to_be_0_once_each():
    gaps = [Fraction(256), Fraction(128), Fraction(256)]
    assert "exp(0) = 1, exp(-128) = 0, exp(-256) = 0, 0/k = 0" in assumptions(gaps)[2]
