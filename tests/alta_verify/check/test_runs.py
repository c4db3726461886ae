"""What is said to occur in no run has to be shown not to, by value sets or by runs.

Runs are of slices, and of no more than there is memory for.
"""

from __future__ import annotations

import json
from itertools import permutations, product

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
from alta_verify.reach.slices import slice_for
from tests.alta_verify.check.theorems import (
    LONG,
    RUNS,
    evidence,
    mutated,
    theorem,
    theorem_of,
)
from tests.alta_verify.reach.examples import UNDEFINED as UNREAD
from tests.alta_verify.reach.examples import WRONG, masked, ranking


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


def ranked(program: alta.Program, lengths: list[int]) -> Runs:
    """The runs of what decides which rank is read, by how often each number occurs."""
    read = read_program(program_text(program))
    kept = slice_for(Abstraction.of(program).finite, UNREAD)
    hint = Hint(kept.names, kept.defined, PARIKH)
    return Runs(read, Language(read), lengths, None, hint)


def test_equal_numbers_have_ranks_of_their_own():
    pattern = {"fetched": UNDEFINED}
    assert not ranked(ranking(3, 6), list(range(1, 7))).may_meet(pattern)
    # Said of offsets of one length as well.
    assert not ranked(ranking(2, 4, mask=Mask((-3, -2, -1, 0))), [4]).may_meet(pattern)


@pytest.mark.parametrize("why", WRONG)
def test_where_a_rank_is_wrong_it_is_not_said_that_all_are_read(why):
    assert ranked(WRONG[why](5), list(range(1, 6))).may_meet({"fetched": UNDEFINED})


def test_runs_that_tell_equal_tokens_apart_have_every_state():
    program = ranking(2, 4)
    finite = Abstraction.of(program)
    for length in range(1, 5):
        found = ranked(program, [length])
        for word in product(range(1, 3), repeat=length - 1):
            for step in alta.run(program, (0, *word)).states:
                for local in step.after_attention:
                    index = {name: finite.index_of(name, value) for name, value in local.items()}
                    assert found.may_meet({name: bits_of([i]) for name, i in index.items()})


@pytest.mark.parametrize("mask", [alta.before(), alta.causal(), Mask((1, 2))], ids=str)
def test_it_is_not_known_how_many_other_tokens_are_before(mask):
    program = alta.program_spec_from_rules(
        name="asking",
        variables={
            "token": alta.input_var(3),
            "place": alta.position_var(3),
            "asked": alta.input_var(3, init_fn=lambda token: (token + 1) % 3),
        },
        heads={"found": alta.qkv("asked", "token", "token", mask)},
        rules=[],
        output_name="token",
        input_range=3,
        position_range=3,
        layers=1,
        inputs=alta.inputs.distinct("[0-2]*"),
    )
    read = read_program(program_text(program))
    finite = Abstraction.of(program)
    runs_of_three = Runs(
        read, Language(read), [3], 1, Hint(frozenset(program.domains), frozenset(), PARIKH)
    )
    # Of three different tokens two are before the last one, and one before the second, either one.
    for word in permutations(range(3)):
        for local in alta.run(program, word).states[0].after_attention:
            state = {name: bits_of([finite.index_of(name, local[name])]) for name in local}
            assert runs_of_three.may_meet(state)


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
