"""Baselines: the task of a program learned end to end, from inputs with answers alone."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, final

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jax import Array, lax

from alta.errors import AltaError, nearest
from alta.interp.batch import run_batch
from alta.interp.tokens import check_tokens
from alta.lang.kinds import Categorical
from alta.lang.program import Program, program_hash
from alta.learn.evaluation.evaluation import Evaluation, Group, Outcome
from alta.learn.extras import needed
from alta.learn.training.checkpoint import load_leaves, save_leaves
from alta.learn.training.monitor import monitor

if TYPE_CHECKING:
    from alta.learn.training.encoder import Encoder, Kind, Positions

__all__ = ["Baseline", "train_baseline"]

_TOGETHER: Final = 100
"""So many steps are taken in one compiled call."""

_KINDS: Final = {"kind": ("standard", "universal"), "positions": ("absolute", "relative")}


@final
@dataclass(frozen=True, eq=False)
class Baseline:
    """A Transformer that was trained end to end.

    Attributes:
        program: whose answers it was trained on.
        name: for people.
        encoder: the Transformer; it says what the program puts out at the last position.
        loss: the mean over the last steps.
        seconds: how long training took.
        kept: whether it had been trained before.
    """

    program: Program
    name: str
    encoder: Encoder = field(repr=False)
    loss: float
    seconds: float
    kept: bool = False

    def evaluate(
        self, sequences: Iterable[Sequence[Any] | str], *, groups: Mapping[str, Group] | None = None
    ) -> Evaluation:
        """Compares outputs at the last position with those of the program; as `evaluate` does."""
        checked = [
            tokens for tokens in (check_tokens(self.program, s) for s in sequences) if tokens
        ]
        tokens, lengths, answers = _pairs(self.program, checked)
        found = np.concatenate(
            [
                np.asarray(
                    _answers(self.encoder, tokens[start : start + 256], lengths[start:][:256])
                )
                for start in range(0, len(tokens), 256)
            ]
            or [np.zeros(0, dtype=np.int64)]
        )
        keys: dict[str, Group] = {"length": len, **(groups or {})}
        return Evaluation(
            self.name,
            tuple(
                Outcome(word, wanted, came, {key: function(word) for key, function in keys.items()})
                for word, wanted, came in zip(
                    checked, answers.tolist(), found.tolist(), strict=True
                )
            ),
        )


def train_baseline(
    program: Program,
    sequences: Iterable[Sequence[Any] | str],
    *,
    kind: Kind = "standard",
    positions: Positions = "absolute",
    longest: int,
    width: int = 32,
    heads: int = 4,
    layers: int = 2,
    steps: int = 2000,
    batch: int = 64,
    learning_rate: float = 1e-3,
    seed: int = 0,
    quiet: bool = False,
    folder: str | Path | None = None,
) -> Baseline:
    """Trains a Transformer on inputs and on what the program puts out at their last position.

    It is Adam on the cross-entropy, with a warm-up and a cosine decay.

    Args:
        program: whose answers these are; its output variable is categorical.
        sequences: inputs, each as for `alta.run`.
        kind: ``"standard"``, or ``"universal"`` for the same weights in all layers.
        positions: ``"absolute"`` for an embedding of each position, ``"relative"`` for a bias of
            attention for each offset.
        longest: the longest sequence that will be asked about.
        width: that of the residual stream, a multiple of `heads`.
        heads: of each layer.
        layers: how many there are.
        steps: of training.
        batch: inputs in a step.
        learning_rate: the greatest.
        seed: of all that is random.
        quiet: whether to show nothing on a terminal.
        folder: where what is trained is kept, in a file named by a hash of all that it depends on.
            Where it is there already, nothing is trained.

    Raises:
        AltaError: when equinox or optax are not installed, or an argument is wrong.
    """
    needed("equinox", "train_baseline")
    optax = needed("optax", "train_baseline")
    from alta.learn.training.encoder import Encoder

    for what, value in {"kind": kind, "positions": positions}.items():
        if value not in _KINDS[what]:
            raise AltaError(f"train_baseline: no {what} {value!r}; {nearest(value, _KINDS[what])}")
    variable = program.variables[program.output_name]
    if not isinstance(variable, Categorical):
        raise AltaError(
            f"train_baseline: expected a program with a categorical output, got {program.name!r}, "
            f"whose {program.output_name!r} is {variable.kind}"
        )
    checked = _checked(program, sequences)
    if not checked or max(map(len, checked)) > longest or width % heads:
        raise AltaError(
            f"train_baseline: expected sequences of 1 to longest={longest} tokens, and width a "
            f"multiple of heads, got {len(checked)} sequences, the longest of "
            f"{max(map(len, checked), default=0)}, width={width} and heads={heads}"
        )
    encoder = Encoder(
        kind,
        positions,
        n_tokens=program.input_range,
        n_answers=variable.range,
        longest=longest,
        width=width,
        heads=heads,
        layers=layers,
        key=jax.random.key(seed),
    )
    schedule = optax.warmup_cosine_decay_schedule(0.0, learning_rate, min(100, steps), steps + 1)
    optimizer = optax.adam(schedule)
    pairs = _pairs(program, checked)
    data = tuple(map(jnp.asarray, pairs))
    remembered, loss, name = optimizer.init(encoder), float("nan"), f"{kind}, {positions}"
    sizes = (kind, positions, layers, width, heads, longest)
    course = (steps, batch, learning_rate, seed)
    key = _hash([*sizes, *course, program_hash(program), _hash(pairs)])
    path = None if folder is None else Path(folder) / f"{key}.safetensors"
    kept = None if path is None else load_leaves(path, encoder)
    if kept is not None:
        encoder, said = kept
        return Baseline(
            program, f"end to end: {name}", encoder, said["loss"], said["seconds"], kept=True
        )
    start = time.perf_counter()
    with monitor(name, steps, None, quiet=quiet) as shown:
        for step in range(0, steps, _TOGETHER):
            count = min(_TOGETHER, steps - step)
            encoder, remembered, losses = _steps(
                optimizer.update, batch, count, encoder, remembered, data, seed, step
            )
            loss = float(losses.mean())
            rate = (step + count) / (time.perf_counter() - start)
            shown.show(step + count, rate, loss, None)
    seconds = time.perf_counter() - start
    if path is not None:
        save_leaves(path, encoder, {"loss": loss, "seconds": seconds, "name": name})
    return Baseline(program, f"end to end: {name}", encoder, loss, seconds)


def _hash(parts: Sequence[Any]) -> str:
    """Returns a hash of numbers, words and arrays."""
    said = [part.tolist() if isinstance(part, np.ndarray) else part for part in parts]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def _checked(program: Program, sequences: Iterable[Sequence[Any] | str]) -> list[tuple[int, ...]]:
    """Returns the inputs that have a last position, as tokens."""
    return [tokens for tokens in (check_tokens(program, one) for one in sequences) if tokens]


def _pairs(
    program: Program, sequences: Sequence[tuple[int, ...]]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Returns sequences, padded; their lengths; and the outputs at their last positions."""
    tokens = np.zeros((len(sequences), max(map(len, sequences), default=1)), dtype=np.int32)
    for row, sequence in enumerate(sequences):
        tokens[row, : len(sequence)] = sequence
    answers = [run.outputs[-1] for run in run_batch(program, sequences)]
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int32)
    return tokens, lengths, np.array(answers, dtype=np.int32)


