"""What counting knows is what every run has, and a run that takes it is the same run."""

from __future__ import annotations

from typing import Any

import pytest

import alta
from alta.interp.step import steps
from alta.lang.masks import Mask
from alta.lang.program import Program
from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Budget, Deadline
from alta_verify.reach.slices import SlicedProgram, whole
from alta_verify.reach.symbolic import counted as counted_values
from alta_verify.reach.symbolic.counted import CountedRun
from alta_verify.reach.symbolic.graph import FALSE
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.run import SymbolicRun
from alta_verify.reach.symbolic.sweep import Unsatisfiable
from alta_verify.reach.symbolic.transformer import Known
from tests.alta_verify.reach.examples import masked, ranking, sorting
from tests.alta_verify.reach.symbolic.test_run import read_outputs
from tests.alta_verify.reach.symbolic.test_transformer import assigned

NEVER = Deadline.after(None)


def stopping() -> Program:
    """Halts after as many layers as there are ones, with the number of layers as the output."""

    def step(z: Any) -> None:
        ones = round(1 / z["mean"]) - 1
        z["layers"] = min(z["layers"] + 1, 4)
        z["done"] = int(z["layers"] + 1 >= ones)

    return alta.program_spec(
        variables={
            "counts": alta.input_var(2, init_fn=lambda token: int(token != 0)),
            "all": alta.var(2, default=1),
            "bos": alta.numeric_var([0.0, 1.0], input_init_fn=lambda token: float(token == 2)),
            "layers": alta.var(5),
            "done": alta.var(2),
        },
        heads={
            "mean": alta.qkv(
                "all", "counts", "bos", output_spec=alta.numeric_var([1 / k for k in range(1, 6)])
            )
        },
        ffn_fn=step,
        output_name="layers",
        input_range=3,
        halt=alta.halt_spec("done", 1),
        inputs=alta.inputs.regex("2 (0|1){0,4}"),
    )


PROGRAMS = {
    "sorting": (sorting(), 4),
    "ranking": (ranking(3, 4), 4),
    "ranking by offsets": (ranking(2, 4, mask=Mask((-3, -2, -1, 0))), 4),
    "masked": (masked(alta.before()), 4),
    "stopping": (stopping(), 5),
}


def counted(program: Program, length: int) -> tuple[Abstraction, Inputs, CountedRun, SlicedProgram]:
    abstraction, inputs = Abstraction.of(program), Inputs(program.inputs, length)
    sliced = SlicedProgram(abstraction, whole(abstraction.finite))
    return abstraction, inputs, CountedRun(sliced, inputs, length), sliced


def check(inputs: Inputs, abstraction: Abstraction, word, known: Known, table) -> int:
    for name, column in known.items():
        for guards, local in zip(column, table, strict=True):
            held = inputs.graph.evaluate(guards.values(), assigned(inputs, word))
            true = [value for value, holds in zip(guards, held, strict=True) if holds]
            assert true == [abstraction.index_of(name, local[name])]
    return len(known)


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_known_is_what_every_run_has(name):
    program, length = PROGRAMS[name]
    abstraction, inputs, known, _ = counted(program, length)
    assert known.advance(NEVER)
    checked = 0
    for word in program.inputs.automaton(length).enumerate_words(length):
        for number, step in enumerate(steps(program, word, program.layer_bound(length))):
            checked += check(
                inputs, abstraction, word, known.attended(number), step.after_attention
            )
            checked += check(inputs, abstraction, word, known.written(number), step.after_mlp)
    assert checked
    assert known.attended(99) == {}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_run_that_takes_what_is_known_has_the_same_outputs(name):
    program, length = PROGRAMS[name]
    _, inputs, known, sliced = counted(program, length)
    known.advance(NEVER)
    run = SymbolicRun(sliced, inputs, program.layer_bound(length), known)
    assert run.advance(NEVER)
    assert run.endless == FALSE
    for word in program.inputs.automaton(length).enumerate_words(length):
        assert read_outputs(inputs, run, word) == list(alta.run(program, list(word)).outputs)


def test_ranks_and_what_is_fetched_by_them_are_known_and_positions_of_tokens_are_not():
    _, _, known, _ = counted(ranking(3, 4), 4)
    known.advance(NEVER)
    assert known.attended(0).keys() == {"smaller", "equal"}
    assert known.written(0).keys() == {"rank"}
    assert known.attended(1).keys() == {"smaller", "equal", "fetched"}
    assert known.written(1).keys() == {"rank", "sorted"}


def test_every_input_has_a_parikh_vector_and_no_other_word_has_one():
    _, inputs, known, _ = counted(sorting(), 4)
    known.advance(NEVER)
    (cells,) = {layer.cells for layer in known.layers}
    member = counted_values._Counters(inputs, cells, {t: t for t in range(6)}).any_vector()
    assert all(inputs.graph.evaluate([member], assigned(inputs, (0, 1, 3, 5))))
    assert not any(inputs.graph.evaluate([member], assigned(inputs, (0, 1, 3, 3))))
    # It says nothing of the inputs that the language does not.
    fresh = Inputs(sorting().inputs, 4)
    member = counted_values._Counters(fresh, cells, {t: t for t in range(6)}).any_vector()
    assert isinstance(fresh.sweeper.witness([fresh.graph.not_(member)]), Unsatisfiable)


def test_nothing_is_known_before_the_end_or_of_too_many_vectors(monkeypatch):
    _, inputs, known, _ = counted(sorting(), 4)
    while not known.advance(Budget(inputs.graph.work, 1, NEVER)):
        assert known.attended(0) == {}
    assert known.attended(0)
    monkeypatch.setattr(counted_values, "_VECTORS", 0)
    _, _, known, _ = counted(sorting(), 4)
    assert known.advance(NEVER)
    assert known.layers == []
    assert known.attended(0) == {}
