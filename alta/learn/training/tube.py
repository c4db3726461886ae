"""Tubes: how far a block may lead out of boxes around what it should do, as a loss.

A block that comes near to the right output for inputs with noise may still be far off for the worst
noise of the same size, and then errors build up over layers. Here the block is applied to whole
boxes, as affine forms (zonotopes): a centre; generators, which say what each coordinate of the
input contributes; and an error radius for each coordinate, once units are unstable. What is added
to the input cancels with it, which bounds by intervals alone would not see. These bounds are for
training: rounded, and not sound to the last place. Who wants to prove something of the block
computes others.

Source: Wong and Kolter (2018), "Provable defenses against adversarial examples via the convex outer
adversarial polytope", which trains with bounds; Singh et al. (2018) for the forms.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from alta.nn.block import DenseBlock

__all__ = ["leaving"]


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
