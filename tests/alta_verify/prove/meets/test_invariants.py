"""Invariants are proved by value sets, by running all inputs or symbolically, or refuted."""

from __future__ import annotations

from typing import Any

import pytest

import alta
from alta_verify import Counterexample, Verdict, satisfies, specs, verify
from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.meets import invariants
from alta_verify.prove.meets.invariants import show
from alta_verify.reach.symbolic.run import SymbolicRun
from alta_verify.search.deviation import BrokenInvariant
from alta_verify.specs.invariants import Always
from tests.alta_verify.prove.meets.meetings import PARITY, meeting

ADDITION = alta.programs.addition()

WAYS = {"enumerated": 1 << 30, "symbolic": -1}


@pytest.fixture(params=list(WAYS))
def way(request, monkeypatch):
    """Both ways, whatever the number of inputs."""
    monkeypatch.setattr(invariants, "ENUMERABLE", WAYS[request.param])
    monkeypatch.setattr(invariants, "RUNNABLE", WAYS[request.param])
    return request.param


def shown(fn: Any, max_len: int = 5, program=PARITY, **bounds: Any) -> str:
    subject = meeting(specs.always(fn), max_len, program, **bounds)
    assert isinstance(subject.claim.specification, Always)
    return show(subject, subject.claim.specification)


TRUE: dict[str, Any] = {
    "done is for ever": lambda z, after: z["done"] <= after["done"],
    "what is done is kept": lambda z, after: z["done"] == 0 or z["parity"] == after["parity"],
}


@pytest.mark.parametrize("name", TRUE)
def test_what_value_sets_show_holds_for_any_number_of_layers(name):
    assert shown(TRUE[name], 200) == "value sets, for any number of layers"


def test_a_carry_is_one_of_a_sum_that_was_made(way):
    assert shown(lambda z: z["carry"] == 0 or z["turn"] == 4, 7, ADDITION)


FALSE: dict[str, tuple[Any, int, int]] = {
    "at the start": (lambda z: z["done"] == 1 or z["parity"] == 0, 0, 1),
    "in the end only": (lambda z: z["done"] == 0 or z["parity"] == 0, 1, 1),
    "in a step": (lambda z, after: z["parity"] >= after["parity"], 2, 2),
    "in the last step only": (
        lambda z, after: not (z["done"] == 0 and after["done"] == 1 and after["parity"] == 1),
        1,
        1,
    ),
    "of nothing": (lambda z: False, 0, 0),
}


@pytest.mark.parametrize("name", FALSE)
def test_what_is_broken_is_refuted_where_it_is(name, way):
    fn, layer, position = FALSE[name]
    with pytest.raises(Refuted) as refuted:
        shown(fn)
    broken = refuted.value.counterexample
    assert isinstance(broken, BrokenInvariant)
    assert broken.replay().confirmed
    if way == "enumerated":
        assert (broken.layer, broken.position) == (layer, position)


def test_what_breaks_one_layer_beyond_the_bound_is_proved(way):
    longest = lambda z: z["done"] == 0 or z["parity"] == 0  # noqa: E731
    assert shown(longest, max_layers=0)
    with pytest.raises(Refuted):
        shown(longest, max_layers=1)


def test_what_is_true_before_every_layer_need_not_be_true_in_the_end(way):
    def step(z):
        z["x"] = 1

    program = alta.program_spec(
        variables={"x": alta.var(2)},
        heads={},
        ffn_fn=step,
        output_name="x",
        input_range=2,
        layers=1,
    )
    assert shown(lambda z, after: z["x"] == 0, 2, program)
    for states in (lambda z: z["x"] == 0, lambda z, after: after["x"] == 0):
        with pytest.raises(Refuted):
            shown(states, 2, program)
    with pytest.raises(Refuted):
        shown(lambda z, after: z["x"] == 0, 2, program, max_layers=2)


def test_what_is_broken_at_the_start_only_is_refuted_there(way):
    def step(z):
        z["x"] = 0

    program = alta.program_spec(
        variables={"x": alta.input_var(2)},
        heads={},
        ffn_fn=step,
        output_name="x",
        input_range=2,
        layers=1,
    )
    with pytest.raises(Refuted) as refuted:
        shown(lambda z: z["x"] == 0, 2, program)
    assert refuted.value.counterexample.layer == 0
    assert shown(lambda z, after: after["x"] == 0, 2, program)


def test_a_program_that_fails_is_refuted(way):
    def trap(z):
        if z["x"] == 1:
            z["x"] = 2

    program = alta.program_spec(
        variables={"x": alta.input_var(2)},
        heads={},
        ffn_fn=trap,
        output_name="x",
        input_range=2,
        layers=1,
    )
    report = satisfies(program, specs.always(lambda z: z["x"] < 2), max_len=2)
    assert isinstance(report.counterexample, Counterexample)
    assert report.counterexample.kind == "range"


def test_an_invariant_is_part_of_the_theorem_about_weights():
    model = alta.compile(PARITY)
    report = verify(PARITY, model, max_len=4, spec=specs.always(TRUE["done is for ever"]))
    assert report.proved
    assert "before and after every layer, at every position, '<lambda>' (" in report.claim
    report = verify(PARITY, model, max_len=4, spec=specs.always(FALSE["in the end only"][0]))
    assert report.verdict is Verdict.REFUTED
    text = " ".join(str(report).split())
    assert "on input 'START 1', after layer 1, position 1: '<lambda>'" in text
    assert "is not true of done = 1, parity = 1" in text
    assert "Counterexample, the shortest there is, replayed on the interpreter:" in text


def test_an_invariant_of_a_program_that_nothing_ends_is_one_of_its_endless_runs():
    program = alta.replace(PARITY, halt=None)
    assert satisfies(program, specs.always(TRUE["done is for ever"]), max_len=4).proved


def test_an_invariant_that_is_not_definite_where_runs_get_is_refused():
    with pytest.raises(specs.SpecificationError, match=r"on input 'START' raises ZeroDivisionErr"):
        satisfies(PARITY, specs.always(lambda z: 1 // (1 - z["done"]) == 1), max_len=3)
    # Nothing has both, so that it does not matter.
    never = lambda z: z["carry"] == 0 or z["turn"] > 0 or 1 // z["turn"] > 0  # noqa: E731
    assert satisfies(ADDITION, specs.always(never), max_len=5).proved


def test_too_many_values_together_are_run_or_left_open(monkeypatch):
    monkeypatch.setattr("alta_verify.specs.invariants._COMBINATIONS", 3)
    broken = lambda z: z["done"] == 0 or z["parity"] < 2  # noqa: E731
    assert shown(broken).startswith("enumeration")
    with pytest.raises(NotShown, match="more than 3 values together"):
        shown(broken, 40)


def test_runs_that_were_not_followed_show_nothing(monkeypatch, way):
    if way == "enumerated":
        pytest.skip("nothing is followed")
    monkeypatch.setattr(SymbolicRun, "advance", lambda *_: False)
    with pytest.raises(NotShown, match="length 5: runs were not followed to their ends"):
        shown(lambda z: z["carry"] == 0 or z["turn"] == 4, 9, ADDITION)
