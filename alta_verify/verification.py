"""Verification, from program and weights to a report."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

import alta
from alta.errors import AltaError, ModelError
from alta.lang.program import Program
from alta.nn.model import FunctionModel, Model
from alta_verify.claim.bounds import check_timeout
from alta_verify.claim.computes import Task, check_fit
from alta_verify.claim.every_length import check_model_lengths, check_program_lengths
from alta_verify.claim.extent import in_words
from alta_verify.claim.meets import Meets
from alta_verify.deadline import Deadline
from alta_verify.prove.computes.theorem import Computes
from alta_verify.prove.decide import Request, decide
from alta_verify.prove.ledger import Progress
from alta_verify.report.report import Report
from alta_verify.specs.meant import Meant, as_specification
from alta_verify.specs.specification import Specification

__all__ = ["task_of", "verify", "verify_made"]


def verify(
    program: Program,
    model: Model | None = None,
    *,
    max_len: int | None = 20,
    max_layers: int | None = None,
    timeout: float | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    cache: str | Path | None = None,
    spec: Meant | None = None,
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
            None for inputs of every length: then the theorem names the largest up to which what the
            model computes can be bounded, such as 2,147,483,647, and the model is compiled without
            a bound.
        max_layers: the most layers of a run that count; None for the program's own bound, or until
            a run halts or repeats a state.
        timeout: seconds after which the verdict is UNKNOWN, counted from the call; None for no
            limit. Each obligation has a share of them, so that a short limit still shows what is
            cheap.
        executor: runs the obligations in its workers, such as those of a `dask.distributed`
            cluster; None runs them here, which is faster unless many obligations take long. Those
            about a learned block are always shown here.
        progress: is told about every obligation: its name, how many are done, how many there are.
        cache: a folder in which proved obligations are kept, and looked up when everything that
            they depend on is the same; None keeps nothing. Nothing is kept about learned blocks.
        spec: what was meant, as for `satisfies`, if that is to be proved as well: then the theorem
            says that every run ends, with outputs that are what was meant.

    Returns:
        The report, with a verdict, every obligation and, when REFUTED, a replayed counterexample.

    Raises:
        ModelError: when weights do not fit the program, or are NaN or infinite.
        AltaError: when an argument is malformed; when inputs of every length are asked for, and
            something in program or model is about some lengths only; or, as a
            `SpecificationError`, when the specification is not definite.
    """
    check_timeout(timeout)
    meant = None if spec is None else as_specification(spec)
    return verify_made(
        program,
        lambda: alta.compile(program, max_len=max_len) if model is None else model,
        Request(max_len, max_layers, Deadline.after(timeout), executor, progress, cache),
        meant,
    )


def verify_made(
    program: Program,
    make: Callable[[], Model],
    request: Request,
    meant: Specification | None = None,
) -> Report:
    """Does what `verify` does, with a model whose making counts into the time."""
    if not isinstance(program, Program):
        raise AltaError(f"verify: expected an alta.Program, got {program!r}")
    claim = f"the model computes the program on its inputs {in_words(request.max_len)}."
    return decide(
        request, program.name, claim, lambda: Computes(task_of(request, program, make, meant))
    )


def task_of(
    request: Request,
    program: Program,
    make: Callable[[], Model | FunctionModel],
    meant: Specification | None = None,
) -> Task:
    """Returns what is to be verified, within all bounds that there are."""
    if request.max_len is None:
        check_program_lengths(program, request.max_layers)
    model = make()
    if isinstance(model, FunctionModel):
        raise ModelError(
            "verify: a model with a function as its block has no weights of which something could "
            f"be proved, got {model.block!r}; pass with_mlp the arrays of a trained block "
            "(alta.learn.train)"
        )
    check_fit(program, model)
    bound = request.max_len
    if bound is None:
        check_model_lengths(program, model, request.max_layers)
    else:
        # A length that program or model does not take is in no theorem.
        limits = (program.position_range, model.program.position_range, model.max_len)
        bound = min([bound, *(limit for limit in limits if limit is not None)])
    task = Task(program, model, bound, request.max_layers, request.deadline)
    if meant is None:
        return task
    bounds = bound, request.max_layers, request.deadline, task.calls
    return replace(task, meets=Meets.of(program, meant, *bounds))
