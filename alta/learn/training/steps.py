"""Steps: the loss on traces, and many steps of an optimizer in one compiled call.

A block that comes near to the right output for inputs with noise may still be far off for the worst
noise of the same size, and then errors build up over layers. So the loss may bound how far the
block leads out of tubes: it is applied to whole boxes, as affine forms (zonotopes): a centre;
generators, which say what each coordinate of the input contributes; and an error radius for each
coordinate, once units are unstable. What is added to the input cancels with it, which bounds by
intervals alone would not see. These bounds are rounded, for training: they prove nothing.

Source: Wong and Kolter (2018), "Provable defenses against adversarial examples via the convex outer
adversarial polytope", which trains with bounds; Singh et al. (2018) for the forms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any, Final, final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from alta.errors import AltaError
from alta.extras import needed
from alta.learn.tracing.vectors import NOISE, Vectors
from alta.learn.training.configuration import Configuration
from alta.nn.block import DenseBlock

__all__ = ["Data", "State", "accuracy", "advance", "first_state", "leaving", "placed", "unscaled"]

_INT32_MAX: Final = 2**31 - 1

# So many coordinates are drawn together, at most, unless one step has more.
_DRAWN: Final = 1 << 21

# So many transitions have boxes around them in a step.
_BOXES: Final = 32


@final
@partial(jax.tree_util.register_dataclass)
@dataclass(frozen=True)
class Data:
    """Transitions on the device: residual streams after attention, and after the MLP.

    Inputs are zero where they are UNDEFINED. The `ends` are the sums of the counts up to each
    transition, so that a number below their total belongs to the first transition whose sum is
    greater. Coordinates are divided by the `scale` in what the block reads and in the loss. The
    first `boxed` transitions stand in the middle of boxes; `heads` says which coordinates are those
    of head outputs.
    """

    inputs: Any
    outputs: Any
    undefined: Any
    ends: Any
    scale: Any
    boxed: Any
    heads: Any


@final
@partial(jax.tree_util.register_dataclass)
@dataclass(frozen=True)
class State:
    """All that training goes on from: parameters, which read scaled streams, and steps taken."""

    block: DenseBlock
    optimizer: Any
    step: Any


def placed(
    vectors: Vectors, configuration: Configuration, boxed: int = 0, heads: Sequence[int] = ()
) -> Data:
    """Puts transitions on the device, the first `boxed` of them in the middle of boxes."""
    if not len(vectors.counts):
        raise AltaError("train: expected traces with at least one transition, got none")
    # Rare transitions count as much as frequent ones, if so configured.
    is_distinct = configuration.sampling == "distinct"
    counts = np.ones_like(vectors.counts) if is_distinct else vectors.counts
    if counts.sum() > _INT32_MAX:
        # Draws are 32-bit numbers.
        share = (_INT32_MAX - len(counts)) / counts.sum()
        counts = np.maximum(1, np.floor(counts * share)).astype(np.int64)
    sizes = np.abs(vectors.inputs).max(axis=0, initial=0), np.abs(vectors.outputs).max(axis=0)
    # The square root: numbers are small, and yet neighbouring ones are not too near.
    largest = np.sqrt(np.maximum(1, np.maximum(*sizes)))
    scale = largest if configuration.scaled else np.ones_like(largest)
    return Data(
        jnp.asarray(vectors.inputs),
        jnp.asarray(vectors.outputs),
        jnp.asarray(vectors.undefined),
        jnp.asarray(np.cumsum(counts).astype(np.int32)),
        jnp.asarray(scale),
        jnp.asarray(boxed, dtype=jnp.int32),
        jnp.asarray(np.isin(np.arange(vectors.inputs.shape[1]), list(heads))),
    )


def first_state(
    configuration: Configuration, width: int, seed: int, start: DenseBlock | None = None
) -> State:
    """Returns random parameters, or those of `start`, and an optimizer that remembers nothing."""
    if start is not None:
        block = _started(configuration, width, start)
    else:
        sizes = (width, *configuration.hidden, width)
        # He et al. (2015): variance 2/n for n inputs keeps the size of ReLU activations.
        keys = jax.random.split(jax.random.key(seed), len(sizes) - 1)
        matrices = tuple(
            jax.random.normal(key, shape) * jnp.sqrt(2 / shape[0])
            for key, shape in zip(keys, pairwise(sizes), strict=True)
        )
        biases = tuple(jnp.zeros(size) for size in sizes[1:])
        block = DenseBlock(matrices, biases, configuration.activation)
    return State(block, _optimizer(configuration).init(block), jnp.zeros((), jnp.int32))


def _started(configuration: Configuration, width: int, start: DenseBlock) -> DenseBlock:
    start.check(width)
    hidden = tuple(int(matrix.shape[1]) for matrix in start.matrices[:-1])
    if hidden != configuration.hidden or start.activation != configuration.activation:
        raise AltaError(
            f"train: expected a start with hidden layers {configuration.hidden} and "
            f"{configuration.activation}, got {hidden} and {start.activation}"
        )
    # Copies, since steps give up the arrays that they are handed.
    copied: DenseBlock = jax.tree.map(partial(jnp.array, dtype=jnp.float32), start)
    return copied


def _optimizer(configuration: Configuration) -> Any:
    optax = needed("optax", "train")
    rate = optax.warmup_exponential_decay_schedule(
        init_value=0.0,
        peak_value=configuration.learning_rate,
        warmup_steps=configuration.warmup,
        transition_steps=configuration.steps,
        decay_rate=configuration.decay,
        end_value=configuration.learning_rate * configuration.decay,
    )
    return getattr(optax, configuration.optimizer)(rate)


@partial(jax.jit, static_argnums=(0, 3), donate_argnums=1)
def advance(
    configuration: Configuration, state: State, data: Data, count: int, seed: Any
) -> tuple[State, Array]:
    """Takes some steps in one compiled call; returns where training is then, and their losses.

    What a step draws depends on the seed and on its number alone, so that it does not matter how
    steps are put together into calls. (One step alone is compiled without a loop, and may round
    otherwise.)
    """
    # Made anew in every trace: it is a pair of pure functions of the configuration.
    optimizer = _optimizer(configuration)
    together = _together(configuration, data, count)

    def step(state: State, drawn: tuple[Array, Array]) -> tuple[State, Array]:
        def whole(block: DenseBlock) -> Array:
            loss = _loss(block, configuration, *drawn)
            if configuration.radius:
                key = jax.random.fold_in(jax.random.key(seed), state.step)
                loss += _leaving(block, configuration, data, state.step, key)
            return loss

        loss, slope = jax.value_and_grad(whole)(state.block)
        updates, remembered = optimizer.update(slope, state.optimizer, state.block)
        block = jax.tree.map(jnp.add, state.block, updates)
        return State(block, remembered, state.step + 1), loss

    def chunk(state: State, _: None) -> tuple[State, Array]:
        # A key for each step number, so that calls may be cut anywhere.
        numbers = state.step + jnp.arange(together)
        keys = jax.vmap(partial(jax.random.fold_in, jax.random.key(seed)))(numbers)
        return lax.scan(step, state, jax.vmap(partial(_drawn, configuration, data))(keys))

    state, losses = lax.scan(chunk, state, None, length=count // together)
    return state, losses.reshape(count)


def _together(configuration: Configuration, data: Data, count: int) -> int:
    """Returns for how many steps to draw together, a divisor of their number."""
    # Drawing for each by itself takes many small operations.
    limit = max(1, _DRAWN // (configuration.batch * data.inputs.shape[1]))
    return max(size for size in range(1, min(limit, count) + 1) if count % size == 0)


def _drawn(configuration: Configuration, data: Data, key: Array) -> tuple[Array, Array]:
    """Returns noisy inputs with their outputs, scaled and feature-major, as the block reads."""
    draw_key, shake = jax.random.split(key)
    draws = jax.random.randint(draw_key, (configuration.batch,), 0, data.ends[-1])
    # Inverse transform sampling: the first transition whose cumulative count is above the draw.
    rows = jnp.searchsorted(data.ends, draws, side="right")
    # One number for each coordinate makes noise of either kind.
    uniform = _uniform(shake, data.inputs[rows].shape)
    # Of u uniform in (-1, 1), sqrt(2) erf^-1(u) is standard normal.
    noise = configuration.noise * jnp.sqrt(2.0) * lax.erf_inv(uniform)
    if configuration.undefined == "noise":
        noise = jnp.where(data.undefined[rows], NOISE * uniform, noise)
    return ((data.inputs[rows] + noise) / data.scale).T, (data.outputs[rows] / data.scale).T


def _uniform(key: Array, shape: tuple[int, int]) -> Array:
    """Returns numbers between -1 and 1, of 16 bits each, which take half as long as 32."""
    size = shape[0] * shape[1]
    # Two 16-bit halves of each 32-bit word; shifts of signed integers keep the sign.
    words = lax.bitcast_convert_type(jax.random.bits(key, (-(-size // 2),)), jnp.int32)
    halves = jnp.concatenate([words >> 16, words << 16 >> 16])[:size].reshape(shape)
    # The middles of equal parts, so that neither end comes up.
    return (halves.astype(jnp.float32) + 0.5) / 2**15


def _loss(block: DenseBlock, configuration: Configuration, inputs: Array, outputs: Array) -> Array:
    """Returns the mean square of what the residual stream differs from what it should be."""
    # The residual connection: the block adds to its input, whose noise it has to take away, too.
    differences = inputs + block.added(inputs, "float32") - outputs
    loss = jnp.vdot(differences, differences) / differences.size
    if configuration.penalty:
        size = sum(jnp.sum(jnp.square(matrix)) for matrix in block.matrices)
        loss = loss + configuration.penalty / 2 * size
    return loss


def _leaving(
    block: DenseBlock, configuration: Configuration, data: Data, step: Array, key: Array
) -> Array:
    """Returns how far boxes around some transitions may come out of half their size."""
    rows = jax.random.randint(jax.random.fold_in(key, 1), (_BOXES,), 0, data.boxed)
    # All of them, in order, if there are no more.
    rows = jnp.where(data.boxed <= _BOXES, jnp.arange(_BOXES) % data.boxed, rows)
    # Boxes grow over the first half of the steps.
    radius = configuration.radius * jnp.minimum(1, 2 * step / configuration.steps + 0.05)
    # A head output has the noise of what it reads, and what was left of it before.
    sizes = radius * jnp.where(data.heads & ~data.undefined[rows], 2, 1)
    boxes = data.inputs[rows], data.outputs[rows], sizes, radius / 2
    return leaving(block, *(part / data.scale for part in boxes))


def leaving(block: DenseBlock, inputs: Array, outputs: Array, radius: Array, limit: Array) -> Array:
    """Returns the mean square of how far bounds on a block with ReLU are beyond a limit.

    The boxes have their middles at `inputs` and their ends as far from them as `radius` says; both
    have shape (boxes, D), as do `outputs`, what the residual stream should be after the block. How
    far from these is near enough is `limit`, of shape (D,).
    """
    spread = radius[:, :, None] * jnp.eye(radius.shape[1])
    centre, generators, error = inputs, spread, jnp.zeros_like(inputs)
    for index, (matrix, bias) in enumerate(zip(block.matrices, block.biases, strict=True)):
        if index:
            centre, generators, error = _relu(centre, generators, error)
        # A matrix maps centre and generators linearly, and the radius by its absolute values.
        centre, generators = centre @ matrix + bias, generators @ matrix
        error = error @ jnp.abs(matrix)
    # The stream is the input plus what the block adds: generators are added before their sizes are,
    # so that what both have in common cancels.
    size = jnp.abs(generators + spread).sum(axis=1) + error
    off = jnp.abs(centre + inputs - outputs) + size
    return jnp.mean(jnp.square(jnp.maximum(0, off - limit)))


def _relu(centre: Array, generators: Array, error: Array) -> tuple[Array, Array, Array]:
    """Returns the zonotope relaxation of ReLU: slope high/(high - low) where a unit is unstable."""
    size = jnp.abs(generators).sum(axis=1) + error
    low, high = centre - size, centre + size
    unstable = (low < 0) & (high > 0)
    slope = jnp.where(
        unstable, high / jnp.where(unstable, high - low, 1), (low >= 0).astype(centre.dtype)
    )
    # max(0, x) lies within half of -slope·low of slope·x + half (Singh et al., 2018, section 3).
    half = jnp.where(unstable, -slope * low / 2, 0)
    return slope * centre + half, slope[:, None, :] * generators, slope * error + half


@partial(jax.jit, static_argnums=0)
def _right(configuration: Configuration, block: DenseBlock, data: Data, seed: Any) -> Array:
    inputs = data.inputs
    if configuration.undefined == "noise":
        key = jax.random.key(seed)
        noise = jax.random.uniform(key, inputs.shape, minval=-NOISE, maxval=NOISE)
        inputs = jnp.where(data.undefined, noise, inputs)
    added = block.added((inputs / data.scale).T, "float32").T * data.scale
    return jnp.all(jnp.abs(inputs + added - data.outputs) < 0.5, axis=1)


def accuracy(configuration: Configuration, block: DenseBlock, data: Data, seed: int) -> float:
    """Returns the share of transitions that come out right, with noise for UNDEFINED alone."""
    # Decoding is right where each coordinate is nearer to its code than 1/2.
    right = np.asarray(_right(configuration, block, data, seed))
    counts = np.diff(np.asarray(data.ends, dtype=np.int64), prepend=0)
    return float(counts[right].sum() / counts.sum())


def unscaled(block: DenseBlock, data: Data) -> DenseBlock:
    """Returns the block that reads and writes residual streams as they are."""
    matrices, biases = [*block.matrices], [*block.biases]
    # Reading x / s with W is reading x with W / s, row by row; writing y · s is scaling columns.
    matrices[0] = matrices[0] / data.scale[:, None]
    matrices[-1], biases[-1] = matrices[-1] * data.scale, biases[-1] * data.scale
    return replace(block, matrices=tuple(matrices), biases=tuple(biases))
