"""The judge agrees with what is right, and sees what is planted."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import islice
from random import Random

import numpy as np
import pytest

import alta
from alta.errors import ExecutionError, ModelError
from alta.nn.block import DenseBlock
from tests.campaigns.drawing import drawn_programs
from tests.campaigns.subject import SHIPPED
from tests.judge.formats import Float64
from tests.judge.judgement import Claim, disagreements
from tests.judge.network import Network
from tests.judge.running import Interpreter
from tests.judge.text import read
from tests.judge.weights import Dense, Model, loaded

RANDOM = 25


@lru_cache
def claim_of(name: str) -> tuple[alta.Program, Claim]:
    build, longest = SHIPPED[name]
    program = build()
    return program, Claim(read(alta.program_text(program)), longest)


def as_saved(model: alta.nn.model.Model, folder) -> Model:
    model.save(folder)
    return loaded(folder)


def same_states(program: alta.Program, claim: Claim) -> None:
    """Compares all runs with those of the interpreter, state by state."""
    for course in claim.courses:
        layers = len(course.tables) - 1
        if course.failure is not None:
            with pytest.raises(ExecutionError) as caught:
                alta.run(program, course.word, layers + 1)
            assert caught.value.kind in course.failure.kinds
            continue
        run = alta.run(program, course.word, None if course.ended else layers)
        assert (run.n_layers, run.halted) == (layers, course.halted)
        tables = [run.initial, *(state.after_mlp for state in run.states)]
        mine = [[tuple(row.values()) for row in table] for table in tables]
        assert mine == [list(table) for table in course.tables]


@pytest.mark.parametrize("name", SHIPPED)
def test_runs_of_every_shipped_program_are_those_of_the_interpreter(name):
    same_states(*claim_of(name))


def test_runs_of_random_programs_are_those_of_the_interpreter():
    failing = 0
    for program, claim in islice(drawn_programs(7, total=False), 4 * RANDOM):
        same_states(program, claim)
        failing += bool(claim.failures)
    assert 0 < failing < 4 * RANDOM


def test_attention_of_random_programs_is_that_of_the_interpreter():
    for program, claim in islice(drawn_programs(8), RANDOM):
        interpreter = Interpreter(claim.program)
        for course in claim.courses[:5]:
            run = alta.run(program, course.word, max(1, len(course.tables) - 1))
            for before, state in zip(course.tables, run.states, strict=False):
                for mine, theirs in zip(
                    interpreter.attended(before), state.after_attention, strict=True
                ):
                    expected = [None if v is alta.UNDEFINED else v for v in theirs.values()]
                    assert list(mine) == expected


LARGE = ("addition", "scan_parser", "scan")


@pytest.mark.parametrize("name", [name for name in SHIPPED if name not in LARGE])
@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16"])
def test_compiled_weights_are_right_in_every_format(name, dtype, tmp_path):
    program, claim = claim_of(name)
    model = alta.compile(program, max_len=SHIPPED[name][1], dtype=dtype)
    assert list(claim.findings(as_saved(model, tmp_path), exact=True)) == []


@pytest.mark.parametrize("name", LARGE)
def test_compiled_weights_of_large_programs_are_right(name, tmp_path):
    program, claim = claim_of(name)
    model = alta.compile(program, max_len=SHIPPED[name][1])
    assert next(claim.findings(as_saved(model, tmp_path), exact=True), None) is None


def test_compiled_weights_of_random_programs_are_right_dense_and_sparse(tmp_path):
    rng = Random(3)
    for number, (program, claim) in enumerate(islice(drawn_programs(9), RANDOM)):
        dtype = rng.choice(["float32", "float64"])
        try:
            model = alta.compile(program, max_len=4, dtype=dtype, sparse=rng.random() < 0.5)
        except ModelError:
            continue
        found = claim.findings(as_saved(model, tmp_path / str(number)), exact=True)
        assert next(found, None) is None, alta.program_text(program)


# --- what is planted ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def parity(tmp_path_factory) -> tuple[Claim, Model]:
    program, claim = claim_of("parity_sequential_relative")
    model = alta.compile(program, max_len=5)
    return claim, as_saved(model, tmp_path_factory.mktemp("parity"))


def wrong(claim: Claim, model: Model, **options) -> set[tuple[int, ...]]:
    return {one.word for one in claim.findings(model, **options)}


def with_array(model: Model, name: str, edit) -> Model:
    array = model.arrays[name].copy()
    edit(array)
    return replace(model, arrays={**model.arrays, name: array})


def test_weights_that_do_nothing_are_seen(parity):
    claim, model = parity
    assert wrong(claim, with_array(model, "mlp.lookup_out", lambda array: array.fill(0)))


def test_every_weight_of_the_embedding_is_looked_at(parity):
    claim, model = parity
    shape = model.arrays["token_embedding"].shape
    for place in np.ndindex(shape):

        def edit(array, place=place):
            array[place] = 1 - array[place]

        changed = with_array(model, "token_embedding", edit)
        assert wrong(claim, changed, exact=True), place


def as_another(model: Model, **changes) -> Model:
    return replace(model, program=replace(model.program, **changes))


def test_a_model_that_halts_elsewhere_is_seen(parity):
    claim, model = parity
    for halt in (None, ("done", 0), ("parity", 1)):
        assert wrong(claim, as_another(model, halt=halt))


def test_a_model_with_another_output_is_seen(parity):
    claim, model = parity
    assert wrong(claim, as_another(model, output="done"))


def test_a_variable_of_another_kind_is_seen_though_its_code_is_the_same(parity):
    claim, model = parity
    subsets = (frozenset({0}), frozenset({1}))
    other = replace(model.program.variables["parity"], kind="set", subsets=subsets)
    variables = {**model.program.variables, "parity": other}
    assert wrong(claim, as_another(model, variables=variables)) == set(claim.words)


def test_a_model_with_another_bound_is_seen_where_the_bound_matters(parity):
    claim, model = parity
    short = wrong(claim, as_another(model, layers=2))
    assert short == {word for word in claim.words if len(word) > 3}
    assert not wrong(claim, as_another(model, layers=9))


def test_a_model_with_other_masks_is_seen(parity):
    claim, model = parity
    head = model.program.heads["parity_left"]
    heads = {**model.program.heads, "parity_left": replace(head, mask=(1,))}
    assert wrong(claim, as_another(model, heads=heads))


def test_a_model_with_other_token_names_is_seen(parity):
    claim, model = parity
    assert wrong(claim, as_another(model, vocab=("1", "0", "START")))
    assert wrong(claim, as_another(model, vocab=("0", "one", "START")))


def test_a_layout_that_exchanges_variables_is_seen(parity):
    claim, model = parity
    columns = {**model.columns, "done": model.columns["parity"], "parity": model.columns["done"]}
    assert wrong(claim, replace(model, columns=columns))


def test_a_residue_is_seen_where_codes_have_to_be_exact(parity):
    claim, model = parity
    place = model.columns["parity_left"][0]

    def edit(array):
        array[place] += 2.0**-12

    changed = with_array(model, "mlp.lookup_out_bias", edit)
    assert wrong(claim, changed, exact=True)
    assert not wrong(claim, changed)


def test_an_order_of_summation_that_matters_is_seen(parity):
    claim, model = parity
    done = model.columns["done"]

    def edit(array):
        # Nothing in the reals; in float32 the small terms may get lost beside the large ones.
        array[:, done[0]] = 0
        array[0, done[0]], array[1, done[0]], array[2, done[0]] = 2.0**30, -(2.0**30), 0.25

    arrays = dict(model.arrays)
    arrays["mlp.lookup_out"] = arrays["mlp.lookup_out"].copy()
    edit(arrays["mlp.lookup_out"])
    arrays["mlp.lookup_in"] = arrays["mlp.lookup_in"] * 0
    arrays["mlp.lookup_in_bias"] = arrays["mlp.lookup_in_bias"] * 0 + 1
    found = list(claim.findings(replace(model, arrays=arrays)))
    assert len({one.what for one in found}) > 2


def test_a_program_that_fails_is_seen():
    program = alta.program_spec_from_rules(
        variables={"x": alta.input_var(2), "y": alta.var(2)},
        heads={},
        rules=[alta.rule({"x": 1}, "y", 1), alta.rule({"y": 0}, "y", 2)],
        output_name="y",
        input_range=2,
        layers=1,
    )
    claim = Claim(read(alta.program_text(program)), 1)
    assert {(one.word, one.kind) for one in claim.failures} == {
        ((0,), "range"),
        ((1,), "range"),
        ((1,), "conflict"),
    }


def test_a_learned_block_is_run(parity):
    claim, model = parity
    width = model.width
    nothing = Dense((np.zeros((width, 1)), np.zeros((1, width))), (np.zeros(1), np.zeros(width)))
    assert wrong(claim, replace(model, block=nothing))
    program, _ = claim_of("parity_sequential_relative")
    rng = np.random.default_rng(0)
    matrices = tuple(rng.normal(size=shape).astype("f4") for shape in ((width, 6), (6, width)))
    biases = tuple(rng.normal(size=size).astype("f4") for size in (6, width))
    learned = alta.compile(program, max_len=5).with_mlp(DenseBlock(matrices, biases))
    mine = replace(model, block=Dense(matrices, biases))
    network = Network(mine, Float64())
    stream = network.start([(2, 1, 0)])
    theirs = learned.residual_streams((2, 1, 0), 1)
    assert np.allclose(network.layer(stream)[0], theirs[2], atol=1e-4)


def test_programs_that_differ_are_told_apart():
    _, claim = claim_of("parity_sequential_relative")
    other = replace(claim.program, output="done")
    assert list(disagreements(claim.program, claim.program, 4)) == []
    assert {one.kind for one in disagreements(claim.program, other, 4)} == {"mismatch"}
    endless = replace(claim.program, halt=None)
    assert {one.kind for one in disagreements(claim.program, endless, 3)} == {"endless"}
