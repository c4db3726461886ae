"""Where the public interpreter and its compiled model disagree, one choice holds on both sides.

The list is at the end of the definition of the language. A program that the choice makes an error
is refused when it is built, or run with an error by the interpreter and REFUTED by the verifier.
"""

import numpy as np
import pytest

import alta
from alta.errors import ConflictError, ModelError, ProgramError, TokenError
from alta.lang.values import UNDEFINED
from alta_verify import Verdict, verify
from tests.alta.compiler.agreement import check_agreement, check_codes, code
from tests.alta.lang.toys import AGREEING, CONFLICT, UNDEFINED_READ, copied, counter, toy

SEQUENCES = [[0], [1], [2], [0, 1], [1, 1], [2, 0, 1], [1, 2, 1, 0, 0]]


def check_refuted(program, kind):
    report = verify(program, max_len=3)
    assert report.verdict is Verdict.REFUTED
    counterexample = report.counterexample
    assert counterexample is not None
    assert counterexample.kind == kind
    assert counterexample.replay().confirmed


def test_b1_max_layers_n_runs_n_layers_and_not_one_more():
    program = counter(5)
    model = alta.compile(program)
    for n in range(4):
        check_agreement(program, [[0, 1]], n, model)
        assert model.run([0, 1], n).n_layers == n
        assert model.run([0, 1], n).outputs == (n, n)


def shares(longest):
    """The share of the token 1 among all tokens, as one in so many, is written into y."""
    return alta.program_spec(
        variables={
            "one": alta.numeric_var(input_init_fn=lambda token: token == 1),
            "all": alta.var(1),
            "y": alta.var(longest + 1),
        },
        heads={
            "share": alta.qkv(
                "all", "all", "one", None, alta.numeric_var([1 / k for k in range(1, longest + 1)])
            )
        },
        ffn_fn=lambda z: z.__setitem__("y", round(1 / z["share"])),
        output_name="y",
        input_range=2,
        position_range=longest,
        layers=1,
    )


def test_b2_one_in_nine_and_one_in_many_more_are_told_apart():
    longest = 16
    program = shares(longest)
    words = [[1, *[0] * (k - 1)] for k in range(1, longest + 1)]
    model = check_agreement(program, words)
    assert [run.outputs[0] for run in model.run_batch(words)] == list(range(1, longest + 1))


def test_b3_buckets_below_minus_1_are_not_turned_around():
    points = [-9, -4.5, -2, -1.25, -1]
    program = toy(
        [alta.rule([("n", index)], "y", index) for index in range(5)],
        variables={
            "x": alta.input_var(8),
            "y": alta.var(5),
            "n": alta.numeric_var(
                points, input_init_fn=lambda token: [-20, -9, -5, -3, -1.5, -1.1875, -1, 4][token]
            ),
        },
        input_range=8,
    )
    words = [[token] for token in range(8)]
    model = check_agreement(program, words)
    assert [run.outputs[0] for run in model.run_batch(words)] == [0, 0, 1, 2, 3, 3, 4, 4]


@pytest.mark.parametrize("values", [[0, 1, 2], [0.1, 0.2, 0.7], [-1e3, 1e-3, 5]], ids=str)
def test_b4_an_assigned_number_leaves_nothing_of_the_old_one(values):
    program = toy(
        [alta.rule([("n", index)], "n", values[(index + 1) % 3]) for index in range(3)],
        variables={"n": alta.numeric_var(values, default=values[0])},
        heads={"left": alta.v_relative("n", -1)},
        layers=40,
    )
    check_codes(program, [[0, 0, 0]])


def test_b5_a_write_out_of_range_touches_no_neighbour():
    # x lies before y in the residual stream, z behind it.
    program = toy(
        [alta.rule({"x": 1}, "y", 3), alta.rule({"x": 2}, "y", -1)],
        variables={"z": alta.var(2)},
    )
    for token in (1, 2):
        with pytest.raises(alta.RangeError):
            alta.run(program, [token])
    model = check_agreement(program, [[0, 0]])
    for token in (1, 2):
        first, _, last = model.residual_streams([token], 1)
        assert last.tobytes() == first.tobytes()
    check_refuted(program, "range")


def test_b7_a_head_that_reads_a_head_is_refused():
    with pytest.raises(ProgramError, match="heads are parallel"):
        toy(heads={"a": alta.v_relative("x", -1), "b": alta.v_relative("a", -1)})


def test_b7_heads_that_could_feed_one_another_read_the_state_before_the_layer():
    program = toy(
        [
            *(alta.rule({"x": v, "of_y": w}, "x", w) for v in range(3) for w in range(3)),
            *(alta.rule({"y": v, "of_x": w}, "y", w) for v in range(3) for w in range(3)),
        ],
        heads={"of_x": alta.v_relative("x", 0), "of_y": alta.v_relative("y", 0)},
        layers=3,
    )
    check_agreement(program, SEQUENCES)


