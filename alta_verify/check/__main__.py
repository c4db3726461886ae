"""The command ``alta check DIR``, also as ``python -m alta_verify.check DIR``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import Final

from alta_verify.check.limits import run_process
from alta_verify.check.refused import visible
from alta_verify.check.run import CASES, WAYS, Outcome, Step, check
from alta_verify.check.solvers import Unavailable

__all__ = ["CHECKED", "REFUSED", "USAGE", "add_arguments", "main"]

CHECKED: Final = 0
REFUSED: Final = 1
USAGE: Final = 2

LIMIT: Final = 600.0  # seconds that a check may take
MEMORY: Final = 1024.0  # MiB that it may take

_ADVICE: Final = "A new certificate is made by: alta-verify PROGRAM --certificate DIR"


def main(arguments: Sequence[str] | None = None, name: str = "alta-verify check") -> int:
    """Runs the command, under the name that it was called by, and returns its exit status."""
    parser = argparse.ArgumentParser(prog=name)
    add_arguments(parser)
    try:
        options = parser.parse_args(arguments)
        if not Path(options.folder).is_dir():
            parser.error(f"{visible(options.folder)}: expected a folder with a certificate")
        if options.json not in {None, "-"} and not Path(options.json).parent.is_dir():
            parser.error(f"--json {visible(options.json)}: there is no such folder; make it first")
    except SystemExit as end:
        # argparse has said what is wrong, or has shown the help.
        return int(end.code or 0)
    shown = _show if sys.stdout.isatty() and options.json != "-" else None
    try:
        ways = options.by or [CASES]
        # Solvers have processes of their own, which take memory as they need it.
        memory = options.memory if ways == [CASES] else None
        outcome = check(
            options.folder,
            by=ways,
            timeout=options.timeout,
            progress=shown,
            limit=options.limit,
            memory=memory,
        )
        _report(outcome, options.json, steps=shown is None)
        sys.stdout.flush()
    except (Unavailable, OSError, ValueError) as error:
        sys.stderr.write(f"{parser.prog}: error: {visible(str(error))}\n")
        return USAGE
    return CHECKED if outcome.checked else REFUSED


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments, and what help says beside them."""
    parser.description = (
        "Check a certificate of a proof, with code that shares nothing with the prover."
    )
    parser.epilog = "Exit status: 0 CHECKED, 1 REFUSED, 2 wrong call."
    parser.add_argument("folder", metavar="DIR", help="what 'alta-verify --certificate' wrote")
    parser.add_argument(
        "--by",
        action="append",
        choices=WAYS,
        help="how queries are decided: by case distinction here (default), by cvc5 or by z3; may "
        "be repeated",
    )
    parser.add_argument(
        "--timeout", type=float, default=60.0, metavar="S", help="seconds a query for a solver"
    )
    parser.add_argument(
        "--limit",
        type=_positive,
        default=LIMIT,
        metavar="S",
        help="seconds for the whole check (default: %(default)g)",
    )
    parser.add_argument(
        "--memory",
        type=_positive,
        default=MEMORY,
        metavar="MIB",
        help="memory that it may take, in MiB (default: %(default)g); none with solvers",
    )
    parser.add_argument("--json", metavar="FILE", help="write the outcome as JSON; - for stdout")


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < 1e9:
        raise argparse.ArgumentTypeError(f"expected a number above 0 and below 1e9, got {text!r}")
    return number


def _report(outcome: Outcome, json_file: str | None, *, steps: bool) -> None:
    text = json.dumps(outcome.to_json(), indent=1) + "\n"
    if json_file == "-":
        sys.stdout.write(text)
        return
    for step in outcome.steps if steps else ():
        _show(step)
    word = "CHECKED" if outcome.checked else "REFUSED"
    number = sum(step.queries for step in outcome.steps)
    how = f"{outcome.seconds:.2f} s; {number} queries, by {' and '.join(outcome.by)}"
    lines = [f"{word}  {visible(outcome.folder)}  ({how})"]
    if outcome.checked:
        lines += ["", fill(f"Theorem: {visible(outcome.claim)}", 96), "", "Of the files:"]
        lines += [f"- {name} with SHA-256 {sha256}" for name, sha256 in outcome.hashes.items()]
        lines += ["", "Assumed:", *(f"- {visible(line)}" for line in outcome.assumptions)]
    else:
        lines += [f"because {visible(outcome.reason or '')}", _ADVICE]
    sys.stdout.writelines(f"{line}\n" for line in lines)
    if json_file is not None:
        _write(Path(json_file), text)


def _write(path: Path, text: str) -> None:
    """Writes a file as a whole or not at all; to what is no file, as a pipe, it is written."""
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    # In the folder of the target, since only within a file system a name is replaced in one step;
    # resolved, so that a link stays a link.
    draft = path.resolve().with_name(f".{path.name}-{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path.resolve())
    finally:
        draft.unlink(missing_ok=True)


def _show(step: Step) -> None:
    left = f"; queries: {step.queries}" if step.queries else ""
    name, how = visible(step.name), visible(step.how)
    sys.stdout.write(f"  {name:24} {step.seconds:8.2f} s  {how}{left}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    run_process(main)
