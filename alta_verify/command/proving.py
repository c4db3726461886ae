"""What ``alta-verify PROGRAM`` does: prove its weights, or another program, equal to it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import alta
from alta.command.finding import find_program, parse_sizes
from alta.command.parsers import print_rich
from alta.errors import AltaError
from alta.lang.program import Program
from alta.limit import OutOfTime, checkpoint, limited
from alta.nn.model import Model
from alta.output import write_text
from alta.progress import announce, bar, listening
from alta.visible import visible
from alta_verify.cache.memory import made_user_folder
from alta_verify.certificate.writing import check_folder
from alta_verify.claim.bounds import check_timeout
from alta_verify.command.estimates import Estimate, Timings
from alta_verify.command.specifications import find_specification
from alta_verify.deadline import Deadline, alarmed
from alta_verify.equivalence import equivalent
from alta_verify.exchange.writing import check_exportable, write_queries
from alta_verify.prove.decide import Request
from alta_verify.prove.ledger import Progress
from alta_verify.report.report import CertificateError, Report, Verdict
from alta_verify.verification import verify_made

__all__ = ["STATUS", "verified"]

STATUS: Final = {
    Verdict.PROVED: 0,
    Verdict.REFUTED: 1,
    Verdict.UNKNOWN: 3,
    Verdict.VACUOUS: 4,
}
"""Exit statuses by verdict; 2 is a wrong call or a malformed program."""


def verified(program: Program, options: argparse.Namespace) -> int:
    """Proves what was asked for, shows it, and returns the exit status of the verdict."""
    if options.spec is not None and options.certificate is not None:
        raise AltaError(
            "--certificate is of what the checker shows, which is nothing about --spec; prove that "
            "and write the certificate in two calls"
        )
    if options.certificate is not None:
        # Sooner than after a long proof.
        check_folder(Path(options.certificate))
    if options.vnnlib is not None:
        check_exportable(options.max_len)
    check_timeout(options.timeout)
    deadline = Deadline.after(options.timeout)
    show = _proved if options.against is None else _compared
    report = show(program, options, deadline)
    _show(report, options.json)
    if options.vnnlib is not None:
        _write_queries(program, options)
    saved = None
    try:
        if options.certificate is not None and report.proved:
            _save(report, options.certificate, deadline)
            saved = options.certificate
    finally:
        # A proof whose certificate could not be written has a page all the same.
        if options.html is not None:
            report.save_html(options.html, saved)
    return STATUS[report.verdict]


def _write_queries(program: Program, options: argparse.Namespace) -> None:
    """Writes what other verifiers can be asked, and says of what nothing was written."""
    bounds = {"max_len": options.max_len, "max_layers": options.max_layers}
    written = write_queries(program, _model(program, options), options.vnnlib, **bounds)
    for variable, reason in written.left_out.items():
        sys.stderr.write(f"--vnnlib: nothing about {visible(variable)}: {visible(reason)}\n")


def _save(report: Report, folder: str, deadline: Deadline) -> None:
    """Writes the certificate, if that can be done in what is left of the time."""
    try:
        # Writing runs the checker, which looks at no clock of ours.
        with limited(deadline), alarmed(deadline):
            checkpoint()
            report.save(folder)
    except OutOfTime as late:
        raise CertificateError(
            "no certificate: proved, but out of time for writing what can be checked; --timeout "
            "counts for both, so give more of it"
        ) from late


def _proved(program: Program, options: argparse.Namespace, deadline: Deadline) -> Report:
    if options.against_with:
        raise AltaError("--against-with gives sizes of the program after --against; there is none")
    meant = None if options.spec is None else find_specification(options.spec, program)
    cache = _cache(options)
    asked = (options.max_layers, options.dtype, options.weights, options.block, options.spec)
    timings = _timings(program, f"computes {asked}", cache)
    with _progress(timings, program, options.max_len) as progress:
        report = verify_made(
            program,
            partial(_model, program, options),
            Request(options.max_len, options.max_layers, deadline, None, progress, cache),
            meant,
        )
    timings.keep(report, options.max_len)
    return report


def _model(program: Program, options: argparse.Namespace) -> Model:
    if options.weights is None:
        dtype = options.dtype or "float32"
        model = alta.compile(program, max_len=options.max_len, dtype=dtype)
    else:
        model = alta.load(options.weights)
    if options.block is None:
        return model
    from alta.learn.training.checkpoint import load_block

    return model.with_mlp(load_block(options.block))


def _compared(program: Program, options: argparse.Namespace, deadline: Deadline) -> Report:
    for option in ("weights", "block", "dtype", "certificate", "vnnlib", "spec"):
        if getattr(options, option) is not None:
            raise AltaError(
                f"--{option} is for proofs about weights, and --against compares two programs "
                "without any; leave one of them out"
            )
    against = find_program(options.against, parse_sizes(options.against_with))
    cache = _cache(options)
    asked = (options.max_layers, options.against, options.against_with)
    timings = _timings(program, f"equivalent {asked}", cache)
    with _progress(timings, program, options.max_len) as progress:
        report = equivalent(
            program,
            against,
            max_len=options.max_len,
            max_layers=options.max_layers,
            # Building the other program took some of the time already.
            timeout=deadline.remaining,
            progress=progress,
            cache=cache,
        )
    timings.keep(report, options.max_len)
    return report


def _cache(options: argparse.Namespace) -> Path | None:
    """Returns the folder that was asked for, or the user's if that can be written to."""
    if options.no_cache:
        return None
    return made_user_folder() if options.cache is None else Path(options.cache)


def _show(report: Report, json_file: str | None) -> None:
    if json_file == "-":
        print(report.to_json())
        return
    try:
        if json_file is not None:
            write_text(Path(json_file), report.to_json() + "\n")
    finally:
        # A file that cannot be written is no reason to lose the verdict.
        print_rich(report)


def _timings(program: Program, question: str, cache: Path | None) -> Timings:
    # Where nobody looks, nothing is kept either: a folder in CI has what was proved and no more.
    return Timings.of(program, question, cache if sys.stderr.isatty() else None)


@contextmanager
def _progress(timings: Timings, program: Program, max_len: int) -> Iterator[Progress | None]:
    """Shows what a proof will cost, and the obligation at hand, while there is a terminal."""
    announce(timings.announcement(program.name, max_len))
    estimate = Estimate(timings.by_length.get(max_len, {}))
    with bar("reading", elapsed=True) as update, listening(estimate.tell):
        if update is None:
            yield None
            return
        update(figures=estimate)

        def progress(name: str, done: int, total: int) -> None:
            estimate.begin(name)
            update(description=name, completed=done, total=total)

        yield progress
