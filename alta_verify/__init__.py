"""Proofs that Transformers compute programs and programs the same, or inputs where they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alta_verify.circuits.analysis import circuit
    from alta_verify.circuits.circuit import Answer, Circuit, Dependence, Status
    from alta_verify.equivalence import equivalent
    from alta_verify.obligation import Obligation
    from alta_verify.report.finding import Finding, Result
    from alta_verify.report.report import Report, Verdict
    from alta_verify.satisfaction import satisfies
    from alta_verify.search.counterexample import Counterexample
    from alta_verify.search.deviation import Deviation
    from alta_verify.search.disagreement import Disagreement
    from alta_verify.verification import verify

__all__ = [
    "Answer",
    "Circuit",
    "Counterexample",
    "Dependence",
    "Deviation",
    "Disagreement",
    "Finding",
    "Obligation",
    "Report",
    "Result",
    "Status",
    "Verdict",
    "circuit",
    "equivalent",
    "satisfies",
    "verify",
]

if not TYPE_CHECKING:
    # JAX and the solvers are imported by whoever asks for something: the pytest plugin, which every
    # run of pytest imports, does not.
    def __getattr__(name: str) -> object:
        """Imports the public names when the first one is asked for."""
        if name == "specs":
            import alta_verify.specs

            return alta_verify.specs
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from alta_verify.circuits.analysis import circuit
        from alta_verify.circuits.circuit import Answer, Circuit, Dependence, Status
        from alta_verify.equivalence import equivalent
        from alta_verify.obligation import Obligation
        from alta_verify.report.finding import Finding, Result
        from alta_verify.report.report import Report, Verdict
        from alta_verify.satisfaction import satisfies
        from alta_verify.search.counterexample import Counterexample
        from alta_verify.search.deviation import Deviation
        from alta_verify.search.disagreement import Disagreement
        from alta_verify.verification import verify

        circuits = (Answer, Circuit, Dependence, Status)
        classes = (Counterexample, Deviation, Disagreement, Finding, Obligation, Report, Result)
        public = (*circuits, *classes, Verdict, circuit, equivalent, satisfies, verify)
        globals().update({value.__name__: value for value in public})
        return globals()[name]

    def __dir__() -> list[str]:
        """Lists the public names also before they are imported."""
        return sorted({*globals(), *__all__})
