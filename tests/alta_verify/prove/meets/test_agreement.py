"""A program is proved to do what another one does, on all inputs of its own."""

from __future__ import annotations

import pytest

import alta
from alta_verify import Verdict, satisfies, specs, verify
from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.equivalence import comparison
from alta_verify.prove.meets.agreement import show
from alta_verify.search.deviation import WrongOutputs
from alta_verify.specs.agreement import Agrees
from tests.alta_verify.pairs import addition_by_function, doubling_parity
from tests.alta_verify.prove.meets.meetings import PARITY, meeting

ONE_BY_ONE = alta.programs.parity_sequential_absolute(max_length=8)
DOUBLING = doubling_parity(3)
SKIPPING = doubling_parity(3, skipped=6)

WAYS = {"enumeration": 1 << 30, "symbolically": -1}


@pytest.fixture(params=list(WAYS))
def way(request, monkeypatch):
    """Both ways of comparing, whatever the number of inputs."""
    monkeypatch.setattr(comparison, "_ENUMERABLE", WAYS[request.param])
    return request.param


def shown(other, max_len=8, program=ONE_BY_ONE) -> str:
    return show(meeting(other, max_len, program), Agrees(other))


def test_a_program_does_what_another_one_does_in_fewer_layers(way):
    method = shown(DOUBLING)
    assert method.startswith("compared with program 'doubling_parity' ")
    assert method.endswith(f"{way}, in 16 obligations")


def test_a_position_that_sits_a_step_out_is_refuted(way):
    with pytest.raises(Refuted) as refuted:
        shown(SKIPPING)
    assert isinstance(refuted.value.counterexample, WrongOutputs)
    assert refuted.value.counterexample.positions == (6,)


def test_inputs_that_the_other_program_is_not_meant_for_are_left_open():
    shorter = alta.replace(ONE_BY_ONE, inputs=alta.inputs.regex("0 (0|1)*"))
    with pytest.raises(NotShown, match="1 inputs of 1 tokens are none of the program"):
        shown(shorter)
    # Its language may be larger.
    assert show(meeting(ONE_BY_ONE, 8, shorter), Agrees(ONE_BY_ONE))


def test_a_difference_that_does_not_replay_is_left_open(monkeypatch, way):
    subject = meeting(SKIPPING, 8, ONE_BY_ONE)
    monkeypatch.setattr(type(subject), "replay", lambda *_: None)
    with pytest.raises(NotShown, match="a difference was found but did not replay"):
        show(subject, Agrees(SKIPPING))


def test_weights_are_proved_to_do_what_another_program_does():
    model = alta.compile(PARITY)
    report = verify(PARITY, model, max_len=4, spec=PARITY)
    assert report.proved
    assert report.obligations[-1].method.startswith("compared with program 'parity_seq")


@pytest.mark.campaign
def test_sums_are_those_of_another_program():
    addition = alta.programs.addition()
    assert satisfies(addition, addition_by_function(), max_len=20).proved
    assert satisfies(addition, addition_by_function(9), max_len=9).verdict is Verdict.REFUTED


def test_a_program_that_fails_where_another_one_is_asked_is_not_definite():
    endless = alta.replace(PARITY, halt=alta.halt_spec("parity", 1))
    with pytest.raises(specs.SpecificationError, match="gives no outputs: its run never ends"):
        satisfies(PARITY, endless, max_len=4)
