"""Training: a block from the traces of a program."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, final

import jax
import numpy as np

from alta.errors import AltaError
from alta.lang.program import Program, program_hash
from alta.learn.jax_settings import training_settings
from alta.learn.tracing.extraction import traces as extracted
from alta.learn.tracing.traces import Traces
from alta.learn.tracing.vectors import Vectors, joined, vectors
from alta.learn.training.checkpoint import Files, monitor
from alta.learn.training.configuration import Configuration, configuration
from alta.learn.training.steps import Data, State, accuracy, advance, first_state, placed, unscaled
from alta.nn.block import DenseBlock
from alta.nn.layout import Layout

__all__ = ["Trained", "train"]

# So many steps are taken in one compiled call.
_TOGETHER: Final = 500

# So many transitions are tested on, at most.
_TESTED: Final = 1 << 14


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


@training_settings()
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
        more: further transitions to train on, such as ones that came out wrong.
        start: the block to go on from; None for a random one.
        folder: where ``metrics.jsonl``, ``state.safetensors`` (a checkpoint) and
            ``block.safetensors`` are written. From a checkpoint of the same training it goes on, to
            the same bits as if it had not been interrupted.
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
    made = _vectors(program, data)
    whole = _extended(made, more)
    about = _about(program, config, seed, whole, start)
    files = Files(None if folder is None else Path(folder), about)
    state = files.load_state(first_state(config, made.inputs.shape[1], seed, start))
    columns = Layout.of(program).columns
    heads = [column for name in program.heads for column in columns[name]]
    # Transitions of the program's own stand in the middle of boxes.
    training = placed(whole, config, len(made.inputs), heads)
    tested = None if test is None else _sample(_vectors(program, test), config)
    files.keep_up_to(int(state.step))
    with monitor(config.name, config.steps, quiet=quiet) as show:
        course = _Course(config, seed, training, _sample(whole, config), tested, files, show)
        return course.run(state, every, stop)


def _vectors(program: Program, data: Any) -> Vectors:
    return vectors(data if isinstance(data, Traces) else extracted(program, data))


def _about(
    program: Program, config: Configuration, seed: int, data: Vectors, start: DenseBlock | None
) -> dict[str, Any]:
    """Returns what has to be the same for a checkpoint to be one of this training."""
    hashes = {"program": program_hash(program), "data": _hash(vars(data).values())}
    if start is not None:
        hashes["start"] = _hash(jax.tree.leaves(start))
    return {"configuration": asdict(config), "seed": seed, **hashes}


def _extended(made: Vectors, further: Vectors | None) -> Vectors:
    if further is None:
        return made
    width = made.inputs.shape[1]
    if further.inputs.shape[1] != width or further.outputs.shape[1] != width:
        raise AltaError(
            f"train: expected further vectors of {width} coordinates, the width of the residual "
            f"stream, got {further.inputs.shape[1]}"
        )
    return joined([made, further])


def _sample(made: Vectors, config: Configuration) -> Data:
    # Enough to tell how training goes; all of them would cost more than the steps between.
    if len(made.counts) > _TESTED:
        # Evenly spread.
        rows = np.unique(np.linspace(0, len(made.counts) - 1, _TESTED).astype(np.int64))
        made = Vectors(*(column[rows] for column in vars(made).values()))
    return placed(made, config)


def _hash(arrays: Iterable[Any]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.asarray(array).tobytes())
    return digest.hexdigest()


@final
@dataclass(frozen=True)
class _Course:
    """The steps of a training, and what is told of them."""

    config: Configuration
    seed: int
    data: Data
    sample: Data
    test: Data | None
    files: Files
    show: Callable[[int, float, float, float | None], None]

    def run(self, state: State, every: int, stop: int | None) -> Trained:
        """Takes the steps that are left, and leaves the block in the folder."""
        begun = time.perf_counter()
        state = self._steps(state, every, stop)
        seconds, step = time.perf_counter() - begun, int(state.step)
        # The scale goes into the first and the last layer, as the model knows nothing of it.
        block = jax.tree.map(np.asarray, unscaled(state.block, self.data))
        self.files.save_block(block, step, self.config.name)
        return Trained(block, self.config, self.seed, step, *self.accuracies(state), seconds)

    def _steps(self, state: State, every: int, stop: int | None) -> State:
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
                # Figures and checkpoint together, so that after an interruption the two agree.
                accuracy, tested = self.accuracies(state)
                figures = {"training_accuracy": accuracy, "test_accuracy": tested}
                speed = {"steps_per_second": round(rate, 1)}
                self.files.write({"step": step, "loss": loss, **figures, **speed})
                self.files.save_state(state)
            self.show(step, rate, loss, accuracy)
        return state

    def accuracies(self, state: State) -> tuple[float, float | None]:
        """Returns the accuracy on transitions of training, and of test."""
        training_accuracy = accuracy(self.config, state.block, self.sample, self.seed)
        if self.test is None:
            return training_accuracy, None
        # What is divided by is settled in training.
        scaled = replace(self.test, scale=self.data.scale)
        return training_accuracy, accuracy(self.config, state.block, scaled, self.seed)
