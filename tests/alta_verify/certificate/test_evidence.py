"""Evidence is as much as the checker needs, and there is none where a program fails."""

from __future__ import annotations

import json

import pytest

import alta
from alta.lang.program import Program
from alta_verify.certificate.evidence import Subject, find_evidence
from alta_verify.certificate.writing import lay_out
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
