"""Models that are wrong in one local state, which a single input of very many leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import alta
from alta.nn.model import Model
from alta.nn.weights import MLPWeights
from alta_verify import Result, Verdict, verify
from alta_verify.prove.computes import runs
from tests.alta_verify.blocks import condition_of, neuron_of, sums_of, unshared
from tests.alta_verify.mutants import with_mlp
from tests.alta_verify.secret_words import ALIVE, DEAD, WAITING, at_the_end, secret_word, word_of

WORD = word_of("11100101101")

PROGRAM = secret_word(WORD, [at_the_end(WORD)])

LAST = len(WORD) - 1

HERE = {"pos": LAST, "flag": ALIVE, "out": 0}
"""Where the rule of the last position fires: after 11 layers, on one input of 2,048."""


@pytest.fixture(scope="module", autouse=True)
def few_are_enumerated() -> Iterator[None]:
    """Lets symbolic runs answer what 2,048 inputs take; else they would be run through."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "_ENUMERABLE", 1024)
        yield


def mostly(sabotage: Iterable[str], *rare: str) -> list[Any]:
    """Names of sabotage, of which those that are like others are tried in campaigns only."""
    return [
        pytest.param(how, marks=pytest.mark.campaign) if how in rare else how for how in sabotage
    ]


@pytest.fixture(scope="module")
def model() -> Model:
    """Has a neuron for every rule and old value, and so one for what happens on that input."""
    return unshared(PROGRAM, alta.compile(PROGRAM))


@pytest.fixture(scope="module")
def shared() -> Model:
    """Is as the compiler makes it: rules that write one variable share neurons."""
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


def test_the_models_that_are_not_sabotaged_are_proved(model, shared):
    for subject in (model, shared):
        assert verify(PROGRAM, subject, max_len=len(WORD)).proved
    assert PROGRAM.inputs.count(len(WORD)) == 2**11
    outputs = alta.run(PROGRAM, WORD).outputs
    assert outputs == (*(len(WORD) - 1) * [0], 1)


@pytest.mark.parametrize(
    "how",
    mostly(SABOTAGE, "does not fire", "fires without one of its atoms", "leaves the old value"),
)
def test_a_neuron_that_fails_on_one_input_is_found_by_proof_and_not_by_sampling(model, how):
    sabotage, variable = SABOTAGE[how]
    check_found_by_proof(sabotage(model, neuron_of(model, HERE)), variable)


def check_found_by_proof(sabotaged: Model, variable: str) -> None:
    """Checks that the one input is found, by the obligation of a variable that is wrong on it."""
    report = verify(PROGRAM, sabotaged, max_len=len(WORD))
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


def unwritten(model: Model, unit: int) -> Model:
    sums = model.weights.mlp.expand_out.copy()
    sums[unit] = 0
    return edited(model, expand_out=sums)


def never_met(model: Model, unit: int) -> Model:
    bias = model.weights.mlp.expand_in_bias.copy()
    bias[unit] -= 2
    return edited(model, expand_in_bias=bias)


def half_met(model: Model, unit: int) -> Model:
    bias = model.weights.mlp.expand_in_bias.copy()
    bias[unit] -= 1
    return edited(model, expand_in_bias=bias)


def inattentive(model: Model, unit: int) -> Model:
    inward, bias = model.weights.mlp.expand_in.copy(), model.weights.mlp.expand_in_bias.copy()
    inward[model.layout.columns["flag"][ALIVE], unit] = 0
    bias[unit] += 2
    return edited(model, expand_in=inward, expand_in_bias=bias)


def writing_more(model: Model, unit: int) -> Model:
    sums = model.weights.mlp.expand_out.copy()
    sums[unit, sums_of(model, "flag", DEAD, 1)] = 1
    for old in (WAITING, ALIVE, DEAD):
        written = sums_of(model, "flag", old, -1)
        sums[unit, [one for one in written if np.count_nonzero(sums[:, one]) > 1]] = 1
    return edited(model, expand_out=sums)


def keeping(model: Model, unit: int) -> Model:
    sums = model.weights.mlp.expand_out.copy()
    for old in (0, 1):
        sums[unit, sums_of(model, "out", old, -1)] = 0
    return edited(model, expand_out=sums)


def elsewhere(model: Model, unit: int) -> Model:
    sums = model.weights.mlp.expand_out.copy()
    sums[unit, sums_of(model, "out", 1, 1)] = 0
    return edited(model, expand_out=sums)


SHARED_SABOTAGE: Mapping[str, tuple[Callable[[Model, int], Model], str]] = {
    "writes nothing": (unwritten, "out"),
    "is never met": (never_met, "out"),
    "is met by half": (half_met, "out"),
    "also writes another variable": (writing_more, "flag"),
    "leaves the old value": (keeping, "out"),
    "adds no new value": (elsewhere, "out"),
}


@pytest.mark.parametrize(
    "how",
    mostly(
        SHARED_SABOTAGE,
        "writes nothing",
        "is never met",
        "leaves the old value",
        "adds no new value",
    ),
)
def test_a_condition_that_fails_on_one_input_is_found_by_proof_and_not_by_sampling(shared, how):
    sabotage, variable = SHARED_SABOTAGE[how]
    unit = condition_of(shared, {"pos": LAST, "flag": ALIVE})
    check_found_by_proof(sabotage(shared, unit), variable)


def test_a_condition_that_is_met_without_one_of_its_atoms_is_refuted(shared):
    sabotaged = inattentive(shared, condition_of(shared, {"pos": LAST, "flag": ALIVE}))
    report = verify(PROGRAM, sabotaged, max_len=len(WORD))
    assert report.verdict is Verdict.REFUTED
    assert report.counterexample.variable == "out"


def test_a_neuron_too_many_is_found_where_it_matters(model, shared):
    # Without the rule, the neuron that was made for it is the sabotage.
    for subject in (model, shared):
        check_one_too_many(subject)


def check_one_too_many(subject: Model) -> None:
    report = verify(secret_word(WORD), subject, max_len=len(WORD))
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
        inward[condition_of(model, {name: value}), -1] = 1
    bias[-1] = 1 - len(atoms)
    outward[-1, columns[variable][old]], outward[-1, columns[variable][new]] = -1, 1
    parts = {"lookup_in": inward, "lookup_in_bias": bias, "lookup_out": outward}
    return with_mlp(model, MLPWeights(**{**vars(mlp), **parts}))


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


@pytest.mark.parametrize("where", mostly(REACHED, "alive beside the living"))
def test_a_neuron_that_fires_where_one_input_leads_is_refuted(model, where):
    sabotaged = added(model, REACHED[where], "bit", WORD[-1], 1 - WORD[-1])
    report = verify(PROGRAM, sabotaged, max_len=len(WORD))
    assert report.verdict is Verdict.REFUTED, report
    found = report.counterexample
    assert (found.tokens, found.variable, found.kind) == (WORD, "bit", "mismatch")
    assert found.replay().confirmed


@pytest.mark.parametrize("where", mostly(NEVER_REACHED, "alive beside the dead"))
def test_a_neuron_that_fires_where_no_input_leads_changes_nothing(model, where):
    harmless = added(model, NEVER_REACHED[where], "bit", WORD[-1], 1 - WORD[-1])
    assert verify(PROGRAM, harmless, max_len=len(WORD)).proved


def test_what_is_left_in_a_head_output_after_the_last_layer_is_not_proved(model):
    # No variable shows it, since the run is over; the relation of the proof does not hold.
    report = verify(PROGRAM, soiling(model, neuron_of(model, HERE)), max_len=len(WORD))
    assert report.verdict is not Verdict.PROVED
