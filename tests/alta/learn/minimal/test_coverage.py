"""Coverage: inputs are answered by the minimal program unless a rule is missing, which is named."""

import pytest

import alta
from alta.learn import coverage, evaluate, minimal_program
from tests.alta.learn.programs import words

RELATIVE = alta.programs.parity_sequential_relative()


ABSOLUTE = alta.programs.parity_sequential_absolute(max_length=41)


def test_coverage_names_the_first_rule_that_is_missing():
    found = coverage(RELATIVE, ["START 0 0"], ["START 0", "START 0 1", "START 1 0"])
    assert [need.sequence for need in found.needs] == [1, 2]
    assert found.share == pytest.approx(1 / 3)
    assert (found.needs[0].layer, found.needs[0].position) == (2, 2)
    assert "parity=1" in str(found.needs[0].rule)


@pytest.mark.parametrize("form", ["written", "sparse", "dense"])
def test_an_input_without_needs_is_answered_by_the_minimal_program(form):
    training, test = words(ABSOLUTE, 6, 5), words(ABSOLUTE, 12, 5, seed=1)
    needy = {need.sequence for need in coverage(ABSOLUTE, training, test, form=form).needs}
    minimal = minimal_program(ABSOLUTE, training, form=form)
    covered = [tokens for number, tokens in enumerate(test) if number not in needy and tokens]
    assert covered
    assert evaluate(minimal, covered, program=ABSOLUTE).accuracy == 1
