"""One wrong rule in the program, against weights that were right before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

import alta
from alta.lang.program import Program
from alta.lang.rules import Atom, Rule
from alta_verify import verify
from tests.alta_verify.exhaustive import Exhaustive, check_refuted, judge

LONGEST = 5

PROGRAM = alta.programs.parity_sequential_relative()


def with_rules(program: Program, rules: list[Rule]) -> Program:
    """The program with other rules."""
    return alta.replace(program, rules=rules)


def wrong_rules(program: Program) -> Iterator[tuple[str, Program]]:
    """Every rule, one at a time: left out, assigning something else, with other conditions."""
    for index, rule in enumerate(program.rules):
        others = [*program.rules[:index], *program.rules[index + 1 :]]
        yield f"rule {index} left out", with_rules(program, others)
        for value in range(program.domains[rule.variable].size + 1):
            if value != rule.value:
                wrong = replace(rule, value=value)
                yield f"rule {index} assigns {value}", with_rules(program, [*others, wrong])
        for place, atom in enumerate(rule.atoms):
            atoms = [*rule.atoms[:place], *rule.atoms[place + 1 :]]
            wrong = replace(rule, atoms=tuple(atoms))
            yield f"rule {index} without {atom}", with_rules(program, [*others, wrong])
            for value in range(program.domains[atom.variable].size):
                if value != atom.value:
                    other = Atom(atom.variable, value)
                    wrong = replace(rule, atoms=(*atoms, other))
                    yield f"rule {index} with {other}", with_rules(program, [*others, wrong])


WRONG = dict(wrong_rules(PROGRAM))

SOME = [
    wrong if index % 4 == 0 else pytest.param(wrong, marks=pytest.mark.campaign)
    for index, wrong in enumerate(WRONG)
]
"""Every fourth in every run, which changes rules in each way; all of them in the campaigns."""


@pytest.fixture(scope="module")
def model():
    return alta.compile(PROGRAM)


def test_the_same_rules_are_proved(model):
    same = with_rules(PROGRAM, list(PROGRAM.rules))
    assert same == PROGRAM
    assert verify(same, model, max_len=LONGEST).proved


@pytest.mark.parametrize("wrong", SOME)
def test_a_wrong_rule_is_refuted_or_makes_no_difference(wrong, model):
    program = WRONG[wrong]
    assert program != PROGRAM
    judge(Exhaustive(program, LONGEST), model)


def test_wrong_rules_fail_in_every_way(model):
    missing = {"mismatch", "conflict", "range", "undefined"}
    for program in WRONG.values():
        report = verify(program, model, max_len=3)
        if report.counterexample is not None:
            missing.discard(report.counterexample.kind)
        if not missing:
            return
    assert not missing


@pytest.mark.parametrize("wrong", SOME)
def test_a_wrong_rule_against_its_own_weights_is_proved_or_fails_by_itself(wrong):
    program = WRONG[wrong]
    oracle = Exhaustive(program, LONGEST)
    report = verify(program, max_len=LONGEST)
    if oracle.failing:
        check_refuted(report, oracle)
    else:
        assert report.proved
