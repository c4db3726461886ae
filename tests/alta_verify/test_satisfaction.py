"""Programs are proved to do what was meant, or an input shows that they do not."""

from __future__ import annotations

import itertools
import json
import random
from typing import Any

import pytest

import alta
from alta.errors import AltaError, ProgramError
from alta_verify import Counterexample, Deviation, Report, Verdict, satisfies, specs
from alta_verify.report.report import CertificateError
from tests.alta_verify.intentions import INTENTIONS, wrong_of
from tests.alta_verify.reach.examples import ranking

PARITY = alta.programs.parity_sequential_relative()
PROGRAM: Any = PARITY
ORACLE: Any = PARITY.oracle


def refutation(report: Report) -> Deviation:
    """Checks that a report refutes, by an input that shows it again."""
    assert report.verdict is Verdict.REFUTED, report
    found = report.counterexample
    assert isinstance(found, Deviation)
    assert found.replay().confirmed
    return found


@pytest.mark.parametrize("name", INTENTIONS)
def test_a_shipped_program_does_what_was_meant(name):
    meant = INTENTIONS[name]
    report = satisfies(
        meant.program, meant.right, max_len=meant.max_len, max_layers=meant.max_layers
    )
    assert report.proved, report
    assert [finding.name for finding in report.obligations][-1] == "spec"


@pytest.mark.parametrize(("name", "mistake"), wrong_of())
def test_a_wrong_specification_is_refuted_by_the_shortest_input(name, mistake):
    meant = INTENTIONS[name]
    wrong = meant.wrong(mistake)
    found = refutation(
        satisfies(meant.program, wrong, max_len=meant.max_len, max_layers=meant.max_layers)
    )
    assert found.tokens == meant.shortest(mistake)
    assert found.shortest
    right, changed = list(meant.right(found.tokens)), list(wrong(found.tokens))
    assert list(found.outputs or ()) == right
    places = [place for place, value in enumerate(changed) if value != right[place]]
    assert list(found.positions) == places
    assert (found.position, found.expected) == (places[0], str(changed[places[0]]))
    assert found.actual == right[places[0]]


FORMS = {
    "the last": specs.function(lambda tokens: tokens.count(1) % 2, at=-1),
    "a predicate": specs.predicate(lambda tokens, outputs: outputs[-1] == tokens.count(1) % 2),
    "a pattern": specs.accepts("START (0* 1 0* 1)* 0* 1 0*"),
    "a fold": specs.transducer(lambda state, token: state ^ (token == 1), 0),
}


@pytest.mark.parametrize("form", FORMS)
def test_what_was_meant_can_be_said_in_many_ways(form):
    assert satisfies(PARITY, FORMS[form], max_len=8).proved


def test_a_pattern_and_a_fold_that_are_wrong_are_refuted():
    found = refutation(satisfies(PARITY, specs.accepts("START (0|1)* 1"), max_len=8))
    assert (found.names, found.expected, found.actual) == ("START 1 0", "not 1", 1)
    forgetting = specs.transducer(lambda state, token: token == 1, 0)
    found = refutation(satisfies(PARITY, forgetting, max_len=8))
    assert (found.names, found.expected, found.actual) == ("START 1 0", "False", 1)


def test_a_predicate_and_a_last_output_that_are_wrong_are_refuted():
    few = specs.predicate(lambda tokens, outputs: sum(outputs) < 3)
    found = refutation(satisfies(PARITY, few, max_len=8))
    assert (found.names, found.positions, found.expected) == ("START 1 0 0", (), None)
    assert "the outputs are 0 1 1 1, of which '<lambda>'" in str(found)
    last = specs.function(lambda tokens: tokens.count(1) % 3, at=-1)
    found = refutation(satisfies(PARITY, last, max_len=8))
    assert (found.names, found.position, found.expected) == ("START 1 1", 2, "2")


def test_a_program_that_fails_or_never_ends_does_nothing_that_was_meant():
    def build(ffn, **more):
        return alta.program_spec(
            variables={"x": alta.input_var(2)},
            heads={},
            ffn_fn=ffn,
            output_name="x",
            input_range=2,
            inputs=alta.inputs.regex("(0|1)+"),
            **more,
        )

    def trap(z):
        if z["x"] == 1:
            z["x"] = 2

    report = satisfies(build(trap, layers=1), lambda tokens: tokens, max_len=3)
    assert isinstance(report.counterexample, Counterexample)
    assert (report.counterexample.kind, report.counterexample.tokens) == ("range", (1,))

    def toggle(z):
        z["x"] = 1 - z["x"]

    endless = build(toggle, halt=alta.halt_spec("x", 1))
    found = refutation(satisfies(endless, lambda tokens: [1] * len(tokens), max_len=3))
    assert (found.kind, found.tokens, found.actual) == ("endless", (0, 1), None)
    assert "never ends" in str(found)
    assert satisfies(endless, lambda tokens: tokens, max_len=3, max_layers=0).proved
    with pytest.raises(ProgramError, match="nothing ends a run"):
        satisfies(build(toggle), lambda tokens: tokens, max_len=3)


