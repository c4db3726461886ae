"""Sampled transitions are those of runs, up to where a run fails."""

from __future__ import annotations

import alta
from alta.interp.run import run
from alta_verify.abstraction import Abstraction
from alta_verify.search.sampled_transitions import sampled_transitions
from alta_verify.transition import Transition
from tests.alta_verify.search.damage import PARITY


def test_transitions_are_those_of_runs_each_once():
    sampled = sampled_transitions(Abstraction.of(PARITY), 4, None)
    expected: list[Transition] = []
    for word in filter(None, PARITY.inputs.enumerate(4)):
        for layer in run(PARITY, word).states:
            for local, after in zip(layer.after_attention, layer.after_mlp, strict=True):
                values = {name: after[name] for name in PARITY.variables}
                indices = {
                    name: -1 if value is alta.UNDEFINED else value for name, value in local.items()
                }
                transition = Transition(indices, values)
                expected += [] if transition in expected else [transition]
    assert all(transition in expected for transition in sampled)
    assert len(sampled) == len(expected)


def test_a_bound_on_layers_holds():
    assert sampled_transitions(Abstraction.of(PARITY), 4, 0) == []
    few, many = (sampled_transitions(Abstraction.of(PARITY), 4, bound) for bound in (1, None))
    assert 0 < len(few) < len(many)


def test_a_run_that_fails_has_transitions_up_to_there():
    program = alta.program_spec_from_rules(
        name="trapping",
        variables={"steps": alta.var(2)},
        heads={},
        rules=[alta.rule({"steps": 0}, "steps", 1), alta.rule({"steps": 1}, "steps", 2)],
        output_name="steps",
        input_range=1,
        layers=2,
    )
    (step,) = sampled_transitions(Abstraction.of(program), 2, None)
    assert (step.local, step.after) == ({"steps": 0}, {"steps": 1})
