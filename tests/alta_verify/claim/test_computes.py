"""A task says which inputs count, and its claim says so in words."""

from __future__ import annotations

import pickle

import pytest

import alta
from alta.errors import ModelError
from alta_verify.claim.computes import Task, check_fit
from alta_verify.deadline import Deadline

PROGRAM = alta.programs.parity_sequential_relative()
MODEL = alta.compile(PROGRAM)


def task(max_len: int = 3, max_layers: int | None = None) -> Task:
    return Task(PROGRAM, MODEL, max_len, max_layers, Deadline.after(None))


def test_inputs_are_those_of_the_language_up_to_the_bound():
    assert task().lengths == (1, 2, 3)
    assert task().number == 1 + 2 + 4
    # START first, then bits.
    start = PROGRAM.vocab.index("START")
    assert task().live == (frozenset({start}), frozenset({0, 1}), frozenset({0, 1}))
    assert task().pairs == [(start, 0), (0, 1), (1, 1), (0, 2), (1, 2)]


@pytest.mark.parametrize(
    ("max_layers", "until"), [(None, "for any number of layers"), (2, "for the first 2 layers")]
)
def test_the_claim_says_for_how_many_layers_and_inputs(max_layers, until):
    text = task(max_layers=max_layers).statement(5)
    assert text.startswith(
        "on each of the 7 inputs of 'regex \"START (0|1)*\"' of 1 to 3 tokens (asked for 5;"
    )
    assert until in text
    assert text.endswith("in real arithmetic and in float32 summed in any order.")


def test_runs_without_halt_and_bound_are_endless():
    assert not task().endless
    program = alta.program_spec_from_rules(
        variables={"bit": alta.input_var(2)}, heads={}, rules=[], output_name="bit", input_range=2
    )
    model = alta.compile(program)
    assert Task(program, model, 2, None, Deadline.after(None)).endless
    assert not Task(program, model, 2, 3, Deadline.after(None)).endless


def test_a_task_that_is_sent_counts_anew():
    sent = task()
    sent.calls.smt = 3
    again = pickle.loads(pickle.dumps(sent))
    assert (again.calls.smt, again.max_len, again.lengths) == (0, 3, (1, 2, 3))


def test_a_model_of_another_program_does_not_fit():
    check_fit(PROGRAM, MODEL)
    other = alta.programs.parity_sequential_absolute(max_length=4)
    with pytest.raises(alta.AltaError):
        check_fit(PROGRAM, alta.compile(other))
    assert issubclass(ModelError, alta.AltaError)
