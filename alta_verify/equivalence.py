"""Equivalence, from two programs to a report."""

from __future__ import annotations

from pathlib import Path

from alta.errors import AltaError
from alta.lang.program import Program
from alta_verify.claim.bounds import check_timeout
from alta_verify.claim.equivalent import Pair
from alta_verify.deadline import Deadline
from alta_verify.prove.decide import Request, decide
from alta_verify.prove.equivalence.theorem import Equivalent
from alta_verify.prove.ledger import Progress
from alta_verify.report.report import Report

__all__ = ["equivalent"]


def equivalent(
    first: Program,
    second: Program,
    *,
    max_len: int = 20,
    max_layers: int | None = None,
    timeout: float | None = None,
    progress: Progress | None = None,
    cache: str | Path | None = None,
) -> Report:
    """Proves that two programs give the same outputs, or shows an input on which they do not.

    The theorem: for every input of 1 to `max_len` tokens that is in the languages of both, both
    runs end, without conflict, trap or undefined read, and the output variables hold the same
    values at every position. What the variables are called, how many layers a run takes and what
    happens before its end are each program's own business. The number 1 is equal to 1.0.

    A run ends at its program's halt, or at the bound: `max_layers` for both, or else the program's
    own. A run that repeats a state, and that neither ends, gives no outputs: the programs are not
    equivalent then (kind ``"endless"``), nor where one fails, not even where the other does so too.

    Args:
        first: the one program.
        second: the other program, over the same tokens.
        max_len: longest input, at least 1; limits of both programs hold beside it.
        max_layers: the most layers of a run; None for the bound of each program, or until it halts.
        timeout: seconds after which the verdict is UNKNOWN; None for no limit.
        progress: is told about every obligation: its name, how many are done, how many there are.
        cache: a folder in which proved obligations are kept, and looked up when everything that
            they depend on is the same; None keeps nothing.

    Returns:
        The report, with a verdict, every obligation and, when REFUTED, a replayed `Disagreement`.

    Raises:
        AltaError: when the tokens differ, an argument is malformed, or nothing would end a run.
    """
    for program in (first, second):
        if not isinstance(program, Program):
            raise AltaError(f"equivalent: expected an alta.Program, got {program!r}")
    check_timeout(timeout)
    if max_len is None:
        raise AltaError(
            "equivalent: max_len=None asks for inputs of every length, of which nothing is known "
            "of two programs; give a max_len"
        )
    deadline = Deadline.after(timeout)

    # Called by `decide`, so that intersecting the languages counts into the time.
    def state() -> Equivalent:
        return Equivalent(Pair.of(first, second, max_len, max_layers, deadline))

    return decide(
        Request(max_len, max_layers, deadline, progress=progress, cache=cache),
        f"{first.name} = {second.name}",
        f"both programs give the same outputs on all inputs of 1 to {max_len} tokens.",
        state,
    )