def test_b8_an_undefined_read_is_an_error_and_no_rule_fires_in_part():
    with pytest.raises(alta.UndefinedVariableError):
        alta.run(UNDEFINED_READ, [1])
    check_refuted(UNDEFINED_READ, "undefined")


def test_b8_an_undefined_head_output_that_no_rule_depends_on_changes_nothing():
    check_agreement(UNDEFINED_READ, [[0], [0, 1, 1], [2, 2, 0]])


def test_b9_a_row_whose_mask_leaves_no_position_selects_nothing():
    head = alta.qkv("y", "y", "x", relative_position_mask=[-2, -1])
    program = toy([alta.rule({"y": 1, "h": 1}, "y", 2)], heads={"h": head})
    assert alta.run(program, [1]).states[0].after_attention[0]["h"] is UNDEFINED
    model = check_agreement(program, SEQUENCES)
    # Every key is masked at the first position and every query is equal to every key.
    first, attended, _ = model.residual_streams([1, 2, 1], 1)
    assert attended[0].tobytes() == first[0].tobytes()
    assert model.run([1, 2, 1]).states[0].after_attention[0]["h"] is UNDEFINED
    assert model.run([1, 2, 1]).states[0].after_attention[1]["h"] == 1


def test_b9_an_empty_mask_is_refused():
    with pytest.raises(ProgramError, match="it would select nothing"):
        alta.qkv("x", "x", "x", relative_position_mask=[])


@pytest.mark.parametrize("tokens", [[1, 2], [1, 1]], ids=["that differ", "that agree"])
def test_b10_several_selected_values_are_undefined(tokens):
    heads = {"all": alta.qkv("y", "y", "x")}
    # Where nothing depends on the head output, it leaves no trace in the next state.
    unread = toy([alta.rule({"y": 1, "all": 0}, "y", 2)], heads=heads)
    assert alta.run(unread, tokens).states[0].after_attention[0]["all"] is UNDEFINED
    model = check_agreement(unread, [tokens, [0]])
    last = model.residual_streams(tokens, 1)[-1]
    assert last.tobytes() == code(model, alta.run(unread, tokens).states[0].after_mlp).tobytes()
    # Where a rule depends on it, that is an error, whatever the values.
    read = toy(copied("all"), heads=heads, inputs=alta.inputs.sequences([tokens]))
    with pytest.raises(alta.UndefinedVariableError):
        alta.run(read, tokens)
    check_refuted(read, "undefined")


@pytest.mark.parametrize("program", [CONFLICT, AGREEING], ids=["that differ", "that agree"])
def test_b11_two_rules_that_write_one_variable_are_a_conflict(program):
    with pytest.raises(ConflictError):
        alta.run(program, [1])
    check_refuted(program, "conflict")


def test_b12_a_no_op_is_no_rule_and_hides_no_conflict():
    no_op = alta.rule({"x": 1, "y": 0}, "y", 0)
    program = toy([no_op, alta.rule({"x": 1}, "y", 2)])
    assert no_op not in program.rules
    check_agreement(program, SEQUENCES)
    # A rule that happens to change nothing is one, and its conflict shows.
    idle = toy([alta.rule({"x": 1}, "y", 0), alta.rule({"x": 1}, "y", 2)])
    with pytest.raises(ConflictError):
        alta.run(idle, [1])
    check_refuted(idle, "conflict")


def test_b13_outputs_that_are_numbers_and_sets_are_read_as_such():
    variables = {
        "n": alta.numeric_var([0, 1], input_init_fn=lambda token: token / 2),
        "s": alta.set_var(
            3, [set(), {0, 2}, {1}], input_init_fn=lambda token: [set(), {0, 2}, {1}][token]
        ),
    }
    number = check_agreement(toy(variables=variables, output_name="n"), SEQUENCES)
    subset = check_agreement(toy(variables=variables, output_name="s"), SEQUENCES)
    assert number.run([2, 1]).outputs == (1.0, 0.5)
    assert subset.run([0, 1, 2]).outputs == (frozenset(), frozenset({0, 2}), frozenset({1}))


def test_b14_a_position_variable_needs_a_position_range_to_compile_and_none_to_run():
    variables = {"here": alta.position_var(6)}
    endless = toy(copied("here", "y", 3), variables=variables, inputs=alta.inputs.regex(".{1,3}"))
    assert alta.run(endless, [0, 0, 0]).outputs == (0, 1, 2)
    with pytest.raises(ModelError, match="position_range must say how many positions there are"):
        alta.compile(endless)
    check_agreement(
        toy(copied("here", "y", 3), variables=variables, position_range=3), [[0], [2, 1, 0]]
    )


@pytest.mark.parametrize(
    ("declare", "arguments"),
    [
        pytest.param(alta.input_var, {"init_fn": abs, "position_init_fn": abs}, id="input_var"),
        pytest.param(alta.position_var, {"init_fn": abs, "input_init_fn": abs}, id="position_var"),
        pytest.param(alta.var, {"default": 1, "init_fn": abs}, id="var"),
    ],
)
def test_b15_a_categorical_variable_takes_one_source_of_first_values(declare, arguments):
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        declare(2, **arguments)


