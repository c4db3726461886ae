"""Evidence is as much as the checker needs, and there is none where a program fails.

A slice is kept only if it shows something, and shows no more than runs do.
"""

from __future__ import annotations

import json
from functools import cache

import pytest

import alta
from alta.interp.run import run
from alta.lang.program import Program
from alta_verify.certificate.evidence import Absence, Subject, find_evidence
from alta_verify.certificate.writing import lay_out
from alta_verify.check.language import Language
from alta_verify.check.program import bits_of
from alta_verify.check.text import read_program
from alta_verify.claim.computes import Task
from alta_verify.deadline import Deadline
from alta_verify.report.report import CertificateError

LONGEST = 3


def counting(limit: int) -> Program:
    """A program that counts layers up to 2, and traps beyond if it goes on."""
    return alta.program_spec_from_rules(
        name="counting",
        variables={"bit": alta.input_var(2), "steps": alta.var(3)},
        heads={},
        rules=[alta.rule({"steps": n}, "steps", n + 1) for n in range(limit)],
        output_name="steps",
        input_range=2,
        layers=3,
    )


def evidence_of(program: Program, folder) -> dict:
    """The evidence for the compiled model, as a certificate is laid out."""
    model = alta.compile(program, max_len=LONGEST)
    task = Task(program, model, LONGEST, None, Deadline.after(None))
    found = {}

    def evidence(subject: Subject) -> dict:
        found.update(find_evidence(task, subject))
        return found

    lay_out(
        folder,
        program=alta.program_text(program),
        model=model,
        max_len=LONGEST,
        max_layers=None,
        prover={},
        evidence=evidence,
    )
    return found


def test_value_sets_are_said_position_by_position_in_order(tmp_path):
    evidence = evidence_of(counting(2), tmp_path)
    assert evidence == {
        "value_sets": [{"bit": [0, 1], "steps": [0, 1, 2]}] * LONGEST,
        "runs": [],
        "excluded": [],
    }
    assert json.loads(json.dumps(evidence)) == evidence


def test_there_is_no_evidence_for_a_program_that_fails(tmp_path):
    with pytest.raises(CertificateError, match=r"no certificate: program\[range\]: .*steps=2"):
        evidence_of(counting(3), tmp_path)


# After a one, `seen` is 1 for good; `late` follows one layer later, where the left one was seen.
PROGRAM = alta.program_spec_from_rules(
    name="spreading",
    variables={
        "bit": alta.input_var(2),
        "first": alta.position_var(2, init_fn=lambda position: int(position == 0)),
        "seen": alta.var(2),
        "late": alta.var(2),
    },
    heads={"left": alta.v_relative("seen", -1)},
    rules=[
        alta.rule({"bit": 1, "seen": 0}, "seen", 1),
        alta.rule({"first": 0, "left": 1, "late": 0}, "late", 1),
    ],
    output_name="late",
    position_range=LONGEST,
    input_range=2,
    layers=3,
)


@cache
def local_states() -> list[dict[str, int]]:
    """All that runs have after attention."""
    states: list[dict[str, int]] = []
    for word in filter(None, PROGRAM.inputs.enumerate(LONGEST)):
        for layer in run(PROGRAM, word).states:
            for local in layer.after_attention:
                state = {n: -1 if v is alta.UNDEFINED else v for n, v in local.items()}
                states += [] if state in states else [state]
    return states


def absence() -> Absence:
    task = Task(PROGRAM, alta.compile(PROGRAM), LONGEST, None, Deadline.after(None))
    program = read_program(alta.program_text(PROGRAM))
    return Absence(task, program, Language(program))


@pytest.fixture(scope="module")
def shared() -> Absence:
    return absence()


def occurs(pattern: dict[str, int]) -> bool:
    return any(pattern.items() <= state.items() for state in local_states())


def test_nothing_that_a_run_has_is_shown_absent(shared):
    for state in local_states():
        assert not shared.show({name: bits_of([value]) for name, value in state.items()})
        assert shared.narrowed(state) is None


def test_what_no_run_has_is_shown_and_narrowed_to_what_is_enough(shared):
    state = {"bit": 0, "first": 0, "seen": 1, "late": 0, "left": 0}
    assert not occurs(state)
    narrow = shared.narrowed(state)
    assert narrow is not None
    assert narrow.items() <= state.items()
    assert not occurs(narrow)
    # Less would not be enough.
    assert all(occurs({n: v for n, v in narrow.items() if n != name}) for name in narrow)


def test_only_slices_that_showed_something_are_hints():
    fresh = absence()
    assert fresh.hints == []
    fresh.show({"bit": bits_of([1])})
    assert fresh.hints == []
    assert fresh.show({"bit": bits_of([0]), "seen": bits_of([1])})
    (hint,) = fresh.hints
    assert {"bit", "seen"} <= set(hint["names"])
    # What it has shown before is not shown by a second one.
    assert fresh.show({"bit": bits_of([0]), "seen": bits_of([1]), "late": bits_of([1])})
    assert fresh.hints == [hint]
