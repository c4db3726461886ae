"""Sampled programs are the same for a seed, fail on nothing, and have what was asked for."""

from __future__ import annotations

import pytest

import alta
from alta.interp.batch import run_batch
from alta.programs import sampling

SEEDS = range(6)
SMALL = {"length": 3, "tokens": 2}


def drawn(seed, **knobs):
    return alta.sample_program(seed, **(SMALL | knobs))


def test_a_seed_gives_one_program():
    texts = [alta.program_text(drawn(seed)) for seed in SEEDS]
    assert texts == [alta.program_text(drawn(seed)) for seed in SEEDS]
    assert len(set(texts)) == len(SEEDS)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_input_fails_and_every_run_ends(seed):
    program = drawn(seed)
    words = [word for word in program.inputs.enumerate(3) if word]
    runs = run_batch(program, words)
    assert all(run.halted or program.layers is not None for run in runs)


def test_outputs_mostly_depend_on_the_input():
    lively = 0
    for seed in SEEDS:
        program = drawn(seed)
        words = list(program.inputs.automaton(3).enumerate_words(3))
        lively += len({run.outputs for run in run_batch(program, words)}) > 1
    assert lively >= len(SEEDS) - 2


@pytest.mark.parametrize("kind", sampling.HEADS)
def test_heads_are_of_the_kinds_that_were_asked_for(kind):
    program = drawn(3, heads=2, head_kinds=[kind], halting=["layers"])
    heads = list(program.heads.values())
    assert len(heads) == 2
    compares = {head.query is not None for head in heads}
    assert compares == {kind in ("lookup", "causal")}
    assert all((head.mask.last is not None) == (kind == "causal") for head in heads if head.query)


def test_runs_end_as_was_asked_for():
    assert drawn(1, halting=["layers"]).halt is None
    assert drawn(1, halting=["clock"]).halt.variable == "clock"
    assert drawn(1, halting=["spread"]).halt.variable == "done"


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"tokens": 0}, "tokens: expected an int of at least 1, got 0"),
        ({"heads": -1}, "heads: expected an int of at least 0, got -1"),
        ({"head_kinds": ["near"]}, "head_kinds: no 'near'"),
        ({"halting": []}, "halting: expected one of layers, clock, spread"),
        ({"length": 20, "tokens": 4}, "4 tokens at 20 positions are more inputs than are run"),
        ({"seed": "one"}, "seed: expected an int, got 'one'"),
    ],
    ids=str,
)
def test_knobs_that_make_no_sense_are_refused(knobs, message):
    with pytest.raises(alta.AltaError, match=message):
        alta.sample_program(**({"seed": 0} | SMALL | knobs))
