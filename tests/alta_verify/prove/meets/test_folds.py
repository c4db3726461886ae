"""What is meant of more inputs than can be run is compared on all inputs of a length at once."""

from __future__ import annotations

import pytest

import alta
from alta.limit import OutOfTime
from alta_verify import specs
from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.meets import folds
from alta_verify.prove.meets.folds import show
from alta_verify.prove.meets.meeting import Meeting
from alta_verify.reach.symbolic.run import SymbolicRun
from alta_verify.reach.symbolic.sweep import GaveUp, Sweeper
from alta_verify.universal import Empty
from tests.alta_verify.prove.meets.meetings import meeting, zeros

PARITY = specs.transducer(lambda state, token: state ^ (token == 1), 0)
ODD = specs.accepts("START 0* 1 (0* 1 0* 1)* 0*")
ABSOLUTE = alta.programs.parity_sequential_absolute(max_length=8)
MEAN = alta.programs.parity_sum_mod_2(max_length=8)

RIGHT = {
    "a fold": (PARITY,),
    "a pattern": (ODD,),
    "the other output": (specs.accepts("START 0* (1 0* 1 0*)*", output=0),),
    "the first output": (specs.accepts("1 (0|1)*", at=0), 4, ABSOLUTE),
    "a fold at the end": (specs.transducer(lambda s, t: s + (t == 1), 0, lambda s: s % 2, at=-1),),
    "a fold of all positions": (specs.transducer(lambda s, t: s ^ t, 0), 6, ABSOLUTE),
    "a mean": (ODD, 6, MEAN),
    "everywhere": (specs.accepts("START 0* 1 (0* 1 0* 1)* 0*", at=None), 6, MEAN),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_was_meant_is_proved(name):
    subject = meeting(*RIGHT[name])
    assert show(subject).startswith("symbolic runs beside what was meant, in one graph")
    # As running all inputs says.
    subject.run_all()


SECRET = (2, 1, 0, 1, 1)

WRONG = {
    # Right wherever the output is 0.
    "a fold with another value": specs.transducer(
        lambda s, t: s ^ (t == 1), 0, lambda s: 7 if s else 0
    ),
    "a fold that forgets": specs.transducer(lambda s, t: min(s + (t == 1), 3) % 3, 0),
    "a pattern but for one input": specs.accepts("START 0* 1 (0* 1 0* 1)* 0*|START 1 0 0 1 0"),
    "an output that is never given": specs.accepts("START 0*", output=7),
    "a fold that knows one input": specs.transducer(
        lambda s, t: (*s, t)[-5:], (), lambda s: int(s == SECRET)
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_as_meant_is_refuted(name):
    subject = meeting(WRONG[name], 6)
    with pytest.raises(Refuted) as refuted:
        show(subject)
    # Found by the solver, and not as meant when it is run.
    assert subject.suspects([refuted.value.counterexample.tokens])


def test_one_input_among_many_is_found():
    word = (2, *map(int, "101101110100110"))

    def step(place, token):
        return place + 1 if 0 <= place < len(word) and word[place] == token else -1

    program = alta.program_spec(
        variables={"x": alta.var(2)},
        heads={},
        ffn_fn=lambda z: None,
        output_name="x",
        input_range=3,
        layers=1,
        inputs=alta.inputs.regex("2 (0|1)*"),
    )
    secret = specs.transducer(step, 0, lambda place: int(place == len(word)), at=-1)
    with pytest.raises(Refuted) as refuted:
        show(meeting(secret, len(word), program))
    assert refuted.value.counterexample.tokens == word


def test_a_fold_need_not_be_definite_where_no_input_leads():
    def strict(state, token):
        if (token == 2) != (state is None):
            raise KeyError("START")
        return 0 if state is None else state ^ token

    assert show(meeting(specs.transducer(strict, None)))


def test_a_fold_that_is_not_definite_on_some_input_is_refused():
    def counting(ones, token):
        if (ones, token) == (2, 1):
            raise IndexError("three")
        return ones + (token == 1)

    with pytest.raises(specs.SpecificationError, match=r"on input 'START 1 1 1' raises IndexError"):
        show(meeting(specs.transducer(counting, 0, lambda ones: ones % 2)))


def test_a_fold_with_too_many_states_is_left_open(monkeypatch):
    monkeypatch.setattr(folds, "_STATES", 3)
    with pytest.raises(NotShown, match="more than 3 states at position 2"):
        show(meeting(specs.transducer(lambda s, t: (*s, t), (), lambda s: s.count(1) % 2)))


def test_runs_without_an_end_are_refuted():
    def toggle(z):
        z["x"] = 1 - z["x"]

    program = alta.program_spec(
        variables={"x": alta.input_var(2)},
        heads={},
        ffn_fn=toggle,
        output_name="x",
        input_range=2,
        halt=alta.halt_spec("x", 1),
    )
    with pytest.raises(Refuted) as refuted:
        show(meeting(specs.accepts("(0|1)*"), 2, program))
    assert refuted.value.counterexample.kind == "endless"


def test_a_difference_that_does_not_replay_is_left_open(monkeypatch):
    monkeypatch.setattr(Meeting, "replay", lambda *_: None)
    with pytest.raises(NotShown, match="length 1, position 0: a difference was found but did not"):
        show(meeting(specs.accepts("START")))


def test_what_the_solver_gives_up_is_left_open(monkeypatch):
    monkeypatch.setattr(Sweeper, "witness", lambda *_, **__: GaveUp())
    monkeypatch.setattr(SymbolicRun, "advance", lambda *_: True)
    monkeypatch.setattr(SymbolicRun, "outputs", lambda *_: {0: 1})
    with pytest.raises(NotShown, match="the SAT solver gave up"):
        show(meeting(specs.accepts("START")))
    with pytest.raises(OutOfTime):
        show(meeting(specs.accepts("START"), seconds=0))


def test_runs_that_were_not_followed_show_nothing(monkeypatch):
    monkeypatch.setattr(SymbolicRun, "advance", lambda *_: False)
    with pytest.raises(NotShown, match="length 1: runs were not followed to their ends"):
        show(meeting(ODD))


def test_nothing_is_concluded_from_no_outputs(monkeypatch):
    monkeypatch.setattr(SymbolicRun, "outputs", lambda *_: {})
    with pytest.raises(Empty):
        show(meeting(ODD))


def test_a_function_that_is_read_is_refuted():
    with pytest.raises(Refuted):
        show(meeting(zeros))
