"""What the strategies promise: programs of every kind, total ones when asked, small in the end."""

from __future__ import annotations

import time
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

import alta
from alta import Program
from alta.nn.weights import named
from alta_verify.strategies import inputs_of, mutations, programs, weights_near
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


@cases(100)
@given(programs(total=True))
def test_a_total_program_fails_on_no_input_in_any_layer(program) -> None:
    assert program.position_range is not None
    longer = alta.replace(program, layers=None)
    assert failures(shown(longer)) == set()


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
    "several offsets": lambda program: any(len(h.mask or ()) > 1 for h in program.heads.values()),
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


def test_programs_of_every_kind_are_drawn_and_total_programs_of_every_kind() -> None:
    drawn = Counter[str]()

    @settings(PATIENT, max_examples=300, phases=[Phase.generate])
    @given(programs(), programs(total=True))
    def draw(program: Program, total: Program) -> None:
        drawn.update(kind for kind, wanted in WANTED.items() if wanted(program))
        drawn.update(kind for kind, wanted in WANTED_TOTAL.items() if wanted(total))

    draw()
    assert set(drawn) == {*WANTED, *WANTED_TOTAL}, drawn


SHRUNK_ALWAYS = ["conflict", "uses a head"]


@pytest.mark.parametrize(
    "kind",
    [
        kind if kind in SHRUNK_ALWAYS else pytest.param(kind, marks=pytest.mark.campaign)
        for kind in (*WANTED, *WANTED_TOTAL)
    ],
)
def test_a_program_of_any_kind_shrinks_to_a_handful_of_variables_and_rules(kind) -> None:
    total = kind in WANTED_TOTAL
    wanted = WANTED_TOTAL[kind] if total else WANTED[kind]
    found = find(programs(total=total), wanted, settings=PATIENT)
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


def test_hundreds_of_programs_a_minute_are_drawn() -> None:
    drawn = Counter[str]()
    start = time.process_time()

    @settings(PATIENT, max_examples=100, phases=[Phase.generate])
    @given(programs() | programs(total=True))
    def draw(program: Program) -> None:
        drawn[alta.program_text(program)] += 1

    draw()
    assert len(drawn) >= 50
    assert time.process_time() - start < 60 * 100 / 200


MODEL = alta.compile(alta.programs.parity_sequential_relative(), dtype="bfloat16")


@cases(100)
@given(mutations(MODEL))
def test_a_mutation_changes_the_weights_that_it_names_and_no_others(mutation) -> None:
    changed = 0
    for (name, old), (other, new) in zip(
        named(MODEL.weights), named(mutation.model.weights), strict=True
    ):
        assert name == other
        assert old.dtype == new.dtype
        for index in np.argwhere(old != new).tolist():
            assert f"{name}[{', '.join(map(str, index))}]" in mutation.description
            changed += 1
    assert changed <= 6


@cases(20)
@given(weights_near(MODEL, max_edits=1))
def test_weights_near_a_model_differ_from_it_in_two_places_at_most(model) -> None:
    pairs = zip(named(MODEL.weights), named(model.weights), strict=True)
    assert sum(int((old != new).sum()) for (_, old), (_, new) in pairs) <= 2


def test_a_mutation_leaves_the_model_as_it_was() -> None:
    before = [array.tobytes() for _, array in named(MODEL.weights)]

    def changes(mutation) -> bool:
        pairs = zip(named(MODEL.weights), named(mutation.model.weights), strict=True)
        return any((old != new).any() for (_, old), (_, new) in pairs)

    find(mutations(MODEL), changes, settings=PATIENT)
    assert [array.tobytes() for _, array in named(MODEL.weights)] == before
