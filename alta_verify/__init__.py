"""Proofs that compiled Transformers compute their programs, and inputs where they do not."""

from alta_verify.counterexample import Counterexample
from alta_verify.report import Obligation, Report, Result, Verdict
from alta_verify.verify import verify

__all__ = ["Counterexample", "Obligation", "Report", "Result", "Verdict", "verify"]
