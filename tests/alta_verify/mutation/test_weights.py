"""One wrong weight: refuted, or shown to make no difference by running everything."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

import alta
from alta.lang.program import Program
from alta.nn.model import Model
from alta_verify import Verdict, verify
from tests.alta_verify.exhaustive import Exhaustive, judge, record, sweep
from tests.alta_verify.mutants import CHANGES, filled_zeros, sampled, weight_mutants
from tests.alta_verify.obligations import show_instead

LONGEST = 5

PROGRAMS = {
    "relative": alta.programs.parity_sequential_relative,
    "absolute": lambda: alta.programs.parity_sequential_absolute(max_length=LONGEST),
}

NAMES = list(PROGRAMS)

KINDS = {"changed": weight_mutants, "filled": filled_zeros}


@cache
def program(name: str) -> Program:
    return PROGRAMS[name]()


@cache
def model(name: str) -> Model:
    return alta.compile(program(name))


@cache
def oracle(name: str) -> Exhaustive:
    return Exhaustive(program(name), LONGEST)


@pytest.mark.parametrize("name", NAMES)
def test_the_oracle_finds_the_compiled_model_right_and_so_does_the_proof(name):
    assert oracle(name).difference(model(name)) is None
    assert judge(oracle(name), model(name)) == "equivalent, PROVED"


@pytest.mark.parametrize("name", NAMES)
def test_the_oracle_agrees_with_runs_one_at_a_time(name):
    mutants = sampled(weight_mutants(model(name)), 2)
    for subject in [model(name), *(mutant.model for mutant in mutants)]:
        assert oracle(name).difference(subject) == shortest_difference(name, subject)


def shortest_difference(name: str, subject: Model) -> tuple[int, ...] | None:
    """The first input whose runs differ in a state, by the definitions of both sides."""
    for word in program(name).inputs.enumerate(LONGEST):
        if not word:
            continue
        run = alta.run(program(name), word)
        other = subject.trace(word, run.n_layers)
        states = [run.initial, *(layer.after_mlp for layer in run.states)]
        others = [other.initial, *(layer.after_mlp for layer in other.layers)]
        if states != others:
            return word
        ended = subject.run(word)
        assert (ended.outputs, ended.n_layers) == (run.outputs, run.n_layers)
    return None


@pytest.mark.parametrize("change", list(CHANGES))
@pytest.mark.parametrize("name", NAMES)
def test_a_changed_weight_is_refuted_or_makes_no_difference(name, change):
    mutants = [one for one in weight_mutants(model(name)) if one.name.endswith(change)]
    outcomes = sweep(oracle(name), sampled(mutants, 3))
    assert outcomes["REFUTED"]


@pytest.mark.parametrize("name", NAMES)
def test_a_weight_that_should_be_zero_is_refuted_or_makes_no_difference(name):
    outcomes = sweep(oracle(name), sampled(filled_zeros(model(name)), 7))
    assert outcomes["REFUTED"]


@pytest.mark.parametrize("name", NAMES)
def test_no_wrong_weight_is_proved_when_sampling_finds_nothing(name, monkeypatch):
    show_instead(monkeypatch, "sampling", lambda *_: "nothing was sampled")
    mutants = sampled(weight_mutants(model(name)), 6) + sampled(filled_zeros(model(name)), 4)
    assert unsampled(name, mutants)["different, REFUTED"]


def unsampled(name: str, mutants) -> Counter[str]:
    """Counts verdicts that rest on proofs alone: what differs may be open, but not proved."""
    outcomes: Counter[str] = Counter()
    for mutant in mutants:
        report = verify(program(name), mutant.model, max_len=LONGEST)
        if oracle(name).difference(mutant.model) is None:
            assert report.verdict is not Verdict.REFUTED, mutant.name
            outcomes[f"equivalent, {report.verdict}"] += 1
        else:
            assert report.verdict in {Verdict.REFUTED, Verdict.UNKNOWN}, mutant.name
            outcomes[f"different, {report.verdict}"] += 1
    return outcomes


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("name", "kind"),
    [("relative", "changed"), ("absolute", "changed"), ("relative", "filled")],
    ids=["relative-changed", "absolute-changed", "relative-filled"],
)
def test_every_wrong_weight_is_refuted_or_makes_no_difference(name, kind, record_property):
    outcomes = sweep(oracle(name), KINDS[kind](model(name)))
    record(f"{name}, {kind}", outcomes, record_property)
    assert outcomes["REFUTED"]


@pytest.mark.campaign
@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("name", NAMES)
def test_no_wrong_weight_of_many_is_proved_when_sampling_finds_nothing(
    name, kind, monkeypatch, record_property
):
    show_instead(monkeypatch, "sampling", lambda *_: "nothing was sampled")
    outcomes = unsampled(name, sampled(KINDS[kind](model(name)), 1000))
    record(f"{name}, {kind}, nothing sampled", outcomes, record_property)
    assert outcomes["different, REFUTED"]
