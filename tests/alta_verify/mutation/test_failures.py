"""Programs that conflict, trap or read UNDEFINED, each beside a twin in which that is repaired."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

import alta
from alta.errors import ExecutionError
from alta.lang.program import HaltSpec, Program
from alta.lang.rules import Rule, rule
from alta_verify import Report, Result, Verdict, verify
from tests.alta_verify.secret_words import ALIVE, DEAD, at_the_end, secret_word, word_of

KINDS = ("conflict", "range", "undefined")

SECRETS = {
    "12": word_of("101100101101"),
    "16": word_of("1011001011010011"),
}

LAYERS = 4


def failing_tail(word: Sequence[int], kind: str) -> list[Rule]:
    """Rules that fail where the last position is alive."""
    return {
        "conflict": [at_the_end(word), at_the_end(word, bit=word[-1])],
        "range": [at_the_end(word, 2)],
        "undefined": [at_the_end(word, right=ALIVE)],
    }[kind]


def harmless_tail(word: Sequence[int], kind: str) -> list[Rule]:
    """Rules that would fail if a position were alive beside a dead one, which none ever is."""
    return {
        "conflict": [at_the_end(word), at_the_end(word, left=DEAD)],
        "range": [at_the_end(word, 2, left=DEAD)],
        "undefined": [at_the_end(word, left=DEAD, right=ALIVE)],
    }[kind]


def counting(kind: str, halt: HaltSpec | None = None) -> Program:
    """A program that fails on every input, once it has counted to `LAYERS`."""
    last = {
        "conflict": [
            rule({"count": LAYERS}, "out", 1),
            rule({"count": LAYERS, "out": 0}, "out", 1),
        ],
        "range": [rule({"count": LAYERS}, "out", 2)],
        "undefined": [rule({"count": LAYERS, "left": 1}, "out", 1)],
    }[kind]
    return alta.program_spec_from_rules(
        name="counting",
        variables={
            "token": alta.input_var(2),
            "count": alta.var(LAYERS + 1),
            "out": alta.var(2),
        },
        heads={"left": alta.v_relative("token", -1)},
        rules=[*(rule({"count": c}, "count", c + 1) for c in range(LAYERS)), *last],
        output_name="out",
        input_range=2,
        halt=halt,
        layers=LAYERS + 2,
    )


def ending(*rules: Rule) -> Program:
    """A program whose inputs end with token 2."""
    return alta.program_spec_from_rules(
        name="ending",
        variables={
            "token": alta.input_var(3),
            "end": alta.input_var(2, init_fn=lambda token: token == 2),
            "out": alta.var(2),
        },
        heads={"right": alta.v_relative("token", 1)},
        rules=rules,
        output_name="out",
        input_range=3,
        layers=2,
        inputs=alta.inputs.regex("(0|1)* 2"),
    )


def looking_up(language: str) -> Program:
    """A program that looks for the position of token 1."""
    return alta.program_spec_from_rules(
        name="looking_up",
        variables={
            "token": alta.input_var(2),
            "wanted": alta.var(2, default=1),
            "pos": alta.position_var(5),
            "out": alta.var(5),
        },
        heads={"found": alta.qkv("wanted", "token", "pos")},
        rules=[rule({"found": p, "out": 0}, "out", p) for p in range(1, 5)],
        output_name="out",
        input_range=2,
        position_range=5,
        layers=1,
        inputs=alta.inputs.regex(language),
    )


ENDINGS = {
    "conflict": (
        ending(rule({"end": 1}, "out", 1), rule({"token": 2}, "out", 1)),
        ending(rule({"end": 1}, "out", 1), rule({"end": 0, "token": 2}, "out", 1)),
    ),
    "range": (
        ending(rule({"end": 1}, "out", 2)),
        ending(rule({"end": 1, "token": 0}, "out", 2)),
    ),
    "undefined": (
        ending(rule({"right": 0}, "out", 1)),
        ending(rule({"end": 0, "right": 0}, "out", 1)),
    ),
}


def check_fails(report: Report, kind: str) -> tuple[int, ...]:
    """Checks that a report shows an input on which the program itself fails; returns the input."""
    assert report.verdict is Verdict.REFUTED, report
    found = report.counterexample
    assert found.kind == kind
    assert found.expected is None
    assert found.program.inputs.contains(found.tokens)
    replay = found.replay()
    assert replay.confirmed
    assert isinstance(replay.interpreter, ExecutionError)
    with pytest.raises(ExecutionError) as raised:
        alta.run(found.program, found.tokens, layers_of(found.program))
    error = raised.value
    place = (error.kind, error.layer, error.position, error.variable)
    assert place == (kind, found.layer, found.position, found.variable)
    return found.tokens


def layers_of(program: Program) -> int | None:
    return None if program.halt is not None else program.layer_bound(1)


@pytest.mark.parametrize(
    ("kind", "length"),
    [
        pytest.param(
            kind, length, marks=[] if length == "12" or kind == KINDS[0] else pytest.mark.campaign
        )
        for kind in KINDS
        for length in SECRETS
    ],
)
def test_a_failure_on_one_input_of_very_many_is_found(kind, length):
    word = SECRETS[length]
    report = verify(secret_word(word, failing_tail(word, kind)), max_len=len(word))
    assert check_fails(report, kind) == word
    assert (report.counterexample.layer, report.counterexample.position) == (
        len(word) + 1,
        len(word) - 1,
    )
    results = {one.name: one.result for one in report.obligations}
    assert results["sampling"] is Result.PROVED
    assert results[f"program[{kind}]"] is Result.FAILED


@pytest.mark.parametrize("length", list(SECRETS))
@pytest.mark.parametrize("kind", KINDS)
def test_a_failure_that_no_input_leads_to_is_no_failure(kind, length):
    word = SECRETS[length]
    report = verify(secret_word(word, harmless_tail(word, kind)), max_len=len(word))
    assert report.proved, report
    # Values alone do not tell: it takes runs on all inputs, in one way or the other.
    (method,) = (one.method for one in report.obligations if one.name == f"program[{kind}]")
    assert ("enumeration" if length == "12" else "symbolic") in method


@pytest.mark.parametrize("kind", KINDS)
def test_a_failure_after_many_layers_is_found_unless_the_run_ends_before(kind):
    report = verify(counting(kind), max_len=2)
    check_fails(report, kind)
    assert report.counterexample.layer == LAYERS + 1
    assert len(report.counterexample.tokens) == 1
    halting = counting(kind, halt=alta.halt_spec("count", LAYERS))
    assert verify(halting, max_len=2).proved


@pytest.mark.parametrize("kind", KINDS)
def test_a_failure_in_a_layer_counts_only_within_the_bound_on_layers(kind):
    program = counting(kind)
    assert verify(program, max_len=2, max_layers=LAYERS).proved
    check_fails(verify(program, max_len=2, max_layers=LAYERS + 1), kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_failure_at_the_last_position_is_found(kind):
    failing, repaired = ENDINGS[kind]
    report = verify(failing, max_len=4)
    tokens = check_fails(report, kind)
    assert report.counterexample.position == len(tokens) - 1
    assert verify(repaired, max_len=4).proved


@pytest.mark.parametrize(
    "language",
    ["0{1,5}", "1 0? 1", "0* 1 0* 1? 0*"],
    ids=["none", "two", "one or two"],
)
def test_a_look_up_that_finds_none_or_several_is_an_undefined_read(language):
    check_fails(verify(looking_up(language), max_len=5), "undefined")


def test_a_look_up_that_finds_exactly_one_is_proved():
    assert verify(looking_up("0* 1 0*"), max_len=5).proved


def test_a_failure_on_the_longest_inputs_only_counts_from_their_length_on():
    program = alta.program_spec_from_rules(
        variables={"token": alta.input_var(2), "pos": alta.position_var(5), "out": alta.var(2)},
        heads={"right": alta.v_relative("token", 1)},
        rules=[rule({"pos": 3, "right": 1}, "out", 1)],
        output_name="out",
        input_range=2,
        position_range=5,
        layers=1,
    )
    assert verify(program, max_len=3).proved
    tokens = check_fails(verify(program, max_len=5), "undefined")
    assert len(tokens) == 4


def test_rules_that_agree_conflict_as_well():
    program = ending(rule({"end": 1}, "out", 1), rule({"token": 2, "out": 0}, "out", 1))
    check_fails(verify(program, max_len=3), "conflict")
