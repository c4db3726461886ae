"""What Hypothesis prints of a failing example is a few lines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import alta
from alta_verify.strategies import mutations, program_mutations

PROGRAM = alta.programs.parity_sequential_relative()
LARGE = alta.programs.sort_unique(max_value=4)
MODEL = alta.compile(PROGRAM)

EXAMPLES = {
    "a program": (st.just(PROGRAM), "<Program parity_sequential_relative: "),
    "a large program": (st.just(LARGE), "<Program sort_unique: "),
    "a model": (st.just(MODEL), "Model(program=<Program parity_sequential_relative: "),
    "a mutation": (mutations(MODEL), "Mutation(description='"),
    "a mutated program": (program_mutations(PROGRAM), "ProgramMutation(description="),
}


@pytest.mark.parametrize(("strategy", "shown"), EXAMPLES.values(), ids=EXAMPLES)
def test_a_failing_example_is_a_few_lines(strategy, shown):
    @settings(max_examples=3, database=None, deadline=None, print_blob=False)
    @given(strategy)
    def fails(drawn):
        raise AssertionError

    with pytest.raises(AssertionError) as raised:
        fails()
    notes = "\n".join(raised.value.__notes__)
    assert shown in notes
    assert notes.count("\n") <= 12
