"""The study of parity: which supervision generalises to longer inputs, in one run, for a CPU.

For each parity program: the rules that short strings show and the accuracy of the program
that has only those; a block trained from traces; and, for the same strings, Transformers trained
end to end. All are evaluated on strings up to twice as long. Sizes are reduced from Table 1 of the
ALTA paper.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, final

import alta
from alta import datasets, learn, programs
from alta.errors import AltaError
from alta.learn.minimal.minimal import Form
from alta.learn.training.data import tokens_of
from alta.output import write_text

__all__ = ["Row", "Size", "parity_study"]

Say = Callable[[str], None]


@final
@dataclass(frozen=True)
class Size:
    """How large the study is: strings of `short` bits in training and of twice as many in tests.

    For each number of ones, `per_count` strings are trained on and `test_per_count` tested. The
    `share` is of the steps that the configurations have.
    """

    short: int = 20
    per_count: int = 50
    test_per_count: int = 20
    share: float = 1.0
    baseline_steps: int = 2000
    seed: int = 0

    def __post_init__(self) -> None:
        """Checks the numbers."""
        counts = dict.fromkeys(("short", "per_count", "test_per_count", "baseline_steps"), 1)
        for name, number in {**counts, "seed": 0}.items():
            if (value := getattr(self, name)) < number:
                raise AltaError(f"study: expected {name} of at least {number}, got {value}")
        if not 0 < self.share <= 1:
            raise AltaError(f"study: expected a share above 0 and at most 1, got {self.share}")


@final
@dataclass(frozen=True)
class Row:
    """One line of the table: what was evaluated, and its accuracy on short, long and all strings.

    The supervision is ``"rules"``, ``"traces"`` or ``"answers"``; for the first, `rules` says how
    many of them the short strings show, resets included. The seconds are those of training.
    """

    name: str
    supervision: str
    rules: int | None
    short: float
    long: float
    accuracy: float
    seconds: float


@final
@dataclass(frozen=True)
class _Subject:
    name: str
    program: Callable[[int], alta.Program]
    form: Form
    configuration: str


_SUBJECTS: Final = (
    _Subject(
        "Sequential (Relative)",
        lambda size: programs.parity_sequential_relative(),  # noqa: ARG005 - it has no size
        "dense",
        "sequential_relative_cpu",
    ),
    _Subject(
        "Sequential (Absolute)",
        lambda size: programs.parity_sequential_absolute(max_length=size),
        "dense",
        "sequential_absolute_cpu",
    ),
    _Subject(
        "Sum + Modulo",
        lambda size: programs.parity_sum_mod_2_intermediate(max_length=size),
        "written",
        "sum_modulo_cpu",
    ),
)


def parity_study(folder: str | Path, size: Size | None = None, *, say: Say = print) -> list[Row]:
    """Carries out the study, and leaves a table, plots, figures and checkpoints in a folder.

    Blocks and Transformers that are in the folder already are not trained again.

    Args:
        folder: where to write ``table.md``, ``figures.json``, ``accuracy.png``, ``blocks`` and
            ``baselines``.
        size: how large the study is.
        say: is told what is being done.

    Raises:
        AltaError: when a library is missing, or the folder has checkpoints of other training.
    """
    size, folder = size or Size(), Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    # Twice as long in tests: what is asked is whether an algorithm was learned, or lengths.
    short = [t for t, _ in datasets.parity(size.short, size.per_count, size.seed)]
    # Another seed, so that tests are drawn apart from training.
    long = [t for t, _ in datasets.parity(2 * size.short, size.test_per_count, size.seed + 1)]
    about = size, folder, short, long, say
    results = [pair for subject in _SUBJECTS for pair in _from_traces(subject, *about)]
    results += _end_to_end(*about)
    rows = [row for _, row in results]
    # What a program of rules does is exact, and in the table.
    drawn = [evaluation for evaluation, row in results if row.supervision != "rules"]
    write_text(folder / "table.md", _table(rows, size))
    figures = {"size": asdict(size), "rows": [asdict(row) for row in rows]}
    write_text(folder / "figures.json", json.dumps(figures, indent=1) + "\n")
    title = f"Parity, trained on strings of at most {size.short} bits"
    seen = {"bits": size.short, "ones": size.short}
    learn.plot(drawn, folder / "accuracy.png", groups=("bits", "ones"), title=title, seen=seen)
    return rows


# START is token 2 where there is one, and no bit.
_GROUPS: Final = {
    "bits": lambda tokens: len(tokens) - tokens.count(2),
    "ones": lambda tokens: tokens.count(1),
}


def _from_traces(
    subject: _Subject, size: Size, folder: Path, short: list[str], long: list[str], say: Say
) -> list[tuple[learn.Evaluation, Row]]:
    # With room for the longest test string, and for START before it.
    program = subject.program(2 * size.short + 1)
    training, test = tokens_of(program, short), tokens_of(program, long)
    supervision = learn.traces(program, training)
    # Which rules the short strings show at all bounds what traces of them can teach.
    rules = learn.minimal_rules(program, supervision, form=subject.form)
    reduced = learn.minimal_program(program, supervision, form=subject.form)
    name = f"minimal {subject.form} program: {subject.name}"
    shown = learn.evaluate(reduced, test, program=program, groups=_GROUPS, name=name)
    config = learn.configuration(subject.configuration)
    config = replace(config, steps=max(1, round(config.steps * size.share)))
    say(str(config))
    trained = learn.train(
        program,
        supervision,
        config,
        seed=size.seed,
        folder=folder / "blocks" / config.name,
        test=learn.traces(program, test),
    )
    model = alta.compile(program).with_mlp(trained.block)
    learned = learn.evaluate(model, test, groups=_GROUPS, name=f"traces: {subject.name}")
    say(str(learned))
    return [
        (shown, _row(shown, "rules", size, rules.count_with_resets, 0.0)),
        (learned, _row(learned, "traces", size, None, trained.seconds)),
    ]


def _end_to_end(
    size: Size, folder: Path, short: list[str], long: list[str], say: Say
) -> list[tuple[learn.Evaluation, Row]]:
    program = programs.parity_sequential_relative()
    training, test = tokens_of(program, short), tokens_of(program, long)
    results = []
    # A universal encoder has the same weights in all layers, so that more layers cost it none.
    for kind, layers in (("standard", 2), ("universal", 4)):
        for positions in ("absolute", "relative"):
            baseline = learn.train_baseline(
                program,
                training,
                kind=kind,  # type: ignore[arg-type]
                positions=positions,
                layers=layers,
                longest=2 * size.short + 1,
                steps=size.baseline_steps,
                seed=size.seed,
                folder=folder / "baselines",
            )
            if baseline.kept:
                say(f"{baseline.name}: trained before, read from {folder / 'baselines'}")
            # The same test strings as for the blocks that were trained from traces.
            learned = baseline.evaluate(test, groups=_GROUPS)
            say(str(learned))
            results.append((learned, _row(learned, "answers", size, None, baseline.seconds)))
    return results


def _row(
    evaluation: learn.Evaluation, supervision: str, size: Size, rules: int | None, seconds: float
) -> Row:
    short = evaluation.among(lambda outcome: outcome.groups["bits"] <= size.short).accuracy
    long = evaluation.among(lambda outcome: outcome.groups["bits"] > size.short).accuracy
    return Row(evaluation.name, supervision, rules, short, long, evaluation.accuracy, seconds)


def _table(rows: Sequence[Row], size: Size) -> str:
    def shown(value: Any) -> str:
        return "" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)

    title = (
        f"Parity, trained on strings of at most {size.short} bits and tested on at most "
        f"{2 * size.short}; sizes are reduced from those of the paper's Table 1."
    )
    lines = [
        title,
        "",
        f"| | rules | up to {size.short} bits | longer | all | seconds |",
        "|:--|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        figures = [row.rules, row.short, row.long, row.accuracy]
        cells = [row.name, *map(shown, figures), f"{row.seconds:.0f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
