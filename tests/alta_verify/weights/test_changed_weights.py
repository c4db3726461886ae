"""Weights that were changed: proved where they compute the same, refuted where they do not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache

import jax.numpy as jnp
import numpy as np
import pytest

import alta
from alta.lang.program import Program
from alta.limit import OutOfTime
from alta.nn.model import Model
from alta_verify import Report, Result, Verdict, verify
from alta_verify.search.invariant import invariant
from alta_verify.weights.hidden import rescaled
from alta_verify.weights.numbers import cast, pruned, quantised
from tests.alta_verify.exhaustive import Exhaustive, check_refuted, judge
from tests.alta_verify.mutants import (
    filled_zeros,
    sampled,
    weight_mutants,
    with_arrays,
    with_mlp,
)
from tests.alta_verify.obligations import left_to_z3
from tests.alta_verify.weights.changes import CHANGES, PROGRAMS, layers_of
from tests.properties.running import nothing_sampled

REFUTED = {
    ("intermediate", "in int8 by array"): "START",
    ("intermediate", "small weights pruned"): "START 1",
}
"""Numbers are far apart in size, and one grid for all of an array has no room for the small ones;
what they are divided by may be small, too."""


@cache
def program(name: str) -> Program:
    return PROGRAMS[name].build()


@cache
def model(name: str) -> Model:
    return alta.compile(program(name), max_len=PROGRAMS[name].max_len)


def verified(name: str, subject: Model) -> Report:
    return verify(program(name), subject, max_len=PROGRAMS[name].max_len)


FEW = {
    "absolute": ("a unit of each layer in thirds", "queries times 3", "in int8 by array"),
    "sum": ("a unit of each layer in thirds", "values times 0.7", "in int8 by array"),
    "intermediate": ("cast to float64", "sums times 3", "small weights pruned"),
    "increment": ("every unit in halves", "in int8 by column"),
}
"""What else is done in every run of the tests; campaigns do everything to every program."""


ALIKE = {
    "a unit of each layer in thirds",
    "queries doubled",
    "sums times 0.7",
    "values doubled",
    "values times 0.7",
    "cast to float16",
}
"""Changes of the same kind as others, which are done to this model by campaigns."""


@pytest.mark.parametrize("change", [change for change in CHANGES if change not in ALIKE])
def test_a_change_that_keeps_what_is_computed_is_proved(change):
    check_change("relative", change)


@pytest.mark.parametrize(
    ("name", "change"), [(name, change) for name, changes in FEW.items() for change in changes]
)
def test_a_change_to_other_models_is_proved_or_refuted(name, change):
    check_change(name, change)


@pytest.mark.campaign
@pytest.mark.parametrize("change", list(CHANGES))
@pytest.mark.parametrize("name", list(PROGRAMS))
def test_every_change_to_every_model_is_proved_or_refuted(name, change):
    check_change(name, change)


def check_change(name: str, change: str) -> None:
    report = verified(name, CHANGES[change](model(name)))
    if (name, change) in REFUTED:
        assert report.verdict is Verdict.REFUTED
        assert report.counterexample.names == REFUTED[name, change]
        assert report.counterexample.replay().confirmed
    else:
        assert report.proved, report


@pytest.mark.parametrize("change", ["in int8 by array", "sums times 3", "every unit in halves"])
def test_a_wrong_weight_among_changed_ones_is_refuted(change):
    mlp = model("relative").weights.mlp
    # A neuron that never fires; the change is done to a model that was wrong before.
    bias = mlp.lookup_in_bias.copy()
    bias[0] -= 1
    wrong = with_arrays(model("relative"), {"mlp.lookup_in_bias": bias})
    check_refuted(verified("relative", CHANGES[change](wrong)), oracle())


@cache
def oracle(max_len: int = PROGRAMS["relative"].max_len) -> Exhaustive:
    return Exhaustive(program("relative"), max_len)


UNEVEN = {name: CHANGES[name] for name in ("in int8 by array", "sums times 3", "values times 0.7")}


@pytest.mark.parametrize("change", list(UNEVEN))
def test_no_damage_to_uneven_weights_is_proved_by_reasoning_alone(change):
    outcomes = damaged(UNEVEN[change](model("relative")), 6)
    assert outcomes["different, UNKNOWN"] + outcomes["different, REFUTED"]


@pytest.mark.campaign
@pytest.mark.parametrize("change", list(UNEVEN))
def test_no_damage_of_much_to_uneven_weights_is_proved_by_reasoning_alone(change):
    outcomes = damaged(UNEVEN[change](model("relative")), 300)
    assert outcomes["different, UNKNOWN"] + outcomes["different, REFUTED"]


def damaged(subject: Model, count: int) -> Counter[str]:
    """Counts what proofs say of damaged models, when nothing was sampled before."""
    outcomes: Counter[str] = Counter()
    mutants = sampled(weight_mutants(subject), count) + sampled(filled_zeros(subject), count // 2)
    for mutant in mutants:
        with nothing_sampled():
            report = verified("relative", mutant.model)
        differs = oracle().difference(mutant.model) is not None
        wrong = Verdict.PROVED if differs else Verdict.REFUTED
        assert report.verdict is not wrong, mutant.name
        outcomes[f"{'different' if differs else 'equivalent'}, {report.verdict}"] += 1
    return outcomes


@pytest.mark.parametrize(
    ("size", "outcome"),
    [(1e-5, "equivalent, PROVED"), (1e-3, "equivalent, UNKNOWN"), (0.4, "REFUTED")],
    ids=["0.00001", "0.001", "0.4"],
)
def test_noise_on_the_weights_of_the_block_is_judged_rightly(size, outcome):
    rng = np.random.default_rng(0)
    mlp = model("relative").weights.mlp
    noisy = {
        name: np.where(array != 0, array + rng.uniform(-size, size, array.shape), 0)
        for name, array in vars(mlp).items()
    }
    arrays = {name: array.astype(np.float32) for name, array in noisy.items()}
    assert judge(oracle(), with_mlp(model("relative"), replace(mlp, **arrays))) == outcome


# --- what is needed, and what is not -------------------------------------------------------------


def test_pruning_away_what_is_needed_is_refuted():
    # Head outputs are halved on their way to be taken away.
    check_refuted(verified("relative", pruned(model("relative"), 0.6)), oracle())


def test_what_one_layer_leaves_behind_does_not_matter_where_there_is_only_one():
    report = verified("sum", pruned(model("sum"), 0.6))
    assert report.proved, report
    methods = {one.name: one.method for one in report.obligations}
    assert methods["reset[mean]"] == "no run takes a second layer"


# --- drift ---------------------------------------------------------------------------------------


def test_the_report_says_how_far_from_codes_coordinates_may_be():
    report = verified("relative", quantised(model("relative")))
    methods = {one.name: one.method for one in report.obligations}
    assert report.proved
    assert "of the codes, heads leave up to" in methods["embedding"]
    assert "for 7 layers" in methods["embedding"]
    exact = verified("relative", quantised(model("relative"), scales="column"))
    assert "equal to the codes" in str(exact)


@pytest.mark.campaign
def test_what_builds_up_over_layers_is_proved_for_few_and_not_for_many():
    subject = quantised(alta.compile(program("relative")))
    assert verify(program("relative"), subject, max_len=24).proved
    assert verify(program("relative"), subject, max_len=28, max_layers=7).proved
    # A layer may leave a hundredth of a head output behind, and a condition bears an eighth of
    # two; no run of that length is known to differ.
    assert verify(program("relative"), subject, max_len=28).verdict is Verdict.UNKNOWN


def test_drift_without_an_end_is_not_proved():
    # Without a halt the program goes on for ever, and so does what builds up.
    endless = replace(program("relative"), halt=None)
    subject = rescaled(model("relative"), layers_of(model("relative"), "lookup_in")[0], 3)
    subject = replace(subject, program=endless)
    report = verify(endless, subject, max_len=6)
    assert report.verdict is Verdict.UNKNOWN
    assert verify(endless, subject, max_len=6, max_layers=50).proved


def test_a_relation_is_only_a_guess_and_obligations_refuse_a_wrong_one(monkeypatch):
    subject = quantised(model("relative"))

    def narrower(first, *arguments, **options):
        relation = invariant(first, *arguments, **options)
        return replace(relation, residue={}, drift={})

    monkeypatch.setattr("alta_verify.prove.computes.blocks.invariant", narrower)
    report = verified("relative", subject)
    assert report.verdict is Verdict.UNKNOWN
    assert any(reason.startswith("reset[") for reason in report.reasons)


def test_a_guess_that_takes_too_long_leaves_everything_open(monkeypatch):
    def late(*arguments, **options):
        raise OutOfTime

    left_to_z3(monkeypatch)
    monkeypatch.setattr("alta_verify.prove.computes.blocks.invariant", late)
    report = verified("relative", model("relative"))
    assert report.verdict is Verdict.UNKNOWN
    (reason,) = report.reasons
    assert "cut short in encoding the network (embedding, " in reason


def test_a_relation_that_does_not_hold_at_the_start_is_refused(monkeypatch):
    def moved(first, *arguments, **options):
        relation = invariant(first, *arguments, **options)
        start = dict(relation.start)
        start["done"] = {value: codes[::-1] for value, codes in start["done"].items()}
        return replace(relation, start=start)

    left_to_z3(monkeypatch)
    monkeypatch.setattr("alta_verify.prove.computes.blocks.invariant", moved)
    report = verified("relative", model("relative"))
    assert report.verdict is Verdict.UNKNOWN
    assert any(reason.startswith("embedding: done=0 starts at") for reason in report.reasons)


# --- formats that are too coarse -----------------------------------------------------------------

LONG = 45
"""Means of so many bits are told apart by float32, and hardly by bfloat16."""


@pytest.mark.campaign
def test_means_that_a_format_hardly_tells_apart_are_unknown_with_margin_and_bound():
    parity = alta.programs.parity_sum_mod_2(max_length=LONG)
    report = verify(parity, cast(alta.compile(parity, max_len=LONG), "bfloat16"), max_len=LONG)
    assert report.verdict is Verdict.UNKNOWN
    (reason,) = report.reasons
    assert reason.startswith("ffn[parity]: at mean=bucket ")
    assert "mean in bfloat16: means there are computed within 0.00" in reason
    assert "(bound), and the nearest ones of another bucket are 0.0" in reason
    assert "(margin)" in reason
    assert "on an input that gets there both sides agree" in reason


def test_numbers_that_a_format_lacks_are_the_nearest_that_it_has_and_no_other():
    numbers = alta.program_spec_from_rules(
        name="numbers",
        variables={"number": alta.numeric_var(values=(256, 257), input_init_fn=lambda t: 256 + t)},
        heads={},
        rules=[],
        output_name="number",
        input_range=2,
        layers=0,
    )
    known = alta.compile(numbers)
    assert verify(numbers, known, max_len=2).proved
    coarse = cast(known, "bfloat16")
    assert coarse.run([1]).outputs == (256.0,)
    assert verify(numbers, coarse, max_len=2).proved
    other = coarse.weights.token_embedding.copy()
    other[other == 256] = 258
    report = verify(numbers, with_arrays(coarse, {"token_embedding": other}), max_len=2)
    assert report.verdict is Verdict.REFUTED
    counterexample = report.counterexample
    assert counterexample.tokens == (0,)
    assert (counterexample.expected, counterexample.actual) == (256.0, 258.0)


def test_a_step_that_cuts_through_a_bucket_is_refuted():
    thirds = alta.program_spec_from_rules(
        name="thirds",
        variables={
            "bit": alta.numeric_var(values=(0, 0.5, 1), input_init_fn=lambda token: token),
            "out": alta.var(3),
        },
        heads={"mean": alta.Head(None, None, "bit")},
        rules=[alta.rule({"mean": index}, "out", index) for index in range(3)],
        output_name="out",
        input_range=2,
        layers=1,
    )
    known = alta.compile(thirds, max_len=8)
    assert verify(thirds, known, max_len=8).proved
    mlp, (column,) = known.weights.mlp, known.layout.columns["mean"]
    # The edge at 3/4 is moved to 0.9.
    steps = np.flatnonzero(mlp.expand_in[column] > 1)
    edges = (0.5 - mlp.expand_in_bias[steps]) / mlp.expand_in[column, steps]
    bias = mlp.expand_in_bias.copy()
    bias[steps[edges > 0.7]] -= 0.15 * mlp.expand_in[column, steps[edges > 0.7]]
    subject = with_arrays(known, {"mlp.expand_in_bias": bias})
    report = verify(thirds, subject, max_len=8)
    assert report.verdict is Verdict.REFUTED
    found = report.counterexample
    assert 0.75 < sum(found.tokens) / len(found.tokens) < 0.95
    assert found.replay().confirmed


# --- softmax that is not one-hot -----------------------------------------------------------------


def test_weights_of_unselected_keys_are_carried_along_where_they_are_not_0():
    report = verified("absolute", cast(model("absolute"), "float64"))
    assert report.proved, report
    methods = {one.name: one.method for one in report.obligations}
    assert "in the reals and in floats" in methods["softmax[parity_left]"]
    assert methods["reset[parity_left]"] == "x - x, exact for every x"
    assert "exp(-256)" in methods["rounding"]


def test_a_device_whose_exponentials_are_off_leaves_rounding_open(monkeypatch):
    off = 1 + 2.0**-30
    monkeypatch.setattr("jax.numpy.exp", lambda x: off * jnp.exp2(x * np.log2(np.exp(1))))
    report = verified("absolute", cast(model("absolute"), "float64"))
    assert report.verdict is Verdict.UNKNOWN
    left_open = [one.name for one in report.obligations if one.result is Result.OPEN]
    assert left_open == ["rounding"]


# --- larger programs -----------------------------------------------------------------------------


@pytest.mark.campaign
@pytest.mark.parametrize("change", list(CHANGES))
@pytest.mark.parametrize("name", ["addition", "sort_unique", "subleq"])
def test_changes_to_models_of_larger_programs_are_judged(name, change, record_property):
    sizes = {"addition": 12, "sort_unique": 9, "subleq": 20}
    large = getattr(alta.programs, name)()
    compiled = alta.compile(large, max_len=sizes[name])
    report = verify(large, CHANGES[change](compiled), max_len=sizes[name], timeout=600)
    record_property(f"{name}, {change}", str(report.verdict))
    if report.counterexample is not None:
        assert report.counterexample.replay().confirmed
