"""Deviations say what was meant and what the program does, and can be run again."""

from __future__ import annotations

from dataclasses import replace

import alta
from alta_verify import specs
from alta_verify.search.counterexample import Counterexample
from alta_verify.search.deviation import Deviation, find_deviation
from alta_verify.specs.judge import Judge
from alta_verify.specs.meant import as_specification

PARITY = alta.programs.parity_sequential_relative()


def found(fn, tokens, program=PARITY, max_layers=None) -> Deviation | Counterexample | None:
    return find_deviation(program, Judge(program, as_specification(fn)), tokens, max_layers)


def ones(tokens):
    return [1] * len(tokens)


def test_what_is_as_meant_is_none():
    assert found(PARITY.oracle, (2, 1, 1)) is None


def test_the_first_wrong_output_is_named_and_all_are_listed():
    deviation = found(ones, (2, 1, 1))
    assert isinstance(deviation, Deviation)
    assert (deviation.layer, deviation.position, deviation.variable) == (2, 0, "parity")
    assert (deviation.positions, deviation.outputs) == ((0, 2), (0, 1, 0))
    assert (deviation.expected, deviation.actual, deviation.kind) == ("1", 0, "spec")
    assert "on input 'START 1 1', position 0 (and 1 more): the output is 0, and 1 was" in str(
        deviation
    )
    assert "layer 2" in deviation.table()
    assert deviation.to_json()["demands"] == {"0": "1", "1": "1", "2": "1"}


def test_a_replay_confirms_what_shows_again_and_nothing_else():
    deviation = found(ones, (2, 1, 1))
    assert isinstance(deviation, Deviation)
    assert deviation.replay().confirmed
    assert deviation.replay().outputs == (0, 1, 0)
    assert not replace(deviation, position=2).replay().confirmed


def test_a_run_that_ends_late_is_not_shown():
    deviation = found(ones, (2, 1, 1))
    assert isinstance(deviation, Deviation)
    late = replace(deviation, layer=10**9)
    assert (late.table(), late.to_json()["explanation"]) == ("", None)


def test_a_predicate_blames_no_position():
    deviation = found(specs.predicate(lambda tokens, outputs: False), (2, 1))
    assert isinstance(deviation, Deviation)
    assert (deviation.positions, deviation.expected, deviation.position) == ((), None, 0)
