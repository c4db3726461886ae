"""Heads: what their masks are, and which are refused."""

import pytest

import alta
from alta.errors import ProgramError
from alta.lang.masks import EVERYWHERE, Mask
from tests.alta.lang.toys import NUMBERS, case, refuses, toy

MASKS = [
    case(
        "with an empty mask",
        lambda: alta.qkv("x", "y", "y", relative_position_mask=[]),
        "relative_position_mask of a head that reads 'y' is empty: it would select nothing",
        "pass None to attend everywhere",
    ),
    case(
        "made by hand with an empty mask",
        lambda: alta.Head(None, None, "y", ()),
        "relative_position_mask of a head that reads 'y' is empty",
    ),
    case(
        "with a mask made by hand of nothing",
        lambda: alta.Head(None, None, "y", Mask(())),
        "relative_position_mask of a head that reads 'y' is empty",
    ),
    case(
        "with an offset that is no int",
        lambda: alta.qkv("x", "y", "y", relative_position_mask=[-1, 0.5]),
        "relative_position_mask of a head that reads 'y': expected an int, got 0.5 (float)",
    ),
    case(
        "whose mask is no collection",
        lambda: alta.qkv("x", "y", "y", relative_position_mask=-1),
        "relative_position_mask of a head that reads 'y': expected offsets such as [-1, 0], "
        "alta.causal() or alta.before(), got -1",
    ),
    case(
        "at a distance that is no int",
        lambda: alta.v_relative("y", "left"),
        "offset of a head that reads 'y': expected an int, got 'left' (str)",
    ),
    case(
        "at two distances",
        lambda: alta.v_relative("y", -1, position=-1),
        "offset of a head that reads 'y': expected offset or position, got both",
    ),
    case(
        "at no distance",
        lambda: alta.v_relative("y"),
        "offset of a head that reads 'y': expected an int, got None",
    ),
]


@pytest.mark.parametrize(("build", "fragments"), MASKS)
def test_a_head_by_itself_is_refused(build, fragments):
    refuses(build, fragments)


@pytest.mark.parametrize("mask", [frozenset(), set()], ids=["frozenset", "set"])
def test_an_empty_set_of_offsets_is_no_mask_with_a_warning_of_the_difference(mask):
    with pytest.warns(alta.ProgramWarning, match=r"taken for None, .*none might.*\[empty-mask\]"):
        assert alta.qkv("x", "y", "y", mask) == alta.qkv("x", "y", "y")


@pytest.mark.parametrize("mask", [(), [], range(0)], ids=["tuple", "list", "range"])
def test_offsets_that_were_computed_and_are_none_are_refused(mask):
    with pytest.raises(ProgramError, match="is empty: it would select nothing"):
        alta.qkv("x", "y", "y", mask)


def test_a_head_without_query_and_key_selects_by_its_mask_alone():
    neighbours = alta.qkv(alta.RELATIVE_QK, alta.RELATIVE_QK, "y", frozenset({-1, 1}))
    assert neighbours == alta.Head(None, None, "y", (-1, 1))
    assert alta.v_relative("y", position=-1) == alta.v_relative("y", -1)


def test_a_mask_is_a_sorted_set_of_offsets():
    assert alta.qkv("x", "x", "y", relative_position_mask=[2, -1, 2]).mask == Mask((-1, 2))
    assert alta.v_relative("x", 4).mask == Mask((4,))
    assert alta.qkv("x", "x", "y").mask == EVERYWHERE


def test_a_mask_of_every_length_stays_as_it_is():
    heads = {
        "up_to": alta.qkv("x", "x", "y", relative_position_mask=alta.causal()),
        "before": alta.Head(None, None, "y", alta.before()),
    }
    assert [head.mask for head in toy(heads=heads).heads.values()] == [Mask(last=0), Mask(last=-1)]


