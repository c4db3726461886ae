"""Shrinking: what is called the shortest is the shortest, and nothing else is called so."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

import alta
from alta.inputs.language import InputLanguage
from alta.limit import OutOfTime
from alta.nn.model import Model
from alta_verify import Verdict, equivalent, verify
from alta_verify.deadline import Deadline
from alta_verify.prove.computes import sampling
from alta_verify.search import shrink as shrinking
from alta_verify.search.counterexample import find_difference
from alta_verify.search.shrink import Interrupted, Simplest, shrink, simplest
from tests.cases import CASES
from tests.cases.changes import with_head

Word = tuple[int, ...]

ANYTHING = alta.inputs.anything().bind(("a", "b", "c"))
"""Words over 0, 1 and 2."""


def search(
    word: Word,
    holds: Callable[[Word], bool],
    *,
    inputs: InputLanguage = ANYTHING,
    budget: int = 10_000,
) -> tuple[Simplest, list[Word]]:
    """What is found, and all that was tried."""
    tried: list[Word] = []

    def first(words: Sequence[Word]) -> Word | None:
        tried.extend(words)
        return min(filter(holds, words), key=lambda word: (len(word), word), default=None)

    return simplest(word, inputs, first, lambda: len(tried) < budget), tried


def test_leaving_out_tokens_is_not_enough_to_be_the_shortest():
    # Of the long word no part will do but itself.
    found, _ = search((2, 1, 0, 0, 1, 2), lambda word: word in {(2, 1, 0, 0, 1, 2), (0, 2, 0)})
    assert found == Simplest((0, 2, 0), shortest=True)


def test_of_the_shortest_the_first_in_token_order_is_found():
    found, _ = search((2, 2, 2, 2, 1), lambda word: sum(word) >= 3)
    assert found == Simplest((1, 2), shortest=True)


def test_nothing_is_called_the_shortest_when_not_all_that_are_shorter_were_tried():
    found, tried = search((2,) * 9, lambda word: len(word) > 6, budget=50)
    assert not found.shortest
    assert len(found.tokens) == 7
    assert found.tokens not in tried[-1:] or len(tried) < 3**7


def test_what_is_not_the_shortest_still_has_simple_tokens():
    found, _ = search(
        (2,) * 12, lambda word: len(word) == 12 and 1 in (word[3], word[4], 1), budget=1
    )
    assert found == Simplest((2,) * 12, shortest=False)
    found, _ = search((2,) * 12, lambda word: len(word) == 12, budget=900)
    assert found == Simplest((0,) * 12, shortest=False)


def test_only_words_of_the_language_are_tried():
    inputs = alta.inputs.regex("a (b c)* a").bind(("a", "b", "c"))
    found, tried = search((0, 1, 2, 1, 2, 0), lambda word: 1 in word, inputs=inputs)
    assert found == Simplest((0, 1, 2, 0), shortest=True)
    assert all(map(inputs.contains, tried))
    assert () not in tried


@pytest.mark.parametrize("error", [Interrupted, OutOfTime])
def test_what_is_found_before_an_interruption_is_kept(error):
    calls = 0

    def first(words: Sequence[Word]) -> Word | None:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise error
        return min(words, key=lambda word: (len(word), word))

    assert simplest((1, 2, 1, 2), ANYTHING, first, lambda: True) == Simplest((1,), shortest=True)
    calls = 1
    assert simplest((1, 2, 1), ANYTHING, first, lambda: True) == Simplest((1, 2, 1), shortest=False)


def broken(name: str, wrong: str) -> tuple[alta.Program, Model]:
    case = CASES[name]
    good = alta.compile(case.build())
    (one,) = (one for one in case.programs if one.name == wrong)
    return one.change(good.program), good


def test_a_counterexample_is_shrunk_to_the_shortest_and_says_so():
    program, model = broken("increment", "most is taken for all")
    # A one and seven of eight ones behind it; leaving out any token leaves none.
    long = (0, 1, 0, *[1] * 14, 2)
    found = find_difference(program, model, long, None)
    assert found is not None
    assert not found.shortest
    small = shrink(found, longest=20, deadline=Deadline.after(None))
    assert small.shortest
    assert small.names == "0 0 1 1 1 1 1 1 1 END"
    assert small.replay().confirmed


def test_a_counterexample_is_not_called_the_shortest_when_there_is_no_time():
    program, model = broken("increment", "most is taken for all")
    found = find_difference(program, model, (0, 1, 0, *[1] * 14, 2), None)
    assert found is not None
    assert shrink(found, longest=20, deadline=Deadline.after(0)) == found
    assert not shrink(found, longest=20, deadline=Deadline.after(0)).shortest


def test_a_report_says_whether_its_counterexample_is_the_shortest(monkeypatch):
    program = alta.programs.parity_sequential_relative()
    other = alta.compile(with_head("parity_left", mask=(-2,))(program))
    sampled = verify(program, other, max_len=8)
    assert "Counterexample, the shortest there is, replayed on" in str(sampled)
    # Without the short samples, and without work for shorter inputs, only a long one is found.
    monkeypatch.setattr(sampling, "_SHORT_WORDS", 0)
    monkeypatch.setattr(shrinking, "_WORK", 0)
    report = verify(program, other, max_len=8)
    assert report.verdict is Verdict.REFUTED
    assert len(report.counterexample.tokens) > len(sampled.counterexample.tokens)
    assert "Counterexample, the shortest found, replayed on" in str(report)


def test_a_disagreement_is_the_shortest_too():
    first = alta.programs.parity_sequential_relative()
    second = alta.replace(first, output_name="done")
    found = equivalent(first, second, max_len=8).counterexample
    assert found.names == "START"
    assert found.shortest
    assert found.to_json()["shortest"]
