"""What rules and heads make of possible values is what they make of any of them."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

import alta
from alta_verify.abstraction import Abstraction
from alta_verify.reach.sets import abstract_transformer as reaching
from alta_verify.reach.sets.abstract_transformer import AbstractTransformer, Source, View
from alta_verify.reach.sets.diagrams import FALSE, TRUE
from alta_verify.reach.sets.parikh import Multiplicities
from alta_verify.reach.slices import SlicedProgram, slice_for

LENGTH = 3


def averaging() -> SlicedProgram:
    """A program that averages bits, in buckets around multiples of 1/4."""
    quarters = tuple(number / 4 for number in range(5))
    program = alta.program_spec_from_rules(
        name="averaging",
        variables={"bit": alta.numeric_var(values=quarters, input_init_fn=lambda token: token / 4)},
        heads={"mean": alta.Head(None, None, "bit"), "one": alta.Head(None, None, "bit")},
        rules=[alta.rule({"mean": 1}, "bit", 0.5)],
        output_name="bit",
        input_range=5,
        layers=1,
    )
    abstraction = Abstraction.of(program)
    return SlicedProgram(abstraction, slice_for(abstraction.finite, {"mean": frozenset({0})}))


def transformer(program: SlicedProgram) -> tuple[AbstractTransformer, Multiplicities]:
    inputs = program.abstraction.concrete.inputs
    each = {token: token for token in range(5)}
    numbers = Multiplicities(inputs.factors(LENGTH), LENGTH, each, 10**6)
    return AbstractTransformer(program, numbers), numbers


ZERO = ((0, TRUE),)
EITHER = ((0, TRUE), (4, TRUE))


@pytest.mark.parametrize(("sure", "number"), [(True, 1), (True, 2), (False, 1), (False, 2)])
def test_means_are_those_of_all_choices_of_what_may_be_selected(sure, number):
    program = averaging()
    # Some that are selected, or may be, and hold 0 or 4/4, beside one that holds 0.
    others = [Source(TRUE, TRUE if sure else FALSE, EITHER)] * number
    expected = {
        program.abstraction.bucket("mean", Fraction(sum(chosen), 1 + count))
        for count in ((number,) if sure else range(number + 1))
        for chosen in product((0, 1), repeat=count)
    }
    read, _ = transformer(program)
    for view in (
        View((Source(TRUE, TRUE, ZERO), *others)),
        View(tuple(others), certain=((0, 1),)),
    ):
        assert read.read("mean", (view,)) == tuple((bucket, TRUE) for bucket in sorted(expected))


def test_tokens_that_are_selected_count_as_often_as_they_occur():
    read, numbers = transformer(averaging())
    view = View((), ((4, frozenset({4})), (0, frozenset(range(4)))))
    buckets = dict(read.read("mean", (view,)))
    # Means of 0, 1, 2 and 3 ones among three, which lie in buckets around 0, 1/4, 3/4 and 1.
    for ones, bucket in enumerate([0, 1, 3, 4]):
        assert buckets[bucket] == numbers.sums(frozenset({4}))[ones]


def test_what_is_possible_is_so_in_each_division():
    read, _ = transformer(averaging())
    few, any_ = View((), certain=((0, 1), (4, 1))), View((Source(TRUE, FALSE, EITHER),) * 3)
    assert read.read("mean", (few, any_)) == ((2, TRUE),)
    assert read.read("mean", (any_, few)) == ((2, TRUE),)
    assert (-1, TRUE) in read.read("mean", (any_,))


def test_of_too_many_sums_any_bucket_may_be_read(monkeypatch):
    monkeypatch.setattr(reaching, "_SUMS", 2)
    read, _ = transformer(averaging())
    view = View((Source(TRUE, TRUE, EITHER),) * 3)
    assert read.read("mean", (view,)) == tuple((bucket, TRUE) for bucket in range(5))


def test_one_position_is_read_where_no_other_is_selected():
    abstraction = Abstraction.of(
        alta.program_spec_from_rules(
            name="reading",
            variables={"token": alta.input_var(5)},
            heads={"one": alta.qkv("token", "token", "token")},
            rules=[],
            output_name="token",
            input_range=5,
            layers=1,
        )
    )
    program = SlicedProgram(abstraction, slice_for(abstraction.finite, {"one": frozenset({0})}))
    read, numbers = transformer(program)
    once, twice = numbers.exceeding(1, 0), numbers.exceeding(1, 1)
    sources = tuple(Source(where, where, ((1, TRUE),)) for where in (once, twice))
    exactly = numbers.diagrams.and_(once, numbers.diagrams.not_(twice))
    expected = ((-1, numbers.diagrams.not_(exactly)), (1, exactly))
    assert read.read("one", (View(sources),)) == expected


@pytest.mark.parametrize("most", [4096, 1])
def test_what_is_written_is_all_that_rules_may_assign(most, monkeypatch):
    """Whether all choices of what is read are looked at, or only rules that may fire."""
    monkeypatch.setattr(reaching, "_CHOICES", most)
    read, numbers = transformer(averaging())
    some = numbers.exceeding(2, 0)
    other = numbers.diagrams.not_(some)
    assert read.write("bit", ZERO, (((1, TRUE), (3, TRUE)),)) == ((0, TRUE), (2, TRUE))
    assert read.write("bit", ZERO, (((3, TRUE),),)) == ZERO
    after = read.write("bit", ZERO, (((1, some), (3, other)),))
    assert after == (((0, TRUE) if most == 1 else (0, other)), (2, some))
