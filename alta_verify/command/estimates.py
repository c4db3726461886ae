"""Estimates: what a proof will cost, by what it took before, for those who wait for it.

A file beside the cache says how long obligations of earlier proofs took. Nothing rests on it but
what is shown while a proof is at work.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, final

from alta.lang.program import Program
from alta.output import whole_file
from alta.visible import visible
from alta_verify.report.report import Report

__all__ = ["Estimate", "Timings"]

_FILE: Final = "timings.json"

# So many programs are remembered, those of the latest proofs.
_PROGRAMS: Final = 200

# What takes less is not worth an estimate.
_SHORT: Final = 1.0


@final
@dataclass
class Timings:
    """How long proofs about a program took before, in seconds by obligation and longest input."""

    path: Path | None
    key: str
    by_length: dict[int, dict[str, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, program: Program, question: str, folder: Path | None) -> Timings:
        """Returns what a folder has about a program and a question, None for no folder."""
        # Not its text, which a program need not have; those that are mixed up are alike.
        sizes = (program.input_range, program.position_range, len(program.domains))
        text = f"{question}\n{program.name} {sizes}"
        key = hashlib.sha256(text.encode()).hexdigest()
        timings = cls(None if folder is None else folder / _FILE, key)
        # A file that somebody edited is as good as none.
        with suppress(OSError, ValueError, TypeError, AttributeError):
            for length, seconds in timings._file().get(key, {}).items():
                timings.by_length[int(length)] = {
                    str(name): float(taken) for name, taken in seconds.items()
                }
        return timings

    def _file(self) -> Any:
        if self.path is None:
            return {}
        return json.loads(self.path.read_text(encoding="utf-8"))

    def announcement(self, name: str, max_len: int) -> str:
        """Says what a proof up to a length will cost."""
        what = f"{visible(name, lines=False)}, inputs of up to {max_len} tokens"
        if max_len in self.by_length:
            return f"{what}: took {self._total(max_len)} when it was proved last"
        if self.by_length:
            nearest = min(self.by_length, key=lambda length: abs(length - max_len))
            return f"{what}: not timed here yet; up to {nearest} took {self._total(nearest)}"
        return f"{what}: not timed here yet; --timeout S bounds the time, --max-len N the inputs"

    def _total(self, length: int) -> str:
        return _shown(sum(self.by_length[length].values()))

    def keep(self, report: Report, max_len: int) -> None:
        """Keeps how long the obligations of a report took; those from the cache took nothing."""
        seconds = {
            finding.name: round(finding.seconds, 3)
            for finding in report.obligations
            if not finding.cached
        }
        if self.path is None or not seconds:
            return
        self.by_length[max_len] = {**self.by_length.get(max_len, {}), **seconds}
        entries: dict[str, Any] = {}
        with suppress(OSError, ValueError, TypeError):
            entries = dict(self._file())
        # The latest stands last.
        entries.pop(self.key, None)
        entries[self.key] = self.by_length
        kept = dict(list(entries.items())[-_PROGRAMS:])
        with suppress(OSError), whole_file(self.path) as draft:
            draft.touch(mode=0o600)
            draft.write_text(json.dumps(kept), encoding="utf-8")


@final
class Estimate:
    """What stands at the end of a progress bar: how far an obligation is, and the time left."""

    def __init__(self, seconds: Mapping[str, float]) -> None:
        """Takes how long obligations took before, by name."""
        self._left = dict(seconds)
        self._expected = self._start = 0.0
        self._figures = ""

    def begin(self, name: str) -> None:
        """Notes that an obligation is at hand, and that those before are done."""
        self._expected, self._start = self._left.pop(name, 0.0), time.monotonic()
        self._figures = ""

    def tell(self, figures: str) -> None:
        """Hears how far the obligation has come."""
        self._figures = figures

    def __str__(self) -> str:
        """Reads ``3,000 inputs run; about 12 s left``."""
        waited = time.monotonic() - self._start
        seconds = sum(self._left.values()) + max(0.0, self._expected - waited)
        left = f"about {_shown(seconds)} left" if seconds > _SHORT else ""
        return "; ".join(filter(None, [self._figures, left]))


def _shown(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
