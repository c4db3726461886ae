"""What a head can give, of sets of keys and values, is what it gives for some choice of them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta_verify.check.declared import DeclaredLanguage
from alta_verify.check.heads import DEFINED, Source, asked_by, read
from alta_verify.check.program import Head, Program, Variable, bits_of, indices
from alta_verify.check.refused import Refused

NUMBERS = (Fraction(-1), Fraction(0), Fraction(1, 2), Fraction(2))

SELECTING = Head("q", "k", "v", None, None, 3, 3)
AVERAGING = Head("q", "k", "n", None, (Fraction(-1, 4), Fraction(1, 2)), 3, 1)
EVERYWHERE = replace(AVERAGING, query=None, key=None)


def ranged(size: int) -> Variable:
    return Variable("range", size, tuple(range(size)), "default", (0,))


SETS = tuple(frozenset(one) for one in ([], [0], [1], [0, 1], [0, 1, 2]))


def program(head: Head, *, subsets: bool = False) -> Program:
    asking = Variable("subsets", 3, SETS, "default", (0,)) if subsets else ranged(3)
    variables = {
        "q": asking,
        "k": ranged(3),
        "v": ranged(3),
        "n": Variable("values", 1, NUMBERS, "default", (0,)),
    }
    return Program(
        ("t",), None, variables, {"h": head}, {}, "v", None, None, DeclaredLanguage("anything")
    )


def given_by(head: Head, asked: int | None, places: list[tuple[int, int]]) -> int:
    """The index of what a head gives: pairs of key and value are what it may select."""
    chosen = [v for k, v in places if asked is None or asked >> (k + 1) & 1]
    if head.edges is None:
        return chosen[0] if len(chosen) == 1 else -1
    if not chosen:
        return -1
    mean = sum(NUMBERS[v] for v in chosen) / len(chosen)
    return sum(edge < mean for edge in head.edges)


def possible(head: Head, subject: Program, query: int, sources: list[Source]) -> set[int]:
    """What it gives for all choices."""
    ways = []
    for source in sources:
        own = [
            list(product(indices(source.keys), indices(source.values)))
            for _ in range(source.number)
        ]
        here = [list(one) for one in product(*own)]
        if not source.certain:
            # Any of them may be missing.
            here += [one[:n] for one in here for n in range(source.number)]
        ways.append(here)
    asked = asked_by(subject, "h", query)
    return {
        given_by(head, one, [place for part in choice for place in part])
        for one in asked
        for choice in product(*ways)
    }


small = st.sets(st.integers(0, 2), min_size=1).map(bits_of)
sources = st.lists(
    st.builds(Source, small, small, st.integers(1, 2), st.booleans()), min_size=1, max_size=2
)


@pytest.mark.parametrize("head", [SELECTING, AVERAGING, EVERYWHERE], ids=["one", "mean", "all"])
@pytest.mark.parametrize("subsets", [False, True])
@given(sources=sources, query=small)
def test_everything_that_a_head_may_give_is_found(head, subsets, sources, query):
    subject = program(head, subsets=subsets)
    have = read(subject, "h", query, [sources])
    wanted = possible(head, subject, query, sources)
    assert wanted <= set(indices(have))
    # Sets of one, or which are all the same, leave nothing to be lost.
    if all(one.certain and one.number == 1 and one.keys.bit_count() == 1 for one in sources):
        exact = {-1} if head.edges is None else set()
        assert set(indices(have)) - exact <= wanted | exact
    defined = read(subject, "h", query, [sources], definedness=True)
    assert bool(defined & 1) == bool(have & 1)
    assert defined & ~1 in ({DEFINED} if have & ~1 else {0, DEFINED})


@given(sources, sources, small)
def test_two_views_leave_what_both_leave(one, other, query):
    total = sum(source.number for source in one)
    if total != sum(source.number for source in other):
        return
    subject = program(SELECTING)
    single = [read(subject, "h", query, [view]) for view in (one, other)]
    try:
        both = read(subject, "h", query, [one, other])
    except Refused:
        return
    assert not both & ~(single[0] & single[1]) & ~1


def test_one_position_that_is_there_is_selected_for_sure():
    subject = program(SELECTING)
    here = Source(bits_of([1]), bits_of([2]), 1)
    assert read(subject, "h", bits_of([1]), [[here]]) == bits_of([2])
    assert read(subject, "h", bits_of([0]), [[here]]) == bits_of([-1])
    assert read(subject, "h", bits_of([1]), [[replace(here, certain=False)]]) == bits_of([-1, 2])
    assert read(subject, "h", bits_of([1]), [[replace(here, number=2)]]) == bits_of([-1])
    assert read(subject, "h", bits_of([1]), [[here, replace(here, keys=bits_of([0, 1]))]]) == (
        bits_of([-1, 2])
    )


def test_without_a_query_there_is_nothing_to_give():
    with pytest.raises(Refused, match="h can give nothing"):
        read(program(SELECTING), "h", 0, [[Source(2, 2, 1)]])


def test_with_very_many_sums_any_bucket_is_possible():
    numbers = tuple(Fraction(3**n) for n in range(9))
    head = replace(EVERYWHERE, edges=tuple(Fraction(10**n) for n in range(20)), size=21)
    subject = program(head)
    subject = replace(
        subject,
        variables={**subject.variables, "n": replace(subject.variables["n"], values=numbers)},
    )
    many = Source(2, bits_of(range(9)), 8)
    assert read(subject, "h", 0, [[many]]) == bits_of(range(21))
    few = Source(2, bits_of(range(9)), 2)
    assert read(subject, "h", 0, [[few]]) != bits_of(range(21))
