"""Models with noise on every weight, whether it was 0 or not."""

from __future__ import annotations

import jax
import numpy as np

from alta.nn.model import Model

__all__ = ["noisy"]


def noisy(model: Model, deviation: float, seed: int = 0) -> Model:
    """Returns a dense model with normally distributed noise on every weight."""
    rng = np.random.default_rng(seed)

    def moved(array: np.ndarray) -> np.ndarray:
        wide = np.asarray(array).astype(np.float64)
        return (wide + rng.normal(0, deviation, wide.shape)).astype(array.dtype)

    return model.with_weights(jax.tree.map(moved, model.dense().weights))
