"""Reports: what was claimed, what was shown of it and how, what was taken on trust."""

from __future__ import annotations

import html
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, final

from alta.visible import visible
from alta_verify.report.finding import Finding
from alta_verify.search.counterexample import Counterexample
from alta_verify.search.disagreement import Disagreement

if TYPE_CHECKING:
    from alta_verify.boxes.learned import Learned

__all__ = ["Report", "Verdict", "nothing_attempted"]


@final
class Verdict(StrEnum):
    """The answer of a verification."""

    PROVED = "PROVED"
    REFUTED = "REFUTED"
    UNKNOWN = "UNKNOWN"
    VACUOUS = "VACUOUS"


@final
@dataclass(frozen=True)
class Report:
    """The outcome of `alta_verify.verify` and of `alta_verify.equivalent`.

    It has no truth value: ask for `proved` or look at the verdict.

    Attributes:
        program_name: whose proof it is.
        claim: the theorem, in words.
        verdict: PROVED, REFUTED, UNKNOWN or VACUOUS.
        obligations: what was to be shown, each with result, method and seconds.
        assumptions: what was taken on trust, in words.
        counterexample: an input that refutes the claim, replayed; None unless REFUTED. It is a
            `Disagreement` where two programs were compared.
        reasons: why the verdict is UNKNOWN or VACUOUS.
        facts: numbers about program, model and proof.
        seconds: wall time of the whole verification.
        certify: writes a certificate of the report to a folder, for `save`.
        learned: what is known of a learned block, bounds and all; None where there is none.
        warnings: what is odd about the program, whatever the verdict.
    """

    program_name: str
    claim: str
    verdict: Verdict
    obligations: tuple[Finding, ...]
    assumptions: tuple[str, ...]
    counterexample: Counterexample | Disagreement | None
    reasons: tuple[str, ...]
    facts: dict[str, Any] = field(repr=False)
    seconds: float = 0.0
    certify: Callable[[Report, Path], None] = field(repr=False, compare=False, kw_only=True)
    learned: Learned | None = field(default=None, repr=False, compare=False)
    warnings: tuple[str, ...] = field(default=(), repr=False)

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
        from alta_verify.report.rendering import render_text

        return visible(render_text(self))

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"

    def __rich__(self) -> Any:
        from alta_verify.report.rendering import render_rich

        return render_rich(self)

    def to_json(self) -> str:
        """Returns the report as JSON text."""
        return json.dumps(
            {
                "program": self.program_name,
                "claim": self.claim,
                "verdict": self.verdict.value,
                "reasons": list(self.reasons),
                "warnings": list(self.warnings),
                "obligations": [
                    {
                        "name": one.name,
                        "claim": one.claim,
                        "result": one.result.value,
                        "method": one.method,
                        "seconds": round(one.seconds, 6),
                        "cached": one.cached,
                    }
                    for one in self.obligations
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
            CertificateError: when the verdict is not PROVED, when two programs were compared, when
                the folder has other files, or when the proof is one that the checker does not
                follow. Then nothing is written.
        """
        self.certify(self, Path(directory))


def nothing_attempted(
    name: str,
    claim: str,
    max_len: int,
    start: float,
    certify: Callable[[Report, Path], None],
) -> Report:
    """Returns the report where time ran out before anything could be attempted.

    Args:
        name: whose proof it would have been.
        claim: the theorem, in words.
        max_len: the longest input that was asked for.
        start: the reading of `time.perf_counter` at the call.
        certify: refuses to write a certificate.
    """
    return Report(
        program_name=name,
        claim=claim,
        verdict=Verdict.UNKNOWN,
        obligations=(),
        assumptions=(),
        counterexample=None,
        reasons=("out of time before any obligation was reached",),
        facts={"max_len": max_len, "cached": 0},
        seconds=time.perf_counter() - start,
        certify=certify,
    )
