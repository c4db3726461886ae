"""Verification, from program and weights to a report."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import Any

import alta
from alta.errors import AltaError, ModelError
from alta.lang.lint import lint
from alta.lang.program import Program
from alta.limit import OutOfTime, limited
from alta.nn.block import DenseBlock
from alta.nn.model import FunctionModel, Model
from alta.nn.weights import Weights, named
from alta_verify.boxes.robustness import summary
from alta_verify.cache.memory import CACHE_ASSUMPTION, Memory
from alta_verify.claim.bounds import check_bounds
from alta_verify.claim.computes import Task, check_fit
from alta_verify.claim.wording import abridged, in_figures
from alta_verify.deadline import Deadline
from alta_verify.obligation import Refuted
from alta_verify.prove.computes.proof import Proof, claims
from alta_verify.prove.ledger import Ledger, Progress
from alta_verify.prove.remote import check_executor, rules_of, show_elsewhere
from alta_verify.prove.schedule import SAMPLING, in_turn
from alta_verify.report.finding import reasons
from alta_verify.report.remarks import remarks_on
from alta_verify.report.report import Report, Verdict, nothing_attempted
from alta_verify.search.counterexample import Counterexample, find_difference
from alta_verify.search.shrink import shrink

__all__ = ["verify", "verify_made"]


def verify(
    program: Program,
    model: Model | None = None,
    *,
    max_len: int = 20,
    max_layers: int | None = None,
    timeout: float | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    cache: str | Path | None = None,
) -> Report:
    """Proves that a model computes a program, layer by layer, or shows an input where it does not.

    The theorem: for every input of the program's language with 1 to `max_len` tokens, after every
    layer, at every position, every variable decoded from the residual stream has the value that
    the interpreter gives it; model and interpreter halt after the same layer with the same
    outputs; and the program neither conflicts nor traps nor reads an UNDEFINED variable. It is
    proved of the real-valued network and of the network in the format of its weights, for any
    order of summation.

    Args:
        program: what the model is meant to compute.
        model: the weights, from wherever, with a learned block perhaps (`Model.with_mlp`); None
            compiles the program.
        max_len: longest input, at least 1; limits of the program and of the model hold beside it.
        max_layers: the most layers of a run that count; None for the program's own bound, or until
            a run halts or repeats a state.
        timeout: seconds after which the verdict is UNKNOWN, counted from the call; None for no
            limit. Each obligation has a share of them, so that a short limit still shows what is
            cheap.
        executor: runs the obligations in its workers; None runs them here, which is faster for
            small programs. Those about a learned block are always shown here.
        progress: is told about every obligation: its name, how many are done, how many there are.
        cache: a folder in which proved obligations are kept, and looked up when everything that
            they depend on is the same; None keeps nothing. Nothing is kept about learned blocks.

    Returns:
        The report, with a verdict, every obligation and, when REFUTED, a replayed counterexample.

    Raises:
        ModelError: when weights do not fit the program, or are NaN or infinite.
        AltaError: when an argument is malformed.
    """
    check_bounds(max_len, max_layers, timeout)
    return verify_made(
        program,
        lambda: alta.compile(program, max_len=max_len) if model is None else model,
        max_len=max_len,
        max_layers=max_layers,
        deadline=Deadline.after(timeout),
        executor=executor,
        progress=progress,
        cache=cache,
    )


def verify_made(
    program: Program,
    make: Callable[[], Model],
    *,
    max_len: int,
    max_layers: int | None,
    deadline: Deadline,
    executor: Executor | None = None,
    progress: Progress | None = None,
    cache: str | Path | None = None,
) -> Report:
    """Does what `verify` does, with a model whose making counts into the time.

    Args:
        program: what the model is meant to compute.
        make: returns the model.
        max_len: longest input.
        max_layers: the most layers of a run that count.
        deadline: after it nothing is attempted.
        executor: runs the obligations in its workers.
        progress: is told about every obligation.
        cache: a folder in which proved obligations are kept.
    """
    check_bounds(max_len, max_layers, None)
    start = time.perf_counter()
    check_executor(executor)
    if not isinstance(program, Program):
        raise AltaError(f"verify: expected an alta.Program, got {program!r}")
    try:
        with limited(deadline.to_declare):
            task = _task(program, make(), max_len, max_layers, deadline)
            report = partial(_report, task, max_len, start)
            if not task.lengths:
                reason = f"the input language has no sequence of 1 to {task.max_len} tokens"
                return report(Verdict.VACUOUS, reasons=(reason,))
            ledger, memory, proof = _prepared(task, progress, cache)
    except OutOfTime:
        claim = f"the model computes the program on its inputs of 1 to {max_len} tokens."
        return nothing_attempted(program.name, claim, max_len, start, partial(_certify, None))
    with limited(deadline):
        report = partial(report, ledger=ledger, proof=proof)
        try:
            _prove(proof, ledger, executor if proof.learned is None else None, memory.suspect)
        except Refuted as refuted:
            found = _shrunk(refuted.counterexample, task)
            memory.remember_suspect(found.tokens)
            return report(Verdict.REFUTED, found=found)
        if ledger.complete:
            return report(Verdict.PROVED)
        return report(Verdict.UNKNOWN, reasons=reasons(ledger.obligations))


def _prepared(
    task: Task, progress: Progress | None, cache: str | Path | None
) -> tuple[Ledger, Memory, Proof]:
    """Declares what has to be shown, with what is known of it from earlier runs."""
    declared = claims(task)
    # The claim has it, when it may be too late to count.
    _ = task.number
    # What is shown of a learned block rests on bounds in float64, which another run may compute in
    # another order: all of one theorem has to be about the same boxes.
    learned = isinstance(task.model.weights.mlp, DenseBlock)
    memory = Memory.none() if learned else Memory.of(task, declared, cache)
    ledger = Ledger(
        declared,
        deadline=task.deadline,
        progress=progress,
        known=memory.proved,
        remember=memory.remember,
    )
    return ledger, memory, Proof(task)


def _shrunk(found: Counterexample, task: Task) -> Counterexample:
    """Returns a shorter counterexample, or the one there is when anything goes wrong."""
    try:
        return shrink(found, longest=task.max_len, deadline=task.deadline)
    except Exception:  # noqa: BLE001 - the counterexample at hand has been replayed already
        return found


def _task(
    program: Program, subject: Any, max_len: int, max_layers: int | None, deadline: Deadline
) -> Task:
    if isinstance(subject, FunctionModel):
        raise ModelError(
            f"verify: a model with a function as its block has no weights of which something could "
            f"be proved, got {subject.block!r}; pass with_mlp the arrays of a trained block "
            "(alta.learn.train)"
        )
    check_fit(program, subject)
    limits = [max_len, program.position_range, subject.program.position_range, subject.max_len]
    bound = min(limit for limit in limits if limit is not None)
    return Task(program, subject, bound, max_layers, deadline)


def _prove(
    proof: Proof, ledger: Ledger, executor: Executor | None, suspect: tuple[int, ...] | None
) -> None:
    """Attempts every obligation: sampling first, the others here or in an executor's workers."""
    task = proof.task
    first, *others = claims(task)
    if executor is not None:
        ledger.attempt(first, partial(_sample, proof, first, suspect), SAMPLING)
        show_elsewhere(task, ledger, others, executor)
        return

    def late() -> list[str]:
        proof.renew()
        return ledger.late()

    for name, part in in_turn(claims(task), late, partial(rules_of, task)):
        show = (
            partial(_sample, proof, name, suspect) if name == first else partial(proof.show, name)
        )
        ledger.attempt(name, show, part)


