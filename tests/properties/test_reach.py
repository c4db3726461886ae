"""What is said of the local states that runs go through holds of every run."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alta import Program
from alta_verify.abstraction import Abstraction
from alta_verify.deadline import Deadline, SolverCalls, Work
from alta_verify.reach.answer import (
    Pattern,
    Reachability,
    Reachable,
    ReachAnswer,
    Undecided,
    Unfinished,
    Unreachable,
)
from alta_verify.reach.enumeration import Enumeration
from alta_verify.reach.portfolio import Portfolio
from alta_verify.reach.sets.counting_engine import CountingEngine
from alta_verify.reach.sets.value_sets import value_sets
from alta_verify.reach.slices import SlicedProgram, slice_for, whole
from alta_verify.reach.symbolic.inputs import Inputs
from alta_verify.reach.symbolic.run import SymbolicEngine
from alta_verify.reach.violations import patterns_of, possible_violations
from alta_verify.strategies import programs
from tests.properties.running import (
    MAX_LEN,
    UNDEFINED_CODE,
    Word,
    cases,
    coded,
    courses,
    mixed_programs,
    mixed_total_programs,
    shown,
    small_programs,
    small_total_programs,
)

NEVER = Deadline.after(None)


def live_tokens(program: Program, max_len: int) -> list[frozenset[int]]:
    """For each position the tokens that some input has there."""
    words = [word for word in program.inputs.enumerate(max_len) if word]
    longest = max(map(len, words))
    return [frozenset(word[p] for word in words if p < len(word)) for p in range(longest)]


def check_value_sets(program: Program, max_len: int) -> None:
    abstraction = Abstraction.of(program)
    lengths = {len(word) for word in program.inputs.enumerate(max_len) if word}
    sets = value_sets(abstraction, live_tokens(program, max_len), lengths)
    possible = {
        (violation.kind, violation.rules[0].variable, position)
        for violation, positions in possible_violations(abstraction.finite, sets)
        for position in positions
    }
    reads = {
        (violation.kind, atom.variable, position)
        for violation, positions in possible_violations(abstraction.finite, sets)
        for rule in violation.rules
        for atom in rule.atoms
        for position in positions
    }
    for one in courses(program, max_len, max_layers=12):
        for _, position, local in one.locals():
            row = sets.rows[position]
            assert all(v in row[name] for name, v in coded(abstraction, local).items())
        if one.error is not None:
            expected = reads if one.error.kind == "undefined" else possible
            assert (one.error.kind, one.error.variable, one.error.position) in expected


@cases(150)
@given(programs())
def test_every_local_state_of_every_run_is_in_the_value_sets(program) -> None:
    check_value_sets(shown(program), MAX_LEN)


@cases(60)
@given(programs(total=True))
def test_every_local_state_of_a_program_that_does_not_fail_is_in_the_value_sets(program) -> None:
    check_value_sets(shown(program), MAX_LEN)


@pytest.mark.campaign
@cases(200)
@given(programs(max_variables=5, max_heads=4, max_rules=20, max_tokens=2, max_length=6))
def test_every_local_state_of_longer_runs_is_in_the_value_sets(program) -> None:
    check_value_sets(shown(program), 6)


@st.composite
def patterns(draw: st.DrawFn, program: Program) -> Pattern:
    """Patterns over some names, UNDEFINED included; or those of what could go wrong."""
    names = draw(st.lists(st.sampled_from(list(program.domains)), max_size=3, unique=True))
    values = {
        name: range(UNDEFINED_CODE if name in program.heads else 0, domain.size)
        for name, domain in Abstraction.of(program).finite.domains.items()
        if name in names
    }
    return {
        name: frozenset(draw(st.sets(st.sampled_from(values[name]), min_size=1))) for name in names
    }


def places_of(
    program: Program, pattern: Pattern, max_layers: int | None
) -> set[tuple[Word, int, int]]:
    """Every place in every run that has a local state of the pattern."""
    abstraction = Abstraction.of(program)
    return {
        (one.tokens, layer, position)
        for one in courses(program, MAX_LEN, max_layers)
        for layer, position, local in one.locals()
        if all(coded(abstraction, local)[name] in values for name, values in pattern.items())
    }


def lengths_of(program: Program) -> list[int]:
    return [length for length in program.inputs.lengths(MAX_LEN) if length > 0]


class Symbolic:
    """Asks symbolic runs of the whole program and nobody else."""

    failure_free = False

    def __init__(self, abstraction: Abstraction, max_layers: int | None) -> None:
        program = abstraction.concrete
        self._slice = SymbolicEngine(
            SlicedProgram(abstraction, whole(abstraction.finite), max_layers),
            lengths_of(program),
            lambda length: Inputs(program.inputs, length),
        )

    @property
    def method(self) -> str:
        return self._slice.method

    def find(self, pattern: Pattern, *, soon: bool = False) -> ReachAnswer:
        answer = self._slice.find(pattern, NEVER)
        assert not isinstance(answer, Unfinished)
        return answer


def ways_to_reach(program: Program, max_layers: int | None) -> list[Reachability]:
    """Every way of finding local states."""
    abstraction = Abstraction.of(program)
    return [
        Enumeration(abstraction, MAX_LEN, max_layers),
        Portfolio(abstraction, MAX_LEN, max_layers, NEVER, SolverCalls()),
        Symbolic(abstraction, max_layers),
    ]


def check_reach(program: Program, wanted: list[Pattern], max_layers: int | None) -> None:
    """All ways of finding local states agree with brute force."""
    ways = ways_to_reach(program, max_layers)
    for pattern in wanted:
        places = places_of(program, pattern, max_layers)
        for reach in ways:
            match reach.find(pattern):
                case Reachable(tokens=tokens, layer=layer, position=position):
                    assert (tokens, layer, position) in places
                case Unreachable():
                    assert not places
                case other:
                    pytest.fail(f"{reach.method}: {other}")


@cases(60)
@given(st.data(), st.none() | st.integers(0, 4))
def test_what_is_found_is_there_and_what_is_absent_is_nowhere(data, max_layers) -> None:
    program = shown(data.draw(small_total_programs))
    wanted = data.draw(st.lists(patterns(program), min_size=1, max_size=4))
    check_reach(program, wanted, max_layers)


@cases(100)
@given(mixed_programs)
def test_every_local_state_with_numbers_and_sets_is_in_the_value_sets(program) -> None:
    check_value_sets(shown(program), MAX_LEN)


@cases(60)
@given(st.data(), st.none() | st.integers(0, 4))
def test_what_is_found_with_numbers_and_sets_is_there(data, max_layers) -> None:
    program = shown(data.draw(mixed_total_programs))
    wanted = data.draw(st.lists(patterns(program), min_size=1, max_size=4))
    check_reach(program, wanted, max_layers)


@cases(60)
@given(small_programs | mixed_programs, st.none() | st.integers(0, 4))
def test_a_failure_is_found_where_some_run_fails_and_nowhere_else(program, max_layers) -> None:
    # Beyond a failure a symbolic run means nothing, so only whether there is one is compared.
    shown(program)
    failing = [one for one in courses(program, MAX_LEN, max_layers) if one.error is not None]
    abstraction = Abstraction.of(program)
    sets = value_sets(abstraction, live_tokens(program, MAX_LEN))
    wanted = [
        pattern
        for violation, _ in possible_violations(abstraction.finite, sets)
        for pattern in patterns_of(violation)
    ]
    for reach in ways_to_reach(program, max_layers):
        found = [answer for answer in map(reach.find, wanted) if isinstance(answer, Reachable)]
        assert bool(found) == bool(failing)
        assert {answer.tokens for answer in found} <= {one.tokens for one in failing}
        # Who has run everything knows whether it fails; others do not say so.
        everything = isinstance(reach, Enumeration)
        assert reach.failure_free == (everything and not failing)


def counted(program: Program, pattern: Pattern, max_layers: int | None) -> object:
    """Asks value sets by Parikh vector of the slice that decides a pattern."""
    abstraction = Abstraction.of(program)
    own = slice_for(abstraction.finite, pattern)
    sliced = SlicedProgram(abstraction, own, max_layers)
    reach = CountingEngine(sliced, lengths_of(program), Work())
    return reach.find(own.weaken(pattern), NEVER)


def check_counted(program: Program, wanted: list[Pattern], max_layers: int | None) -> None:
    """What value sets by Parikh vector rule out is nowhere; they never say more."""
    for pattern in wanted:
        match counted(program, pattern, max_layers):
            case Unreachable():
                assert not places_of(program, pattern, max_layers)
            case Undecided(reason=reason):
                assert "possible" in reason
            case other:
                pytest.fail(f"{other}")


@cases(100)
@given(st.data(), st.none() | st.integers(0, 4))
def test_what_is_ruled_out_by_counting_tokens_is_nowhere(data, max_layers) -> None:
    program = shown(data.draw(small_total_programs | mixed_total_programs))
    wanted = data.draw(st.lists(patterns(program), min_size=1, max_size=6))
    check_counted(program, wanted, max_layers)


@cases(100)
@given(small_programs | mixed_programs, st.none() | st.integers(0, 4))
def test_counting_tokens_does_not_rule_out_the_failure_of_a_run(program, max_layers) -> None:
    shown(program)
    abstraction = Abstraction.of(program)
    sets = value_sets(abstraction, live_tokens(program, MAX_LEN))
    possible = [
        violation
        for violation, _ in possible_violations(abstraction.finite, sets)
        if any(
            isinstance(counted(program, pattern, max_layers), Undecided)
            for pattern in patterns_of(violation)
        )
    ]
    kinds = {
        one.error.kind for one in courses(program, MAX_LEN, max_layers) if one.error is not None
    }
    assert kinds <= {violation.kind for violation in possible}


@pytest.mark.campaign
@cases(100)
@given(st.data(), st.none() | st.integers(0, 6))
def test_what_is_found_in_larger_programs_is_there(data, max_layers) -> None:
    program = shown(data.draw(programs(total=True, max_variables=5, max_heads=4, max_tokens=2)))
    wanted = data.draw(st.lists(patterns(program), min_size=1, max_size=8))
    check_reach(program, wanted, max_layers)
