"""Verdicts on pairs of generated programs are those of running both on everything."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import alta
from alta import ExecutionError, Program
from alta.errors import AltaError
from alta.inputs.language import intersection
from alta.lang.rules import Rule
from alta_verify import Verdict, equivalent
from alta_verify.prove.equivalence import comparison
from tests.alta_verify.obligations import shown_in_pairs_instead
from tests.properties.running import (
    MAX_LEN,
    Word,
    cases,
    mixed_programs,
    shown,
    small_programs,
    small_total_programs,
)


def outputs(program: Program, word: Word, max_layers: int) -> tuple[object, ...] | None:
    """What a program gives after at most so many layers; None where it fails."""
    try:
        return alta.run(program, word, max_layers).outputs
    except ExecutionError:
        return None


@st.composite
def relatives(draw: st.DrawFn, base: st.SearchStrategy[Program]) -> tuple[Program, Program]:
    """A program, and one with a rule less, another output, no halt, or nothing changed."""
    first = draw(base)
    change = draw(st.sampled_from(["rule", "output", "halt", "nothing"]))
    if change == "rule" and first.rules:
        gone = draw(st.sampled_from(first.rules))
        rules: tuple[Rule, ...] = tuple(rule for rule in first.rules if rule != gone)
        return first, replace(first, mlp=rules)
    if change == "output":
        return first, replace(first, output_name=draw(st.sampled_from(sorted(first.variables))))
    if change == "halt":
        return first, replace(first, halt=None)
    return first, first


def check(first: Program, second: Program, max_layers: int) -> None:
    shown(first)
    shown(second)
    report = equivalent(first, second, max_len=MAX_LEN, max_layers=max_layers)
    inputs = first.inputs.enumerate(MAX_LEN)
    words = [word for word in inputs if word and second.inputs.contains(word)]
    if not words:
        assert report.verdict is Verdict.VACUOUS
        return
    pairs = {
        word: (outputs(first, word, max_layers), outputs(second, word, max_layers))
        for word in words
    }
    wrong = {word for word, (one, other) in pairs.items() if one is None or one != other}
    assert report.verdict is (Verdict.REFUTED if wrong else Verdict.PROVED), report
    if wrong:
        found = report.counterexample
        assert found.tokens in wrong
        assert found.replay().confirmed
        faulty = None in pairs[found.tokens]
        assert (found.kind != "mismatch") is faulty


@pytest.fixture(scope="module", params=[1 << 30, -1], ids=["enumerated", "symbolic"], autouse=True)
def way(request):
    """Both ways of comparing, without samples, which would find most differences before."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comparison, "_ENUMERABLE", request.param)
        shown_in_pairs_instead(patch, "sampling", lambda *_: "nothing was run")
        yield


@cases(60)
@given(relatives(small_programs), st.integers(0, 6))
def test_relatives_are_judged_as_running_them_does(pair, max_layers):
    check(*pair, max_layers)


@cases(60)
@given(relatives(small_total_programs), st.integers(0, 6))
def test_relatives_that_never_fail_are_judged_as_running_them_does(pair, max_layers):
    check(*pair, max_layers)


@cases(40)
@given(relatives(mixed_programs), st.integers(0, 4))
def test_relatives_with_numbers_and_sets_are_judged_as_running_them_does(pair, max_layers):
    check(*pair, max_layers)


@cases(40)
@given(small_total_programs, small_total_programs, st.integers(0, 4))
def test_strangers_are_judged_as_running_them_does(first, second, max_layers):
    assume(first.vocab == second.vocab)
    check(first, second, max_layers)


@cases(60)
@given(relatives(small_total_programs))
def test_relatives_end_where_they_do_without_a_bound_of_layers(pair):
    if any(program.halt is None and program.layers is None for program in pair):
        if not any(word for word in pair[0].inputs.enumerate(MAX_LEN)):
            return
        with pytest.raises(AltaError, match="neither a halt spec nor a layer bound"):
            equivalent(*pair, max_len=MAX_LEN)
        return
    report = equivalent(*pair, max_len=MAX_LEN)
    if report.verdict is Verdict.REFUTED:
        assert report.counterexample.replay().confirmed
    elif report.verdict is Verdict.PROVED:
        for word in pair[0].inputs.enumerate(MAX_LEN):
            assert alta.run(pair[0], word).outputs == alta.run(pair[1], word).outputs
    else:
        assert report.verdict is Verdict.VACUOUS


@cases(60)
@given(small_programs, small_programs)
def test_the_common_language_has_what_both_have(first, second):
    assume(first.input_range == second.input_range)
    for length in range(MAX_LEN):
        one, other = first.inputs.automaton(length), second.inputs.automaton(length)
        both = intersection(one, other)
        words = [word for word in one.enumerate_words(length) if other.accepts(word)]
        assert list(both.enumerate_words(length)) == words
        assert both.count(length) == len(words)
