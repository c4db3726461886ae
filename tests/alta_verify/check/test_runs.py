"""What is said to occur in no run has to be shown not to, by value sets or by runs.

Runs are of slices, and of no more than there is memory for.
"""

from __future__ import annotations

import json
from itertools import product

import pytest

import alta
from alta.lang.masks import Mask
from alta.lang.program import program_text
from alta.lang.rules import Rule
from alta_verify.abstraction import Abstraction
from alta_verify.check import runs
from alta_verify.check.evidence import PARIKH, WORDS, Hint
from alta_verify.check.language import Language
from alta_verify.check.program import UNDEFINED, bits_of
from alta_verify.check.refused import Refused
from alta_verify.check.runs import Runs
from alta_verify.check.text import read_program
from tests.alta_verify.check.theorems import (
    LONG,
    RUNS,
    evidence,
    mutated,
    theorem,
    theorem_of,
)
from tests.alta_verify.reach.examples import masked


def test_runs_need_a_slice():
    hint = {"names": ["turn"], "defined": ["other"], "by": "words"}
    theorem = theorem_of(alta.programs.addition(), None, 9, [hint])
    with pytest.raises(Refused, match="not a slice"):
        theorem.show("program[undefined]")


def test_runs_that_would_take_too_much_memory_are_refused(monkeypatch):
    monkeypatch.setattr(runs, "_BYTES", 1000)
    theorem = theorem_of(alta.programs.addition(), None, 9, RUNS["addition"])
    with pytest.raises(Refused, match="more layers, or has more states, than are kept"):
        theorem.show("program[undefined]")


@pytest.mark.parametrize("by", [WORDS, PARIKH])
@pytest.mark.parametrize("mask", [Mask((-2, 0, 1)), alta.causal(), alta.before()], ids=str)
def test_runs_have_what_masked_heads_read(mask, by):
    program = masked(mask)
    read = read_program(program_text(program))
    hint = Hint(frozenset(program.domains), frozenset(), by)
    finite = Abstraction.of(program)
    missing = 0
    for length in range(1, 4):
        found = Runs(read, Language(read), [length], 1, hint)
        for word in product(range(2), repeat=length):
            for local in alta.run(program, word).states[0].after_attention:
                state = {name: finite.index_of(name, value) for name, value in local.items()}
                assert found.may_meet({name: bits_of([i]) for name, i in state.items()})
        missing += not found.may_meet({"mean": UNDEFINED, "only": ~UNDEFINED})
    # Where nothing is allowed, both heads are UNDEFINED.
    assert missing == 3


def test_a_state_that_is_said_not_to_occur_has_to_be_shown_not_to():
    found = json.loads(evidence("relative"))
    found["excluded"] = [{"variable": "parity", "states": [{"parity": 0, "done": 0}]}]
    subject = theorem("relative", evidence=found)
    with pytest.raises(Refused, match="it is not shown that"):
        subject.show("ffn[parity]")


def test_conflicts_are_found_without_the_weights():
    program, model = mutated("relative")
    again = Rule((), "parity", 0)
    theorem = theorem_of(alta.replace(program, rules=(*program.rules, again)), model, LONG)
    with pytest.raises(Refused, match="fire together"):
        theorem.show("program[conflict]")


def test_undefined_reads_are_found_unless_runs_exclude_them():
    theorem = theorem_of(alta.programs.addition(), None, 9)
    with pytest.raises(Refused, match="which is UNDEFINED"):
        theorem.show("program[undefined]")
    assert "runs of slices" in theorem_of(alta.programs.addition(), None, 9, RUNS["addition"]).show(
        "program[undefined]"
    )
