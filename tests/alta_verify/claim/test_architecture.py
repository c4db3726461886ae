"""What runs is what is proved: models that run as another program says are never proved."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alta
from alta.lang.program import Program
from alta.nn.block import DenseBlock
from alta.nn.layout import Layout
from alta.nn.model import Model
from alta_verify import Report, Verdict, verify
from alta_verify.claim.architecture import differences, other_names, same_value
from alta_verify.universal import Empty
from tests.properties.running import cases


def build(variables: dict[str, Any], rules=(), **parts: Any) -> Program:
    """A program of two tokens that runs at most three layers."""
    declared: dict[str, Any] = {
        "variables": variables,
        "heads": {},
        "rules": list(rules),
        "output_name": "y",
        "input_range": 2,
        "layers": 3,
    }
    return alta.program_spec_from_rules(**(declared | parts))


def other(program: Program, subject: Program, **options: Any) -> Model:
    """A model that runs as one program says, with the weights of another."""
    weights = alta.compile(program, max_len=3, **options).weights
    return alta.compile(subject, max_len=3, **options).with_weights(weights)


def shown(run: Any) -> tuple[Any, ...]:
    """All that a run shows a user, with the types of the values."""
    tables = [run.initial, *(state.after_mlp for state in run.states)]
    values = [(type(v), v) for table in tables for local in table for v in local.values()]
    outputs = [(type(v), v) for v in run.outputs]
    return run.tokens, run.n_layers, run.halted, outputs, values


def check_refuted(program: Program, model: Model, report: Report) -> None:
    """Checks that an input refutes the model on which public runs of both sides differ."""
    assert report.verdict is Verdict.REFUTED, report
    found = report.counterexample
    assert found.replay().confirmed
    assert found.shortest
    shorter = [w for w in program.inputs.enumerate(len(found.tokens) - 1) if w]
    for word in shorter:
        assert shown(alta.run(program, word)) == shown(model.run(word))
    assert shown(alta.run(program, found.tokens)) != shown(model.run(found.tokens))


NUMBER = (alta.numeric_var(input_init_fn=float), 0.0)
CATEGORY = (alta.input_var(1, init_fn=lambda token: 0), 0)
MEMBER = (alta.set_var(1, [set(), {0}], input_init_fn=lambda token: {0} if token else set()), {0})


def halting(kind: tuple[Any, Any]) -> Program:
    variable, value = kind
    return build(
        {"x": variable, "y": alta.var(2)},
        [alta.rule({}, "y", 1)],
        halt=alta.halt_spec("x", value),
    )


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (NUMBER, CATEGORY),
        (CATEGORY, NUMBER),
        (NUMBER, MEMBER),
        (MEMBER, NUMBER),
        ((CATEGORY[0], False), NUMBER),
        (NUMBER, (CATEGORY[0], np.int64(0))),
    ],
)
@pytest.mark.parametrize("apart", [False, pytest.param(True, marks=pytest.mark.campaign)])
def test_a_halt_value_of_another_kind_is_another_halt(mine, theirs, apart):
    program, model = halting(mine), other(halting(mine), halting(theirs))
    executor = ThreadPoolExecutor(1) if apart else None
    check_refuted(program, model, verify(program, model, max_len=3, executor=executor))


def test_a_halt_value_of_the_same_kind_is_the_same_halt():
    # Both are normalised when the program is built.
    program, same = halting(CATEGORY), halting((CATEGORY[0], False))
    assert verify(program, other(program, same), max_len=3).proved


def test_a_model_read_from_a_folder_is_compared_as_well(tmp_path):
    program = halting(NUMBER)
    other(program, halting(CATEGORY)).save(tmp_path)
    model = alta.load(tmp_path)
    check_refuted(program, model, verify(program, model, max_len=3))


def test_a_category_that_is_taken_for_a_set_is_refuted():
    category = build({"y": alta.input_var(2)})
    member = build({"y": alta.set_var(2, [{0}, {1}], input_init_fn=lambda token: {token})})
    for program, subject in ((category, member), (member, category)):
        model = other(program, subject)
        assert model.run([1]).outputs != alta.run(program, [1]).outputs
        report = verify(program, model, max_len=3)
        check_refuted(program, model, report)
        assert report.counterexample.tokens == (0,)


def test_a_variable_that_is_no_output_is_compared_by_its_kind():
    category = build({"x": alta.input_var(2), "y": alta.var(2)})
    member = build(
        {
            "x": alta.set_var(2, [{0}, {1}], input_init_fn=lambda token: {token}),
            "y": alta.var(2),
        }
    )
    model = other(category, member)
    check_refuted(category, model, verify(category, model, max_len=2))


def test_other_subsets_are_said_though_no_run_shows_them():
    one, two = (
        build({"y": alta.set_var(2, subsets, input_init_fn=lambda token: {token})})
        for subsets in ([{0}, {1}], [{0}, {1}, {0, 1}])
    )
    report = verify(one, other(one, two), max_len=2)
    assert report.verdict is Verdict.UNKNOWN
    assert report.reasons == (
        "architecture: y is set of 2 {0} {0,1} {1} in the model, not set of 2 {0} {1}",
    )


# --- how an input is read -------------------------------------------------------------------------


def named(*names: str, language: str = "(a|b)*") -> Program:
    return build(
        {"y": alta.input_var(len(names))},
        vocab=names,
        input_range=len(names),
        inputs=alta.inputs.regex(language),
    )


def test_a_vocabulary_in_another_order_is_refuted_by_a_word():
    program, model = named("a", "b"), other(named("a", "b"), named("b", "a"))
    assert alta.run(program, "a").outputs != model.run("a").outputs
    report = verify(program, model, max_len=3)
    assert report.verdict is Verdict.REFUTED
    found = report.counterexample
    assert (found.tokens, found.shortest) == ((0,), True)
    assert str(found) == "on input 'a': 'a' is token 0 in the program, 'a' is token 1 in the model"
    assert found.replay().confirmed


def test_a_token_without_its_name_is_refuted_by_the_word_that_has_it():
    program = named("a", "b", "c", language="a{2,}|a a c")
    model = other(program, named("a", "b", "d", language="a*"))
    report = verify(program, model, max_len=4)
    assert report.verdict is Verdict.REFUTED
    assert report.counterexample.names == "a a c"
    assert report.counterexample.actual == "'c' is no token"


def test_a_name_that_is_in_no_input_is_said():
    program = named("a", "b", "c")
    report = verify(program, other(program, named("a", "b", "d")), max_len=3)
    assert report.verdict is Verdict.UNKNOWN
    assert report.reasons == ("architecture: token 2 is 'd' in the model, not 'c'",)


@pytest.mark.parametrize(("mine", "theirs"), [(3, 2), (2, 3), (None, 2), (2, None)])
def test_longer_inputs_than_either_side_takes_are_not_claimed(mine, theirs):
    program, subject = (
        build({"y": alta.input_var(2)}, position_range=longest) for longest in (mine, theirs)
    )
    report = verify(program, other(program, subject), max_len=3)
    assert report.proved
    assert "of 1 to 2 tokens (asked for 3; program or model takes no more)" in report.claim


def test_texts_that_are_decoded_otherwise_are_refuted():
    program, subject = (
        build({"y": alta.input_var(2)}, decode=decode)
        for decode in (lambda outputs: str(sum(outputs)), lambda outputs: str(max(outputs)))
    )
    model = other(program, subject)
    report = verify(program, model, max_len=3)
    assert report.verdict is Verdict.REFUTED
    found = report.counterexample
    assert (found.names, found.shortest) == ("1 1", True)
    assert (found.expected, found.actual) == (
        "outputs are decoded to '2'",
        "outputs are decoded to '1'",
    )
    # A program that was read from a file decodes nothing, which is no other text.
    plain = build({"y": alta.input_var(2)})
    assert verify(program, other(program, plain), max_len=3).proved


# --- how a run ends -------------------------------------------------------------------------------


def test_the_shortest_input_is_the_shortest_on_which_anything_differs():
    def program(stop):
        return build(
            {"x": alta.input_var(2), "y": alta.var(2)},
            [alta.rule({"x": 1}, "y", 1)],
            inputs=alta.inputs.regex("0 | 0 1"),
            halt=alta.halt_spec("y", stop),
        )

    mine = program(1)
    model = other(mine, program(0))
    damaged = dataclasses.replace(
        model.weights.mlp, lookup_out=np.zeros_like(model.weights.mlp.lookup_out)
    )
    model = model.with_weights(dataclasses.replace(model.weights, mlp=damaged))
    report = verify(mine, model, max_len=2)
    check_refuted(mine, model, report)
    assert report.counterexample.tokens == (0,)


def test_another_output_is_refuted():
    variables = {"x": alta.input_var(2), "y": alta.var(2)}
    program, subject = (build(variables, output_name=name) for name in ("y", "x"))
    model = other(program, subject)
    report = verify(program, model, max_len=2)
    check_refuted(program, model, report)
    assert report.counterexample.tokens == (1,)


# --- one model, not two ---------------------------------------------------------------------------


def copying(width: int) -> Program:
    return build(
        {"x": alta.input_var(2), "y": alta.var(2)}, [alta.rule({"x": 1}, "y", 1)], layers=1
    )


def right_block(model: Model) -> DenseBlock:
    """The block by which y becomes 1 where x is 1, on arrays of the caller's."""
    columns, width = model.layout.columns, model.layout.width
    inward, outward = np.zeros((width, 1), np.float32), np.zeros((1, width), np.float32)
    inward[columns["x"][1], 0] = 1
    outward[0, list(columns["y"])] = [-1, 1]
    return DenseBlock((inward, outward), (np.zeros(1, np.float32), np.zeros(width, np.float32)))


