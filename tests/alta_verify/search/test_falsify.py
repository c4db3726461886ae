"""Sampling: which inputs are looked for, and that what is found is the shortest."""

from __future__ import annotations

import pytest

import alta
from alta.inputs import InputSpec
from alta.lang.program import Program
from alta.limit import OutOfTime
from alta_verify.deadline import Deadline
from alta_verify.search.falsify import falsify
from alta_verify.search.samples import word_with
from tests.alta_verify.blocks import condition_of
from tests.alta_verify.mutants import with_arrays

LANGUAGES = {
    "anything": alta.inputs.anything(),
    "pattern": alta.inputs.regex("0 (1|2)* 2? 0"),
    "sequences": alta.inputs.sequences([(0, 1), (2, 2, 1), (1, 0, 0, 2)]),
    "lengths": alta.inputs.lengths(lambda n: "0 .* 1" if n % 2 else None),
    "empty": alta.inputs.sequences([]),
}


def over(inputs: InputSpec) -> Program:
    return alta.program_spec_from_rules(
        variables={"token": alta.input_var(3)},
        heads={},
        rules=[],
        output_name="token",
        input_range=3,
        layers=0,
        inputs=inputs,
    )


@pytest.mark.parametrize("name", list(LANGUAGES))
def test_a_word_with_a_token_at_a_place_is_found_where_there_is_one(name):
    program = over(LANGUAGES[name])
    words = [word for word in program.inputs.enumerate(5) if word]
    for token in range(3):
        for position in range(6):
            found = word_with(program.inputs, token, position, 5)
            having = [w for w in words if len(w) > position and w[position] == token]
            if having:
                assert found in having
                assert len(found) == min(map(len, having))
            else:
                assert found is None


def test_a_shortest_counterexample_is_found_among_short_inputs():
    program = alta.programs.parity_sequential_relative()
    model = alta.compile(program)
    bias = model.weights.mlp.expand_in_bias.copy()
    # The condition of a one behind an odd number of ones no longer holds.
    atoms = {"parity": 1, "done": 0, "parity_left": 1, "done_left": 1}
    bias[condition_of(model, atoms)] -= 2
    found = falsify(
        program,
        with_arrays(model, {"mlp.expand_in_bias": bias}),
        max_len=20,
        max_layers=None,
        deadline=Deadline.after(None),
    ).counterexample
    assert found is not None
    assert found.names == "START 1 1"


def test_sampling_gives_up_when_the_time_is_over():
    program = alta.programs.parity_sequential_relative()
    with pytest.raises(OutOfTime):
        falsify(
            program,
            alta.compile(program),
            max_len=8,
            max_layers=None,
            deadline=Deadline.after(0),
        )