@jax.jit
def _answers(encoder: Encoder, tokens: Any, lengths: Any) -> Array:
    return jax.vmap(encoder)(tokens, lengths).argmax(axis=-1)


def _loss(encoder: Encoder, tokens: Any, lengths: Any, answers: Any) -> Array:
    logs = jax.nn.log_softmax(jax.vmap(encoder)(tokens, lengths))
    return -jnp.take_along_axis(logs, answers[:, None], axis=1).mean()


@partial(jax.jit, static_argnums=(0, 1, 2))
def _steps(
    update: Any,
    batch: int,
    count: int,
    encoder: Encoder,
    remembered: Any,
    data: tuple[Any, ...],
    seed: Any,
    first: Any,
) -> tuple[Encoder, Any, Array]:
    root = jax.random.key(seed)

    def step(carry: tuple[Encoder, Any], number: Any) -> tuple[tuple[Encoder, Any], Array]:
        encoder, remembered = carry
        key = jax.random.fold_in(root, first + number)
        rows = jax.random.randint(key, (batch,), 0, len(data[0]))
        loss, slope = jax.value_and_grad(_loss)(encoder, *(part[rows] for part in data))
        updates, remembered = update(slope, remembered, encoder)
        return (jax.tree.map(jnp.add, encoder, updates), remembered), loss

    (encoder, remembered), losses = lax.scan(step, (encoder, remembered), jnp.arange(count))
    return encoder, remembered, losses
