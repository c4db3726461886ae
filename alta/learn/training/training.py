"""Training: a block from the traces of a program."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, final

import jax
import numpy as np

from alta.errors import AltaError
from alta.lang.program import Program, program_hash
from alta.learn.tracing.extraction import traces as extracted
from alta.learn.tracing.traces import Traces
from alta.learn.tracing.vectors import Vectors, vectors
from alta.learn.training.checkpoint import load_state, save_block, save_state
from alta.learn.training.configuration import Configuration, configuration
from alta.learn.training.monitor import Monitor, monitor
from alta.learn.training.steps import Data, State, accuracy, advance, first_state, placed, unscaled
from alta.nn.block import DenseBlock
from alta.nn.layout import Layout

__all__ = ["Trained", "train"]

_TOGETHER: Final = 500
"""So many steps are taken in one compiled call."""

_TESTED: Final = 1 << 14
"""So many transitions are tested on, at most."""


@final
@dataclass(frozen=True)
class Trained:
    """What training came to.

    Attributes:
        block: the parameters, for `Model.with_mlp`.
        configuration: how it was trained.
        seed: of all that is random.
        steps: how many steps were taken.
        training_accuracy: the share of transitions of training that come out right.
        test_accuracy: that of test transitions; None without any.
        seconds: of this call.
    """

    block: DenseBlock = field(repr=False)
    configuration: Configuration
    seed: int
    steps: int
    training_accuracy: float
    test_accuracy: float | None
    seconds: float


def train(
    program: Program,
    data: Sequence[Sequence[Any] | str] | Traces,
    config: str | Configuration,
    *,
    seed: int = 0,
    test: Sequence[Sequence[Any] | str] | Traces | None = None,
    more: Vectors | None = None,
    start: DenseBlock | None = None,
    folder: str | Path | None = None,
    every: int = 1000,
    stop: int | None = None,
    quiet: bool = False,
) -> Trained:
    """Trains a block to do in one layer what a program's MLP does.

    The loss is the mean square of the differences between the residual stream that the block leaves
    and the one that it should leave. Noise is added to the inputs, also in place of UNDEFINED head
    outputs. On a CPU the same call comes to the same bits. On a terminal a bar shows how far it is.

    Args:
        program: the program; the block fits its compiled model.
        data: the traces to train on, or inputs whose traces these are.
        config: how to train, or the name of one of `CONFIGURATIONS`.
        seed: of the first parameters and of all draws.
        test: further traces, or inputs, to test on.
        more: further transitions to train on, as vectors, such as ones that came out wrong.
        start: the block to go on from; None for a random one.
        folder: where to write ``metrics.jsonl``, ``state.safetensors`` (a checkpoint) and
            ``block.safetensors``. Where there is a checkpoint of the same training already, it goes
            on from that, to the same bits as if it had not been interrupted.
        every: after so many steps figures and a checkpoint are written; a multiple of 500.
        stop: stops after so many steps, at a multiple of `every`; the rates stay those of the
            configuration, so that a later call can go on.
        quiet: whether to show nothing on a terminal.

    Raises:
        AltaError: when optax is not installed, there is no such configuration, there are no
            transitions, or the checkpoint belongs to other training.
    """
    config = configuration(config) if isinstance(config, str) else config
    if every < 1 or every % _TOGETHER or (stop is not None and stop % every):
        raise AltaError(
            f"train: expected every of {_TOGETHER}, {2 * _TOGETHER}, … and stop a multiple of it, "
            f"got every={every!r}, stop={stop!r}"
        )
    made = vectors(_traces(program, data))
    boxed = len(made.inputs)
    made = made if more is None else _joined(made, more)
    tested = None if test is None else placed(_some(vectors(_traces(program, test))), config)
    about = {"seed": seed, "program": program_hash(program), "data": _hash(made)}
    path = None if folder is None else Path(folder)
    if path is not None:
        path.mkdir(parents=True, exist_ok=True)
    first = first_state(config, made.inputs.shape[1], seed, start)
    if start is not None:
        about["start"] = _hash_of(jax.tree.leaves(start))
    state = None if path is None else load_state(path, first, config, about)
    metrics = None if path is None else path / "metrics.jsonl"
    with monitor(config.name, config.steps, metrics, quiet=quiet) as shown:
        layout = Layout.of(program)
        heads = [column for name in program.heads for column in layout.columns[name]]
        own = placed(made, config, boxed, heads)
        sample = placed(_some(made), config)
        course = _Course(config, seed, own, sample, tested, shown)
        shown.keep_up_to(0 if state is None else int(state.step))
        begun = time.perf_counter()
        state = course.run(first if state is None else state, every, stop, path, about)
        seconds = time.perf_counter() - begun
    block = jax.tree.map(np.asarray, unscaled(state.block, own))
    figures = course.accuracies(state)
    if path is not None:
        save_block(path, block, {"configuration": config.name, "step": int(state.step), **about})
    return Trained(block, config, seed, int(state.step), *figures, seconds)


def _traces(program: Program, data: Any) -> Traces:
    return data if isinstance(data, Traces) else extracted(program, data)


def _joined(made: Vectors, more: Vectors) -> Vectors:
    width = made.inputs.shape[1]
    if more.inputs.shape[1] != width or more.outputs.shape[1] != width:
        raise AltaError(
            f"train: expected further vectors of {width} coordinates, the width of the residual "
            f"stream, got {more.inputs.shape[1]}"
        )
    return Vectors(
        np.concatenate([made.inputs, more.inputs]),
        np.concatenate([made.outputs, more.outputs]),
        np.concatenate([made.undefined, more.undefined]),
        np.concatenate([made.counts, more.counts]),
    )


def _some(made: Vectors) -> Vectors:
    """Returns some of the transitions, evenly spread."""
    rows = np.unique(np.linspace(0, len(made.counts) - 1, _TESTED).astype(np.int64))
    if len(made.counts) <= _TESTED:
        return made
    return Vectors(made.inputs[rows], made.outputs[rows], made.undefined[rows], made.counts[rows])


def _hash(made: Vectors) -> str:
    return _hash_of([made.inputs, made.outputs, made.undefined, made.counts])


def _hash_of(arrays: Sequence[Any]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.asarray(array).tobytes())
    return digest.hexdigest()


@final
@dataclass(frozen=True)
class _Course:
    """Takes the steps of training and tells of them."""

    config: Configuration
    seed: int
    data: Data
    sample: Data
    test: Data | None
    shown: Monitor

    def run(
        self, state: State, every: int, stop: int | None, path: Path | None, about: dict[str, Any]
    ) -> State:
        end = self.config.steps if stop is None else min(stop, self.config.steps)
        step, accuracy, start = int(state.step), None, time.perf_counter()
        begun = step
        while step < end:
            # Calls end at the same steps whether or not training was interrupted.
            count = min(_TOGETHER - step % _TOGETHER, end - step)
            state, losses = advance(self.config, state, self.data, count, self.seed)
            loss, step = float(losses.mean()), step + count
            rate = (step - begun) / (time.perf_counter() - start)
            if step % every == 0 or step == end:
                accuracy, tested = self.accuracies(state)
                self.shown.write(
                    {
                        "step": step,
                        "loss": loss,
                        "training_accuracy": accuracy,
                        "test_accuracy": tested,
                        "steps_per_second": round(rate, 1),
                    }
                )
                if path is not None:
                    save_state(path, state, self.config, about)
            self.shown.show(step, rate, loss, accuracy)
        return state

    def accuracies(self, state: State) -> tuple[float, float | None]:
        """Returns the accuracy on transitions of training, and of test."""
        own = accuracy(self.config, state.block, self.sample, self.seed)
        if self.test is None:
            return own, None
        # What is divided by is settled in training.
        scaled = replace(self.test, scale=self.data.scale)
        return own, accuracy(self.config, state.block, scaled, self.seed)
