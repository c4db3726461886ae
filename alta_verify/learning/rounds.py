"""Rounds: train, prove, put what went wrong back into the data, and train again.

This is counterexample-guided training (as in CEGIS; Solar-Lezama et al., 2006): the verifier is the
teacher, and what refutes a block or leaves its proof open becomes data.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, final

import alta
from alta.errors import AltaError
from alta.lang.program import Program
from alta.learn import Configuration, Traces, Trained, configuration, traces, train
from alta.learn.tracing.vectors import Vectors, joined
from alta.nn.block import DenseBlock
from alta.nn.model import Model
from alta_verify.learning.examples import examples
from alta_verify.report.report import Report, Verdict
from alta_verify.verification import verify

__all__ = ["Round", "TrainingOutcome", "fine_tuning", "longest_proved", "train_until_proved"]

_HEAD: Final = (
    "| round | verdict | transitions right | boxes decode for | proved up to | bear noise of 0.1 | "
    "counterexample | put back | seconds of training + proof |"
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
        rows = [_HEAD, "|--:|:--|--:|:--|--:|--:|:--|--:|--:|"]
        rows += [
            f"| {done.number} | {done.verdict} | {done.accuracy:.4f} | {done.layers or '?'} | "
            f"{'' if done.longest is None else done.longest} | "
            f"{'?' if done.bearing is None else '{} of {}'.format(*done.bearing)} | "
            f"{self._names(done.counterexample or ())} | {done.examples} | "
            f"{done.training:.1f} + {done.proving:.1f} |"
            for done in self.rounds
        ]
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
        # A proof is about rare transitions as much as about frequent ones.
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

    After a round without a proof the data get the residual streams on the input that refuted the
    block, as far as it is right, and corners of the boxes from which it leads furthest astray.

    Args:
        program: the program, whose compiled embedding and attention are used.
        data: the traces to train on, or inputs whose traces these are.
        config: how to train in the first round, or the name of a configuration.
        further: how to train after it; None for `fine_tuning`.
        rounds: the most rounds.
        max_len: the longest input of the theorem.
        seed: of all that is random.
        timeout: seconds for each proof; None for no limit.
        longest: whether to say of every round up to which length its block is proved.
        progress: is told of every round.

    Raises:
        AltaError: when there are no rounds, or training fails.
    """
    if rounds < 1:
        raise AltaError(f"train_until_proved: expected at least one round, got rounds={rounds!r}")
    first = configuration(config) if isinstance(config, str) else config
    later = further or fine_tuning(first)
    transitions = data if isinstance(data, Traces) else traces(program, data)
    compiled = alta.compile(program, max_len=max_len)
    block: DenseBlock | None = None
    wrong: list[Vectors] = []
    done: list[Round] = []
    while True:
        # Every round goes on from the block of the one before, with all that went wrong so far.
        more = joined(wrong) if wrong else None
        options: dict[str, Any] = {"seed": seed + len(done), "more": more, "start": block}
        trained = train(program, transitions, later if done else first, quiet=True, **options)
        model = compiled.with_mlp(block := trained.block)
        start = time.perf_counter()
        report = verify(program, model, max_len=max_len, timeout=timeout)
        proving = time.perf_counter() - start
        last = report.proved or len(done) + 1 == rounds
        fresh = [] if last else [examples(program, model, report, seed=seed + len(done) + 1)]
        wrong += fresh
        length = _longest(program, model, report, max_len, timeout) if longest else None
        done.append(_round(len(done) + 1, trained, report, length, fresh, proving))
        if progress is not None:
            progress(done[-1])
        if last:
            return TrainingOutcome(block, report, tuple(done), program)


def _round(
    number: int,
    trained: Trained,
    report: Report,
    longest: int | None,
    put_back: Sequence[Vectors],
    proving: float,
) -> Round:
    # Facts of a block are missing where nothing could be bounded.
    refuted, block = report.counterexample, report.facts.get("block")
    return Round(
        number,
        report.verdict,
        trained.training_accuracy,
        None if refuted is None else refuted.tokens,
        None if block is None else str(block["layers"]),
        longest,
        None if block is None else (block["bear"], block["transitions"]),
        sum(len(vectors.counts) for vectors in put_back),
        trained.seconds,
        proving,
    )


def longest_proved(
    program: Program, model: Model, *, max_len: int = 20, **options: Any
) -> Report | None:
    """Returns the proof for the greatest bound on the length that was found to have one.

    What holds for all inputs up to a length holds for the shorter ones, so bounds are halved; each
    that counts was proved on its own.

    Args:
        program: what the model should compute.
        model: the model.
        max_len: the greatest bound to try.
        options: further arguments of `verify`.

    Returns:
        The report of the proof; None when not even inputs of one token could be proved.
    """
    proof = None
    # Bisection: provable lengths need not be an interval, but one that is proved is proved.
    low, high = 0, max_len
    while low < high:
        middle = (low + high + 1) // 2
        report = verify(program, model, max_len=middle, **options)
        if report.proved:
            proof, low = report, middle
        else:
            high = middle - 1
    return proof


def _longest(
    program: Program, model: Model, report: Report, max_len: int, timeout: float | None
) -> int:
    # A proof at the bound is a proof below it: every shorter input is within the bound.
    if report.proved:
        return max_len
    # The report at hand says that there is no proof for the bound itself.
    shorter = longest_proved(program, model, max_len=max_len - 1, timeout=timeout)
    return 0 if shorter is None else int(shorter.facts["max_len"])
