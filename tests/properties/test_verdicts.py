"""What `verify` says of generated programs and mutated weights is what running everything says."""

from __future__ import annotations

import pytest
from hypothesis import event, given, note
from hypothesis import strategies as st

import alta
from alta import ExecutionError, ModelError, Program
from alta.nn.model import Model
from alta_verify import Counterexample, Report, Verdict, verify
from alta_verify.strategies import mutations, programs
from tests.properties.running import (
    EVERY_KIND,
    MAX_LEN,
    Word,
    cases,
    course,
    courses,
    differences,
    mixed_programs,
    mixed_total_programs,
    nothing_sampled,
    shown,
    small_programs,
    small_total_programs,
    words_of,
)


def check_failure(program: Program, found: Counterexample) -> None:
    """The counterexample is an input of the language on which the program itself fails."""
    assert program.inputs.contains(found.tokens)
    error = course(program, found.tokens, found.max_layers).error
    assert error is not None
    assert (found.kind, found.layer, found.position, found.variable) == (
        error.kind,
        error.layer,
        error.position,
        error.variable,
    )
    replay = found.replay()
    assert replay.confirmed
    assert isinstance(replay.interpreter, ExecutionError)


def check_compiled(program: Program, max_len: int, max_layers: int | None) -> None:
    """Compiled weights are PROVED, unless the program fails on an input or there is no input."""
    report = verify(program, max_len=max_len, max_layers=max_layers)
    known = courses(program, max_len, max_layers)
    failing = [one for one in known if one.error is not None]
    event(report.verdict)
    if not known:
        assert report.verdict is Verdict.VACUOUS
    elif failing:
        assert report.verdict is Verdict.REFUTED
        check_failure(program, report.counterexample)
    else:
        assert report.verdict is Verdict.PROVED, report


bounds = st.none() | st.integers(0, 4)


@cases(40)
@given(small_programs, st.integers(1, MAX_LEN), bounds)
def test_compiled_weights_are_proved_or_refuted_as_running_all_inputs_says(
    program, max_len, max_layers
) -> None:
    check_compiled(shown(program), max_len, max_layers)


@cases(10)
@given(programs(total=True))
def test_compiled_weights_of_a_total_program_are_proved(program) -> None:
    check_compiled(shown(program), MAX_LEN, None)


@cases(30)
@given(mixed_programs, st.integers(1, MAX_LEN), bounds)
def test_compiled_weights_with_numbers_and_sets_are_proved_or_refuted_as_running_says(
    program, max_len, max_layers
) -> None:
    check_compiled(shown(program), max_len, max_layers)


@pytest.mark.campaign
@cases(40)
@given(
    programs(kinds=EVERY_KIND, max_variables=5, max_heads=4, max_rules=20),
    st.integers(1, MAX_LEN),
    bounds,
)
def test_compiled_weights_of_larger_programs_with_numbers_and_sets_are_judged_rightly(
    program, max_len, max_layers
) -> None:
    check_compiled(shown(program), max_len, max_layers)


@pytest.mark.campaign
@cases(40)
@given(programs(max_variables=5, max_heads=4, max_rules=20), st.integers(1, MAX_LEN), bounds)
def test_compiled_weights_of_larger_programs_are_proved_or_refuted_rightly(
    program, max_len, max_layers
) -> None:
    check_compiled(shown(program), max_len, max_layers)


def check_mutant(program: Program, model: Model) -> None:
    """PROVED and REFUTED are right, and UNKNOWN is not said where an input tells."""
    report = verify(program, model, max_len=MAX_LEN)
    event(f"a mutant is {report.verdict}")
    if report.verdict is Verdict.REFUTED:
        check_refuted(program, model, report)
    else:
        assert differing(program, model, more=6 if report.proved else 0) is None, report
    with nothing_sampled():
        blind = verify(program, model, max_len=MAX_LEN)
    event(f"a mutant is {blind.verdict} by proof alone")
    if blind.verdict is Verdict.REFUTED:
        check_refuted(program, model, blind)
    elif blind.proved:
        # What was proved holds for any number of layers, so rounding has time to add up.
        assert report.proved
        assert differing(program, model, more=6) is None, blind


def check_refuted(program: Program, model: Model, report: Report) -> None:
    """The counterexample is an input of the language on which the model differs."""
    found = report.counterexample
    assert found.kind == "mismatch"
    assert program.inputs.contains(found.tokens)
    assert found.replay().confirmed
    here = (found.layer, found.position, found.variable)
    assert here in differences(model, course(program, found.tokens, more=1))


def differing(program: Program, model: Model, more: int) -> Word | None:
    """An input on which the model is in another state than the interpreter."""
    for word in words_of(program):
        if differences(model, course(program, word, more=more)):
            return word
    return None


@st.composite
def mutants(draw: st.DrawFn, all_programs, at_most: int, max_edits: int = 3):
    program = draw(all_programs.filter(lambda program: program.rules))
    dtype = draw(st.sampled_from(["float32", "float64", "bfloat16"]))
    try:
        model = alta.compile(program, max_len=MAX_LEN, dtype=dtype)
    except ModelError:
        # Not every format tells all numbers apart.
        model = alta.compile(program, max_len=MAX_LEN, dtype="float64")
    edited = mutations(model, max_edits=max_edits)
    return program, draw(st.lists(edited, min_size=at_most // 2, max_size=at_most))


@cases(20)
@given(mutants(small_total_programs, at_most=6))
def test_a_verdict_on_mutated_weights_is_what_running_all_inputs_says(drawn) -> None:
    program, mutated = drawn
    shown(program)
    for mutation in mutated:
        note(mutation.description)
        check_mutant(program, mutation.model)


@cases(20)
@given(mutants(mixed_total_programs, at_most=6))
def test_a_verdict_on_mutated_weights_with_numbers_and_sets_is_what_running_says(drawn) -> None:
    program, mutated = drawn
    shown(program)
    for mutation in mutated:
        note(mutation.description)
        check_mutant(program, mutation.model)


@pytest.mark.campaign
@cases(20)
@given(mutants(programs(total=True), at_most=20, max_edits=6))
def test_a_verdict_on_larger_models_with_more_mutations_is_what_running_says(drawn) -> None:
    program, mutated = drawn
    shown(program)
    for mutation in mutated:
        note(mutation.description)
        check_mutant(program, mutation.model)