def test_a_report_says_what_was_meant():
    report = satisfies(PARITY, ORACLE, max_len=4)
    assert "the output at every position is what the program's oracle (parity.py:" in report.claim
    assert any("asked twice" in line for line in report.assumptions)
    with pytest.raises(CertificateError, match="certificates are about weights"):
        report.save("nowhere")


def test_a_refutation_shows_what_was_meant_and_the_run_around_it():
    report = satisfies(PARITY, lambda tokens: [0] * len(tokens), max_len=4)
    text = str(report)
    assert "position 1: the output is 1, and 0 was meant by '<lambda>'" in text
    assert "   input  meant  output\n  0  START  0      0\n  1  1      0      1  ←" in text
    assert "parity_left" in text
    said = json.loads(report.to_json())["counterexample"]
    assert (said["kind"], said["expected"], said["actual"]) == ("spec", "0", 1)


def test_a_specification_that_is_not_definite_is_no_verdict():
    def raising(tokens):
        if len(tokens) == 3:
            raise KeyError("no")
        return ORACLE(tokens)

    with pytest.raises(specs.SpecificationError, match="raises KeyError: 'no'"):
        satisfies(PARITY, raising, max_len=4)


def test_a_language_without_inputs_is_vacuous_and_no_time_is_unknown():
    addition = alta.programs.addition()
    report = satisfies(addition, addition.oracle, max_len=4)
    assert report.verdict is Verdict.VACUOUS
    report = satisfies(PARITY, ORACLE, max_len=8, timeout=0)
    assert report.verdict is Verdict.UNKNOWN


def test_arguments_are_checked():
    with pytest.raises(AltaError, match=r"satisfies: expected an alta\.Program, got 3"):
        satisfies(3, len)
    with pytest.raises(AltaError, match="spec: expected a function"):
        satisfies(PARITY, 3)


def test_what_was_proved_is_kept_under_all_that_was_meant(tmp_path):
    def last(offset):
        return specs.function(lambda tokens: tokens.count(1) % 2 + offset, at=-1)

    assert satisfies(PARITY, last(0), max_len=4, cache=tmp_path).facts["cached"] == 0
    recalled = satisfies(PARITY, last(0), max_len=4, cache=tmp_path)
    assert recalled.proved
    assert recalled.facts["cached"] == len(recalled.obligations)
    assert satisfies(PARITY, last(1), max_len=4, cache=tmp_path).verdict is Verdict.REFUTED
    assert satisfies(PARITY, last(0), max_len=5, cache=tmp_path).facts["cached"] == 0


def test_what_has_no_digest_is_not_kept(tmp_path):
    # A program is an object that may do anything.
    meant = specs.function(lambda tokens: PROGRAM.oracle(tokens)[-1], at=-1)
    for _ in range(2):
        assert satisfies(PARITY, meant, max_len=4, cache=tmp_path).facts["cached"] == 0


# --- shipped programs in their own sizes ----------------------------------------------------------

PREFIX = specs.transducer(lambda state, token: state ^ (token == 1), 0)
ODD = specs.accepts("START 0* 1 (0* 1 0* 1)* 0*", at=None)

PARITIES: dict[str, Any] = {
    "parity_sequential_relative": (PREFIX, 100),
    "parity_sequential_absolute": (PREFIX, 40),
    "parity_sum_mod_2": (ODD, 30),
    "parity_sum_mod_2_intermediate": (ODD, 30),
}


@pytest.mark.campaign
@pytest.mark.parametrize("name", PARITIES)
def test_parities_are_what_was_meant_of_more_inputs_than_can_be_run(name):
    meant, longest = PARITIES[name]
    program = alta.programs.get(name)
    for max_len in (20, longest):
        report = satisfies(program, meant, max_len=max_len)
        assert report.proved
        assert report.obligations[-1].method.startswith("symbolic runs beside what was meant")
    # One prefix in a million is said to have another parity.
    secret = (2, *map(int, "1011010110100101101"))[-18:]

    def step(state, token):
        parity, seen = state
        return parity ^ (token == 1), (*seen, token)[-18:]

    wrong = specs.transducer(step, (0, ()), lambda state: state[0] ^ (state[1] == secret))
    if meant is PREFIX:
        found = refutation(satisfies(program, wrong, max_len=19, timeout=600))
        assert found.tokens[-18:] == secret


