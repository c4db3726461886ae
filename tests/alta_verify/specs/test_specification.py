"""Specifications say what was meant, and what is no specification is refused."""

from __future__ import annotations

from typing import Any

import pytest

import alta
from alta.errors import AltaError, InputLanguageError
from alta_verify import specs
from alta_verify.specs.meant import as_specification
from alta_verify.specs.specification import Demand, Indefinite, OfOutputs, described

PROGRAM = alta.programs.parity_sequential_relative()
OF_ONE: Any = lambda state: state  # noqa: E731
OF_TWO: Any = lambda tokens, outputs: True  # noqa: E731
WORD, OUTPUTS = (2, 1, 1), (0, 1, 0)


def answered(specification: specs.Specification) -> tuple[bool, dict[int, str]]:
    """Whether the outputs will do, and what was meant."""
    bound = specification.bound(PROGRAM)
    assert isinstance(bound, OfOutputs)
    answer = bound.answer(WORD, OUTPUTS)
    demands = bound.demands(answer, len(WORD))
    return bound.met(answer, OUTPUTS), {place: str(demand) for place, demand in demands.items()}


def test_a_function_says_all_outputs_or_one():
    assert answered(specs.function(PROGRAM.oracle)) == (True, {0: "0", 1: "1", 2: "0"})
    assert answered(specs.function(lambda _: [0, 1, 1])) == (False, {0: "0", 1: "1", 2: "1"})
    assert answered(specs.function(lambda tokens: sum(tokens) % 2, at=-1)) == (True, {2: "0"})
    assert answered(specs.function(lambda tokens: 1, at=0)) == (False, {0: "1"})


def test_a_predicate_says_whether_outputs_will_do():
    assert answered(specs.predicate(lambda tokens, outputs: outputs[0] == 0)) == (True, {})
    assert answered(specs.predicate(lambda tokens, outputs: 1 not in outputs)) == (False, {})


def test_a_pattern_says_where_the_output_is_a_value_and_where_it_is_not():
    assert answered(specs.accepts("START 1 (0|1)*")) == (False, {2: "1"})
    assert answered(specs.accepts("START 0 (0|1)*")) == (True, {2: "not 1"})
    assert answered(specs.accepts("START 1*", output=0)) == (True, {2: "0"})
    assert answered(specs.accepts("0*", at=None)) == (False, {0: "not 1", 1: "not 1", 2: "not 1"})
    assert answered(specs.accepts(alta.inputs.sequences([[2, 1, 1]]), output=0)) == (
        True,
        {2: "0"},
    )


def test_a_fold_says_an_output_for_each_state():
    parity = specs.transducer(lambda state, token: state ^ (token == 1), 0)
    assert answered(parity) == (True, {0: "0", 1: "1", 2: "0"})
    counted = specs.transducer(lambda state, token: state + token, 0, lambda state: state % 2)
    assert answered(counted) == (True, {0: "0", 1: "1", 2: "0"})
    last = specs.transducer(lambda state, token: state + 1, 0, lambda state: state, at=-1)
    assert answered(last) == (False, {2: "3"})


def test_one_is_equal_to_one_point_zero():
    assert Demand(1.0).met(1)
    assert not Demand(1.0, excluded=True).met(1)
    assert answered(specs.function(lambda tokens: [0.0, 1.0, 0.0]))[0]


WRONG = {
    "no list": (specs.function(lambda tokens: 1), "returns 1; expected a list of 3 outputs"),
    "a text": (specs.function(lambda tokens: "010"), "returns '010'; expected a list"),
    "too few": (specs.function(lambda tokens: [1]), r"returns 1 outputs, \[1\]; expected 3"),
    "appended": (specs.function(lambda tokens: tokens.append(0)), "changes its argument"),
    "sorted": (specs.predicate(lambda tokens, outputs: outputs.sort()), "changes its argument"),
    "no place": (specs.function(lambda tokens: 1, at=3), "at=3: an input of 3 tokens has no such"),
    "no bool": (specs.predicate(lambda tokens, outputs: []), r"returns \[\]; expected True or F"),
    "no hash": (specs.transducer(lambda state, token: [token], 0), r"state \[2\] is not hashable"),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_answer_that_is_none_is_indefinite(name):
    specification, reason = WRONG[name]
    with pytest.raises(Indefinite, match=reason):
        answered(specification)


def test_a_state_that_leads_to_two_others_is_indefinite():
    states = iter(range(10))
    with pytest.raises(Indefinite, match=r"state 0 leads to 0, and asked again to 1"):
        answered(specs.transducer(lambda state, token: next(states), 0))


def test_what_is_no_specification_is_refused():
    with pytest.raises(
        AltaError, match=r"expected a function of the tokens and the outputs, got 3"
    ):
        specs.predicate(3)
    with pytest.raises(AltaError, match=r"parameters \(tokens, outputs\); specs.predicate takes"):
        as_specification(OF_TWO)
    with pytest.raises(AltaError, match=r"specs.function: at: expected a position.* got 'last'"):
        specs.function(len, at="last")
    with pytest.raises(AltaError, match=r"specs.accepts: expected a pattern"):
        specs.accepts(3)
    with pytest.raises(InputLanguageError):
        specs.accepts("(0")
    with pytest.raises(AltaError, match=r"specs.transducer: step: expected a function of a state"):
        specs.transducer(OF_ONE, 0)


def test_functions_are_named_with_their_places():
    assert described(sorted) == "'sorted'"
    assert described(answered).startswith("'answered' (test_specification.py:")


def test_statements_end_a_sentence():
    assert (
        specs.function(sorted).statement == "the output at every position is what 'sorted' returns"
    )
    assert "at the last position is 1 if the input is in" in specs.accepts("0*").statement
    assert "'max' is true of its tokens" in specs.predicate(max).statement
