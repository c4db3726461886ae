"""Enumeration knows the local states of every run, since it has run them all."""

from __future__ import annotations

import pytest

from alta.limit import OutOfTime, limited
from alta.progress import listening
from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Deadline
from alta_verify.obligation import Share
from alta_verify.reach.answer import Reachable, Unreachable
from alta_verify.reach.enumeration import Enumeration
from alta_verify.universal import Empty
from tests.alta_verify.reach.examples import BROKEN, UNDEFINED, chasing, sorting
from tests.alta_verify.secret_words import at_the_end, secret_word, word_of


def enumeration(program, max_len: int = 3, max_layers: int | None = None) -> Enumeration:
    return Enumeration(Abstraction.of(program), max_len, max_layers)


def test_what_occurs_is_found_with_its_place_and_what_does_not_is_in_no_run():
    runs = enumeration(chasing())
    answer = runs.find({"found": frozenset({-1}), "count": frozenset({1})})
    assert answer == Reachable(answer.tokens, 2, answer.position)
    assert runs.find({"found": frozenset({-1}), "count": frozenset({0})}) == Unreachable()
    assert runs.method == "enumeration of all 4 inputs"


def test_only_layers_within_the_bound_count():
    pattern = {"found": frozenset({-1}), "count": frozenset({1})}
    assert enumeration(chasing(), max_layers=1).find(pattern) == Unreachable()
    assert isinstance(enumeration(chasing(), max_layers=2).find(pattern), Reachable)


def test_a_run_that_fails_is_noticed():
    assert enumeration(sorting()).failure_free
    assert not enumeration(BROKEN["numbers may be equal"]).failure_free


def test_enumeration_that_was_cut_short_goes_on():
    runs = enumeration(sorting())
    with pytest.raises(OutOfTime), limited(Deadline.after(0)):
        runs.find(UNDEFINED)
    assert runs.find(UNDEFINED) == Unreachable()
    assert runs.method == enumeration_of_all(sorting())


def test_enumeration_tells_how_many_inputs_were_run():
    heard: list[str] = []
    with listening(heard.append):
        enumeration(chasing()).find({})
    assert heard[-1] == "4 inputs run, of up to 2 tokens"


def enumeration_of_all(program) -> str:
    runs = enumeration(program)
    runs.find({})
    return runs.method


@pytest.mark.parametrize("of", [1, 3, 16])
def test_one_share_of_the_inputs_has_the_run_that_fails(of):
    word = word_of("1011")
    conflicting = secret_word(word, [at_the_end(word, value) for value in (0, 1)])
    shares = [
        Enumeration(Abstraction.of(conflicting), 4, None, Share(number, of)) for number in range(of)
    ]
    assert [share.failure_free for share in shares].count(False) == 1
    assert {share.method for share in shares} == {"enumeration of all 16 inputs"}


def test_a_share_without_an_input_is_refused():
    with pytest.raises(Empty, match="inputs within the bound"):
        _ = Enumeration(Abstraction.of(sorting()), 3, None, Share(10**6, 10**6 + 1)).failure_free
