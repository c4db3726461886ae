"""Equivalence, from two programs to a report."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

from alta.errors import AltaError
from alta.lang.paths import ManyPaths
from alta.lang.program import Program
from alta.limit import OutOfTime, limited
from alta_verify.cache.memory import CACHE_ASSUMPTION, Memory
from alta_verify.claim.bounds import check_bounds
from alta_verify.claim.equivalent import Pair
from alta_verify.claim.wording import abridged, as_number, in_figures
from alta_verify.deadline import Deadline
from alta_verify.obligation import Refuted
from alta_verify.prove.equivalence.comparison import refute
from alta_verify.prove.equivalence.proof import EquivalenceProof, claims
from alta_verify.prove.equivalence.side_by_side import SideBySide
from alta_verify.prove.ledger import Ledger, Progress
from alta_verify.prove.schedule import in_turn
from alta_verify.report.finding import reasons
from alta_verify.report.report import Report, Verdict, nothing_attempted
from alta_verify.search.disagreement import Disagreement
from alta_verify.search.shrink import shrink_disagreement

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
    start = time.perf_counter()
    for program in (first, second):
        if not isinstance(program, Program):
            raise AltaError(f"equivalent: expected an alta.Program, got {program!r}")
    check_bounds(max_len, max_layers, timeout)
    deadline = Deadline.after(timeout)
    try:
        with limited(deadline.to_declare):
            pair = Pair.of(first, second, max_len=max_len, max_layers=max_layers, deadline=deadline)
            report = partial(_report, pair, max_len, start)
            if not pair.lengths:
                reason = f"the programs have no input of 1 to {pair.max_len} tokens in common"
                return report(Verdict.VACUOUS, reasons=(reason,))
            ledger, memory = _prepared(pair, progress, cache)
    except OutOfTime:
        return nothing_attempted(
            f"{first.name} = {second.name}",
            f"both programs give the same outputs on all inputs of 1 to {max_len} tokens.",
            max_len,
            start,
            _certify,
        )
    with limited(deadline):
        report = partial(report, ledger=ledger)
        try:
            _prove(pair, ledger, memory.suspect)
        except Refuted as refuted:
            found = _shrunk(refuted, pair)
            memory.remember_suspect(found.tokens)
            return report(Verdict.REFUTED, found=found)
        if ledger.complete:
            return report(Verdict.PROVED)
        return report(Verdict.UNKNOWN, reasons=reasons(ledger.obligations))


def _prepared(
    pair: Pair, progress: Progress | None, cache: str | Path | None
) -> tuple[Ledger, Memory]:
    """Declares what has to be shown, with what is known of it from earlier runs."""
    declared = claims(pair)
    # The claim has it, when it may be too late to count.
    _ = pair.inputs_to_compare
    memory = Memory.of(pair, declared, cache)
    ledger = Ledger(
        declared,
        deadline=pair.deadline,
        progress=progress,
        known=memory.proved,
        remember=memory.remember,
    )
    return ledger, memory


def _prove(pair: Pair, ledger: Ledger, suspect: tuple[int, ...] | None) -> None:
    """Attempts every obligation; the first one begins with what refuted the theorem before."""
    proof = EquivalenceProof(pair)
    first = next(iter(claims(pair)))
    for name, part in in_turn(claims(pair), ledger.late):
        show = partial(proof.show, name)
        if name == first:
            show = partial(_sample, proof, name, pair, suspect)
        ledger.attempt(name, show, part)


def _sample(proof: EquivalenceProof, name: str, pair: Pair, suspect: tuple[int, ...] | None) -> str:
    if suspect is not None:
        refute(pair, suspect)
    return proof.show(name)


def _shrunk(refuted: Refuted, pair: Pair) -> Disagreement:
    """Returns a shorter disagreement, or the one there is when anything goes wrong."""
    found = refuted.counterexample
    if not isinstance(found, Disagreement):
        raise TypeError(f"expected two programs that disagree, got {found!r}")
    try:
        suspects = SideBySide(pair).suspects
        return shrink_disagreement(found, pair.inputs, suspects, deadline=pair.deadline)
    except Exception:  # noqa: BLE001 - the disagreement at hand has been replayed already
        return found


def _report(
    pair: Pair,
    asked: int,
    start: float,
    verdict: Verdict,
    *,
    ledger: Ledger | None = None,
    found: Disagreement | None = None,
    reasons: tuple[str, ...] = (),
) -> Report:
    return Report(
        program_name=f"{pair.first.name} = {pair.second.name}",
        claim=_claim(pair, asked),
        verdict=verdict,
        obligations=() if ledger is None else ledger.obligations,
        assumptions=_assumptions(ledger) if verdict is Verdict.PROVED else (),
        counterexample=found,
        reasons=reasons,
        facts=_facts(pair, ledger),
        seconds=time.perf_counter() - start,
        certify=_certify,
    )


def _certify(report: Report, folder: Path) -> None:
    from alta_verify.certificate.writing import write_certificate

    write_certificate(None, report, folder)


def _claim(pair: Pair, asked: int) -> str:
    bound = f"of 1 to {pair.max_len} tokens"
    if pair.max_len < asked:
        bound += f" (asked for {asked}; the programs take no more)"
    ends = "at its end"
    if pair.max_layers is not None:
        ends = f"at its end, after {pair.max_layers} layers at most"
    return (
        f"on each of the {in_figures(pair.inputs_to_compare)} inputs {_language(pair)} {bound}, "
        f"the run of either program ends without fault, and {ends} the output of both is the same "
        "at every position."
    )


def _language(pair: Pair) -> str:
    first, second = (
        f"'{abridged(program.inputs.spec.tabulate(pair.max_len).to_text())}'"
        for program in (pair.first, pair.second)
    )
    return f"of {first}" if first == second else f"that {first} and {second} have in common,"


_ASSUMPTIONS = (
    "the batch interpreter does what the interpreter does: they are compared in the tests",
    "the SAT solver, Python and the code of alta_verify are right",
)


def _assumptions(ledger: Ledger | None) -> tuple[str, ...]:
    return (
        (*_ASSUMPTIONS, CACHE_ASSUMPTION) if ledger is not None and ledger.cached else _ASSUMPTIONS
    )


def _facts(pair: Pair, ledger: Ledger | None) -> dict[str, Any]:
    return {
        "max_len": pair.max_len,
        "inputs": as_number(pair.inputs_to_compare),
        "rules": [
            None if isinstance(program.mlp, ManyPaths) else len(program.mlp)
            for program in (pair.first, pair.second)
        ],
        "sat_calls": pair.calls.sat,
        "cached": 0 if ledger is None else ledger.cached,
    }
