"""The command ``alta``: what can be asked of programs and of proofs, under one name."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from alta.command.learning import add_learning
from alta.command.parsers import (
    CommandParser,
    add_command,
    add_debug,
    add_program,
    add_version,
    guarded,
)
from alta.command.programs import add_programs
from alta.visible import visible
from alta_verify.command.arguments import STATUSES, SUMMARY, add_verify, verified
from alta_verify.command.arguments import parser as alias
from alta_verify.command.circuits import add_circuit, add_dataset, circuit, dataset

__all__ = ["parser", "run"]


def run(words: Sequence[str]) -> int:
    """Runs the command with its arguments and returns its exit status."""
    if words[:1] == ["check"]:
        # The checker reads its own arguments, here as wherever it is called.
        from alta_verify.check.__main__ import main as check

        return check(words[1:], name="alta check")
    return guarded(parser(), lambda options: options.action(options) or 0, words)


def parser() -> CommandParser:
    """Returns the parser of all commands."""
    everything = CommandParser(
        prog="alta",
        description="Write, run, compile and prove ALTA programs.",
        epilog="'alta COMMAND --help' says more.",
    )
    add_version(everything)
    commands = everything.add_subparsers(metavar="COMMAND", required=True)
    add_programs(commands)
    _add_verify(commands)
    _add_check(commands)
    _add_test(commands)
    _add_circuit(commands)
    _add_lint(commands)
    add_learning(commands)
    _add_completion(commands)
    return everything


def _add_verify(commands: Any) -> None:
    summary = "prove that weights compute a program, or show where they do not"
    verifying = add_command(commands, "verify", summary, verified)
    verifying.description, verifying.epilog = SUMMARY, STATUSES
    add_verify(verifying)


def _add_check(commands: Any) -> None:
    from alta_verify.check.__main__ import add_arguments

    # For help and completion: `run` hands the words on before they are read here.
    add_arguments(commands.add_parser("check", help="check a certificate, without the prover"))


def _add_max_len(command: CommandParser) -> None:
    command.add_argument(
        "--max-len", type=int, default=20, metavar="N", help="longest input (default 20)"
    )


def _add_test(commands: Any) -> None:
    testing = add_command(commands, "test", "run a program beside what was meant", _test)
    add_program(testing)
    _add_max_len(testing)
    testing.add_argument("--max-layers", type=int, metavar="N", help="the most layers to take")
    testing.add_argument(
        "--spec",
        default="oracle",
        metavar="SPEC",
        help="what was meant: file.py:function or package.module:function (default: the program's "
        "oracle)",
    )
    testing.add_argument(
        "--inputs",
        type=int,
        default=1 << 16,
        metavar="N",
        help="run all inputs of lengths that have together so many, and samples beyond (default "
        "65536)",
    )


def _test(options: argparse.Namespace) -> int:
    from alta.command.finding import program_of
    from alta_verify.command.testing import tested

    return tested(program_of(options), options)


def _add_circuit(commands: Any) -> None:
    summary = "say which parts of a proved model matter to its outputs"
    add_circuit(add_command(commands, "circuit", summary, circuit))
    summary = "write sampled programs with their proved models and circuits"
    add_dataset(add_command(commands, "dataset", summary, dataset))


def _add_lint(commands: Any) -> None:
    linting = add_command(commands, "lint", "say what is odd about a program and its runs", _lint)
    add_program(linting)
    _add_max_len(linting)


def _lint(options: argparse.Namespace) -> int:
    from alta.command.finding import program_of
    from alta_verify.report.remarks import remarks_on

    program = program_of(options, quietly=True)
    remarks = remarks_on(program, options.max_len)
    all_well = f"{visible(program.name)}: nothing odd on inputs of 1 to {options.max_len} tokens"
    print(*(remarks or [all_well]), sep="\n")
    return int(bool(remarks))


def _add_completion(commands: Any) -> None:
    completing = add_command(commands, "completion", "print a script for a shell", _completion)
    completing.description = (
        "Print what has a shell complete commands, options and names of programs, as in: "
        'eval "$(alta completion bash)"'
    )
    completing.add_argument("shell", choices=("bash", "zsh"), help="which shell")
    add_debug(completing)


def _completion(options: argparse.Namespace) -> None:
    from alta_verify.command.completion import completion

    for command in (parser(), alias()):
        print(completion(command, options.shell))
