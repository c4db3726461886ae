"""Baselines: the task of a program learned end to end, from inputs with answers alone."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, final

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jax import Array, lax

from alta.errors import AltaError, nearest
from alta.extras import needed
from alta.interp.batch import run_batch
from alta.interp.tokens import check_tokens
from alta.lang.kinds import Categorical
from alta.lang.program import Program, program_hash
from alta.learn.evaluation import Evaluation, Group, outcomes_of
from alta.learn.jax_settings import training_settings
from alta.learn.training.checkpoint import load_leaves, monitor, save_leaves

if TYPE_CHECKING:
    from alta.learn.training.encoder import Encoder, Kind, Positions

__all__ = ["Baseline", "train_baseline"]

# So many steps are taken in one compiled call.
_TOGETHER: Final = 100

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

    @training_settings()
    def evaluate(
        self, sequences: Iterable[Sequence[Any] | str], *, groups: Mapping[str, Group] | None = None
    ) -> Evaluation:
        """Compares outputs at the last position with those of the program; as `evaluate` does."""
        checked = _checked(self.program, sequences)
        tokens, lengths, answers = _pairs(self.program, checked)
        outputs: list[int] = []
        # In batches, since attention takes memory with the square of the length.
        for start in range(0, len(tokens), 256):
            part = slice(start, start + 256)
            outputs += _answers(self.encoder, tokens[part], lengths[part]).tolist()
        return Evaluation(self.name, outcomes_of(checked, answers.tolist(), outputs, groups))


@training_settings()
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

    Args:
        program: whose answers these are; its output variable is categorical.
        sequences: inputs, each as for `alta.run`.
        kind: ``"standard"``, or ``"universal"`` for the same weights in all layers.
        positions: ``"absolute"`` embeddings, or ``"relative"``: a bias for each offset.
        longest: the longest sequence that will be asked about.
        width: that of the residual stream, a multiple of `heads`.
        heads: of each layer.
        layers: how many there are.
        steps: of training.
        batch: inputs in a step.
        learning_rate: the greatest.
        seed: of all that is random.
        quiet: whether to show nothing on a terminal.
        folder: where what is trained is kept; where it is there already, nothing is trained.

    Raises:
        AltaError: when equinox or optax are not installed, or an argument is wrong.
    """
    needed("equinox", "train_baseline")
    settings = _Settings(
        kind, positions, layers, width, heads, longest, steps, batch, learning_rate, seed
    )
    checked = _checked(program, sequences)
    settings.check(checked)
    pairs, name = _pairs(program, checked), f"{kind}, {positions}"
    encoder, start = settings.encoder(program), time.perf_counter()
    # All that the trained parameters depend on; what is equal in it need not be trained again.
    key = _hash([*astuple(settings), program_hash(program), _hash(pairs)])
    path = None if folder is None else Path(folder) / f"{key}.safetensors"
    kept = None if path is None else load_leaves(path, encoder)
    if kept is not None:
        encoder, about = kept
    else:
        with monitor(name, steps, quiet=quiet) as show:
            encoder, loss = settings.trained(encoder, pairs, show)
        about = {"loss": loss, "seconds": time.perf_counter() - start, "name": name}
    if path is not None and kept is None:
        save_leaves(path, encoder, about)
    figures = about["loss"], about["seconds"]
    return Baseline(program, f"end to end: {name}", encoder, *figures, kept=kept is not None)


