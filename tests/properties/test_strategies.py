"""What the strategies promise: programs of every kind, total ones when asked, small in the end."""

from __future__ import annotations

import re
import time
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

import alta
from alta import AltaError, Numerical, Program, SetVariable
from alta_verify.strategies import KINDS, inputs_of, programs
from tests.properties.running import MAX_LEN, cases, course, courses, shown, words_of

PATIENT = settings(
    max_examples=3000,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def failures(program: Program) -> set[str]:
    return {one.error.kind for one in courses(program) if one.error is not None}


@cases(150)
@given(programs())
def test_a_program_has_a_word_and_is_the_program_of_its_text(program) -> None:
    assert words_of(shown(program))
    assert alta.parse_program(alta.program_text(program)) == program
    assert 1 <= len(program.variables) <= 4
    assert len(program.heads) <= 3


def check_total(program: Program) -> None:
    assert program.position_range is not None
    longer = alta.replace(program, layers=None)
    assert failures(shown(longer)) == set()


@cases(100)
@given(programs(total=True))
def test_a_total_program_fails_on_no_input_in_any_layer(program) -> None:
    check_total(program)


@cases(60)
@given(programs(total=True, kinds=KINDS))
def test_a_total_program_with_numbers_and_sets_fails_on_no_input_in_any_layer(program) -> None:
    check_total(program)


def uses_a_head(program: Program) -> bool:
    return any(atom.variable in program.heads for rule in program.rules for atom in rule.atoms)


def goes_on(program: Program) -> bool:
    return any(len(one.tables) > 4 for one in courses(program))


WANTED = {
    "conflict": lambda program: "conflict" in failures(program),
    "range": lambda program: "range" in failures(program),
    "undefined": lambda program: "undefined" in failures(program),
    "halts": lambda program: program.halt is not None and program.layers is None,
    "query": lambda program: any(head.query for head in program.heads.values()),
    "several offsets": lambda program: any(
        len(h.mask.listed or ()) > 1 for h in program.heads.values()
    ),
    "a causal head": lambda program: any(h.mask.last == 0 for h in program.heads.values()),
    "a head before": lambda program: any(h.mask.last == -1 for h in program.heads.values()),
}

WANTED_TOTAL = {
    "uses a head": uses_a_head,
    "goes on": goes_on,
    "uses a head that is UNDEFINED somewhere": lambda program: (
        uses_a_head(program)
        and any(
            value is alta.UNDEFINED
            for one in courses(program)
            for _, _, local in one.locals()
            for value in local.values()
        )
    ),
}


class Enough(Exception):  # noqa: N818 - no error
    """All kinds of programs have been drawn."""


def test_programs_of_every_kind_are_drawn_and_total_programs_of_every_kind() -> None:
    missing = {*WANTED, *WANTED_TOTAL}

    @settings(PATIENT, max_examples=300, phases=[Phase.generate])
    @given(programs(), programs(total=True))
    def draw(program: Program, total: Program) -> None:
        # Whether a program is of a kind takes running it, so kinds that were drawn are left alone.
        missing.difference_update(
            [kind for kind in missing & WANTED.keys() if WANTED[kind](program)],
            [kind for kind in missing & WANTED_TOTAL.keys() if WANTED_TOTAL[kind](total)],
        )
        if not missing:
            raise Enough

    with pytest.raises(Enough):
        draw()


def kinds_read(program: Program) -> set[type]:
    """The kinds of what rules test."""
    return {type(program.domains[atom.variable]) for rule in program.rules for atom in rule.atoms}


def reads_a_mean(program: Program) -> bool:
    return any(
        isinstance(program.domains[atom.variable], Numerical)
        for rule in program.rules
        for atom in rule.atoms
        if atom.variable in program.heads
    )


def looks_for_members(program: Program) -> bool:
    queries = (head.query for head in program.heads.values() if head.query is not None)
    return any(isinstance(program.variables[query], SetVariable) for query in queries)


WANTED_OF_EVERY_KIND = {
    "tests a mean": reads_a_mean,
    "looks for members": looks_for_members,
    "tests a number and a set": lambda program: {Numerical, SetVariable} <= kinds_read(program),
    "writes a set out of range": lambda program: (
        "range" in failures(program)
        and any(
            isinstance(program.variables[rule.variable], SetVariable)
            for rule in program.rules
            if program.is_trap(rule)
        )
    ),
    "goes on, with a number": lambda program: (
        goes_on(program) and all(isinstance(one, Numerical) for one in program.variables.values())
    ),
}

SHRUNK_ALWAYS = ["conflict"]


@pytest.mark.parametrize(
    "kind",
    [
        kind if kind in SHRUNK_ALWAYS else pytest.param(kind, marks=pytest.mark.campaign)
        for kind in (*WANTED, *WANTED_TOTAL, *WANTED_OF_EVERY_KIND)
    ],
)
def test_a_program_of_any_kind_shrinks_to_a_handful_of_variables_and_rules(kind) -> None:
    wanted = {**WANTED, **WANTED_TOTAL, **WANTED_OF_EVERY_KIND}[kind]
    drawn = programs(
        total=kind in WANTED_TOTAL, kinds=KINDS if kind in WANTED_OF_EVERY_KIND else KINDS[:1]
    )
    found = find(drawn, wanted, settings=PATIENT)
    text = alta.program_text(found)
    assert len(found.variables) <= 3, text
    assert len(found.rules) <= 4, text
    assert sum(one.size for one in found.variables.values()) <= 9, text


@cases(100)
@given(programs().flatmap(lambda program: st.tuples(st.just(program), inputs_of(program))))
def test_inputs_are_words_of_the_language_and_runs_of_them_start(drawn) -> None:
    program, word = drawn
    assert program.inputs.contains(word)
    assert len(word) <= MAX_LEN
    assert len(course(shown(program), word, max_layers=0).tables[0]) == len(word)


KINDS_DRAWN = {"categorical": KINDS[:1], "of every kind": KINDS}


@pytest.mark.parametrize("total", [False, True], ids=["any", "total"])
@pytest.mark.parametrize("kinds", KINDS_DRAWN.values(), ids=KINDS_DRAWN)
def test_hundreds_of_programs_a_minute_are_drawn(kinds, total) -> None:
    drawn = Counter[str]()
    start = time.process_time()

    @settings(PATIENT, max_examples=20, phases=[Phase.generate])
    @given(programs(kinds=kinds, total=total))
    def draw(program: Program) -> None:
        drawn[alta.program_text(program)] += 1

    draw()
    assert len(drawn) >= 10
    assert time.process_time() - start < 60 * 20 / 200


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: programs(max_variables=0), "max_variables: expected an int of at least 1, got 0"),
        (lambda: programs(max_heads=-1), "max_heads: expected an int of at least 0, got -1"),
        (lambda: programs(max_rules=2.0), "max_rules: expected an int of at least 0, got 2.0"),
        (lambda: programs(kinds=["sets"]), "kinds: no 'sets'; did you mean 'set'?"),
        (lambda: programs(kinds="set"), "kinds: expected several names, got one text, 'set'"),
        (lambda: programs(kinds=[]), "kinds: expected at least one of categorical, numerical, set"),
    ],
    ids=["no variables", "heads", "rules", "a kind", "a text", "no kind"],
)
def test_what_cannot_be_drawn_is_refused_at_once(call, complaint) -> None:
    with pytest.raises(AltaError, match=f"^programs: {re.escape(complaint)}"):
        call()


def test_inputs_of_a_language_without_short_words_are_refused_at_once() -> None:
    program = alta.replace(
        alta.programs.parity_sequential_relative(), inputs=alta.inputs.regex("START 1{5}")
    )
    with pytest.raises(AltaError) as raised:
        inputs_of(program, max_len=5)
    assert str(raised.value) == (
        "inputs_of: no input of program 'parity_sequential_relative' has at most 5 tokens; "
        "raise max_len"
    )