@pytest.mark.parametrize("jax_arrays", [False, True])
def test_a_learned_block_is_the_one_that_was_proved_whatever_becomes_of_its_arrays(jax_arrays):
    program = copying(2)
    compiled = alta.compile(program, max_len=2)
    block = right_block(compiled)
    given = block
    if jax_arrays:
        given = DenseBlock(
            tuple(map(jnp.asarray, block.matrices)), tuple(map(jnp.asarray, block.biases))
        )
    model = compiled.with_mlp(given)
    assert verify(program, model, max_len=2).proved
    block.matrices[1][:] = 0
    assert verify(program, model, max_len=2).proved
    assert model.run([1]).outputs == alta.run(program, [1]).outputs == (1,)


def test_a_learned_block_whose_arrays_were_changed_before_is_refuted():
    program = copying(2)
    compiled = alta.compile(program, max_len=2)
    block = right_block(compiled)
    block.matrices[1][:] = 0
    model = compiled.with_mlp(block)
    check_refuted(program, model, verify(program, model, max_len=2))


def test_a_block_without_hidden_units_adds_its_bias():
    program = build({"y": alta.var(2)}, layers=2)
    compiled = alta.compile(program, max_len=2)
    width = compiled.layout.width
    for bias, verdict in ((0, Verdict.PROVED), (1, Verdict.REFUTED)):
        block = DenseBlock(
            (np.zeros((width, 0), np.float32), np.zeros((0, width), np.float32)),
            (np.zeros(0, np.float32), np.full(width, bias, np.float32)),
        )
        assert verify(program, compiled.with_mlp(block), max_len=2).verdict is verdict


