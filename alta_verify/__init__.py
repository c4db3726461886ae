"""Proofs that Transformers compute programs and programs the same, or inputs where they do not."""

from alta_verify.counterexample import Counterexample
from alta_verify.disagreement import Disagreement
from alta_verify.equivalent import equivalent
from alta_verify.report import Obligation, Report, Result, Verdict
from alta_verify.verify import verify

__all__ = [
    "Counterexample",
    "Disagreement",
    "Obligation",
    "Report",
    "Result",
    "Verdict",
    "equivalent",
    "verify",
]
