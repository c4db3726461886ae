"""A symbolic engine goes on after an interruption as if there were none, and not after an error."""

from __future__ import annotations

import pytest

from alta import inputs
from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Budget, Deadline, Work
from alta_verify.reach.answer import Reachable, Undecided, Unfinished
from alta_verify.reach.slices import SlicedProgram, whole
from alta_verify.reach.symbolic.engine import SymbolicEngine
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.transformer import SymbolicTransformer
from tests.alta_verify.reach.examples import sorting

NEVER = Deadline.after(None)


def symbolic(program, max_len: int) -> tuple[SymbolicEngine, Work]:
    abstraction, work, made = Abstraction.of(program), Work(), {}
    lengths = [length for length in program.inputs.lengths(max_len) if length > 0]

    def of(length: int) -> Inputs:
        return made.setdefault(length, Inputs(program.inputs, length, work=work))

    kept = {length: of(length) for length in lengths}
    sliced = SlicedProgram(abstraction, whole(abstraction.finite))
    return SymbolicEngine(sliced, lengths, kept.get), work


def test_a_symbolic_run_that_is_interrupted_ends_as_it_would_have_ended():
    program, pattern = sorting("BOS [1-5]*", inputs.regex), {"fetched": frozenset({-1})}
    uninterrupted, _ = symbolic(program, 4)
    expected = uninterrupted.find(pattern, NEVER)
    piecewise, work = symbolic(program, 4)
    answers = []
    while not answers or answers[-1] == Unfinished():
        answers.append(piecewise.find(pattern, Budget(work, 300, NEVER)))
        assert len(answers) < 1000
    assert len(answers) > 3
    assert answers[-1] == expected
    assert isinstance(expected, Reachable)


def test_a_symbolic_run_that_raised_is_not_gone_on_with(monkeypatch):
    program, pattern = sorting(), {"fetched": frozenset({-1})}
    one, _ = symbolic(program, 4)
    with monkeypatch.context() as patch:
        patch.setattr(SymbolicTransformer, "write", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            one.find(pattern, NEVER)
    assert one.find(pattern, NEVER) == Undecided("an error ended the run")
