"""Coverage: which inputs need rules that training never shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np
import numpy.typing as npt

from alta.interp.batch import Transitions
from alta.interp.batch.interning import Ids
from alta.interp.tokens import check_tokens
from alta.lang.program import Program
from alta.lang.rules import Rule
from alta.learn.minimal.minimal import Form, dense_rules, fired, minimal_rules, sparse_rules
from alta.learn.tracing.collector import Collector
from alta.learn.tracing.extraction import collect, pieces_of

__all__ = ["Coverage", "Need", "coverage"]


@final
@dataclass(frozen=True)
class Need:
    """The first rule that an input needs and that training does not show.

    Attributes:
        sequence: the number of the input.
        rule: the rule; one of them where several fire there.
        layer: the layer, from 1, in which it fires.
        position: the position, from 0.
    """

    sequence: int
    rule: Rule
    layer: int
    position: int


@final
@dataclass(frozen=True)
class Coverage:
    """Says which inputs a learner could handle that knows the rules of its training set only.

    Attributes:
        form: how rules are written.
        inputs: how many inputs were looked at.
        needs: for each input that needs a rule that training does not show, the first one.
    """

    form: Form
    inputs: int
    needs: tuple[Need, ...] = field(repr=False)

    @property
    def share(self) -> float:
        """The share of inputs that need no other rules; 1 of no inputs."""
        return 1 - len(self.needs) / self.inputs if self.inputs else 1.0


def coverage(
    program: Program,
    training: Sequence[Sequence[Any] | str],
    inputs: Sequence[Sequence[Any] | str],
    *,
    form: Form = "written",
    max_layers: int | None = None,
) -> Coverage:
    """Returns which inputs need a rule that never fires in training.

    Args:
        program: what to run.
        training: the inputs of training, each as for `alta.run`.
        inputs: the inputs that are asked about.
        form: how rules are written; as for `minimal_rules`.
        max_layers: the most layers to take; None for the program's own bound, or until it halts.

    Raises:
        ProgramError: when the program has no rules, or they cannot be made dense.
        ExecutionError: when the program has no next state for one of the inputs.
    """
    shown = set(minimal_rules(program, training, form=form, max_layers=max_layers).rules)
    collector = Collector(Transitions(program, exact=True))
    checked = [check_tokens(program, sequence) for sequence in inputs]
    pieces = pieces_of(program, checked, max_layers)
    # A first pass collects the local states, so that each is looked up among the rules once.
    traces = collect(collector, pieces)
    if form == "dense":
        # A dense rule belongs to a state, so that these are the rules that the inputs need.
        rules: Sequence[Rule] = dense_rules(traces)
    else:
        rules = program.rules if form == "written" else sparse_rules(program)
    # -1: nothing is missing. One missing rule of a local state is enough to name.
    missing = np.full(len(traces), -1, dtype=np.int64)
    for numbers, states in fired(traces, rules):
        for number in numbers:
            if rules[number] not in shown:
                missing[states] = number
    # A second pass finds the first place of each input at which a rule is missing.
    needs = _Needs(collector, missing, rules)
    for piece in pieces:
        piece.run(collector.transitions, needs)
    ordered = sorted(needs.by_sequence.items())
    return Coverage(form, len(inputs), tuple(need for _, need in ordered))


@final
@dataclass
class _Needs:
    """Where each sequence that runs first needs a rule that is missing, noted while they run.

    For every local state, `missing` has the number of a rule that it needs, or -1.
    """

    collector: Collector
    missing: npt.NDArray[np.int64]
    rules: Sequence[Rule]
    sequences: npt.NDArray[np.int64] = field(init=False)
    by_sequence: dict[int, Need] = field(default_factory=dict)

    def begin(self, transitions: Transitions, tokens: npt.NDArray[np.int64]) -> None:
        """Has nothing to do; as for `Observer`."""

    def note(self, layer: int, rows: npt.NDArray[np.intp], attended: Ids, local: Ids) -> None:
        """Looks at the local states of one layer; as for `Observer`."""
        rules = self.missing[self.collector.numbers(attended, local)]
        for row in np.flatnonzero((rules >= 0).any(axis=1)).tolist():
            sequence = int(self.sequences[rows[row]])
            # Layers come one after another, so that what is noted first is the earliest layer.
            if sequence not in self.by_sequence:
                position = int((rules[row] >= 0).argmax())
                rule = self.rules[int(rules[row, position])]
                self.by_sequence[sequence] = Need(sequence, rule, layer, position)