HEADS = [
    case(
        "whose value is a head output",
        lambda: toy(heads={"a": alta.v_relative("x", 1), "b": alta.v_relative("a", 1)}),
        "head 'b': its value is the head output 'a'",
        "heads are parallel",
        "Store the output in a variable first: declare 'a_stored': alta.var(3), assign "
        "z['a_stored'] = z['a'] in the MLP, and take 'a_stored' for the value",
    ),
    case(
        "whose query is a head output",
        lambda: toy(heads={"b": alta.qkv("a", "x", "y"), "a": alta.v_relative("x", 1)}),
        "head 'b': its query is the head output 'a'",
    ),
    case(
        "whose key is a head output",
        lambda: toy(heads={"b": alta.qkv("x", "b", "y")}),
        "head 'b': its key is the head output 'b'",
    ),
    case(
        "that reads an unknown variable",
        lambda: toy(heads={"h": alta.v_relative("parity", 1)}, variables={"party": alta.var(2)}),
        "head 'h': its value 'parity' is not a variable",
        "did you mean 'party'?",
    ),
    case(
        "without a value",
        lambda: toy(heads={"h": alta.qkv("x", "y", None)}),
        "head 'h': its value None is not a variable",
    ),
    case(
        "with a key and no query",
        lambda: toy(heads={"h": alta.qkv(None, "x", "y")}),
        "head 'h': expected both a query and a key, or neither; got query=None, key='x'",
    ),
    case(
        "whose query and key differ in range",
        lambda: toy(heads={"h": alta.qkv("x", "wide", "y")}, variables={"wide": alta.var(5)}),
        "head 'h': query 'x' has range 3 and key 'wide' has range 5; they must be equal",
    ),
    case(
        "whose declared output differs in range from its value",
        lambda: toy(heads={"h": alta.qkv("x", "y", "y", output_spec=alta.var(2))}),
        "head 'h': output_spec has range 2 and value 'y' has range 3; they must be equal",
    ),
    case(
        "whose declared output is no variable",
        lambda: toy(heads={"h": alta.qkv("x", "y", "y", output_spec=3)}),
        "head 'h': output_spec: expected the result of alta.var, got 3",
    ),
    case(
        "with the name of a variable",
        lambda: toy(heads={"x": alta.v_relative("y", 1)}),
        "head 'x': a variable has the same name; rename one of them",
    ),
    case(
        "that is no head",
        lambda: toy(heads={"h": -1}),
        "head 'h': expected the result of alta.qkv or alta.v_relative, got -1",
    ),
    case(
        "without a name",
        lambda: toy(heads={"": alta.v_relative("x", 1)}),
        "head name: expected a non-empty str, got ''",
    ),
]


@pytest.mark.parametrize(("build", "fragments"), HEADS)
def test_a_head_is_refused(build, fragments):
    refuses(build, fragments)


@pytest.mark.parametrize("spec", [None, alta.var(3)], ids=["none", "of the right range"])
def test_an_output_spec_of_the_right_range_changes_nothing(spec):
    plain = toy(heads={"h": alta.qkv("x", "x", "y")})
    assert toy(heads={"h": alta.qkv("x", "x", "y", output_spec=spec)}) == plain


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (alta.qkv("n", "y", "x"), "expected a categorical or set query, got the numerical"),
        (alta.qkv("y", "n", "x"), "expected a categorical key, got the numerical variable 'n'"),
        (alta.qkv("y", "s", "x"), "expected a categorical key, got the set variable 's'"),
        (alta.v_relative("s", -1), "expected a categorical or numerical value, got the set"),
        (
            alta.qkv("s", "wide", "x"),
            "query 's' has range 3 and key 'wide' has range 4; they must be equal",
        ),
        (
            alta.qkv("y", "x", "n", output_spec=alta.var(2)),
            "output_spec: expected the result of alta.numeric_var",
        ),
        (
            alta.qkv("y", "x", "y", output_spec=alta.numeric_var([0])),
            "output_spec: expected the result of alta.var",
        ),
    ],
)
def test_a_head_that_takes_another_kind_is_refused(head, message):
    with pytest.raises(ProgramError) as caught:
        toy(variables={**NUMBERS, "wide": alta.var(4)}, heads={"h": head})
    assert message in str(caught.value)


def test_points_of_a_mean_have_one_order():
    points = alta.Numerical((1.0, 0.0, 0.5, 0.5), alta.numeric_var().initial)
    program = toy(variables=NUMBERS, heads={"h": alta.qkv("x", "y", "n", output_spec=points)})
    assert program.domains["h"].contents == (0.0, 0.5, 1.0)
