"""Set variables: tested and written by coordinate, and asked for their members."""

import pytest

import alta
from tests.alta.compiler.agreement import check_agreement, check_codes
from tests.alta.lang.toys import toy

SUBSETS = [set(), {0}, {1}, {0, 1}, {0, 1, 2}, {2}]
WORDS = [[0], [1], [2], [0, 1], [2, 0, 1], [1, 2, 1, 0, 0]]


def cycling(**options):
    """Walks through all subsets, and writes the place of each into y."""
    subsets = sorted(map(frozenset, SUBSETS), key=sorted)
    return toy(
        [
            *(
                alta.rule([("s", i)], "s", subsets[(i + 1) % len(subsets)])
                for i in range(len(subsets))
            ),
            *(alta.rule([("s", i)], "y", i) for i in range(len(subsets))),
        ],
        variables={
            "s": alta.set_var(3, SUBSETS, input_init_fn=lambda token: [{0}, {0, 1}, {2}][token]),
            "y": alta.var(len(subsets)),
        },
        **{"layers": 9, **options},
    )


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16"])
def test_a_subset_is_told_from_all_others_and_written_exactly(dtype):
    check_codes(cycling(), WORDS, dtype=dtype)


def test_runs_agree():
    check_agreement(cycling(), WORDS)


def test_output_and_halt_may_be_sets():
    program = cycling(output_name="s", halt=alta.halt_spec("s", {0, 1, 2}), layers=None)
    words = [[0], [1], [2]]
    model = check_agreement(program, words)
    assert all(run.outputs == (frozenset({0, 1, 2}),) for run in model.run_batch(words))
    # {0}, {0, 1}, {0, 1, 2}; and {2}, {}, {0}, ….
    assert [run.n_layers for run in model.run_batch(words)] == [2, 1, 4]


def test_a_set_query_selects_its_members():
    program = toy(
        [alta.rule([("read", value)], "y", value) for value in range(3)],
        variables={
            "s": alta.set_var(
                4, [{0}, {1, 2}, {3}], input_init_fn=lambda token: [{1, 2}, {0}, {3}][token]
            ),
            "key": alta.input_var(4, init_fn=lambda token: token + 1),
        },
        heads={"read": alta.qkv("s", "key", "x")},
        inputs=alta.inputs.sequences([[0, 2, 2], [2, 0]]),
    )
    # At the first input the set {1, 2} selects the token 0 alone, and {3} the token 2, twice.
    with pytest.raises(alta.UndefinedVariableError):
        alta.run(program, [0, 2, 2])
    check_agreement(program, [[0, 2], [2, 0]])
    check_codes(program, [[0, 2], [2, 0]])


def test_a_set_query_averages_over_its_members():
    program = toy(
        [alta.rule([("mean", value)], "y", value) for value in range(3)],
        variables={
            "s": alta.set_var(3, [{0, 1, 2}, {0, 2}], default={0, 2}),
            "n": alta.numeric_var(None, input_init_fn=float),
        },
        heads={"mean": alta.qkv("s", "x", "n", None, alta.numeric_var([0, 1, 2]))},
        position_range=6,
    )
    words = [[0], [2], [0, 2], [1, 0, 2, 1], [2, 2, 0, 1, 1, 1]]
    model = check_agreement(program, words)
    assert [run.outputs[0] for run in model.run_batch(words)] == [0, 2, 1, 1, 1]