@pytest.mark.parametrize("forced", ["weights", "layout", "program"])
def test_a_model_that_was_changed_by_force_after_a_run_is_not_proved(forced):
    program = copying(2)
    right = alta.compile(program, max_len=2)
    blind = dataclasses.replace(
        right.weights.mlp, lookup_out=np.zeros_like(right.weights.mlp.lookup_out)
    )
    parts = {
        "weights": dataclasses.replace(right.weights, mlp=blind),
        "layout": Layout(
            right.layout.width,
            {**right.layout.columns, "y": tuple(reversed(right.layout.columns["y"]))},
        ),
        "program": build(
            {"x": alta.input_var(2), "y": alta.var(2)}, halt=alta.halt_spec("x", 0), layers=1
        ),
    }
    model = dataclasses.replace(right, **{forced: parts[forced]})
    model.run([1])
    object.__setattr__(model, forced, getattr(right, forced))
    report = verify(program, model, max_len=2)
    assert not report.proved


def test_an_array_that_is_read_with_another_shape_by_force_is_not_proved():
    program = copying(2)
    model = alta.compile(program, max_len=2)
    assert verify(program, model, max_len=2).proved
    matrix: Any = model.weights.mlp.lookup_out
    matrix.shape = (matrix.shape[1], matrix.shape[0])
    with pytest.raises(alta.ModelError, match="lookup_out"):
        verify(program, model, max_len=2)


# --- what is compared -----------------------------------------------------------------------------


def test_a_model_of_the_program_differs_in_nothing():
    program = halting(NUMBER)
    model = alta.compile(program, max_len=3)
    assert list(differences(program, model, (1, 2, 3), None)) == []


CAUSAL_MASKS = {
    "the offsets up to the length": (alta.causal(), range(-2, 1)),
    "more offsets than there are": (range(-9, 1), alta.causal()),
    "what no position sees": ([-1, 7], [-1, -5]),
}


def summing(mask: Any) -> alta.Program:
    """Says at each position whether any bit that it sees is one."""
    return alta.program_spec_from_rules(
        variables={
            "one": alta.var(2, default=1),
            "x": alta.numeric_var(input_init_fn=lambda token: token),
            "y": alta.var(2),
        },
        heads={
            "h": alta.qkv(
                "one", "one", "x", relative_position_mask=mask, output_spec=alta.numeric_var([0, 1])
            )
        },
        rules=[],
        output_name="y",
        input_range=2,
        layers=1,
    )


