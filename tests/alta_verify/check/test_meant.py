"""What was meant is read strictly, and held against the run on every input."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

import alta
from alta.lang.program import program_text
from alta_verify.check import meant as checking
from alta_verify.check.language import Language
from alta_verify.check.meant import check_outputs, read_meant, text_of
from alta_verify.check.refused import Refused
from alta_verify.check.text import read_program
from tests.alta_verify.reach.examples import sorting

PARITY = alta.programs.parity_sequential_relative()

TABLE = {
    "says": "the parity",
    "form": "table",
    "rows": ["2 : 0", "2 0 : 0 0", "2 1 : 0 1"],
}

MACHINE = {
    "says": "the parity",
    "form": "machine",
    "at": None,
    "start": 0,
    "moves": ["0 0 0", "0 1 1", "0 2 0", "1 0 1", "1 1 0"],
    "outputs": ["0", "1"],
}


def checked(content, program=PARITY, longest: int = 2) -> int:
    own = read_program(program_text(program))
    language = Language(own)
    lengths = language.live_by_length(range(1, longest + 1))
    return check_outputs(own, language, lengths, None, read_meant(content))


def refusal(content, **options) -> str:
    with pytest.raises(Refused) as refused:
        checked(content, **options)
    return str(refused.value)


def test_the_outputs_of_every_input_are_held_against_it():
    assert checked(TABLE) == 3
    assert checked(MACHINE) == 3
    assert checked(MACHINE, longest=6) == 63
    assert checked({**MACHINE, "at": -1}, longest=3) == 7
    moves = ["0 2 1", "1 0 2", "1 1 2", "2 0 2", "2 1 2"]
    first = {**MACHINE, "at": 0, "moves": moves, "outputs": ["7", "0", "7"]}
    assert checked(first, longest=3) == 7
    assert checked({**TABLE, "rows": ["2 : !1", "2 0 : . 0", "2 1 : 0 !0"]}) == 3


WRONG_TABLES = {
    "an output": (
        ["2 : 0", "2 0 : 0 0", "2 1 : 0 0"],
        "on input '2 1' the output at position 1 is 1",
    ),
    "an output that is excluded": (["2 : 0", "2 0 : 0 0", "2 1 : 0 !1"], "meant.json has '!1'"),
    "nothing demanded": (["2 : 0", "2 0 : . .", "2 1 : 0 1"], "not all of them '.'"),
    "too few outputs": (["2 : 0", "2 0 : 0", "2 1 : 0 1"], "expected 2 demands on input '2 0'"),
    "a row less": (TABLE["rows"][:2], "input '2 1' is missing, after 2 rows"),
    "another order": (TABLE["rows"][::-1], "expected input '2', got '2 1'"),
    "a row twice": (["2 : 0", "2 : 0", *TABLE["rows"][1:]], "expected input '2 0', got '2'"),
    "a row of no input": ([*TABLE["rows"], "2 2 : 0 0"], "input '2 2' is no input within the"),
    "no rows": ([], "input '2' is missing, after 0 rows"),
    "no separator": (["2 0"], "rows of tokens, ' : ' and demands"),
    "no token": (["x : 0"], "numbers with one space between, got 'x'"),
    "two spaces": (["2 : 0", "2 0 : 0  0"], "expected a demand such as"),
    "no list": ("2 : 0", "rows, a list of texts"),
    "no text": ([2], "rows, a list of texts"),
}


@pytest.mark.parametrize(("rows", "why"), WRONG_TABLES.values(), ids=list(WRONG_TABLES))
def test_a_wrong_table_is_refused(rows, why):
    assert why in refusal({**TABLE, "rows": rows})


WRONG_MACHINES = {
    "another move": ({"moves": ["0 0 0", "0 1 0", "0 2 0"]}, "on input '2 1' the output at pos"),
    "another output": ({"outputs": ["0", "0"]}, "the output at position 1 is 1"),
    "another position": ({"at": 0, "outputs": ["1", "1"]}, "on input '2' the output at position 0"),
    "a position too far": ({"at": -2}, "input '2' has no position -2"),
    "another start": ({"start": 1}, "no move from state 1 with token 2"),
    "a move less": (
        {"moves": ["0 0 0", "0 2 0"]},
        "no move from state 0 with token 1, on input '2 1'",
    ),
    "a move twice": ({"moves": ["0 1 1", "0 1 0", "0 2 0"]}, "one move a state and token"),
    "a state too many": ({"moves": ["0 1 2"]}, "moves of a state, a token and a state"),
    "no state": ({"outputs": [], "moves": []}, "a start among the states"),
    "a start that is no number": ({"start": True}, "a start, and moves"),
    "a position that is none": ({"at": "last"}, "at, a position or null"),
    "an output that is none": ({"outputs": ["0", "one"]}, "a demand such as"),
}


@pytest.mark.parametrize(("changes", "why"), WRONG_MACHINES.values(), ids=list(WRONG_MACHINES))
def test_a_wrong_machine_is_refused(changes, why):
    assert why in refusal({**MACHINE, **changes})


@pytest.mark.parametrize(
    "content",
    [
        {},
        {**TABLE, "says": ""},
        {**TABLE, "says": None},
        {**TABLE, "form": "code"},
        {**TABLE, "form": ["table"]},
        {**TABLE, "more": 1},
        {**MACHINE, "rows": []},
        {key: MACHINE[key] for key in ("form", "says", "at", "start", "moves", "outputs")},
    ],
)
def test_what_is_no_table_and_no_machine_is_refused(content):
    with pytest.raises(Refused, match=re.escape("expected says")):
        read_meant(content)


@pytest.mark.parametrize(
    "text", ["", "!", "01", "1.5", "2/4", "!.", "..", "+1", "{1,0}", "{0,}", "{ }"]
)
def test_what_is_no_demand_is_refused_as_every_output_would_be_another(text):
    assert "expected a demand such as" in refusal({**TABLE, "rows": [f"2 : !{text}"]})


def test_equal_values_have_one_text_and_others_another():
    assert text_of(1) == text_of(1.0) == text_of(Fraction(1)) == "1"
    assert text_of(0.1) != text_of(Fraction(1, 10))
    assert text_of(frozenset({2, 0})) == "{0,2}"
    assert text_of(frozenset()) == "{}"


def test_inputs_without_repetitions_are_exactly_those_of_the_language():
    program = sorting("BOS [1-4]*")
    rows = [
        f"{' '.join(map(str, word))} : {' '.join(map(str, sorted(word)))}"
        for word in program.inputs.enumerate(4)
        if word
    ]
    assert checked({**TABLE, "rows": rows}, program=program, longest=4) == len(rows)


def test_more_inputs_than_can_be_run_are_refused(monkeypatch):
    monkeypatch.setattr(checking, "MAX_RUNS", 2)
    assert "there are more than 2 inputs to run" in refusal(TABLE)


def test_of_no_input_nothing_is_shown():
    program = read_program(program_text(PARITY))
    folded = read_meant(
        {"says": "x", "form": "machine", "at": None, "start": 0, "moves": [], "outputs": ["0"]}
    )
    with pytest.raises(Refused, match="there is no input to run"):
        check_outputs(program, Language(program), [], None, folded)
