"""Gates are true exactly where what they stand for is."""

from __future__ import annotations

from itertools import product

from alta_verify.reach.windows.gates import Gates


def test_gates_mean_what_they_say():
    gates = Gates()
    a, b = gates.solver.new_variable(), gates.solver.new_variable()
    both, either = gates.all_of([a, -b]), gates.any_of([a, b])
    for x, y in product((False, True), repeat=2):
        given = [a if x else -a, b if y else -b]
        assert gates.solver.solve([*given, both]) is (x and not y)
        assert gates.solver.solve([*given, either]) is (x or y)


def test_gates_are_made_once_and_constants_are_seen():
    gates = Gates()
    a, b = gates.solver.new_variable(), gates.solver.new_variable()
    assert gates.all_of([a, b]) == gates.all_of([b, a, gates.true])
    assert gates.all_of([]) == gates.true == gates.any_of([a, -a])
    assert gates.any_of([]) == -gates.true == gates.all_of([a, -gates.true])
    assert gates.all_of([a, a]) == a
