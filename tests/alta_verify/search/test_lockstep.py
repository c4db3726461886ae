"""Lockstep: a batch shows the same differences as one run after another, whatever the kinds."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache

import jax
import numpy as np
import pytest

import alta
from alta.lang.program import Program
from alta.nn import forward
from alta.nn.model import Model
from alta_verify.deadline import Deadline
from alta_verify.search.counterexample import find_difference
from alta_verify.search.lockstep import Lockstep, Word
from tests.alta_verify.mutants import sampled, weight_mutants, with_arrays
from tests.cases import CASES

PROGRAMS: dict[str, Callable[[], Program]] = {
    "categories": alta.programs.parity_sequential_relative,
    "numbers": lambda: alta.programs.parity_sum_mod_2(max_length=4),
    "sets and numbers": lambda: alta.programs.sort_unique(max_value=3),
}


@cache
def model(name: str) -> Model:
    return alta.compile(PROGRAMS[name](), max_len=4)


def lockstep(program: Program, subject: Model, longest: int = 4) -> Lockstep:
    return Lockstep(
        program, subject, longest=longest, max_layers=None, deadline=Deadline.after(None)
    )


def suspects(both: Lockstep, words: list[Word]) -> list[Word]:
    return [word for batch in both.batches(words) for word in both.suspects(batch)]


@pytest.mark.parametrize("name", list(PROGRAMS))
def test_batches_find_what_single_runs_find(name):
    program = model(name).program
    words = [word for word in program.inputs.enumerate(4) if word]
    wrong = 0
    for mutant in sampled(weight_mutants(model(name)), 4):
        single = [w for w in words if find_difference(program, mutant.model, w, None) is not None]
        assert suspects(lockstep(program, mutant.model), words) == single, mutant.name
        wrong += bool(single)
    assert wrong


@pytest.mark.parametrize("name", list(PROGRAMS))
def test_what_is_right_has_no_suspects(name):
    program = model(name).program
    words = [word for word in program.inputs.enumerate(4) if word]
    both = lockstep(program, model(name))
    assert suspects(both, words) == []
    assert both.inputs == len(words)
    assert both.work


def test_an_input_on_which_a_program_fails_is_a_suspect():
    case = CASES["most_frequent"]
    (broken,) = (one for one in case.programs if one.name == "blanks only")
    program = broken.change(case.build())
    both = lockstep(program, alta.compile(program))
    assert suspects(both, [(0, 1), (3,), (3, 3), (1,)]) == [(3,), (3, 3)]


def test_inputs_of_any_length_up_to_sixty_four_share_one_compiled_function(monkeypatch):
    shapes = set()
    original = forward.step

    def step(architecture, weights, progress, *rest):
        shapes.add(progress.x.shape)
        return original(architecture, weights, progress, *rest)

    monkeypatch.setattr(forward, "step", step)
    program = alta.programs.parity_sequential_relative()
    both = lockstep(program, alta.compile(program), longest=64)
    words = [(2, *[1] * ones) for ones in (0, 3, 7, 30, 63)] + [(2, 0, 1)] * 700
    assert suspects(both, words) == []
    assert len(shapes) == 1


def test_batches_are_in_order_and_no_larger_than_their_size():
    program = alta.programs.parity_sequential_relative()
    both = lockstep(program, alta.compile(program), longest=200)
    words = [(2, *[1] * ones) for ones in (*range(150, 0, -1), *[199] * 300)]
    batches = list(both.batches(words))
    assert [word for batch in batches for word in batch] == sorted(words, key=len)
    assert all(len(batch) <= both.size(len(batch[-1])) for batch in batches)
    assert len(batches) > 2


def test_weights_are_put_on_the_device_without_compiling_anything(caplog):
    # Shapes that nothing else has, for which nothing was compiled before.
    program = alta.programs.sort_unique(max_value=11)
    subject = alta.compile(program, max_len=7)
    with jax.log_compiles(True), caplog.at_level(logging.WARNING, logger="jax"):
        assert subject.device_weights.groups
        assert not [message for message in caplog.messages if "ompil" in message]


def test_a_head_that_reads_something_else_is_noted_and_is_no_suspect():
    program = alta.program_spec_from_rules(
        variables={"bit": alta.input_var(2)},
        heads={"left": alta.v_relative("bit", -1)},
        rules=[],
        output_name="bit",
        input_range=2,
        layers=1,
    )
    right = alta.compile(program, max_len=2).dense()
    silent = np.zeros_like(right.weights.heads["left"].output)
    wrong = with_arrays(right, {"heads.left.output": silent})
    for subject, noted in ((right, []), (wrong, [(0, 1), (1, 1), (0, 0), (1, 0)])):
        both = lockstep(program, subject)
        assert suspects(both, [(0,), (0, 0), (0, 1), (1, 0), (1, 1)]) == []
        assert set(both.read_otherwise) == set(noted)