@pytest.mark.parametrize(("mask", "other"), CAUSAL_MASKS.values(), ids=CAUSAL_MASKS)
def test_masks_differ_by_what_positions_of_inputs_see(mask, other):
    program, model = summing(mask), alta.compile(summing(other), max_len=12)
    assert list(differences(program, model, (1, 2, 3), None)) == []
    (told,) = differences(program, model, (1, 2, 12), None)
    assert told.startswith("head h of the model has mask")
    with pytest.raises(Empty, match="lengths"):
        list(differences(program, model, (), None))


def test_every_difference_is_told():
    variables = {"x": alta.input_var(2), "y": alta.var(2)}
    program = build(variables, heads={"h": alta.v_relative("x", -1)}, vocab=("a", "b"))
    subject = build(
        variables,
        heads={"h": alta.v_relative("x", 1)},
        vocab=("b", "a"),
        output_name="x",
        layers=lambda length: length,
        halt=alta.halt_spec("y", 1),
    )
    told = list(differences(program, alta.compile(subject, max_len=3), (1, 2, 3), None))
    assert told == [
        "token 0 is 'b' in the model, not 'a'",
        "token 1 is 'a' in the model, not 'b'",
        "head h of the model has mask [1], not [-1]",
        "the model halts on y=1 (int), the program on nothing",
        "the model's output is x, the program's y",
        "on 1 tokens the model takes 1 layers, the program 3",
        "on 2 tokens the model takes 2 layers, the program 3",
    ]
    assert other_names(program, subject) == {0, 1}


def test_coordinates_that_stand_for_other_numbers_are_told():
    def thirds(above: float) -> alta.Program:
        rules = [alta.rule({"x": 0}, "n", 1 / 3), alta.rule({"x": 1}, "n", above)]
        return alta.program_spec_from_rules(
            variables={"x": alta.input_var(2), "n": alta.numeric_var(default=1)},
            heads={},
            rules=rules,
            output_name="n",
            input_range=2,
            layers=1,
        )

    program, model = thirds(0.1), alta.compile(thirds(0.2))
    assert list(differences(program, model, (1,), None)) == [
        f"n holds one of (0.2, {1 / 3}, 1.0) in the model, not one of (0.1, {1 / 3}, 1.0)"
    ]
    assert list(differences(thirds(0.2), model, (1,), None)) == []
    assert verify(program, model, max_len=1).verdict is Verdict.REFUTED


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (0, 0, True),
        (0, 0.0, False),
        (0, False, False),
        (1.0, True, False),
        (frozenset(), frozenset(), True),
        (0.0, -0.0, True),
        (alta.UNDEFINED, alta.UNDEFINED, True),
        (alta.UNDEFINED, 0, False),
        (float("nan"), float("nan"), False),
    ],
)
def test_values_are_the_same_only_if_their_types_are(first, second, same):
    assert same_value(first, second) is same


# --- every pair of programs -----------------------------------------------------------------------


@st.composite
def near_pairs(draw: st.DrawFn) -> tuple[Program, Program]:
    """Two programs that weights of one fit, and that differ in little beside."""
    kinds: dict[str, tuple[Any, list[Any]]] = {
        "number": (alta.numeric_var(input_init_fn=float), [0.0, 1.0, 2.0]),
        "category": (alta.input_var(1, init_fn=lambda token: 0), [0]),
        "set": (
            alta.set_var(1, [set(), {0}], input_init_fn=lambda token: {0} if token else set()),
            [set(), {0}],
        ),
    }
    offset = draw(st.sampled_from([-1, 0, 1]))

    def program(kind: str, change: str | None) -> Program:
        variable, values = kinds[kind]
        stops = [None, *(("x", value) for value in values), ("y", 0), ("y", 1)]
        stop = draw(st.sampled_from(stops)) if change == "halt" else stops[-1]
        shift = draw(st.sampled_from([-1, 0, 1])) if change == "mask" else offset
        names = draw(st.permutations(["a", "b"])) if change == "vocab" else ["a", "b"]
        return build(
            {"x": variable, "t": alta.input_var(2), "y": alta.var(2)},
            [alta.rule({"t": 1}, "y", 1)],
            heads={"h": alta.v_relative("t", shift)},
            output_name=draw(st.sampled_from("xty")) if change == "output" else "y",
            halt=None if stop is None else alta.halt_spec(*stop),
            layers=draw(st.integers(0, 3)) if change == "layers" else 2,
            vocab=names,
        )

    kind = draw(st.sampled_from([*kinds]))
    change = draw(st.sampled_from([None, "halt", "mask", "vocab", "output", "layers", "kind"]))
    other_kind = draw(st.sampled_from([*kinds])) if change == "kind" else kind
    return program(kind, None), program(other_kind, change)


