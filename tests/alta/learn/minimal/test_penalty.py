"""A norm penalty removes what is unneeded, and nothing else."""

import alta
from alta.learn import shrink, unneeded

PROGRAM = alta.programs.parity_sequential_relative()


def test_a_penalty_on_weights_removes_what_is_unneeded_and_nothing_else():
    data = ["START 0 0 0"]
    found, left = unneeded(PROGRAM, data), shrink(PROGRAM, data)
    assert left.loss < 1e-3
    assert len(found.silent) == 5
    for rule, share in left.outgoing.items():
        assert share < 0.01 if rule in found.silent else share > 0.5
    (kept,) = set(PROGRAM.rules) - set(found.silent)
    for atom in kept.atoms:
        weight = left.atoms[kept, atom]
        assert weight < 0.01 if (kept, atom) in found.atoms else weight > 0.5


def test_without_a_penalty_nothing_is_removed():
    left = shrink(PROGRAM, ["START 0 0 0"], penalty=0.0, steps=2000)
    assert set(left.outgoing.values()) == {1.0}
    assert set(left.atoms.values()) == {1.0}
