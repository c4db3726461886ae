"""Minimality: the rules of a program that a set of runs shows, and the program that has only those.

A learner knows of a rule by the transitions in which it fires. The minimal version of a program,
with respect to a training set, has the rules that fire there and no others.

Source: Shaw et al. (2025), section 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from alta.errors import AltaError, nearest
from alta.lang.build import replace
from alta.lang.program import Program
from alta.lang.rules import Atom, Rule
from alta.learn.minimal.forms import FORMS, Form, dense_rules, fired, sparse_rules
from alta.learn.tracing.extraction import traces as extracted
from alta.learn.tracing.traces import Traces
from alta.progress import Progress

__all__ = ["MinimalRules", "minimal_program", "minimal_rules"]

Sequences = Sequence[Sequence[Any] | str] | Traces


@final
@dataclass(frozen=True)
class MinimalRules:
    """The rules that fire in a set of runs.

    Attributes:
        program: the name of the program.
        form: how rules are written.
        rules: the rules that fire, in canonical order.
        resets: the values that head outputs have in the runs. The MLP of the compiled model takes
            each of them away again; in the public implementation that is a rule for each.
        unused: the rules of this form that never fire; none are known for dense ones.
    """

    program: str
    form: Form
    rules: tuple[Rule, ...] = field(repr=False)
    resets: tuple[Atom, ...] = field(repr=False)
    unused: tuple[Rule, ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self.rules)

    @property
    def count_with_resets(self) -> int:
        """How many rules fire, a reset for each value of a head counted as one."""
        return len(self.rules) + len(self.resets)

    def __str__(self) -> str:
        rules = "".join(f"\n  {rule}" for rule in self.rules)
        return (
            f"{self.program}: {len(self.rules)} rules fire ({self.form}); {self.count_with_resets} "
            f"with the {len(self.resets)} resets of head outputs{rules}"
        )


def minimal_rules(
    program: Program,
    sequences: Sequences,
    *,
    form: Form = "written",
    max_layers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> MinimalRules:
    """Returns the rules that fire when a program runs on some inputs.

    Args:
        program: what to run.
        sequences: inputs, each as for `alta.run`, or the traces of the program on them.
        form: how rules are written, which says what counts as one. ``"written"``: as the program
            has them. ``"sparse"``: without atoms that make no difference. ``"dense"``: every rule
            tests all variables and head outputs that can be tested, so that each state in which
            something is assigned has rules of its own.
        max_layers: the most layers to take; None for the program's own bound, or until it halts.
        executor: as for `traces`.
        progress: is told how many of the sequences have been run.

    Raises:
        ProgramError: when the program has no rules; when they cannot be made dense, as a head
            output is UNDEFINED where one fires; or when nothing would end a run.
        ExecutionError: when the program has no next state for one of the inputs.
        AltaError: for an unknown form, or traces of another program.
    """
    if form not in FORMS:
        raise AltaError(f"minimal_rules: no form {form!r}; {nearest(form, FORMS)}")
    if not isinstance(sequences, Traces):
        sequences = extracted(program, sequences, max_layers, executor=executor, progress=progress)
    elif sequences.program is not program:
        raise AltaError(
            f"minimal_rules: expected traces of {program.name!r}, got those of "
            f"{sequences.program.name!r}"
        )
    # Counted as the public implementation counts, which has a rule for each reset.
    resets = _resets(sequences)
    if form == "dense":
        return MinimalRules(program.name, form, dense_rules(sequences), resets, ())
    rules = program.rules if form == "written" else sparse_rules(program)
    # A rule is needed exactly if it fires in some transition.
    shown = {number for numbers, _ in fired(sequences, rules) for number in numbers}
    return MinimalRules(
        program.name,
        form,
        tuple(rule for number, rule in enumerate(rules) if number in shown),
        resets,
        tuple(rule for number, rule in enumerate(rules) if number not in shown),
    )


def minimal_program(
    program: Program,
    sequences: Sequences,
    *,
    form: Form = "written",
    max_layers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Program:
    """Returns the program that has the rules that fire on some inputs, and no others.

    On these inputs it does what the program does. On others it may do less, never halt, or, with
    dense rules, read an UNDEFINED head output. The arguments are those of `minimal_rules`.
    """
    options: dict[str, Any] = {"max_layers": max_layers, "executor": executor}
    minimal = minimal_rules(program, sequences, form=form, progress=progress, **options)
    return replace(program, rules=minimal.rules, name=f"{program.name}_minimal")


def _resets(traces: Traces) -> tuple[Atom, ...]:
    values = {name: np.unique(traces.indices(name)).tolist() for name in traces.program.heads}
    # -1 is UNDEFINED, which is no value to take away.
    return tuple(Atom(name, index) for name in values for index in values[name] if index >= 0)
