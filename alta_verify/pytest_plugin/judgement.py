"""Judgement: a test passes if its theorem is proved, and says in a few lines why it does not."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import pytest

from alta_verify.pytest_plugin.options import Options
from alta_verify.pytest_plugin.settings import SETTINGS

if TYPE_CHECKING:
    from alta import Program
    from alta.nn.model import Model
    from alta_verify.report.report import Report

__all__ = ["JUDGED", "judge"]

JUDGED: Final = pytest.StashKey[bool]()
"""Whether there was a verdict about a test."""


def judge(item: pytest.Item, program: Program, model: Model | None, options: Options) -> None:
    """Verifies a program and fails the test unless the verdict is PROVED or allowed.

    Without a model the program is compiled. The failure says the counterexample or the reasons, and
    has no traceback.
    """
    settings = item.config.stash[SETTINGS]
    reports = None if settings.reports is None else _folder_of(settings.reports, item.nodeid)
    report = _verified(program, model, options, settings.cache, item.path.parent)
    item.stash[JUDGED] = True
    _warn(program, report)
    # Pytest writes these into its JUnit XML.
    item.user_properties += [
        ("alta_verify_verdict", report.verdict.value),
        ("alta_verify_max_len", options.max_len),
        ("alta_verify_obligations", len(report.obligations)),
        ("alta_verify_cached", report.facts["cached"]),
    ]
    complaints: list[str] = []
    if not report.proved and report.verdict.value not in options.allow:
        complaints += _message(report)
    if reports is not None:
        complaints += _save(report, reports)
    if complaints:
        pytest.fail("\n".join(complaints), pytrace=False)


def _verified(
    program: Program, model: Model | None, options: Options, cache: Path | None, folder: Path
) -> Report:
    import alta
    from alta_verify.command.specifications import find_specification
    from alta_verify.verification import verify

    if model is not None and options.dtype is not None:
        pytest.fail(
            f"dtype={options.dtype!r} is for programs that are compiled; a model was given as well",
            pytrace=False,
        )
    try:
        if options.dtype is not None:
            model = alta.compile(program, max_len=options.max_len, dtype=options.dtype)
        spec = options.spec
        if isinstance(spec, str):
            spec = find_specification(spec, program, folder)
        return verify(
            program,
            model,
            max_len=options.max_len,
            max_layers=options.max_layers,
            timeout=options.timeout,
            cache=cache,
            spec=spec,
        )
    except alta.AltaError as error:
        # What it says is enough; where it was raised is nobody's concern but ours.
        message = f"{type(error).__name__}: {error}"
        raise pytest.fail.Exception(message, pytrace=False) from None


def _warn(program: Program, report: Report) -> None:
    """Warns of what is odd about the runs of a program, for pytest's summary of warnings."""
    from alta.errors import ProgramWarning
    from alta.lang.lint import lint

    # What is odd about its parts was said where it was built.
    said = {str(remark) for remark in lint(program)}
    for text in report.warnings:
        if text not in said:
            warnings.warn(f"program {program.name!r}: {text}", ProgramWarning, stacklevel=1)


def _message(report: Report) -> Iterator[str]:
    """Yields the lines that say why a theorem is not proved; the first one by itself."""
    from alta_verify.report.finding import Result
    from alta_verify.report.rendering import explanation_text

    if report.counterexample is not None:
        yield f"REFUTED: {report.counterexample}"
        explanation = explanation_text(report.counterexample)
        yield from ["", *explanation.splitlines()] if explanation else []
        return
    if report.obligations:
        number = sum(shown.result is Result.OPEN for shown in report.obligations)
        total = f"{number} of {len(report.obligations)}"
        yield f"{report.verdict}: {total} obligations open, no counterexample found"
        yield from (f"- {reason}" for reason in report.reasons)
    else:
        yield f"{report.verdict}: {'; '.join(report.reasons)}"
    yield f'allow = ["{report.verdict}"] would let this pass'


def _save(report: Report, folder: Path) -> Iterator[str]:
    """Saves a report; yields a complaint where that cannot be done."""
    from alta.errors import AltaError
    from alta.output import write_text

    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_text(folder / "report.json", report.to_json() + "\n")
        write_text(folder / "report.txt", f"{report}\n")
        report.save_html(folder / "report.html")
    except (OSError, AltaError) as error:
        reason = getattr(error, "strerror", None) or error
        yield f"the report could not be saved in {folder}: {reason}"


def _folder_of(reports: Path, nodeid: str) -> Path:
    """Returns a folder for each test, with names that every file system takes.

    A test whose report could not be saved there fails, sooner than after a long proof.
    """
    from alta.errors import AltaError
    from alta.output import check_folder

    path, *names = nodeid.split("::")
    # A name may be a path of its own, and a path may lead upwards.
    parts = [quote(part, safe="[]=-,+ ") for part in [*path.split("/"), *names] if part != "."]
    folder = reports.joinpath(*(part.replace("..", "%2E%2E") for part in parts))
    try:
        check_folder(folder)
    except AltaError as error:
        raise pytest.fail.Exception(f"reports: {error}", pytrace=False) from None
    return folder
