"""What was meant is shown of inputs of every length, or refuted by one."""

from __future__ import annotations

import json
from typing import Any

import pytest

import alta
from alta.errors import AltaError
from alta.lang.program import halt_spec
from alta.lang.rules import rule
from alta_verify import Verdict, satisfies, specs
from alta_verify.specs import SpecificationError
from tests.alta_verify.reach.windows.systems import PARITY, program_of


@pytest.fixture(autouse=True)
def _samples_are_short(monkeypatch):
    # Whatever shows on short inputs shows at once; what does not is left to the search.
    monkeypatch.setattr("alta_verify.claim.extent._SAMPLED", 6)


EVEN = "START (0* 1 0* 1)* 0*"


def step(state: int, token: int) -> int:
    return state ^ (token % 2)


RIGHT: dict[str, Any] = {
    "a fold": specs.transducer(step, 0),
    "a fold at the last position": specs.transducer(step, 0, at=-1),
    "a pattern": specs.accepts(EVEN, output=0),
    "an invariant": specs.always(lambda z: z["done"] == 1 or z["parity"] < 2),
    "an invariant of steps": specs.always(lambda z, after: z["done"] <= after["done"]),
    "another program": PARITY,
}

WRONG: dict[str, Any] = {
    "a fold": specs.transducer(lambda state, token: state | (token % 2), 0),
    "a pattern": specs.accepts(EVEN, output=1),
    "a pattern everywhere": specs.accepts(EVEN, output=0, at=None),
    "an invariant": specs.always(lambda z: z["done"] == 0),
    "an invariant of steps": specs.always(lambda z, after: z["parity"] == after["parity"]),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_parity_does_is_proved_for_every_length(name):
    report = satisfies(PARITY, RIGHT[name], max_len=None)
    assert report.proved, report
    assert "of any length" in report.claim
    json.loads(report.to_json())


@pytest.mark.parametrize("name", WRONG)
def test_what_it_does_not_do_is_refuted_by_an_input(name):
    report = satisfies(PARITY, WRONG[name], max_len=None)
    assert report.verdict is Verdict.REFUTED
    assert report.counterexample is not None
    assert report.counterexample.replay().confirmed


def test_the_report_has_the_invariant_in_values_of_the_program():
    report = satisfies(PARITY, RIGHT["a fold"], max_len=None)
    patterns = report.facts["invariant"]["patterns"]
    assert {"sites": [{"done": [0], "first": [1]}]} in patterns
    assert "Invariant: no position of any run, after any number of layers, has" in str(report)
    assert [finding.name for finding in report.obligations][-2:] == ["spec", "end"]
    assert report.facts["max_len"] is None


def test_what_samples_do_not_show_is_refuted_by_the_search():
    def count(z: Any) -> None:
        if z["done"] == 0 and z["done_left"] == 1:
            z["count"] = min(8, z["count_left"] + 1)
            z["done"] = 1

    program = alta.program_spec(
        name="counting",
        variables={
            "count": alta.var(9),
            "done": alta.input_var(2, init_fn=lambda token: int(token == 1)),
        },
        heads={
            "count_left": alta.v_relative("count", -1),
            "done_left": alta.v_relative("done", -1),
        },
        ffn_fn=count,
        output_name="count",
        input_range=2,
        vocab=("a", "START"),
        halt=halt_spec("done", 1),
        inputs=alta.inputs.regex("START a*"),
    )
    never = specs.always(lambda z: z["count"] < 8)
    report = satisfies(program, never, max_len=None)
    assert report.verdict is Verdict.REFUTED
    assert report.counterexample is not None
    assert len(report.counterexample.tokens) == 9
    up_to = specs.transducer(lambda state, token: min(8, state + 1) if token == 0 else 0, 0)
    assert satisfies(program, up_to, max_len=None).proved


def test_a_number_of_layers_ends_runs_of_any_length():
    rules = [rule({"x": 0}, "x", 1), rule({"x": 1}, "x", 2)]
    twice = specs.transducer(lambda _, token: 2, 0)
    assert satisfies(program_of(rules, layers=2), twice, max_len=None).proved
    assert satisfies(program_of(rules, layers=1), twice, max_len=None).verdict is Verdict.REFUTED
    once = specs.transducer(lambda _, token: token + 1, 0)
    assert satisfies(program_of(rules, layers=2), once, max_len=None, max_layers=1).proved
    # Where layers are many they are not counted, and nothing is said of the last one alone.
    many = satisfies(program_of(rules, layers=100), twice, max_len=None)
    assert many.verdict is Verdict.UNKNOWN


def test_the_halt_variable_may_be_the_output():
    rules = [rule({"x": 0}, "x", 1), rule({"x": 1}, "x", 2)]
    program = program_of(rules, halt=halt_spec("x", 2))
    assert satisfies(program, specs.transducer(lambda *_: 2, 0), max_len=None).proved
    wrong = satisfies(program, specs.transducer(lambda *_: 1, 0), max_len=None)
    assert wrong.verdict is Verdict.REFUTED


def test_where_runs_need_not_end_nothing_is_claimed_of_that():
    # Runs with an a go round for ever; they are found by running some.
    endless = program_of([rule({"x": 0}, "x", 1), rule({"x": 1}, "x", 0)], halt=halt_spec("x", 2))
    report = satisfies(endless, specs.transducer(lambda *_: 2, 0), max_len=None)
    assert (report.verdict, report.counterexample and report.counterexample.kind) == (
        Verdict.REFUTED,
        "endless",
    )
    assert "that every run ends is not claimed" in report.claim


def test_a_program_that_never_ends_means_nothing_and_nothing_is_proved_of_it(monkeypatch):
    # Positions wait for themselves, on every input but the shortest.
    heads = {**PARITY.heads, "done_left": alta.v_relative("done", 0)}
    stuck = alta.replace(PARITY, heads=heads)
    with pytest.raises(SpecificationError, match="its run never ends"):
        satisfies(PARITY, stuck, max_len=None)
    monkeypatch.setattr("alta_verify.prove.meets.sampling.show", lambda *_: "nothing is run")
    report = satisfies(PARITY, stuck, max_len=None)
    assert report.verdict is Verdict.UNKNOWN
    assert any("it says nothing where one does not" in reason for reason in report.reasons)


def test_a_program_that_fails_is_refuted_and_says_how():
    report = satisfies(
        program_of([rule({"left": 0}, "x", 1)], layers=1),
        specs.transducer(lambda *_: 0, 0),
        max_len=None,
    )
    assert report.counterexample is not None
    assert report.counterexample.kind == "undefined"


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        (PARITY.oracle, "is a function of whole inputs; write what was meant as specs.transducer"),
        (specs.predicate(lambda *_: True), "is a function of whole inputs"),
        (specs.transducer(step, 0, at=0), "is about position 0; use at=-1 or at=None"),
        (specs.accepts(alta.inputs.lengths(lambda n: "0*")), "is not one automaton"),
        (specs.transducer(lambda state, token: state + 1, 0), "more than 1024 states"),
        (program_of([], layers=1, inputs="a"), "has other tokens"),
    ],
)
def test_what_cannot_be_said_of_every_length_is_refused(spec, why):
    with pytest.raises(AltaError, match=why):
        satisfies(PARITY, spec, max_len=None)


def test_a_fold_that_is_not_definite_is_refused_with_an_input():
    def fails(state: int, token: int) -> int:
        return 1 // (1 - state)

    with pytest.raises(SpecificationError, match="on input 'START 0' raises ZeroDivisionError"):
        satisfies(PARITY, specs.transducer(fails, 0), max_len=None)
