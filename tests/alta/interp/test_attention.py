"""A head reads the value of the only position that it selects, else it is UNDEFINED."""

from itertools import product

import numpy as np
import pytest

import alta
from alta.interp.batch import execute
from alta.lang.values import UNDEFINED
from tests.alta.lang.toys import copied, toy

_ = UNDEFINED

# A token is written as query, key and value: 120 asks for 1, has the key 2 and the value 0.
TOKENS = ["".join(digits) for digits in product("012", repeat=3)]


def reads(head, words):
    """Returns what a head reads at every position, by the interpreter and by the batch one."""
    program = alta.program_spec_from_rules(
        variables={
            "q": alta.input_var(3, init_fn=lambda token: token // 9),
            "k": alta.input_var(3, init_fn=lambda token: token // 3 % 3),
            "v": alta.input_var(3, init_fn=lambda token: token % 3),
        },
        heads={"h": head},
        rules=[],
        output_name="v",
        input_range=27,
        layers=1,
        vocab=TOKENS,
    )
    run = alta.run(program, words)
    single = [local["h"] for local in run.states[0].after_attention]
    batch = execute(program, np.array([run.tokens]), 1, keep_steps=True).steps[0].attended
    assert batch[0, :, -1].tolist() == [-1 if value is UNDEFINED else value for value in single]
    return single


LEFT, OWN_PLACE, RIGHT = (alta.v_relative("v", offset) for offset in (-1, 0, 1))
ALL = alta.qkv("q", "k", "v")
BEFORE = alta.qkv("q", "k", "v", relative_position_mask=[-3, -2, -1])
SO_FAR = alta.qkv("q", "k", "v", relative_position_mask=alta.causal())
EARLIER = alta.qkv("q", "k", "v", relative_position_mask=alta.before())
BESIDE = alta.qkv("q", "k", "v", relative_position_mask=[-1, 1])


@pytest.mark.parametrize(
    ("head", "words", "expected"),
    [
        pytest.param(LEFT, "001 002 000", [_, 1, 2], id="the left neighbour"),
        pytest.param(RIGHT, "001 002 000", [2, 0, _], id="the right neighbour"),
        pytest.param(OWN_PLACE, "001 002 000", [1, 2, 0], id="the position itself"),
        pytest.param(alta.v_relative("v", -2), "001 002 000", [_, _, 1], id="two to the left"),
        pytest.param(alta.v_relative("v", 5), "001 002 000", [_, _, _], id="past the end"),
        pytest.param(ALL, "202 011 121", [1, 2, 1], id="the key that equals the query"),
        pytest.param(ALL, "002", [2], id="its own key"),
        pytest.param(ALL, "102", [_], id="no key"),
        pytest.param(ALL, "011 202", [2, _], id="no key somewhere"),
        pytest.param(ALL, "001 002 022", [_, _, _], id="two keys with different values"),
        pytest.param(ALL, "001 001 021", [_, _, _], id="two keys with one value"),
        pytest.param(ALL, "001 001 001", [_, _, _], id="every key"),
        pytest.param(BEFORE, "001 002 022", [_, 1, _], id="only keys that the mask allows"),
        pytest.param(BEFORE, "001 002 022 021 021", [_, 1, _, _, 2], id="keys leaving the mask"),
        pytest.param(SO_FAR, "001 002 022", [1, _, _], id="keys up to the position itself"),
        pytest.param(SO_FAR, "122 011 202", [_, _, 2], id="only later keys are not seen"),
        pytest.param(EARLIER, "001 002 022", [_, 1, _], id="keys before the position"),
        pytest.param(SO_FAR, "001 112", [1, 2], id="its own key so far"),
        pytest.param(EARLIER, "001 112", [_, _], id="not its own key"),
        pytest.param(BESIDE, "001 012 002", [_, _, _], id="a mask with a hole"),
        pytest.param(BESIDE, "011 002 102", [2, 2, _], id="both sides at the edges"),
        pytest.param(BESIDE, "001", [_], id="a mask that leaves no position"),
    ],
)
def test_a_head_reads(head, words, expected):
    assert reads(head, words) == expected


def test_a_mask_without_query_selects_by_distance_alone():
    head = alta.Head(None, None, "v", (-1, 1))
    assert reads(head, "001 012") == [2, 1]
    assert reads(head, "001 012 020") == [2, _, 2]


def test_a_mask_of_every_length_without_query_selects_what_is_before():
    assert reads(alta.Head(None, None, "v", alta.causal()), "001 002 000") == [1, _, _]
    assert reads(alta.Head(None, None, "v", alta.before()), "001 002 000") == [_, 1, _]


def test_a_head_without_query_and_mask_selects_every_position():
    head = alta.Head(None, None, "v")
    assert reads(head, "002") == [2]
    assert reads(head, "002 002") == [_, _]


def test_heads_read_the_state_before_the_layer():
    program = toy(
        [*copied("of_y", "x"), *copied("of_x", "y")],
        heads={"of_x": alta.v_relative("x", 0), "of_y": alta.v_relative("y", 0)},
        layers=3,
    )
    run = alta.run(program, [2, 1])
    assert [[local["y"] for local in state.after_mlp] for state in run.states] == [
        [2, 1],
        [0, 0],
        [2, 1],
    ]


def test_the_order_of_heads_does_not_matter():
    heads = {"a": alta.v_relative("x", -1), "b": alta.qkv("x", "x", "y")}
    backwards = dict(reversed(heads.items()))
    swapped, two = (alta.run(toy(heads=h), [0, 2, 1]).states[0] for h in (heads, backwards))
    assert swapped.after_attention == two.after_attention


def test_attention_changes_no_variable():
    run = alta.run(toy(heads={"left": alta.v_relative("x", -1)}), [0, 2, 1])
    attended = run.states[0].after_attention
    assert [{**local, **initial} for local, initial in zip(attended, run.initial, strict=True)] == [
        dict(local) for local in attended
    ]


def test_after_the_mlp_no_head_output_is_left():
    run = alta.run(toy(heads={"left": alta.v_relative("x", -1)}, layers=2), [0, 2])
    assert [set(local) for local in run.states[0].after_mlp] == [{"x", "y"}] * 2
    assert set(run.states[1].after_attention[0]) == {"x", "y", "left"}
