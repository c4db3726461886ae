"""Value sets that are not closed, or have other values than there are, are refused.

What a head can give, of sets of keys and values, is what it gives for some choice of them.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta.lang.program import program_text
from alta_verify.check.declared import DeclaredLanguage
from alta_verify.check.evidence import Evidence
from alta_verify.check.masks import Mask
from alta_verify.check.program import Head, Program, Variable, bits_of, indices
from alta_verify.check.refused import Refused
from alta_verify.check.text import read_program
from alta_verify.check.value_sets import DEFINED, Source, ValueSets, described, read
from tests.alta_verify.check.theorems import (
    LONG,
    evidence_of,
    mutated,
    theorem_of,
)


@pytest.mark.parametrize("name", ["parity", "done", "parity_left", "done_left"])
@pytest.mark.parametrize("place", [0, -1])
def test_value_sets_that_lack_a_value_are_refused(name, place):
    program, model = mutated("relative")
    evidence = evidence_of(program, model, LONG)
    evidence["value_sets"][3][name].pop(place)
    with pytest.raises(Refused, match="value sets"):
        theorem_of(program, model, LONG, evidence=evidence).show("program[conflict]")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("parity", [0, 2]),
        ("parity", [-1, 0]),
        ("parity", [0, 1, 7]),
        ("done_left", [-2, 0]),
        ("done_left", [-1, 0, 1, 2]),
    ],
)
def test_value_sets_with_indices_of_nothing_are_refused(name, values):
    program, model = mutated("relative")
    evidence = evidence_of(program, model, LONG)
    evidence["value_sets"][3][name] = values
    with pytest.raises(Refused, match=f"{name} has no value"):
        theorem_of(program, model, LONG, evidence=evidence).show("program[conflict]")


def test_value_sets_may_be_larger_than_needed():
    program, model = mutated("absolute")
    evidence = evidence_of(program, model, LONG)
    for row in evidence["value_sets"]:
        row["done"] = [0, 1]
        row["done_left"] = sorted({0, 1, *row["done_left"]})
    assert theorem_of(program, model, LONG, evidence=evidence).show("program[range]")


def test_suspects_are_pairs_of_rules_that_may_fire_together():
    program = read_program(program_text(mutated("relative")[0]))
    rows = Evidence.read(evidence_of(*mutated("relative"), 2), program).rows
    sets = ValueSets(program, {1: [frozenset({2})], 2: [frozenset({2}), frozenset({0, 1})]}, rows)
    assert list(sets.suspects("conflict")) == []
    assert described({}) == "any state"
    assert described({"done": 0b101}) == "done is in [-1, 1]"


NUMBERS = (Fraction(-1), Fraction(0), Fraction(1, 2), Fraction(2))

SELECTING = Head("q", "k", "v", Mask("-"), None, 3, 3)
AVERAGING = Head("q", "k", "n", Mask("-"), (Fraction(-1, 4), Fraction(1, 2)), 3, 1)
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
    asked = [None] if head.query is None else [subject.asked("q", q) for q in indices(query)]
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
