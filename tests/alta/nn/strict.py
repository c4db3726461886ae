"""Settings of JAX that refuse what is not said outright, for tests."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import jax

__all__ = ["STRICT", "strict"]

STRICT = {
    "ranks": (lambda: jax.numpy_rank_promotion("raise"), ValueError),
    "formats": (lambda: jax.numpy_dtype_promotion("strict"), jax.dtypes.TypePromotionError),
    "transfers": (lambda: jax.transfer_guard("disallow"), RuntimeError),
    "numbers": (lambda: jax.debug_nans(True), FloatingPointError),
}
"""Contexts, each with the error that it raises."""


@contextlib.contextmanager
def strict(*, wide: bool) -> Iterator[None]:
    """All of these settings at once, with float64 or without it."""
    with contextlib.ExitStack() as stack:
        for setting, _ in STRICT.values():
            stack.enter_context(setting())
        stack.enter_context(jax.enable_x64(wide))
        yield
