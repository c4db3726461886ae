"""Satisfaction, from a program and a specification to a report."""

from __future__ import annotations

from pathlib import Path

from alta.errors import AltaError
from alta.lang.program import Program
from alta_verify.claim.bounds import check_timeout
from alta_verify.claim.extent import in_words
from alta_verify.claim.meets import Meets
from alta_verify.deadline import Deadline
from alta_verify.prove.decide import Request, decide
from alta_verify.prove.ledger import Progress
from alta_verify.prove.meets.theorem import Satisfies
from alta_verify.report.report import Report
from alta_verify.specs.meant import Meant, as_specification

__all__ = ["satisfies"]


def satisfies(
    program: Program,
    spec: Meant,
    *,
    max_len: int | None = 20,
    max_layers: int | None = None,
    timeout: float | None = None,
    progress: Progress | None = None,
    cache: str | Path | None = None,
) -> Report:
    """Proves that a program does what was meant, or shows an input on which it does not.

    The theorem: for every input of the program's language with 1 to `max_len` tokens, the run of
    the program ends without conflict, trap or undefined read, and at its end the outputs are what
    the specification says. The number 1 is equal to 1.0. No weights take part; with them it is
    `verify(program, model, spec=spec)`.

    A run ends at the program's halt, or at the bound: `max_layers`, or else the program's own. A
    run that repeats a state, and that neither ends, gives no outputs (kind ``"endless"``).

    Args:
        program: what is held against the specification.
        spec: a function of the tokens, a list of ints, that returns a list with the output at each
            position, such as `program.oracle`; another program; or what `alta_verify.specs` makes:
            of a function for one position, a predicate, a pattern or a fold, or of an invariant,
            which is claimed of all states in place of the outputs, also of runs that nothing ends.
        max_len: longest input, at least 1; the limit of the program holds beside it. None for
            inputs of every length, of a program whose positions see neighbours: then what was meant
            is a fold, a pattern, an invariant of states or another program.
        max_layers: the most layers of a run; None for the program's own bound, or until it halts.
        timeout: seconds after which the verdict is UNKNOWN; None for no limit.
        progress: is told about every obligation: its name, how many are done, how many there are.
        cache: a folder in which proved obligations are kept, and looked up when everything that
            they depend on is the same; None keeps nothing.

    Returns:
        The report, with a verdict, every obligation and, when REFUTED, a replayed counterexample.

    Raises:
        AltaError: when an argument is malformed, when nothing would end a run, or, as a
            `SpecificationError`, when the specification raises something, is not the same when
            asked again, or gives too few outputs.
    """
    if not isinstance(program, Program):
        raise AltaError(f"satisfies: expected an alta.Program, got {program!r}")
    meant = as_specification(spec)
    check_timeout(timeout)
    deadline = Deadline.after(timeout)

    # Called by `decide`, so that building automata counts into the time.
    def state() -> Satisfies:
        return Satisfies(Meets.of(program, meant, max_len, max_layers, deadline))

    return decide(
        Request(max_len, max_layers, deadline, progress=progress, cache=cache),
        program.name,
        f"the program does what was meant on all inputs {in_words(max_len)}.",
        state,
    )
