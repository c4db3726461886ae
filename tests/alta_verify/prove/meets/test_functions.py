"""Functions and predicates are held against all runs at once."""

from __future__ import annotations

from typing import Any

import pytest

import alta
from alta_verify import satisfies, specs
from alta_verify.obligation import NotShown, Refuted
from alta_verify.prove.meets import sampling, specification
from alta_verify.specs.specification import SpecificationError
from tests.alta_verify.prove.meets.meetings import PARITY, meeting

ADDITION = alta.programs.addition()
BITS: Any = PARITY.oracle
SUMS: Any = ADDITION.oracle


@pytest.fixture(autouse=True)
def nothing_is_run(monkeypatch):
    """Leaves everything to the reading."""
    monkeypatch.setattr(specification, "ENUMERABLE", -1)
    monkeypatch.setattr(specification, "RUNNABLE", -1)
    monkeypatch.setattr(sampling, "show", lambda *_: "nothing was run")


def show(spec, max_len=16, program=PARITY):
    return specification.show(meeting(spec, max_len, program), "")


def odd(tokens):
    return sum(tokens[1:]) % 2


def test_the_oracle_of_a_program_is_read():
    assert (
        show(PARITY.oracle)
        == "symbolic runs beside what was meant, in one graph; all guards merged"
    )


def test_an_output_at_one_position_is_read_in_another_way():
    show(specs.function(odd, at=-1), 12)
    with pytest.raises(Refuted) as refuted:
        show(specs.function(lambda tokens: 1 - odd(tokens), at=-1), 12)
    assert len(refuted.value.counterexample.tokens) == 1


def test_ten_thousand_sums_are_those_of_the_numbers():
    show(ADDITION.oracle, 7, ADDITION)


def carries_less(tokens):
    outputs = list(SUMS(tokens))
    if len(tokens) == 7 and outputs[0] == 1 and outputs[1:3] == [0, 0]:
        outputs[0] = 0
    return outputs


def test_a_wrong_carry_is_refuted_by_the_numbers():
    # Only where the sum is 100 exactly.
    with pytest.raises(Refuted) as refuted:
        show(carries_less, 7, ADDITION)
    word = refuted.value.counterexample.tokens
    first, second = (int("".join(map(str, part))) for part in (word[1:3], word[4:6]))
    assert first + second == 100


def rarely(tokens):
    outputs = BITS(tokens)
    if len(tokens) == 13 and tokens[2:12] == [1, 0, 1, 1, 0, 1, 1, 1, 0, 1] and sum(tokens) == 9:
        outputs[-1] ^= 1
    return outputs


def test_one_of_thousands_of_inputs_is_found():
    with pytest.raises(Refuted) as refuted:
        show(rarely, 13)
    assert refuted.value.counterexample.tokens == (2, 0, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 0)


def test_a_predicate_of_tokens_and_outputs_is_read():
    def even_prefixes(tokens, outputs):
        return all(outputs[k] == sum(tokens[1 : k + 1]) % 2 for k in range(len(tokens)))

    show(specs.predicate(even_prefixes), 12)
    with pytest.raises(Refuted):
        show(
            specs.predicate(lambda tokens, outputs: outputs[-1] <= tokens[-1] or len(tokens) < 9),
            12,
        )


def raises_late(tokens):
    if tokens[1:] == [1] * 9:
        raise ValueError(tokens)
    return BITS(tokens)


def test_an_error_on_one_input_is_an_error():
    with pytest.raises(SpecificationError, match="START 1 1 1 1 1 1 1 1 1' raises"):
        show(raises_late, 10)
    with pytest.raises(SpecificationError, match="returns 9 outputs"):
        show(lambda tokens: BITS(tokens)[:9], 10)
    with pytest.raises(SpecificationError, match="returns 11 outputs"):
        show(lambda tokens: BITS(tokens) + [0] * (len(tokens) // 10), 10)


def test_what_is_not_read_stays_open_with_its_place():
    def shown(tokens):
        return [id(token) for token in tokens]

    with pytest.raises(NotShown, match=r"test_functions.py:\d+: 'id\(token\)': it calls"):
        show(shown)


def test_of_inputs_that_can_be_run_those_that_are_not_read_are(monkeypatch):
    monkeypatch.setattr(specification, "RUNNABLE", 100)
    spec = lambda tokens: next(iter(BITS(tokens)[::-1]))  # noqa: E731
    assert show(specs.function(spec, at=-1), 4) == "enumeration of all 15 inputs"
    monkeypatch.setattr(specification, "_UNITS", 0)
    assert show(PARITY.oracle, 4) == "enumeration of all 15 inputs"


def test_the_report_says_what_was_meant():
    report = satisfies(PARITY, PARITY.oracle, max_len=18)
    assert report.proved
    assert "is what the program's oracle (" in report.claim
