"""Rounds: train, prove, put what went wrong back into the data, and train again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, final

import alta
from alta.errors import AltaError
from alta.lang.program import Program
from alta.learn.tracing.extraction import traces
from alta.learn.tracing.traces import Traces
from alta.learn.tracing.vectors import Vectors
from alta.learn.training.configuration import Configuration, configuration
from alta.learn.training.training import train
from alta.nn.block import DenseBlock
from alta.nn.model import Model
from alta_verify.learning.examples import corners, joined, trajectory
from alta_verify.learning.longest import longest_proved
from alta_verify.report.report import Report, Verdict
from alta_verify.verification import verify

__all__ = ["Round", "TrainingOutcome", "fine_tuning", "train_until_proved"]

_COLUMNS: Final = (
    "round",
    "verdict",
    "transitions right",
    "boxes decode for",
    "proved up to",
    "bear noise of 0.1",
    "counterexample",
    "put back",
    "seconds of training + proof",
)


@final
@dataclass(frozen=True)
class Round:
    """One round of training with the proof, or what came in its place.

    Attributes:
        number: from 1.
        verdict: what became of the proof.
        accuracy: the share of transitions of training that came out right.
        counterexample: the tokens of the input that refuted it, or None.
        layers: for how many layers boxes decode, in words; None where nothing is known.
        longest: the greatest length for which there is a proof; 0 for none, None if not asked for.
        bearing: how many transitions are certified to come out right with noise of up to 0.1, of
            how many; None where nothing is known.
        examples: how many transitions are put back into the data after it, as vectors.
        training: seconds.
        proving: seconds.
    """

    number: int
    verdict: Verdict
    accuracy: float
    counterexample: tuple[int, ...] | None
    layers: str | None
    longest: int | None
    bearing: tuple[int, int] | None
    examples: int
    training: float
    proving: float


@final
@dataclass(frozen=True)
class TrainingOutcome:
    """What came of training until a proof.

    Attributes:
        block: the last block.
        report: the report about it.
        rounds: all rounds, of which the last one has the report.
        program: what was to be learned.
    """

    block: DenseBlock = field(repr=False)
    report: Report = field(repr=False)
    rounds: tuple[Round, ...]
    program: Program = field(repr=False)

    @property
    def proved(self) -> bool:
        """Whether the last block is proved."""
        return self.report.proved

    def __str__(self) -> str:
        """Returns a row for each round, as a Markdown table."""
        rows = [f"| {' | '.join(_COLUMNS)} |", "|--:|:--|--:|:--|--:|--:|:--|--:|--:|"]
        for one in self.rounds:
            shown = "" if one.counterexample is None else self._names(one.counterexample)
            longest = "" if one.longest is None else str(one.longest)
            bearing = "?" if one.bearing is None else f"{one.bearing[0]} of {one.bearing[1]}"
            rows.append(
                f"| {one.number} | {one.verdict} | {one.accuracy:.4f} | {one.layers or '?'} | "
                f"{longest} | {bearing} | {shown} | {one.examples} | "
                f"{one.training:.1f} + {one.proving:.1f} |"
            )
        return "\n".join(rows)

    def _names(self, tokens: tuple[int, ...]) -> str:
        return " ".join(self.program.vocab[token] for token in tokens)


def fine_tuning(config: Configuration) -> Configuration:
    """Returns how to train after the first round.

    Adam at 2e-3 for a third of the steps, on every transition equally often, with what attention
    leaves where nothing is read in place of noise for UNDEFINED, and with boxes of radius 0.1
    around transitions out of which the loss bounds the way.
    """
    return replace(
        config,
        optimizer="adam",
        learning_rate=2e-3,
        steps=max(500, config.steps // 3),
        sampling="distinct",
        undefined="zeros",
        radius=0.1,
    )


def train_until_proved(
    program: Program,
    data: Sequence[Sequence[Any] | str] | Traces,
    config: str | Configuration,
    *,
    further: Configuration | None = None,
    rounds: int = 8,
    max_len: int = 20,
    seed: int = 0,
    timeout: float | None = None,
    longest: bool = False,
    progress: Callable[[Round], None] | None = None,
) -> TrainingOutcome:
    """Trains a block, proves it, and trains on with what went wrong, until it is proved.

    After a round without a proof these are put back into the data: the residual streams on the
    input that refuted the block, as far as it is right, with what they should become; and corners
    of the boxes from which it leads furthest astray. Training goes on from the block there is.

    Args:
        program: the program, whose compiled embedding and attention are used.
        data: the traces to train on, or inputs whose traces these are.
        config: how to train in the first round, or the name of a configuration.
        further: how to train after it; None for `fine_tuning`.
        rounds: the most rounds.
        max_len: the longest input of the theorem.
        seed: of all that is random.
        timeout: seconds for each attempt at a proof; None for no limit.
        longest: whether to say of every round up to which length its block is proved.
        progress: is told of every round.

    Raises:
        AltaError: when there are no rounds, or training fails.
    """
    if rounds < 1:
        raise AltaError(f"train_until_proved: expected at least one round, got rounds={rounds!r}")
    first = configuration(config) if isinstance(config, str) else config
    later = fine_tuning(first) if further is None else further
    known = data if isinstance(data, Traces) else traces(program, data)
    compiled = alta.compile(program, max_len=max_len)
    block: DenseBlock | None = None
    examples: list[Vectors] = []
    done: list[Round] = []
    while True:
        number = len(done) + 1
        trained = train(
            program,
            known,
            later if done else first,
            seed=seed + len(done),
            more=joined(examples),
            start=block,
            quiet=True,
        )
        block = trained.block
        model = compiled.with_mlp(block)
        start = time.perf_counter()
        report = verify(program, model, max_len=max_len, timeout=timeout)
        proving = time.perf_counter() - start
        last = report.proved or number == rounds
        found = [] if last else _examples(program, model, report, seed + number)
        examples += found
        seen = report.counterexample
        one = Round(
            number,
            report.verdict,
            trained.training_accuracy,
            None if seen is None else seen.tokens,
            _layers(report),
            _longest(program, model, report, max_len, timeout) if longest else None,
            _bearing(report),
            sum(len(each.counts) for each in found),
            trained.seconds,
            proving,
        )
        done.append(one)
        if progress is not None:
            progress(one)
        if last:
            return TrainingOutcome(block, report, tuple(done), program)


def _layers(report: Report) -> str | None:
    block = report.facts.get("block")
    return None if block is None else str(block["layers"])


def _bearing(report: Report) -> tuple[int, int] | None:
    block = report.facts.get("block")
    return None if block is None else (block["bear"], block["transitions"])


def _longest(
    program: Program, model: Model, report: Report, max_len: int, timeout: float | None
) -> int:
    if report.proved:
        return max_len
    shorter = longest_proved(program, model, max_len=max_len - 1, timeout=timeout)
    return 0 if shorter is None else int(shorter.facts["max_len"])


def _examples(program: Program, model: Model, report: Report, seed: int) -> list[Vectors]:
    found = []
    if report.counterexample is not None:
        found.append(trajectory(program, model, report.counterexample))  # type: ignore[arg-type]
    if report.learned is not None:
        found.append(corners(program, model, report.learned, seed=seed))
    return found
