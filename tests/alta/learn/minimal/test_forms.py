"""Forms: sparse and dense rules do what the written ones do."""

import pytest

import alta
from alta.errors import ProgramError
from alta.learn import minimal_rules
from alta.learn.minimal.forms import sparse_rules
from tests.alta.learn.programs import words

RELATIVE = alta.programs.parity_sequential_relative()


ABSOLUTE = alta.programs.parity_sequential_absolute(max_length=41)


def test_sparse_rules_do_the_same():
    for program in (RELATIVE, ABSOLUTE, alta.programs.scan_parser()):
        assert len(sparse_rules(program)) <= len(program.rules)
    sparse = alta.replace(RELATIVE, rules=sparse_rules(RELATIVE))
    assert len(sparse.rules) == 3
    for tokens in words(RELATIVE, 8):
        assert alta.run(sparse, tokens).states == alta.run(RELATIVE, tokens).states


def test_where_a_head_is_undefined_rules_cannot_be_dense():
    program = alta.program_spec_from_rules(
        variables={"x": alta.input_var(2)},
        heads={"left": alta.v_relative("x", -1)},
        rules=[alta.rule({"x": 0}, "x", 1)],
        output_name="x",
        input_range=2,
        layers=1,
    )
    assert len(minimal_rules(program, [(0,)])) == 1
    with pytest.raises(ProgramError, match="'left' is UNDEFINED"):
        minimal_rules(program, [(0,)], form="dense")
