"""Solvers: cvc5 and z3, asked one query at a time; only the expected answer settles it.

Nothing else in this folder imports a solver. Each query is asked in a process of its own, which
can be stopped, and whose crash is no answer.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias, final

from alta_verify.check.refused import Refused

__all__ = ["SOLVERS", "Decide", "Unavailable"]


# Raises `Refused` unless a query has the expected answer within so many seconds.
Decide: TypeAlias = Callable[[str, float, str], None]


@final
class Unavailable(Exception):  # noqa: N818 - an outcome, not an error
    """Says that a solver is not installed."""


def _cvc5() -> Decide:
    try:
        import cvc5  # noqa: F401
    except ImportError:
        return _program("cvc5", "--lang=smt2")
    return _package("cvc5")


def _z3() -> Decide:
    try:
        import z3  # noqa: F401
    except ImportError:
        return _program("z3", "-in", "-smt2")
    return _package("z3")


# By name what returns a way to ask the package, else the program, or raises `Unavailable`.
SOLVERS: Final[Mapping[str, Callable[[], Decide]]] = {"cvc5": _cvc5, "z3": _z3}


def _program(name: str, *options: str) -> Decide:
    path = shutil.which(name)
    if path is None:
        raise Unavailable(
            f"{name} is not installed, neither the Python package nor the program; try: "
            "pip install 'alta-verify[check]'"
        )
    return _asking(name, [path, *options])


def _package(name: str) -> Decide:
    """Asks a package through this file, run as a program by the same Python."""
    # -P leaves the working folder out of the path: a file of the solver's name there would be
    # imported in its place.
    return _asking(name, [sys.executable, "-P", "-m", "alta_verify.check.solvers", name])


def _asking(name: str, command: Sequence[str]) -> Decide:
    # Wherever this package was found, the other process finds it there.
    places = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, places))}

    def decide(query: str, seconds: float, expected: str) -> None:
        try:
            done = subprocess.run(
                command,
                input=query,
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
                env=environment,
            )
        except subprocess.TimeoutExpired as error:
            raise Refused(f"{name} gave no answer in {seconds:g} s") from error
        # One word, and nothing that went wrong before or after it.
        if done.returncode or done.stdout.strip() != expected:
            said = " ".join((done.stdout or done.stderr[-200:]).split()) or "nothing"
            raise Refused(f"{name} says {said[:200]}, expected {expected}")

    return decide


def _ask_cvc5(query: str) -> str:
    import cvc5

    terms = cvc5.TermManager()
    solver, symbols = cvc5.Solver(terms), cvc5.SymbolManager(terms)
    parser = cvc5.InputParser(solver, symbols)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, query, "query")
    said = ""
    while not (command := parser.nextCommand()).isNull():
        said += command.invoke(solver, symbols)
    return said


def _ask_z3(query: str) -> str:
    import z3

    context = z3.Context()
    return str(z3.Z3_eval_smtlib2_string(context.ref(), query))


if __name__ == "__main__":
    ask = {"cvc5": _ask_cvc5, "z3": _ask_z3}[sys.argv[1]]
    sys.stdout.write(ask(sys.stdin.read()))