@pytest.mark.campaign
@pytest.mark.parametrize(("name", "max_len"), [("scan_parser", 11), ("scan", 49)])
def test_all_commands_of_scan_mean_what_their_grammar_says(name, max_len):
    program: Any = alta.programs.get(name)
    assert satisfies(program, program.oracle, max_len=max_len).proved
    words = list(program.inputs.automaton(max_len).enumerate_words(max_len))
    secret = words[len(words) // 3]

    def but_one(tokens):
        right = list(program.oracle(tokens))
        return [*right[:-1], 1] if tuple(tokens) == secret else right

    assert refutation(satisfies(program, but_one, max_len=max_len)).tokens == secret


# --- ranks: what is counted is known as a function of how often each token occurs -----------------


def is_sorted(tokens: list[int], outputs: list[int]) -> bool:
    ascending = all(outputs[place - 1] <= outputs[place] for place in range(1, len(outputs)))
    return ascending and all(outputs.count(number) == tokens.count(number) for number in tokens)


SORTING: dict[str, Any] = {
    "distinct": (alta.programs.sort_unique(), 16),
    "repeated": (ranking(4, 20), 20),
}


@pytest.mark.campaign
@pytest.mark.parametrize("name", SORTING)
@pytest.mark.parametrize("meant", [sorted, specs.predicate(is_sorted)], ids=["oracle", "predicate"])
def test_numbers_are_sorted_and_a_permutation_of_the_input(name, meant):
    program, longest = SORTING[name]
    report = satisfies(program, meant, max_len=longest)
    assert report.proved, report
    assert "Parikh vectors" in report.obligations[-1].method


UNSORTED = {
    "off by one": lambda tokens: [*sorted(tokens)[:-1], max(tokens) - (len(tokens) > 1)],
    "the least is lost": lambda tokens: [*sorted(tokens)[1:], max(tokens)],
    "descending": lambda tokens: [0, *sorted(tokens[1:], reverse=True)],
    "equal ones once": lambda tokens: sorted(set(tokens)) + [3] * (len(tokens) - len(set(tokens))),
    "at the bound": lambda tokens: (
        sorted(tokens) if len(tokens) < 14 else [*sorted(tokens)[:-1], 0]
    ),
}


@pytest.mark.campaign
@pytest.mark.parametrize("name", SORTING)
@pytest.mark.parametrize("why", UNSORTED)
def test_numbers_that_are_meant_otherwise_are_refuted(name, why):
    program, longest = SORTING[name]
    if (name, why) != ("distinct", "equal ones once"):
        found = refutation(satisfies(program, UNSORTED[why], max_len=min(longest, 14)))
        assert list(found.outputs or ()) == sorted(found.tokens)


def _but_one(right, secret):
    def meant(tokens):
        outputs = list(right(tokens))
        if list(tokens) == secret:
            outputs[-1] = 1 - outputs[-1]
        return outputs

    return meant


SECRETS: dict[str, list[int]] = {
    "parity_sequential_relative": [2, *[0, 1, 1] * 20],
    "parity_sequential_absolute": [1, 0, 0] * 20,
    "parity_sum_mod_2": [2, *[1, 1, 0] * 13],
    "parity_sum_mod_2_intermediate": [2, *[1, 0, 1] * 13],
    "addition": [10, *[9, 0, 5, 2] * 5, 11, *[1, 9, 4, 7] * 5, 12],
}


@pytest.mark.campaign
@pytest.mark.parametrize("name", SECRETS)
def test_one_wrong_input_of_more_than_can_be_run_is_found(name):
    secret = SECRETS[name]
    program = alta.programs.get(name)
    wrong = _but_one(program.oracle, secret)
    found = refutation(satisfies(program, wrong, max_len=len(secret)))
    assert list(found.tokens) == secret


COUNTER = itertools.count()


@pytest.mark.parametrize(
    "depends",
    [
        lambda tokens: [random.random()] * len(tokens),
        lambda tokens: [next(COUNTER)] * len(tokens),
    ],
    ids=["chance", "a counter"],
)
@pytest.mark.parametrize("longest", [4, 40], ids=["few inputs", "many inputs"])
def test_what_depends_on_more_than_the_tokens_is_no_specification(depends, longest):
    with pytest.raises(specs.SpecificationError, match=r"asked again .* its argument alone"):
        satisfies(PARITY, depends, max_len=longest)