@final
@dataclass(frozen=True)
class _Settings:
    """The arguments of `train_baseline` on which trained parameters depend."""

    kind: Kind
    positions: Positions
    layers: int
    width: int
    heads: int
    longest: int
    steps: int
    batch: int
    learning_rate: float
    seed: int

    def check(self, sequences: Sequence[tuple[int, ...]]) -> None:
        for argument, values in _KINDS.items():
            if (value := getattr(self, argument)) not in values:
                hint = nearest(value, values)
                raise AltaError(f"train_baseline: no {argument} {value!r}; {hint}")
        longest = max(map(len, sequences), default=0)
        if not sequences or longest > self.longest or self.width % self.heads:
            raise AltaError(
                f"train_baseline: expected sequences of 1 to longest={self.longest} tokens, and "
                f"width a multiple of heads, got {len(sequences)} sequences, the longest of "
                f"{longest}, width={self.width} and heads={self.heads}"
            )

    def encoder(self, program: Program) -> Encoder:
        """Returns an encoder with random weights, whose answers are the values of the output."""
        from alta.learn.training.encoder import Encoder

        variable = program.variables[program.output_name]
        if not isinstance(variable, Categorical):
            raise AltaError(
                f"train_baseline: expected a program with a categorical output, got "
                f"{program.name!r}, whose {program.output_name!r} is {variable.kind}"
            )
        return Encoder(
            self.kind,
            self.positions,
            n_tokens=program.input_range,
            n_answers=variable.range,
            longest=self.longest,
            width=self.width,
            heads=self.heads,
            layers=self.layers,
            key=jax.random.key(self.seed),
        )

    def trained(
        self, encoder: Encoder, pairs: tuple[npt.NDArray[np.int32], ...], show: Callable[..., None]
    ) -> tuple[Encoder, float]:
        """Returns the encoder after training, and the mean loss over the last steps."""
        optimizer = _optimizer(self.learning_rate, self.steps)
        remembered, data = optimizer.init(encoder), tuple(map(jnp.asarray, pairs))
        loss, start = float("nan"), time.perf_counter()
        for step in range(0, self.steps, _TOGETHER):
            count = min(_TOGETHER, self.steps - step)
            encoder, remembered, losses = _steps(
                optimizer.update, self.batch, count, encoder, remembered, data, self.seed, step
            )
            loss = float(losses.mean())
            rate = (step + count) / (time.perf_counter() - start)
            show(step + count, rate, loss, None)
        return encoder, loss


def _hash(parts: Sequence[Any]) -> str:
    """Returns a hash of numbers, words and arrays."""
    said = [part.tolist() if isinstance(part, np.ndarray) else part for part in parts]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def _checked(program: Program, sequences: Iterable[Sequence[Any] | str]) -> list[tuple[int, ...]]:
    """Returns the inputs that have a last position, as tokens."""
    return list(filter(None, (check_tokens(program, sequence) for sequence in sequences)))


def _pairs(
    program: Program, sequences: Sequence[tuple[int, ...]]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Returns sequences, padded; their lengths; and the outputs at their last positions."""
    # Padded with token 0; the encoder masks what is beyond the length.
    tokens = np.zeros((len(sequences), max(map(len, sequences), default=1)), dtype=np.int32)
    for row, sequence in enumerate(sequences):
        tokens[row, : len(sequence)] = sequence
    # End to end: nothing but the output at the last position is shown.
    answers = [run.outputs[-1] for run in run_batch(program, sequences)]
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int32)
    return tokens, lengths, np.array(answers, dtype=np.int32)


# Kept, since a call is compiled anew for each function that it is handed.
@cache
def _optimizer(learning_rate: float, steps: int) -> Any:
    """Returns Adam with a warm-up and a cosine decay."""
    optax = needed("optax", "train_baseline")
    # The decay has to end after the warm-up, even if all steps are part of that.
    schedule = optax.warmup_cosine_decay_schedule(0.0, learning_rate, min(100, steps), steps + 1)
    return optax.adam(schedule)


@jax.jit
def _answers(encoder: Encoder, tokens: Any, lengths: Any) -> Array:
    return jax.vmap(encoder)(tokens, lengths).argmax(axis=-1)


def _loss(encoder: Encoder, tokens: Any, lengths: Any, answers: Any) -> Array:
    # Cross-entropy: minus the log-probability of the right answer, on average.
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
    # Each step has a key of its own, so that calls may be cut anywhere.
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