@pytest.mark.parametrize(
    "declare",
    [
        pytest.param(alta.numeric_var, id="numeric_var"),
        pytest.param(lambda **declared: alta.set_var(2, [{0}], **declared), id="set_var"),
    ],
)
def test_b15_a_number_or_set_does_not_start_from_token_and_position_both(declare):
    with pytest.raises(ProgramError, match="position_init_fn"):
        declare(input_init_fn=abs, position_init_fn=abs)


@pytest.mark.parametrize("token", [-1, 3, -3])
def test_b16_a_token_out_of_the_vocabulary_is_refused_on_both_sides(token):
    program = toy(copied("x"))
    model = alta.compile(program)
    for run in (lambda t: alta.run(program, t), lambda t: alta.run_batch(program, [t]), model.run):
        with pytest.raises(TokenError, match=f"token {token} at position 1"):
            run([0, token])


def test_b17_a_sequence_longer_than_the_position_range_is_refused_on_both_sides():
    program = toy(copied("x"), position_range=3)
    model = check_agreement(program, [[0, 1, 2]])
    for run in (lambda t: alta.run(program, t), lambda t: alta.run_batch(program, [t]), model.run):
        with pytest.raises(TokenError, match=r"at most 3 tokens \(position_range\), got 4"):
            run([0, 1, 2, 0])


def test_b18_the_compiled_model_halts_at_the_same_layer():
    program = toy(
        [
            alta.rule({"x": 0, "left": 1}, "x", 1),
            alta.rule({"x": 2, "left": 1}, "x", 0),
        ],
        heads={"left": alta.v_relative("x", -1)},
        halt=alta.halt_spec("x", 1),
        layers=None,
        output_name="x",
        inputs=alta.inputs.regex("1 (0|1|2)*"),
    )
    sequences = [[1], [1, 0], [1, 2], [1, 0, 2, 1], [1, 1, 1], [1, 2, 0, 2, 2]]
    model = check_agreement(program, sequences)
    assert [run.n_layers for run in model.run_batch(sequences)] == [0, 1, 2, 3, 0, 7]
    assert all(run.halted for run in model.run_batch(sequences))
    # The bound counts beside the halt.
    assert [run.n_layers for run in model.run_batch(sequences, 2)] == [0, 1, 2, 2, 0, 2]
    assert [run.halted for run in model.run_batch(sequences, 2)] == [
        run.halted for run in alta.run_batch(program, sequences, 2)
    ]


def test_b19_ranges_that_do_not_match_are_refused():
    with pytest.raises(ProgramError, match="query 'x' has range 3 and key 'z' has range 2"):
        toy(heads={"h": alta.qkv("x", "z", "y")}, variables={"z": alta.var(2)})
    with pytest.raises(ProgramError, match="output_spec has range 2 and value 'y' has range 3"):
        toy(heads={"h": alta.qkv("x", "y", "y", output_spec=alta.var(2))})


def test_b21_points_may_be_ints_in_any_order_and_given_twice():
    program = toy(
        [alta.rule([("n", index)], "y", index) for index in range(3)],
        variables={
            "n": alta.numeric_var([4, 0, 2, 0, np.int64(2)], input_init_fn=lambda token: 2 * token)
        },
    )
    model = check_agreement(program, SEQUENCES)
    assert model.run([0, 1, 2]).outputs == (0, 1, 2)
    values = [type(value) for value in program.variables["n"].values]
    assert values == [float, float, float]


def test_b23_a_generated_rule_names_only_what_its_path_read():
    def function(z):
        if z["x"] == 1:
            z["y"] = 1

    program = alta.program_spec(
        variables={"x": alta.input_var(3), "y": alta.var(3), "unread": alta.var(3)},
        heads={"left": alta.v_relative("x", -1)},
        ffn_fn=function,
        output_name="y",
        input_range=3,
        layers=1,
    )
    assert list(map(str, program.rules)) == ["x=1 -> y := 1"]
    # A rule that named the head would read it where it is UNDEFINED.
    check_agreement(program, SEQUENCES)


def test_b26_bools_become_ints_on_both_sides():
    def function(z):
        z["y"] = z["x"] == 1
        z["z"] = np.bool_(z["x"] == 2)

    program = alta.program_spec(
        variables={
            "x": alta.input_var(3),
            "y": alta.var(2, default=False),
            "z": alta.input_var(2, init_fn=lambda token: token > 0),
        },
        heads={},
        ffn_fn=function,
        output_name="y",
        input_range=3,
        layers=1,
    )
    model = check_agreement(program, SEQUENCES)
    for run in (alta.run(program, [0, 1]), model.run([0, 1])):
        values = [*run.outputs, *run.initial[1].values(), *run.states[0].after_mlp[1].values()]
        assert {type(value) for value in values} == {int}
