"""The table has an entry for every kind of obligation, and names them as reports do."""

from __future__ import annotations

from dataclasses import replace

from alta_verify.claim.meets import Meets
from alta_verify.obligation import Obligation
from alta_verify.prove.computes.table import KINDS, claims
from alta_verify.specs.meant import as_specification
from tests.alta_verify.prove.contexts import ABSOLUTE, right

NAMES = [
    "sampling",
    "architecture",
    "embedding",
    *(f"{kind}[{head}]" for head in ABSOLUTE.heads for kind in ("attention", "softmax")),
    *(f"program[{failure}]" for failure in ("conflict", "range", "undefined")),
    *(f"ffn[{variable}]" for variable in ABSOLUTE.variables),
    *(f"reset[{head}]" for head in ABSOLUTE.heads),
    "decoding",
    "rounding",
]


def test_obligations_are_named_in_the_order_of_reports():
    assert list(map(str, claims(right().task))) == NAMES


def test_each_is_of_a_kind_in_the_table_and_every_kind_is_used():
    task = right().task
    # Nothing was meant but that the model computes the program.
    assert {obligation.kind for obligation in claims(task)} == {*KINDS} - {"spec"}
    meets = Meets.of(task.program, as_specification(sorted), 4, None, task.deadline)
    said = claims(replace(task, meets=meets))
    assert {obligation.kind for obligation in said} == {*KINDS}
    assert "what 'sorted' returns" in said[Obligation("spec")]


def test_claims_speak_of_their_subject_and_of_the_format():
    said = {str(obligation): claim for obligation, claim in claims(right().task).items()}
    assert said["ffn[parity]"] == "after the MLP, parity has the code of its next value"
    assert said["program[range]"] == "no rule that fires assigns a value out of range"
    assert said["rounding"] == "the same holds in float32, in any order of summation"
    assert not any("{" in claim or "None" in claim for claim in said.values())


def test_every_kind_says_why_it_may_stay_open_and_what_to_try():
    for kind in KINDS.values():
        assert kind.open_when
        assert kind.advice
