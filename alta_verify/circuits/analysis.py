"""The analysis of a proved model: what is dead is shown first, and what is live is searched for."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final, final

import alta
from alta.errors import AltaError
from alta.lang.program import Program
from alta.limit import OutOfTime, limited
from alta.nn.model import Model
from alta_verify.arithmetic.formats import FormatOverflowError
from alta_verify.arithmetic.scaled import NotScalableError
from alta_verify.circuits.circuit import Answer, Circuit, Dependence, Status
from alta_verify.circuits.components import Component, components
from alta_verify.circuits.connections import Connections
from alta_verify.circuits.constants import Constants
from alta_verify.circuits.flow import Flow, LiveParts, add_live, flow
from alta_verify.circuits.layer import LayerOnSets
from alta_verify.circuits.search import dependences, find_live
from alta_verify.claim.bounds import check_timeout
from alta_verify.deadline import Deadline
from alta_verify.obligation import NotShown
from alta_verify.prove.computes.blocks import CompiledBlock
from alta_verify.prove.computes.context import Context
from alta_verify.prove.computes.theorem import Computes
from alta_verify.prove.decide import Request, decide
from alta_verify.prove.ledger import Progress
from alta_verify.report.report import Report
from alta_verify.verification import task_of

__all__ = ["UnprovedError", "circuit"]

_NO_PATH: Final = "no path of weights other than 0 leads from it to the output or the halt"
_CONSTANT: Final = "it carries the same on all inputs of a length"
_NO_FLOW: Final = "what it carries makes no difference to the output or the halt"
_NOT_FOUND: Final = "nothing was shown, and no two inputs were found"


class UnprovedError(AltaError):
    """A model that is not proved has no circuit."""


def circuit(
    program: Program,
    model: Model | None = None,
    *,
    max_len: int = 20,
    max_layers: int | None = None,
    timeout: float | None = None,
    progress: Progress | None = None,
    cache: str | Path | None = None,
) -> Circuit:
    """Proves that a model computes a program, and says what of the model its outputs depend on.

    Of each variable, head, edge, coordinate and unit it is said whether it is *dead*, which is
    proved; *live*, which two inputs show; or neither. What that means is said in terms of patches:
    in the run on one input, what the component carries at one layer and position is replaced by
    what it carries there in the run on another input of the same length. A component is live if
    some patch changes an output. It is dead if none does, on no inputs within the bounds, at
    whatever set of layers and positions; of what is dead for the reason that no weights lead from
    it to the output, or that nothing depends on what it tells, all can be patched at once.

    Of each length and position it is also said on which tokens the output there depends.

    Args:
        program: what the model is meant to compute.
        model: the weights, with a compiled feed-forward block; None compiles the program.
        max_len: longest input, at least 1.
        max_layers: the most layers of a run that count; None for the program's own bound.
        timeout: seconds for all of it; None for no limit.
        progress: is told about the obligations of the proof.
        cache: a folder in which proved obligations are kept; None keeps nothing.

    Raises:
        ModelError: when weights do not fit the program, or the block is a learned one.
        AltaError: when an argument is malformed, or, as an `UnprovedError`, when the model is not
            proved to compute the program.
    """
    _check_arguments(program, max_len)
    check_timeout(timeout)
    deadline = Deadline.after(timeout)
    made = alta.compile(program, max_len=max_len) if model is None else model
    request = Request(max_len, max_layers, deadline, progress=progress, cache=cache)
    context, report = _proved(program, made, request)
    try:
        with limited(deadline):
            return _analysed(context, report)
    except OutOfTime:
        raise AltaError(
            f"circuit: {program.name!r} is PROVED, and then time was up; give more of it, or None"
        ) from None


def _check_arguments(program: Any, max_len: Any) -> None:
    if not isinstance(program, Program):
        raise AltaError(f"circuit: expected an alta.Program, got {program!r}")
    if type(max_len) is not int:
        raise AltaError(
            f"circuit: max_len: expected an int, got {max_len!r}: of inputs of every length only "
            "verify and satisfies say something"
        )


def _proved(program: Program, model: Model, request: Request) -> tuple[Context, Report]:
    """Returns what is known of a model once it is proved, and the proof."""
    theorem = Computes(task_of(request, program, lambda: model))
    # A learned block is refused at once: its units stand for nothing.
    _ = model.weights.compiled_mlp
    claim = f"the model computes the program on its inputs of 1 to {request.max_len} tokens."
    report = decide(request, program.name, claim, lambda: theorem)
    if not report.proved:
        raise UnprovedError(
            f"circuit: model and program {program.name!r} are {report.verdict.name}, and only of a "
            "model that is PROVED is it known what its parts carry; verify(program, model) says "
            "more"
        )
    return theorem.context, report


def _analysed(context: Context, report: Report) -> Circuit:
    start = time.perf_counter()
    analysis = _Analysis(context)
    answers, masks = analysis.answers(), analysis.dependences()
    seconds = time.perf_counter() - start
    return Circuit(context.program, context.model, report, answers, masks, seconds)


@final
class _Analysis:
    """What the outputs of a proved model depend on."""

    def __init__(self, context: Context) -> None:
        self._context, self._task = context, context.task
        self._connections = Connections(context.model)

    @cached_property
    def _flows(self) -> dict[int, Flow] | NotShown:
        """The flow of information on inputs of each length."""
        task = self._task
        layer = LayerOnSets(task.abstraction)
        try:
            return {
                length: flow(
                    task.abstraction, layer, task.inputs.live_tokens(length), task.bound(length)
                )
                for length in task.lengths
            }
        except NotShown as reason:
            return reason

    @cached_property
    def _live(self) -> LiveParts | NotShown:
        """The parts of the program that may be live, and the states that there may be."""
        context, flows = self._context, self._flows
        if isinstance(flows, NotShown):
            return flows
        # What was shown of the states of runs alone says nothing of patched ones. Lemma 19.
        if not isinstance(context.block, CompiledBlock):
            return NotShown("the block is noisy: nothing is known of states that no run has")
        if not context.runs.single_layer and not all(
            map(context.network.clears, context.program.heads)
        ):
            return NotShown("head outputs are not seen to be taken away in states that no run has")
        steady = {name for name in context.program.variables if self._is_steady(name)}
        live = LiveParts()
        for runs in flows.values():
            add_live(live, self._task.abstraction, runs, steady)
        return live

    def _is_steady(self, name: str) -> bool:
        """Says whether a variable is right after the MLP wherever no rule for it fails."""
        network, cubes = self._context.network, self._context.cubes
        if self._context.finite.rules_by_variable[name]:
            return network.firing_cases(name, cubes) is not None
        columns = self._context.model.layout.columns[name]
        return not any(network.mlp.output(column).touched for column in columns)

    @cached_property
    def _constants(self) -> Constants | None:
        live = self._live
        if isinstance(live, NotShown) or not live.rows:
            return None
        try:
            return Constants(self._context, live.rows.values())
        except (NotScalableError, FormatOverflowError, NotShown):
            return None

    def answers(self) -> tuple[Answer, ...]:
        """Returns what is known of each component."""
        parts = list(components(self._context.model, self._connections))
        reasons = {part: self._dead(part) for part in parts}
        open_ = [part for part in parts if not reasons[part]]
        witnesses = find_live(self._context.model, self._task, open_)
        return tuple(
            Answer(part, Status.DEAD, reasons[part])
            if reasons[part]
            else Answer(part, Status.LIVE, witness=witnesses[part])
            if part in witnesses
            else Answer(part, Status.UNDECIDED, self._open_reason)
            for part in parts
        )

    @property
    def _open_reason(self) -> str:
        return str(self._live) if isinstance(self._live, NotShown) else _NOT_FOUND

    def _dead(self, part: Component) -> str:
        """Returns why a component is dead; empty where that is not shown."""
        by_kind: dict[str, Callable[[Component], str]] = {
            "variable": self._dead_variable,
            "head": self._dead_head,
            "read": self._dead_read,
            "write": self._dead_write,
            "coordinate": self._dead_coordinate,
            "unit": self._dead_unit,
        }
        return by_kind[part.kind](part)

    def _dead_variable(self, part: Component) -> str:
        if not self._connections.before[list(part.index)].any():
            return _NO_PATH
        return self._without_flow(part.name, lambda live: part.name not in live.variables)

    def _dead_head(self, part: Component) -> str:
        if not self._connections.head(part.name):
            return _NO_PATH
        return self._without_flow(part.name, lambda live: part.name not in live.heads)

    def _dead_read(self, part: Component) -> str:
        read, _, reader = part.name.partition(" -> ")
        head, _, role = reader.rpartition(".")
        return self._without_flow(read, lambda live: (head, read, role) not in live.reads)

    def _dead_write(self, part: Component) -> str:
        read, _, written = part.name.partition(" -> ")
        return self._without_flow(read, lambda live: (written, read) not in live.writes)

    def _without_flow(self, name: str, dead: Callable[[LiveParts], bool]) -> str:
        live = self._live
        if isinstance(live, NotShown) or not dead(live):
            return ""
        constant = all(len(row[name]) == 1 for row in live.rows.values())
        return _CONSTANT if constant else _NO_FLOW

    def _dead_coordinate(self, part: Component) -> str:
        (column,) = part.index
        flags = self._connections
        joined = flags.within if "within" in part.patch else flags.before
        if not joined[column]:
            return _NO_PATH
        constants = self._constants
        return _CONSTANT if constants is not None and constants.coordinates[column] else ""

    def _dead_unit(self, part: Component) -> str:
        ((layer, (unit,)),) = part.patch.items()
        if not self._connections.units[layer][unit]:
            return _NO_PATH
        constants = self._constants
        return _CONSTANT if constants is not None and constants.units[layer][unit] else ""

    def dependences(self) -> dict[int, Dependence]:
        """Returns on which tokens the outputs of each length depend."""
        flows = self._flows
        dependences = {}
        for length in self._task.lengths:
            full = [frozenset(range(length))] * length
            possible = full if isinstance(flows, NotShown) else flows[length].sources
            dependences[length] = self._dependence(length, possible)
        return dependences

    def _dependence(self, length: int, possible: Sequence[frozenset[int]]) -> Dependence:
        seen, witnesses = dependences(self._task, length, dict(enumerate(possible)))
        words = dict.fromkeys(word for pair in witnesses for word in (pair.tokens, pair.changed))
        runs = self._context.model.run_batch(list(words), self._task.bound(length))
        outputs = {word: run.outputs for word, run in zip(words, runs, strict=True)}
        for pair in witnesses:
            if (outputs[pair.tokens], outputs[pair.changed]) != (pair.outputs, pair.after):
                raise RuntimeError(f"on {pair.tokens} the model is not what was proved of it")
        live = tuple(frozenset(seen.get(position, ())) for position in range(length))
        undecided = tuple(sources - shown for sources, shown in zip(possible, live, strict=True))
        return Dependence(length, live, undecided, tuple(witnesses))
