"""The theorem that a model computes a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, final

from alta.lang.lint import lint
from alta.nn.block import DenseBlock
from alta.nn.weights import Weights, named
from alta_verify.boxes.enclosed import is_noisy
from alta_verify.boxes.learned import Learned, summary
from alta_verify.claim.computes import Task
from alta_verify.claim.extent import in_words
from alta_verify.obligation import WHOLE, Obligation, Share
from alta_verify.prove.computes.blocks import CompiledBlock, LearnedBlock, NoisyBlock
from alta_verify.prove.computes.context import Block, Context
from alta_verify.prove.computes.table import KINDS, claims
from alta_verify.prove.meets.theorem import ANSWERS, shrunk
from alta_verify.prove.theorem import attempt
from alta_verify.report.remarks import remarks_on
from alta_verify.report.report import Report
from alta_verify.search.counterexample import Counterexample
from alta_verify.search.deviation import Deviation
from alta_verify.search.shrink import shrink

__all__ = ["Computes"]

# A share of the inputs has so many positions: some seconds of runs.
_SHARE: Final = 1 << 18

_SUMS: Final = (
    "products are summed in {}, in some order, with or without fused operations and flushing of "
    "subnormal numbers; by no Strassen-like algorithm, and not with numbers split into parts"
)
_ENCODING: Final = (
    "the JAX code does what alta_verify's model of the network says: it is compared with it in the "
    "tests, not proved"
)
_TOOLS: Final = "z3, the SAT solver, Python and the code of alta_verify are right"


def _block(context: Context) -> Block:
    block = context.model.weights.mlp
    if isinstance(block, DenseBlock):
        return LearnedBlock(context, block)
    return NoisyBlock(context) if is_noisy(context.model) else CompiledBlock(context)


@final
class Computes:
    """A `Theorem`: every variable decodes to the interpreter's value, after every layer.

    Together its obligations are a simulation argument. The relation between symbolic states and
    residual streams holds of the embedding; attention and MLP keep it, whatever state a run is in;
    related states decode to the same values. So it holds after any number of layers.
    """

    kinds = KINDS

    def __init__(self, task: Task) -> None:
        self.subject = task
        # The bounds on a learned block, and on noise, are in float64. Another run may compute them
        # in another order, and all of one theorem has to be about the same boxes.
        learned = isinstance(task.model.weights.mlp, DenseBlock)
        self.reproducible = not (learned or is_noisy(task.model))
        self._shared: tuple[Share, Context] | None = None
        self.vacuous = f"the input language has no sequence {in_words(task.max_len)}"
        self.assumptions: tuple[str, ...] = (
            _SUMS.format(task.format.accumulate),
            _ENCODING,
            *(() if task.meets is None else (ANSWERS,)),
            _TOOLS,
        )
        if not task.vacuous:
            # Now, within the time to declare what has to be shown.
            unbounded = self.context.unbounded
            if unbounded is not None and task.meets is not None:
                # Without a ranking it is about runs as far as they go, and says so.
                meets = replace(task.meets, ending=unbounded.ending)
                self.subject = replace(task, meets=meets)

    def __reduce__(self) -> tuple[Any, ...]:
        """Returns the task alone; what is known of it is found anew where it is sent."""
        return Computes, (self.subject,)

    @cached_property
    def context(self) -> Context:
        """What obligations share."""
        return Context(self.subject, _block)

    @cached_property
    def claims(self) -> Mapping[Obligation, str]:
        """What has to be shown."""
        return claims(self.subject)

    @property
    def boxes(self) -> Learned | None:
        """The bounds on a learned block."""
        return None if self.subject.vacuous else self.context.block.boxes

    def show(self, obligation: Obligation, share: Share = WHOLE) -> str:
        """Shows an obligation, as the table says."""
        if share == WHOLE:
            return attempt(KINDS, self.context, obligation)
        if share.of != self.shares(obligation):
            raise ValueError(f"{obligation} is not shown in {share.of} shares")
        # Ways to fail are shown one after the other, of the same runs.
        if self._shared is None or self._shared[0] != share:
            self._shared = share, self.context.of(share)
        return attempt(KINDS, self._shared[1], obligation)

    def shares(self, obligation: Obligation) -> int:
        """Returns in how many shares of the inputs an obligation is shown."""
        # What is shown of runs alone is a statement about every input on its own. By size, so that
        # any machine makes the same shares.
        if obligation.kind != "program" or not self.context.runs.enumerable:
            return 1
        task = self.subject
        inputs = {length: task.count(length) for length in task.lengths}
        positions = sum(length * number for length, number in inputs.items())
        return max(1, min(positions // _SHARE, sum(inputs.values())))

    def work(self, obligation: Obligation) -> int:
        """Returns how many rules write the variable that an obligation is about, if any."""
        rules = self.subject.program.rules_by_variable
        return len(rules.get(obligation.subject or "", ()))

    def renew(self) -> None:
        """Forgets what there was no time for."""
        self.context.renew()

    def replay(self, tokens: tuple[int, ...]) -> Counterexample | Deviation | None:
        """Returns where both sides differ on an input, or how the program is not as meant."""
        difference, meeting = self.context.replay(tokens), self.context.meeting
        if difference is None and meeting is not None:
            return meeting.replay(tokens)
        return difference

    def shrink(self, counterexample: Counterexample | Deviation) -> Counterexample | Deviation:
        """Returns a shorter counterexample."""
        task, meeting = self.subject, self.context.meeting
        if isinstance(counterexample, Deviation):
            return counterexample if meeting is None else shrunk(meeting, counterexample)
        # With the longest input that samples had, nothing is compiled anew.
        longest = max(task.extent.sampled, len(counterexample.tokens))
        return shrink(counterexample, longest=longest, deadline=task.deadline)

    def facts(self) -> dict[str, Any]:
        """Returns numbers about program, model and solvers."""
        task, model = self.subject, self.subject.model
        arrays: Sequence[Any] = [array for _, array in named(model.weights)]
        # After all obligations, so that the figures count what showing them took.
        figures = {} if self.boxes is None else summary(self.boxes)
        return {
            "max_len": task.max_len,
            "longest": task.extent.longest,
            "dtype": model.dtype,
            "rules": len(task.program.rules),
            "neurons": _neurons(model.weights),
            "width": model.layout.width,
            "weights": int(sum(array.size for array in arrays)),
            "nonzero_weights": int(sum((array != 0).sum() for array in arrays)),
            "smt_calls": task.calls.smt,
            "sat_calls": task.calls.sat,
            **figures,
        }

    def warnings(self) -> tuple[str, ...]:
        """Returns what is odd about the program, and about its runs."""
        task = self.subject
        if task.vacuous:
            remarks = lint(task.program)
        else:
            sets = lambda: self.context.runs.value_sets  # noqa: E731
            remarks = remarks_on(task.program, task.max_len, task.deadline, sets)
        return tuple(map(str, dict.fromkeys(remarks)))

    def certify(self, report: Report, folder: Path) -> None:
        """Writes a certificate of the proof, unless it is about more than the checker shows."""
        from alta_verify.certificate.writing import write_certificate

        write_certificate(self.subject, report, folder)


def _neurons(weights: Weights) -> int:
    """Returns how many units look rules up, or how many there are in a learned block."""
    if isinstance(weights.mlp, DenseBlock):
        return sum(int(matrix.shape[1]) for matrix in weights.mlp.matrices[:-1])
    return int(weights.mlp.lookup_in.shape[1])
