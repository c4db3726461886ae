"""Nogoods: values are found where there are some, and only there."""

import random
from itertools import product

import pytest

from alta_verify.check import nogoods as module
from alta_verify.check.nogoods import Nogoods
from alta_verify.check.program import bits_of, indices
from alta_verify.check.refused import Refused


def name(number: int):
    return ("name", number, "")


def drawn(seed: int):
    """Returns names with their values, and combinations that cannot be."""
    rng = random.Random(seed)
    domains = {name(n): bits_of(range(rng.randint(1, 4))) for n in range(rng.randint(1, 5))}
    forbidden = []
    for _ in range(rng.randint(0, 14)):
        some = rng.sample(list(domains), rng.randint(0, min(3, len(domains))))
        forbidden.append({n: bits_of(rng.sample(range(5), rng.randint(1, 3))) for n in some})
    return domains, forbidden


def solutions(domains, forbidden):
    """Goes through all values."""
    for values in product(*map(indices, domains.values())):
        chosen = dict(zip(domains, (bits_of([value]) for value in values), strict=True))
        if not any(all(chosen[n] & bits for n, bits in each.items()) for each in forbidden):
            yield chosen


@pytest.mark.parametrize("seed", range(100))
def test_values_are_found_exactly_where_there_are_some(seed):
    domains, forbidden = drawn(seed)
    question = Nogoods()
    for each, values in domains.items():
        question.declare(each, values)
    for each in forbidden:
        question.forbid(each)
    every = list(solutions(domains, forbidden))
    for wanted in [{}, *({n: bits_of([value])} for n in domains for value in range(4))]:
        right = [s for s in every if all(s[n] & bits for n, bits in wanted.items())]
        answer = question.solution(wanted)
        assert (answer is None) == (not right), wanted
        assert answer is None or answer in right


def test_what_takes_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(module, "_STEPS", 20)
    question = Nogoods()
    # More pigeons than holes: nothing but going through all ways shows that.
    for pigeon in range(5):
        question.declare(name(pigeon), bits_of(range(4)))
    for pigeon, other, hole in product(range(5), range(5), range(4)):
        if pigeon < other:
            question.forbid({name(pigeon): bits_of([hole]), name(other): bits_of([hole])})
    with pytest.raises(Refused, match="more than 20 steps"):
        question.solution({})
    monkeypatch.undo()
    assert question.solution({}) is None


def test_a_name_without_values_is_refused():
    with pytest.raises(Refused, match="expected a new name with values"):
        Nogoods().declare(name(0), 0)
