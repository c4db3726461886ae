"""Models and programs that differ in what does not matter stay proved."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

import alta
from alta.lang.heads import Head
from alta.lang.program import HaltSpec, Program
from alta.lang.rules import Atom, Rule
from alta.nn.layout import Layout
from alta.nn.model import Model
from alta.nn.weights import MLPWeights, Weights
from alta_verify import Verdict, verify
from tests.alta_verify.blocks import condition_of, neuron_of, unshared
from tests.alta_verify.mutants import (
    expansions_permuted,
    neurons_permuted,
    with_arrays,
    with_mlp,
)

LONGEST = 5

PROGRAMS = {
    "relative": alta.programs.parity_sequential_relative(),
    "absolute": alta.programs.parity_sequential_absolute(max_length=LONGEST),
}

FORMATS = [
    "float32",
    "bfloat16",
    pytest.param("float64", marks=pytest.mark.campaign),
    pytest.param("float16", marks=pytest.mark.campaign),
]


@pytest.fixture(scope="module", params=list(PROGRAMS))
def program(request) -> Program:
    return PROGRAMS[request.param]


by_block = pytest.mark.parametrize(
    "program",
    ["relative", pytest.param("absolute", marks=pytest.mark.campaign)],
    indirect=True,
    scope="module",
)
"""For what concerns the MLP alone, which is of one kind in both programs."""


@pytest.fixture(scope="module")
def model(program) -> Model:
    return alta.compile(program)


def check_proved(program: Program, model: Model | None = None) -> None:
    report = verify(program, model, max_len=LONGEST)
    assert report.proved, report


def rebuilt(program: Program, **parts) -> Program:
    """The program with some parts replaced."""
    known = {
        "variables": program.variables,
        "heads": program.heads,
        "rules": program.rules,
        "output_name": program.output_name,
        "halt": program.halt,
    }
    return alta.program_spec_from_rules(
        **{**known, **parts},
        input_range=program.input_range,
        position_range=program.position_range,
        vocab=program.vocab,
        inputs=program.inputs.spec,
    )


@pytest.mark.parametrize("dtype", FORMATS)
def test_the_compiled_model_is_proved_in_every_format(program, dtype):
    model = alta.compile(program, dtype=dtype)
    report = verify(program, model, max_len=LONGEST)
    assert report.proved, report
    assert f"in real arithmetic and in {dtype}" in report.claim


@pytest.mark.parametrize("dtype", FORMATS)
def test_the_same_wrong_weight_is_refuted_in_every_format(program, dtype):
    model = alta.compile(program, dtype=dtype)
    bias = model.weights.mlp.lookup_in_bias.copy()
    bias[0] += 1
    report = verify(program, with_arrays(model, {"mlp.lookup_in_bias": bias}), max_len=LONGEST)
    assert report.verdict is Verdict.REFUTED
    assert report.counterexample.replay().confirmed


@by_block
def test_neurons_in_another_order_stay_proved(program, model):
    count = model.weights.mlp.lookup_in.shape[1]
    order = random.Random(0).sample(range(count), count)
    check_proved(program, neurons_permuted(model, order))


@by_block
def test_expansion_units_in_another_order_stay_proved(program, model):
    hidden, expanded = model.weights.mlp.expand_out.shape
    rng = random.Random(1)
    orders = rng.sample(range(hidden), hidden), rng.sample(range(expanded), expanded)
    check_proved(program, expansions_permuted(model, *orders))


@by_block
def test_a_neuron_split_in_two_halves_stays_proved(program, model):
    mlp = model.weights.mlp
    out = mlp.lookup_out.copy()
    out[0] /= 2
    halves = {
        "lookup_in": np.concatenate([mlp.lookup_in, mlp.lookup_in[:, :1]], axis=1),
        "lookup_in_bias": np.concatenate([mlp.lookup_in_bias, mlp.lookup_in_bias[:1]]),
        "lookup_out": np.concatenate([out, out[:1]]),
    }
    check_proved(program, with_mlp(model, MLPWeights(**{**vars(mlp), **halves})))


@by_block
def test_a_neuron_that_nothing_reads_stays_proved(program, model):
    mlp = model.weights.mlp
    idle = {
        "lookup_in": np.concatenate([mlp.lookup_in, mlp.lookup_in[:, :1] + 3], axis=1),
        "lookup_in_bias": np.append(mlp.lookup_in_bias, np.float32(7)),
        "lookup_out": np.concatenate([mlp.lookup_out, 0 * mlp.lookup_out[:1]]),
    }
    check_proved(program, with_mlp(model, MLPWeights(**{**vars(mlp), **idle})))


def permuted_layout(model: Model, order: list[int]) -> Model:
    """The same model with the coordinates of the residual stream in another order."""
    place = {old: new for new, old in enumerate(order)}
    weights = model.weights
    mlp = weights.mlp
    heads = {
        name: replace(
            head,
            query=head.query[order],
            key=head.key[order],
            value=head.value[order],
            output=head.output[:, order],
        )
        for name, head in weights.heads.items()
    }
    permuted = Weights(
        token_embedding=weights.token_embedding[:, order],
        position_embedding=weights.position_embedding[:, order],
        heads=heads,
        mlp=replace(
            mlp,
            expand_in=mlp.expand_in[order],
            lookup_out=mlp.lookup_out[:, order],
            lookup_out_bias=mlp.lookup_out_bias[order],
        ),
    )
    columns = {
        name: tuple(place[column] for column in own) for name, own in model.layout.columns.items()
    }
    return replace(model, weights=permuted, layout=Layout(model.layout.width, columns))


def test_coordinates_in_another_order_stay_proved(program, model):
    width = model.layout.width
    order = random.Random(2).sample(range(width), width)
    check_proved(program, permuted_layout(model, order))


def test_head_units_in_another_order_stay_proved(program, model):
    heads = {
        name: replace(
            head,
            query=head.query[:, ::-1],
            key=head.key[:, ::-1],
            value=head.value[:, ::-1],
            output=head.output[::-1],
        )
        for name, head in model.weights.heads.items()
    }
    check_proved(program, model.with_weights(replace(model.weights, heads=heads)))


def test_heads_and_variables_declared_in_another_order_stay_proved(program, model):
    def reversed_(parts: Mapping) -> dict:
        return dict(reversed(parts.items()))

    other = rebuilt(program, heads=reversed_(program.heads), variables=reversed_(program.variables))
    check_proved(other)
    # The layout says where things are, so one's weights serve the other.
    check_proved(other, model)
    check_proved(program, alta.compile(other))


def renamed(program: Program) -> Program:
    """The program with other names for everything."""

    def new(name: str | None) -> str | None:
        return None if name is None else f"the {name}!"

    heads = {
        new(name): Head(new(h.query), new(h.key), new(h.value), h.mask)
        for name, h in program.heads.items()
    }
    rules = [
        Rule(
            tuple(Atom(new(atom.variable), atom.value) for atom in rule.atoms),
            new(rule.variable),
            rule.value,
        )
        for rule in program.rules
    ]
    return rebuilt(
        program,
        variables={new(name): variable for name, variable in program.variables.items()},
        heads=heads,
        rules=rules,
        output_name=new(program.output_name),
        halt=HaltSpec(new(program.halt.variable), program.halt.value),
    )


@by_block
def test_variables_of_other_names_stay_proved(program):
    check_proved(renamed(program))


@by_block
def test_a_trap_that_never_fires_needs_no_neuron(program):
    variables = {**program.variables, "never": alta.var(2)}
    trap = alta.rule({"never": 1}, "parity", 7)
    check_proved(rebuilt(program, variables=variables, rules=[*program.rules, trap]))


@by_block
def test_a_rule_for_a_state_that_never_occurs_may_have_a_neuron_or_not(program):
    variables = {**program.variables, "never": alta.var(2)}
    dead = alta.rule({"never": 1, "parity": 0}, "parity", 1)
    with_rule = rebuilt(program, variables=variables, rules=[*program.rules, dead])
    without = rebuilt(program, variables=variables)
    for meant in (with_rule, without):
        for compiled in (with_rule, without):
            check_proved(meant, alta.compile(compiled))


@by_block
def test_a_rule_that_would_fire_must_have_its_neuron(program):
    # The twin: the same rule where the state does occur.
    variables = {**program.variables, "always": alta.var(2, default=1)}
    alive = alta.rule({"always": 1, "parity": 0, "done": 0}, "always", 0)
    with_rule = rebuilt(program, variables=variables, rules=[*program.rules, alive])
    without = rebuilt(program, variables=variables)
    for meant, compiled in ((with_rule, without), (without, with_rule)):
        report = verify(meant, alta.compile(compiled), max_len=LONGEST)
        assert report.verdict is Verdict.REFUTED, report


def test_a_saved_model_stays_proved(program, model, tmp_path):
    model.save(tmp_path)
    check_proved(program, alta.load(tmp_path))


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [
        (0.875, Verdict.PROVED),
        pytest.param(1.0625, Verdict.PROVED, marks=pytest.mark.campaign),
        (0.8125, Verdict.REFUTED),
        pytest.param(0.5, Verdict.REFUTED, marks=pytest.mark.campaign),
    ],
    ids=["0.875", "1.0625", "0.8125", "0.5"],
)
def test_head_outputs_may_be_off_as_far_as_conditions_bear_and_no_further(factor, verdict):
    # Some conditions read both heads, so that each may be off by 1/8.
    check_off(alta.compile(PROGRAMS["relative"]), factor, verdict)


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [
        (0.75, Verdict.PROVED),
        pytest.param(0.875, Verdict.PROVED, marks=pytest.mark.campaign),
        pytest.param(1.25, Verdict.PROVED, marks=pytest.mark.campaign),
        (0.6875, Verdict.REFUTED),
        pytest.param(0.5, Verdict.REFUTED, marks=pytest.mark.campaign),
    ],
    ids=["0.75", "0.875", "1.25", "0.6875", "0.5"],
)
def test_head_outputs_may_be_off_as_far_as_each_is_snapped_and_no_further(factor, verdict):
    program = PROGRAMS["relative"]
    check_off(unshared(program, alta.compile(program)), factor, verdict)


def check_off(model: Model, factor: float, verdict: Verdict) -> None:
    program = PROGRAMS["relative"]
    scaled = {f"heads.{name}.output": h.output * factor for name, h in model.weights.heads.items()}
    off = {name: array.astype(np.float32) for name, array in scaled.items()}
    assert verify(program, with_arrays(model, off), max_len=LONGEST).verdict is verdict


def test_units_are_found_by_their_atoms(program, model):
    rule = program.rules[0]
    atoms = {atom.variable: atom.value for atom in rule.atoms}
    unit = condition_of(model, atoms)
    assert model.weights.mlp.expand_in_bias[unit] == 1.5 - 2 * len(atoms)
    other = unshared(program, model)
    assert other.weights.mlp.lookup_in_bias[neuron_of(other, atoms)] == 1 - len(atoms)


@by_block
def test_a_block_in_which_rules_share_nothing_stays_proved(program, model):
    other = unshared(program, model)
    assert other.weights.mlp.lookup_in.shape != model.weights.mlp.lookup_in.shape
    check_proved(program, other)
