"""Reports: what was claimed, what was shown of it and how, what was taken on trust."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, final

from alta.errors import AltaError
from alta.pages.figures import report_figure, save_figure
from alta.pages.html import framed, report_page, save_page
from alta.pages.views import ReportView
from alta.visible import visible
from alta_verify.boxes.learned import Learned
from alta_verify.report.finding import Finding
from alta_verify.report.rendering import (
    Section,
    block_section,
    counterexample_section,
    invariant_section,
    render_rich,
    render_text,
)
from alta_verify.search.counterexample import Counterexample
from alta_verify.search.deviation import Deviation
from alta_verify.search.disagreement import Disagreement

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["CertificateError", "Report", "Verdict"]


class CertificateError(AltaError):
    """There is no certificate, for a reason given in words."""


@final
class Verdict(StrEnum):
    """The answer of a verification."""

    PROVED = "PROVED"
    REFUTED = "REFUTED"
    UNKNOWN = "UNKNOWN"
    VACUOUS = "VACUOUS"


# What a claim is called by its verdict, and how a terminal shows it.
_STANDING: Final = {
    Verdict.PROVED: ("Theorem", "bold green"),
    Verdict.REFUTED: ("Refuted claim", "bold red"),
    Verdict.UNKNOWN: ("Claim left open", "bold yellow"),
    Verdict.VACUOUS: ("Claim about no input", "bold yellow"),
}


@final
@dataclass(frozen=True)
class Report:
    """The outcome of `alta_verify.verify`, `alta_verify.satisfies` and `alta_verify.equivalent`.

    It has no truth value: ask for `proved` or look at the verdict.

    Attributes:
        program_name: whose proof it is.
        claim: the theorem, in words.
        verdict: PROVED, REFUTED, UNKNOWN or VACUOUS.
        obligations: what was to be shown, each with result, method and seconds.
        assumptions: what was taken on trust, in words.
        counterexample: an input that refutes the claim, replayed; None unless REFUTED. It is a
            `Disagreement` where two programs were compared, and a `Deviation` where a program is
            not as meant.
        reasons: why the verdict is UNKNOWN or VACUOUS.
        facts: numbers about program, model and proof.
        seconds: wall time of the whole verification.
        learned: what is known of a learned block, bounds and all; None where there is none.
        warnings: what is odd about the program, whatever the verdict.
        advice: what to try about the obligations that are open, a line a kind.
        certify: writes a certificate of the report to a folder, for `save`; None where nothing was
            attempted.
    """

    program_name: str
    claim: str
    verdict: Verdict
    obligations: tuple[Finding, ...]
    assumptions: tuple[str, ...]
    counterexample: Counterexample | Deviation | Disagreement | None
    reasons: tuple[str, ...]
    facts: dict[str, Any] = field(repr=False)
    seconds: float = 0.0
    learned: Learned | None = field(default=None, repr=False, compare=False)
    warnings: tuple[str, ...] = field(default=(), repr=False)
    advice: tuple[str, ...] = field(default=(), repr=False)
    certify: Callable[[Report, Path], None] | None = field(default=None, repr=False, compare=False)

    @property
    def proved(self) -> bool:
        """Whether the verdict is PROVED."""
        return self.verdict is Verdict.PROVED

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "a report has no truth value, since UNKNOWN is neither yes nor no; use report.proved "
            "or compare report.verdict"
        )

    def __str__(self) -> str:
        return visible(render_text(self._headline, filter(None, self._sections())))

    def _repr_html_(self) -> str:
        return framed(self._page())

    def save_html(self, path: str | Path, certificate: str | Path | None = None) -> None:
        """Writes a page that shows the report in a browser, one file that needs no network.

        Of a refutation it shows the runs of both sides, layer by layer.

        Args:
            path: the file, in a folder that is there.
            certificate: the folder that `save` wrote to, whose hash the page then gives.

        Raises:
            AltaError: when the file cannot be written, or the folder has no certificate.
        """
        save_page(path, self._page(None if certificate is None else Path(certificate)))

    def figure(self) -> Figure:
        """Draws the report as a figure of matplotlib; the extra ``figures`` has it.

        Of a refutation it shows both sides in the layer where they differ and the one before, else
        the time that each obligation took.

        Raises:
            AltaError: when there is too much to be read, or matplotlib is not installed.
        """
        return report_figure(self._view())

    def save_figure(self, path: str | Path) -> None:
        """Writes what `figure` draws to a file, whose name ends in the format: .svg, .png or .pdf.

        Args:
            path: the file, in a folder that is there.

        Raises:
            AltaError: when `figure` does, or the file cannot be written.
        """
        save_figure(self.figure(), path)

    def _page(self, certificate: Path | None = None) -> str:
        return report_page(self._view(certificate))

    def _view(self, certificate: Path | None = None) -> ReportView:
        # On demand: runs are made anew, for those who look at them.
        from alta_verify.report.page import view_of

        return view_of(
            title=self.program_name,
            verdict=self.verdict.value,
            standing=_STANDING[self.verdict][0],
            claim=self.claim,
            findings=self.obligations,
            counterexample=self.counterexample,
            lists={
                "Reasons": self.reasons,
                "What to try": self.advice,
                "Warnings": self.warnings,
                "Taken on trust": self.assumptions,
            },
            facts={"seconds": f"{self.seconds:.2f}", **self.facts},
            certificate=certificate,
        )

    def __rich__(self) -> Any:
        _, style = _STANDING[self.verdict]
        return render_rich(self._headline, filter(None, self._sections()), style)

    @property
    def _headline(self) -> str:
        """The verdict with the program and the time, in one line."""
        cached = self.facts.get("cached", 0)
        source = f"; {cached} of {len(self.obligations)} obligations cached" if cached else ""
        return f"{self.verdict}  {self.program_name}  ({self.seconds:.2f} s{source})"

    def _sections(self) -> Iterator[Section]:
        # Marked as a theorem only where it is one.
        standing, _ = _STANDING[self.verdict]
        yield Section(paragraphs=(f"{standing}: {self.claim}",))
        if not self.obligations:
            yield Section(paragraphs=self.reasons, mark="- ", style="yellow")
        if self.counterexample is not None:
            yield counterexample_section(self.counterexample)
        else:
            yield Section("Obligations", findings=self.obligations)
        yield invariant_section(self.facts.get("invariant") or {})
        yield Section("What to try", self.advice, "- ", style="yellow")
        if self.facts.get("block"):
            yield block_section(self.facts["block"])
        yield Section("Warnings", self.warnings, "- ", style="yellow", title_style="bold yellow")
        yield Section("Taken on trust", self.assumptions, "- ", style="dim")

    def to_json(self) -> str:
        """Returns the report as JSON text."""
        return json.dumps(
            {
                "program": self.program_name,
                "claim": self.claim,
                "verdict": self.verdict.value,
                "reasons": list(self.reasons),
                "warnings": list(self.warnings),
                "advice": list(self.advice),
                "obligations": [
                    {
                        "name": finding.name,
                        "claim": finding.claim,
                        "result": finding.result.value,
                        "method": finding.method,
                        "seconds": round(finding.seconds, 6),
                        "cached": finding.cached,
                    }
                    for finding in self.obligations
                ],
                "assumptions": list(self.assumptions),
                "counterexample": (
                    None if self.counterexample is None else self.counterexample.to_json()
                ),
                "facts": self.facts,
                "seconds": round(self.seconds, 6),
            },
            indent=1,
            ensure_ascii=False,
        )

    def save(self, directory: str | Path) -> None:
        """Writes a certificate of a proof, which ``alta-verify check`` can check.

        Args:
            directory: a folder that is empty, or has an earlier certificate, or is made.

        Raises:
            CertificateError: when the verdict is not PROVED, when the theorem is about two
                programs or about what was meant, when the folder has other files, or when the proof
                is one that the checker does not follow. Then nothing is written.
        """
        if self.verdict is not Verdict.PROVED or self.certify is None:
            raise CertificateError(
                f"no certificate: the verdict on {self.program_name!r} is {self.verdict}, and only "
                "a proof has one; report.to_json() has all that the report says"
            )
        self.certify(self, Path(directory))