def _sample(proof: Proof, name: str, suspect: tuple[int, ...] | None) -> str:
    """Shows the first obligation, running the input first that refuted the theorem before."""
    task = proof.task
    if suspect is not None:
        found = find_difference(task.program, task.model, suspect, task.max_layers)
        if found is not None:
            raise Refuted(found)
    return proof.show(name)


def _report(
    task: Task,
    asked: int,
    start: float,
    verdict: Verdict,
    *,
    ledger: Ledger | None = None,
    found: Counterexample | None = None,
    reasons: tuple[str, ...] = (),
    proof: Proof | None = None,
) -> Report:
    program = task.program
    learned = None if proof is None else proof.learned
    remarks = lint(program)
    if proof is not None:
        remarks = remarks_on(program, task.max_len, task.deadline, lambda: proof.value_sets)
    return Report(
        program_name=program.name,
        claim=_claim(task, asked),
        verdict=verdict,
        obligations=() if ledger is None else ledger.obligations,
        assumptions=_assumptions(task, ledger) if verdict is Verdict.PROVED else (),
        counterexample=found,
        reasons=reasons,
        warnings=tuple(map(str, dict.fromkeys(remarks))),
        facts={**_facts(task, ledger), **({} if learned is None else summary(learned))},
        seconds=time.perf_counter() - start,
        certify=partial(_certify, task),
        learned=learned,
    )


def _certify(task: Task | None, report: Report, folder: Path) -> None:
    from alta_verify.certificate.writing import write_certificate

    write_certificate(task, report, folder)


def _claim(task: Task, asked: int) -> str:
    language = task.program.inputs.spec.tabulate(task.max_len).to_text()
    bound = f"of 1 to {task.max_len} tokens"
    if task.max_len < asked:
        bound += f" (asked for {asked}; program or model takes no more)"
    until = "for any number of layers"
    if task.max_layers is not None:
        until = f"for the first {task.max_layers} layers"
    elif task.program.layers is not None:
        until = "for as many layers as the program takes"
    return (
        f"on each of the {in_figures(task.number)} inputs of '{abridged(language)}' "
        f"{bound}, {until}, every variable at every position decodes to the interpreter's value, "
        f"and both halt after the same layer with the same outputs; in real arithmetic and in "
        f"{task.format.name} summed in any order."
    )


def _assumptions(task: Task, ledger: Ledger | None) -> tuple[str, ...]:
    hardware = (
        f"products are summed in {task.format.accumulate}, in some order, with or without fused "
        "operations and flushing of subnormal numbers; by no Strassen-like algorithm, and not "
        "with numbers split into parts"
    )
    encoding = (
        "the JAX code does what alta_verify's model of the network says: it is compared with it "
        "in the tests, not proved"
    )
    tools = "z3, the SAT solver, Python and the code of alta_verify are right"
    if ledger is None or not ledger.cached:
        return hardware, encoding, tools
    return hardware, encoding, tools, CACHE_ASSUMPTION


def _facts(task: Task, ledger: Ledger | None) -> dict[str, Any]:
    weights = dict(named(task.model.weights))
    return {
        "max_len": task.max_len,
        "dtype": task.model.dtype,
        "rules": len(task.program.rules),
        "neurons": _neurons(task.model.weights),
        "width": task.model.layout.width,
        "weights": int(sum(array.size for array in weights.values())),
        "nonzero_weights": int(sum((array != 0).sum() for array in weights.values())),
        "smt_calls": task.calls.smt,
        "sat_calls": task.calls.sat,
        "cached": 0 if ledger is None else ledger.cached,
    }


def _neurons(weights: Weights) -> int:
    """Returns how many units look rules up, or how many there are in a learned block."""
    if isinstance(weights.mlp, DenseBlock):
        return sum(int(matrix.shape[1]) for matrix in weights.mlp.matrices[:-1])
    return int(weights.mlp.lookup_in.shape[1])
