"""Windows are parts of inputs, with an invariant around them."""

from __future__ import annotations

from itertools import pairwise

from alta_verify.abstraction import Abstraction
from alta_verify.reach.windows.encoding import Window
from alta_verify.reach.windows.system import System
from tests.alta_verify.reach.windows.systems import WRONG, of, parity_system, program_of


def test_a_window_is_a_part_of_some_input():
    window = Window(parity_system(), 2)
    token, first = window.ghost("token", 0), window.ghost("first", 0)
    assert window.solver.solve([token[2], first[1]])
    # START is first, and nothing else is.
    assert not window.solver.solve([token[2], first[0]])
    assert not window.solver.solve([token[1], first[1]])
    assert not window.solver.solve([window.ghost("token", 1)[2]])
    # What was meant of a position follows from that to its left.
    spec = [window.ghost("spec", place) for place in (0, 1)]
    assert not window.solver.solve([spec[0][1], window.ghost("token", 1)[1], spec[1][1]])
    assert window.solver.solve([spec[0][1], window.ghost("token", 1)[1], spec[1][0]])


def test_the_end_of_an_input_is_where_it_may_be():
    system = System(Abstraction.of(program_of([], inputs="(a|b)* c", layers=1)), None)
    window = Window(system, 1)
    token, last = window.ghost("token", 0), window.ghost("last", 0)
    assert window.solver.solve([token[2], last[1]])
    assert not window.solver.solve([token[2], last[0]])
    assert not window.solver.solve([token[1], last[1]])


def test_a_pattern_is_excluded_at_every_place_where_it_fits():
    window = Window(parity_system(), 2)
    guard = window.solver.new_variable()
    window.exclude(of({"done": {0}}, {"done": {1}}), guard)
    window.exclude(of(*[{"done": {0, 1}}] * 9), guard)
    done = [window.before[place]["done"] for place in window.places]
    for left, right in pairwise(done):
        exists = window.exists[-1]
        assert not window.solver.solve([guard, exists, left[0], right[1]])
        assert window.solver.solve([exists, left[0], right[1]])


def test_first_configurations_have_what_tokens_give():
    window = Window(parity_system(), 1)
    token, parity = window.ghost("token", 0), window.before[0]["parity"]
    assert not window.solver.solve([window.first, token[1], parity[0]])
    assert window.solver.solve([window.first, token[1], parity[1]])
    assert window.solver.solve([token[1], parity[0]])


def test_a_run_is_over_where_all_of_it_is_seen_to_have_halted():
    window = Window(parity_system(), 1)
    alone = [window.ghost("first", 0)[1], window.ghost("last", 0)[1], window.before[0]["done"][1]]
    assert not window.solver.solve([*alone, window.running])
    assert window.solver.solve([*alone[:1], alone[2], window.running])
    assert window.solver.solve([window.hazard(WRONG)])
    assert not window.solver.solve([window.hazard(WRONG), window.before[0]["done"][0]])
