"""Models that are wrong in one local state, which a single input of very many leads to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest

import alta
from alta.nn.model import Model
from alta.nn.weights import MLPWeights
from alta_verify import Result, Verdict, verify
from tests.alta_verify.mutants import neuron_of, with_mlp
from tests.alta_verify.secret_words import ALIVE, DEAD, WAITING, at_the_end, secret_word, word_of

WORD = word_of("1011001011010011")

PROGRAM = secret_word(WORD, [at_the_end(WORD)])

HERE = {"pos": len(WORD) - 1, "flag": ALIVE, "out": 0}
"""Where the rule of the last position fires: after 16 layers, on one input of 65,536."""


@pytest.fixture(scope="module")
def model() -> Model:
    return alta.compile(PROGRAM)


def edited(model: Model, **arrays: np.ndarray) -> Model:
    return with_mlp(model, replace(model.weights.mlp, **arrays))


def silent(model: Model, neuron: int) -> Model:
    out = model.weights.mlp.lookup_out.copy()
    out[neuron] = 0
    return edited(model, lookup_out=out)


def too_shy(model: Model, neuron: int) -> Model:
    bias = model.weights.mlp.lookup_in_bias.copy()
    bias[neuron] -= 1
    return edited(model, lookup_in_bias=bias)


def half_hearted(model: Model, neuron: int) -> Model:
    bias = model.weights.mlp.lookup_in_bias.copy()
    bias[neuron] -= 0.5
    return edited(model, lookup_in_bias=bias)


def deaf(model: Model, neuron: int) -> Model:
    inward = model.weights.mlp.lookup_in.copy()
    inward[np.flatnonzero(inward[:, neuron])[0], neuron] = 0
    return edited(model, lookup_in=inward)


def meddling(model: Model, neuron: int) -> Model:
    out = model.weights.mlp.lookup_out.copy()
    flag = model.layout.columns["flag"]
    out[neuron, flag[ALIVE]], out[neuron, flag[DEAD]] = -1, 1
    return edited(model, lookup_out=out)


def leaving(model: Model, neuron: int) -> Model:
    out = model.weights.mlp.lookup_out.copy()
    out[neuron, model.layout.columns["out"][0]] = 0
    return edited(model, lookup_out=out)


def soiling(model: Model, neuron: int) -> Model:
    out = model.weights.mlp.lookup_out.copy()
    for column in model.layout.columns["left"]:
        out[neuron, column] = 1
    return edited(model, lookup_out=out)


SABOTAGE: Mapping[str, tuple[Callable[[Model, int], Model], str]] = {
    "does not write": (silent, "out"),
    "does not fire": (too_shy, "out"),
    "fires by half": (half_hearted, "out"),
    "fires without one of its atoms": (deaf, "out"),
    "also writes another variable": (meddling, "flag"),
    "leaves the old value": (leaving, "out"),
}


def test_the_model_that_is_not_sabotaged_is_proved(model):
    report = verify(PROGRAM, model, max_len=len(WORD))
    assert report.proved
    assert PROGRAM.inputs.count(len(WORD)) == 2**16
    outputs = alta.run(PROGRAM, WORD).outputs
    assert outputs == (*(len(WORD) - 1) * [0], 1)


@pytest.mark.parametrize("how", list(SABOTAGE))
def test_a_neuron_that_fails_on_one_input_is_found_by_proof_and_not_by_sampling(model, how):
    sabotage, variable = SABOTAGE[how]
    report = verify(PROGRAM, sabotage(model, neuron_of(model, HERE)), max_len=len(WORD))
    assert report.verdict is Verdict.REFUTED, report
    found = report.counterexample
    assert (found.tokens, found.layer, found.position, found.kind) == (
        WORD,
        len(WORD) + 1,
        len(WORD) - 1,
        "mismatch",
    )
    assert found.variable in {variable, "out"}
    assert found.replay().confirmed
    results = {one.name: one.result for one in report.obligations}
    assert results["sampling"] is Result.PROVED
    assert results[f"ffn[{found.variable}]"] is Result.FAILED


def test_a_neuron_too_many_is_found_where_it_matters(model):
    # Without the rule, the neuron that the compiler made for it is the sabotage.
    report = verify(secret_word(WORD), model, max_len=len(WORD))
    assert report.verdict is Verdict.REFUTED
    assert report.counterexample.tokens == WORD
    assert (report.counterexample.expected, report.counterexample.actual) == (0, 1)


def added(model: Model, atoms: Mapping[str, int], variable: str, old: int, new: int) -> Model:
    """The model with one more neuron: where the atoms hold, a variable changes."""
    mlp, columns = model.weights.mlp, model.layout.columns
    neuron = neuron_of(model, HERE)
    inward, bias, outward = (
        np.concatenate([array, array.take([neuron], axis=axis) * 0], axis=axis)
        for array, axis in ((mlp.lookup_in, 1), (mlp.lookup_in_bias, 0), (mlp.lookup_out, 0))
    )
    for name, value in atoms.items():
        inward[np.flatnonzero(mlp.expand_in[columns[name][value]] == 2)[0], -1] = 1
    bias[-1] = 1 - len(atoms)
    outward[-1, columns[variable][old]], outward[-1, columns[variable][new]] = -1, 1
    parts = {"lookup_in": inward, "lookup_in_bias": bias, "lookup_out": outward}
    return with_mlp(model, MLPWeights(**{**vars(mlp), **parts}))


LAST = len(WORD) - 1

REACHED = {
    "alive and set": {"pos": LAST, "flag": ALIVE, "out": 1},
    "alive beside the living": {"pos": LAST, "flag": ALIVE, "left": ALIVE},
    "waiting beside the living with the last bit": {
        "pos": LAST,
        "flag": WAITING,
        "left": ALIVE,
        "bit": WORD[-1],
    },
}

NEVER_REACHED = {
    "alive beside the dead": {"pos": LAST, "flag": ALIVE, "left": DEAD},
    "dead with the bit, beside the living": {
        "pos": LAST,
        "flag": DEAD,
        "left": ALIVE,
        "bit": WORD[-1],
    },
    "alive without the bit": {"pos": LAST, "flag": ALIVE, "bit": 1 - WORD[-1]},
}


@pytest.mark.parametrize("where", list(REACHED))
def test_a_neuron_that_fires_where_one_input_leads_is_refuted(model, where):
    sabotaged = added(model, REACHED[where], "bit", WORD[-1], 1 - WORD[-1])
    report = verify(PROGRAM, sabotaged, max_len=len(WORD))
    assert report.verdict is Verdict.REFUTED, report
    found = report.counterexample
    assert (found.tokens, found.variable, found.kind) == (WORD, "bit", "mismatch")
    assert found.replay().confirmed


@pytest.mark.parametrize("where", list(NEVER_REACHED))
def test_a_neuron_that_fires_where_no_input_leads_changes_nothing(model, where):
    harmless = added(model, NEVER_REACHED[where], "bit", WORD[-1], 1 - WORD[-1])
    assert verify(PROGRAM, harmless, max_len=len(WORD)).proved


def test_what_is_left_in_a_head_output_after_the_last_layer_is_not_proved(model):
    # No variable shows it, since the run is over; the relation of the proof does not hold.
    report = verify(PROGRAM, soiling(model, neuron_of(model, HERE)), max_len=len(WORD))
    assert report.verdict is not Verdict.PROVED