@cases(12)
@given(near_pairs())
def test_a_model_that_is_proved_shows_the_same_on_every_input(pair):
    program, model = pair[0], other(*pair)
    report = verify(program, model, max_len=2)
    words = [word for word in program.inputs.enumerate(2) if word]
    named_words = [[program.vocab[token] for token in word] for word in words]
    same = all(
        shown(mine) == shown(its)
        for inputs in (words, named_words)
        for mine, its in zip(alta.run_batch(program, inputs), model.run_batch(inputs), strict=True)
    )
    if report.proved:
        assert same
    if report.verdict is Verdict.REFUTED:
        assert not same
        assert report.counterexample.replay().confirmed


# --- what was a crash -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("near", "far"),
    [
        pytest.param(near, far, marks=[] if often else pytest.mark.campaign)
        for row, near in enumerate([(), (-1,), tuple(range(-9, 0))])
        for column, far in enumerate([2**31, -(2**31), 2**63, -(2**80)])
        for often in [column == row == 1]
    ],
)
def test_offsets_beyond_every_length_select_nothing(far, near):
    program = build(
        {"x": alta.input_var(2), "one": alta.var(1), "y": alta.var(2)},
        heads={"h": alta.qkv("one", "one", "x", relative_position_mask=[*near, far])},
    )
    model = alta.compile(program, max_len=3)
    words = [[0], [1, 0], [0, 1, 1]]
    assert model.run_batch(words) == alta.run_batch(program, words)
    reads = [state["h"] for state in model.run([1, 0]).states[0].after_attention]
    assert reads == [alta.UNDEFINED, 1 if near else alta.UNDEFINED]
    assert verify(program, model, max_len=3).proved


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"max_len": True}, "max_len: expected an int of at least 1, got True"),
        ({"max_layers": True}, "max_layers: expected an int of at least 0, got True"),
        ({"max_layers": 1.0}, "max_layers: expected an int of at least 0, got 1.0"),
        ({"timeout": "5"}, "timeout: expected a number of seconds"),
        ({"timeout": True}, "timeout: expected a number of seconds"),
        ({"timeout": float("nan")}, "timeout: expected a number of seconds"),
    ],
)
def test_bounds_that_are_no_numbers_are_refused(bounds, message):
    with pytest.raises(alta.AltaError) as caught:
        verify(copying(2), **bounds)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("number", [-1, True, 2.0, "3"])
@pytest.mark.parametrize("by_length", [False, True])
def test_numbers_of_layers_that_are_none_are_refused(number, by_length):
    layers = (lambda length: number) if by_length else number
    with pytest.raises(alta.ProgramError, match=f"layers.*expected.*{number}"):
        alta.run(build({"y": alta.var(2)}, layers=layers), [0])


def test_the_empty_sequence_has_no_layers_though_a_bound_is_the_length_less_one():
    program = build({"y": alta.var(2)}, layers=lambda length: length - 1)
    assert [program.layer_bound(length) for length in range(3)] == [0, 0, 1]


def test_limits_may_be_given_for_each_input():
    program = build({"y": alta.var(2)}, [alta.rule({}, "y", 1)])
    model = alta.compile(program, max_len=2)
    for run in (lambda *given: alta.run_batch(program, *given), model.run_batch):
        assert [each.n_layers for each in run([[0], [1], [0]], [2, None, 0])] == [2, 3, 0]
        with pytest.raises(alta.ProgramError, match="one for each of the 2 inputs"):
            run([[0], [1]], [1])


# --- what heads read ------------------------------------------------------------------------------


def test_a_head_that_reads_something_else_is_told_though_no_variable_shows_it():
    program = build(
        {"x": alta.input_var(2), "y": alta.var(2)}, heads={"h": alta.v_relative("x", 0)}
    )
    model = alta.compile(program, max_len=2)
    head = model.weights.heads["h"]
    silent = dataclasses.replace(head, output=np.zeros_like(head.output))
    model = model.with_weights(dataclasses.replace(model.weights, heads={"h": silent}))
    report = verify(program, model, max_len=2)
    assert report.verdict is Verdict.UNKNOWN
    assert report.reasons[0] == (
        "sampling: on (0,), in layer 1, position 0: head h reads 0 in the program and UNDEFINED "
        "in the model"
    )
