"""Evaluation: how often a learned block, or a smaller program, does what a program does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from alta.errors import AltaError
from alta.extras import needed
from alta.interp.batch import Transitions, execute, run_batch
from alta.interp.tokens import check_tokens
from alta.lang.program import Program
from alta.lang.values import UNDEFINED
from alta.output import whole_file, write_text

if TYPE_CHECKING:
    from alta.nn.model import FunctionModel, Model

__all__ = ["Evaluation", "Group", "Outcome", "evaluate", "outcomes_of", "plot"]

Tokens = tuple[int, ...]

Group = Callable[[Tokens], int]
"""Says of the tokens of an input in which group it is."""


@final
@dataclass(frozen=True)
class Outcome:
    """What came of one input.

    Attributes:
        tokens: the input.
        expected: the program's answer: text where it decodes outputs, else the outputs.
        actual: the answer that came; None where there was none.
        groups: for each way to group inputs, the group that this one is in.
    """

    tokens: tuple[int, ...]
    expected: Any
    actual: Any
    groups: Mapping[str, int]

    @property
    def right(self) -> bool:
        """Whether the answers are equal."""
        return bool(self.actual is not None and self.actual == self.expected)


@final
@dataclass(frozen=True)
class Evaluation:
    """What came of many inputs.

    Attributes:
        name: what was evaluated, for people.
        outcomes: one for each input that has at least one token.
    """

    name: str
    outcomes: tuple[Outcome, ...] = field(repr=False)

    @property
    def accuracy(self) -> float:
        """The share of inputs with the right answer.

        Raises:
            AltaError: when there are no inputs.
        """
        if not self.outcomes:
            raise AltaError(f"evaluation of {self.name!r}: no inputs, so there is no accuracy")
        return sum(outcome.right for outcome in self.outcomes) / len(self.outcomes)

    def by(self, group: str) -> dict[int, tuple[int, int]]:
        """Returns, for each value of a group, the numbers of right answers and of inputs."""
        rights: dict[int, list[bool]] = {}
        for outcome in self.outcomes:
            rights.setdefault(outcome.groups[group], []).append(outcome.right)
        return {key: (sum(rights[key]), len(rights[key])) for key in sorted(rights)}

    def among(self, condition: Callable[[Outcome], bool]) -> Evaluation:
        """Returns the evaluation of some of the inputs."""
        return Evaluation(self.name, tuple(filter(condition, self.outcomes)))

    def table(self, group: str) -> str:
        """Returns the accuracy by group as a Markdown table."""
        rows = [f"| {group} | right | inputs | accuracy |", "|--:|--:|--:|--:|"]
        for key, (right, inputs) in self.by(group).items():
            rows.append(f"| {key} | {right} | {inputs} | {right / inputs:.3f} |")
        return "\n".join(rows)

    def save(self, path: str | Path) -> None:
        """Writes the accuracy, in all and by every group, as JSON."""
        groups = sorted(self.outcomes[0].groups) if self.outcomes else []
        figures = {
            "name": self.name,
            "inputs": len(self.outcomes),
            "accuracy": self.accuracy,
            "by": {
                group: {str(key): list(counts) for key, counts in self.by(group).items()}
                for group in groups
            },
        }
        write_text(Path(path), json.dumps(figures, indent=1) + "\n")

    def __str__(self) -> str:
        right = sum(outcome.right for outcome in self.outcomes)
        return f"{self.name}: {right} of {len(self.outcomes)} right, accuracy {self.accuracy:.3f}"


def evaluate(
    subject: Program | Model | FunctionModel,
    sequences: Iterable[Sequence[Any] | str],
    *,
    program: Program | None = None,
    groups: Mapping[str, Group] | None = None,
    name: str | None = None,
) -> Evaluation:
    """Compares answers with those of a program, on inputs that may be longer than any in training.

    An answer is what the program's `decode` makes of the outputs, else the outputs themselves. Each
    input may take as many layers as the program takes on it; of a program that is compared with
    another one, equally long inputs may all take as many as the slowest of them.

    Args:
        subject: a model (`Model.with_mlp`), or a program, for instance a minimal one. A run that
            fails, or puts out what nobody can decode, has no answer.
        sequences: inputs, each as for `alta.run`. Those without tokens are left out: where there is
            no position, there is no answer.
        program: what is right; None for the program of a model.
        groups: what inputs are grouped by: names with functions of the tokens. There is always
            ``"length"``, the number of tokens.
        name: what is evaluated, for people; None for the subject's name.

    Raises:
        AltaError: when a program is evaluated and `program` is missing, or the tokens differ.
        TokenError: for tokens that are not the program's, or too many of them.
        ExecutionError: when the right program has no next state for one of the inputs.
    """
    # What is right is said by a program, not by data.
    truth = _truth(subject, program)
    checked = list(filter(None, (check_tokens(truth, sequence) for sequence in sequences)))
    # A subject gets as many layers as the right program takes, and no more.
    runs = run_batch(truth, checked)
    right, limits = [answer(truth, run.outputs) for run in runs], [run.n_layers for run in runs]
    if isinstance(subject, Program):
        title, actual = subject.name, _answers_of_program(subject, checked, limits)
    else:
        title = f"{truth.name}, learned"
        learned = subject.engine.run_checked(checked, limits)
        actual = [answer(subject.program, run.outputs) for run in learned]
    return Evaluation(title if name is None else name, outcomes_of(checked, right, actual, groups))


def outcomes_of(
    inputs: Sequence[Tokens],
    expected: Iterable[Any],
    actual: Iterable[Any],
    groups: Mapping[str, Group] | None,
) -> tuple[Outcome, ...]:
    """Returns what came of inputs, grouped by their length and otherwise as asked for."""
    keys: dict[str, Group] = {"length": len, **(groups or {})}
    return tuple(
        Outcome(tokens, wanted, came, {key: function(tokens) for key, function in keys.items()})
        for tokens, wanted, came in zip(inputs, expected, actual, strict=True)
    )


def _truth(subject: Program | Model | FunctionModel, program: Program | None) -> Program:
    if program is None:
        if isinstance(subject, Program):
            raise AltaError(
                f"evaluate: {subject.name!r} is a program; say what it is compared with by program="
            )
        return subject.program
    title = subject if isinstance(subject, Program) else subject.program
    if title.vocab != program.vocab:
        raise AltaError(
            f"evaluate: {title.name!r} and {program.name!r} have different tokens, so that their "
            "answers cannot be compared"
        )
    return program


# --- answers: what programs and models put out, and nothing where a run fails ---------------------


def answer(program: Program, outputs: tuple[Any, ...]) -> Any:
    """Returns the answer that outputs are: what they decode to, or themselves; None for none."""
    if program.decode is None:
        return None if UNDEFINED in outputs else outputs
    try:
        return program.decode(outputs)
    except (LookupError, TypeError, ValueError):
        # What a program never puts out, a learned block may.
        return None


def _answers_of_program(
    program: Program, sequences: Sequence[Tokens], limits: Sequence[int]
) -> list[Any]:
    """Returns the answers of a program that may fail, or never halt within limits of layers.

    Of equally long sequences all may take as many layers as the greatest of their limits.
    """
    answers: list[Any] = [None] * len(sequences)
    transitions = Transitions(program)
    by_length: dict[int, list[int]] = {}
    for number, tokens in enumerate(sequences):
        by_length.setdefault(len(tokens), []).append(number)
    for numbers in by_length.values():
        # Equally long sequences, none of them empty, run as one batch.
        words = np.array([sequences[number] for number in numbers], dtype=np.int64)
        bound = max(limits[number] for number in numbers)
        run = execute(program, words, bound, transitions=transitions)
        for row, (number, outputs) in enumerate(zip(numbers, run.outputs, strict=True)):
            answers[number] = None if row in run.failures else answer(program, outputs)
    return answers


# --- plots ----------------------------------------------------------------------------------------


def plot(
    evaluations: Sequence[Evaluation],
    path: str | Path,
    *,
    groups: Sequence[str] = ("length",),
    title: str = "",
    seen: Mapping[str, float] | None = None,
) -> None:
    """Draws the accuracy by group: a panel for each way to group inputs, a line for each subject.

    Args:
        evaluations: what to draw.
        path: the file; its ending says in which format.
        groups: the ways to group inputs.
        title: above everything.
        seen: for groups, the greatest value in training, where a vertical line is drawn.

    Raises:
        AltaError: when matplotlib is not installed, or there is nothing to draw.
    """
    figures, colours = needed("matplotlib.figure", "plot"), needed("matplotlib", "plot").colormaps
    if not evaluations or not groups:
        raise AltaError("plot: expected at least one evaluation and one group")
    # Without pyplot there is no global state and no display.
    figure = figures.Figure(figsize=(6 * len(groups), 4), layout="constrained")
    panels = figure.subplots(1, len(groups), squeeze=False)[0]
    for panel, group in zip(panels, groups, strict=True):
        for index, evaluation in enumerate(evaluations):
            points = evaluation.by(group)
            shares = [right / inputs for right, inputs in points.values()]
            look = {"marker": ".", "label": evaluation.name, "color": colours["tab10"](index)}
            panel.plot(list(points), shares, **look)
        if seen is not None and group in seen:
            panel.axvline(seen[group], color="grey", linestyle=":")
        panel.set_xlabel(group)
        panel.set_ylabel("accuracy")
        # A little beyond 0 and 1, so that lines at the ends are seen.
        panel.set_ylim(-0.05, 1.05)
    panels[0].legend(fontsize="small")
    if title:
        figure.suptitle(title)
    place = Path(path)
    # Without a suffix, matplotlib would choose another name.
    with whole_file(place if place.suffix else place.with_suffix(".png")) as draft:
        figure.savefig(draft, dpi=150)
