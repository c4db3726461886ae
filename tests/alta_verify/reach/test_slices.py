"""A slice has all that its names depend on, and what it rules out does not occur."""

from __future__ import annotations

import pytest

from alta import programs
from alta.lang.program import Program
from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Deadline, SolverCalls
from alta_verify.reach import slices
from alta_verify.reach.answer import Reachable, Unreachable
from alta_verify.reach.portfolio import Portfolio
from alta_verify.reach.slices import Slice, SlicedProgram, slice_for, slice_of, weakened, whole
from tests.alta_verify.reach.examples import chasing

UNDEFINED = frozenset({-1})


NEVER = Deadline.after(None)


def test_the_definedness_of_a_head_depends_on_query_and_key_but_not_on_the_value():
    program = programs.get("addition")
    digits = slice_of(program, [], ["other"])
    assert digits == Slice(frozenset({"turn", "wanted", "turn_right"}), frozenset({"other"}))
    assert "value" in slice_of(program, ["other"]).names


def test_the_halt_variable_is_in_every_slice():
    assert slice_of(chasing(), ["read"]).names >= {"count"}
    assert slice_of(chasing(), []).names == {"count"}


def test_a_slice_is_closed_under_what_rules_test_and_heads_read():
    for name in programs.names():
        program = programs.get(name)
        for start in program.domains:
            kept = slice_of(program, [start]).names
            for one in kept & program.heads.keys():
                head = program.heads[one]
                assert {head.query, head.key, head.value} - {None} <= kept
            for one in kept & program.variables.keys():
                for written in program.rules_by_variable[one]:
                    assert {atom.variable for atom in written.atoms} <= kept


def test_rules_are_found_by_the_values_of_what_all_of_them_test():
    abstraction = Abstraction.of(programs.get("addition"))
    sliced = SlicedProgram(abstraction, whole(abstraction.finite))
    for variable, rules in sliced.rules.items():
        by_name = sliced.rules_by_value[variable]
        tested = [{atom.variable for atom in rule.atoms} for rule in rules]
        assert by_name.keys() == (set.intersection(*tested) if tested else set())
        for name, by_value in by_name.items():
            for value, some in by_value.items():
                assert list(some) == [
                    rule
                    for rule in rules
                    if any((a.variable, a.value) == (name, value) for a in rule.atoms)
                ]
            assert sum(map(len, by_value.values())) == len(rules)


def test_a_weaker_pattern_says_no_more_than_the_pattern():
    program = programs.get("addition")
    pattern = {"turn": frozenset({1}), "value": frozenset({3}), "other": UNDEFINED}
    weak = dict(weakened(program, pattern))
    assert {"turn": frozenset({1}), "other": UNDEFINED} in weak.values()
    assert all(weaker.keys() < pattern.keys() for weaker in weak.values())
    partly = slice_of(program, [], ["other"])
    assert partly.weaken({"other": frozenset({-1, 4})}) == {"other": frozenset({-1, 0})}


def test_a_pattern_that_only_asks_for_undefined_needs_no_value():
    program = programs.get("addition")
    assert slice_for(program, {"other": UNDEFINED}) == slice_of(program, [], ["other"])
    assert slice_for(program, {"other": frozenset({-1, 3})}) == slice_of(program, ["other"])


def find(program: Program, pattern):
    reach = Portfolio(Abstraction.of(program), 2, None, NEVER, SolverCalls())
    return reach.find(pattern)


def test_what_a_slice_rules_out_is_ruled_out_and_what_it_allows_is_found():
    assert isinstance(find(chasing(), {"found": UNDEFINED, "count": frozenset({0})}), Unreachable)
    assert isinstance(find(chasing(), {"found": UNDEFINED, "count": frozenset({1})}), Reachable)


@pytest.mark.parametrize("forgotten", ["key", "query"])
def test_a_slice_without_a_heads_key_or_query_would_be_wrong(forgotten, monkeypatch):
    def selection(program, name):
        head = program.heads[name]
        return [head.query if forgotten == "key" else head.key]

    monkeypatch.setattr(slices, "_selection", selection)
    monkeypatch.setattr(Portfolio, "_replayed", lambda *_: None)
    with pytest.raises(KeyError, match="key" if forgotten == "key" else "asked"):
        find(chasing(), {"found": UNDEFINED, "count": frozenset({1})})


def test_a_slice_without_what_a_rule_tests_would_be_wrong(monkeypatch):
    monkeypatch.setattr(slices, "slice_of", lambda *_: Slice(frozenset({"count", "moved"})))
    with pytest.raises(KeyError, match="bit"):
        find(chasing(), {"moved": frozenset({1})})
