"""A window is completed to inputs, and configurations are those of the interpreter."""

from __future__ import annotations

from alta_verify.abstraction import Abstraction
from alta_verify.reach.windows.search import Chain
from alta_verify.reach.windows.system import System
from alta_verify.reach.windows.witness import configurations, inputs_of, matches
from tests.alta_verify.reach.windows.systems import PARITY, of, parity_system, program_of

SITE = {"state": 1, "first": 0, "last": 0}


def test_a_window_inside_is_completed_on_both_sides():
    system = parity_system()
    chain = Chain(({**SITE, "token": 1, "spec": 0}, {**SITE, "token": 1, "spec": 1}), 3)
    words = list(inputs_of(system, chain))
    # Before them is an odd number of ones.
    assert words[0] == (2, 1, 1, 1, 0)
    for word in words:
        assert PARITY.inputs.contains(word)
        assert any(
            word[at : at + 2] == (1, 1) and sum(word[1:at]) % 2 for at in range(1, len(word) - 2)
        )
    assert max(map(len, words)) >= 2 + 2 * (3 + 1)


def test_a_window_at_an_end_ends_there():
    system = parity_system()
    site = {"token": 2, "state": 0, "spec": 0, "first": 1, "last": 1}
    assert list(inputs_of(system, Chain((site,), 0))) == [(2,)]


def test_the_end_of_an_input_is_where_it_may_be():
    system = System(Abstraction.of(program_of([], inputs="(a|b)* c", layers=1)), None)
    site = {"token": 0, "state": 0, "spec": 0, "first": 1, "last": 0}
    assert next(inputs_of(system, Chain((site,), 0))) == (0, 2)


def test_configurations_are_those_of_the_run():
    system = parity_system()
    run = list(configurations(system, (2, 1, 0, 1), 10))
    assert [[site["parity"] for site in sites] for sites in run] == [
        [0, 1, 0, 1],
        [0, 1, 0, 1],
        [0, 1, 1, 1],
        [0, 1, 1, 0],
    ]
    assert [site["spec"] for site in run[0]] == [0, 1, 1, 0]
    assert [sites[0]["layer"] for sites in run] == [0, 1, 2, 3]


def test_a_pattern_matches_neighbours_in_order():
    (sites, *_) = configurations(parity_system(), (2, 1, 0), 10)
    assert matches(of({"token": {1}}, {"token": {0}}), sites)
    assert not matches(of({"token": {0}}, {"token": {1}}), sites)
    assert not matches(of({}, {}, {}, {}), sites)
    assert matches(of({}, {}, {}), sites)
