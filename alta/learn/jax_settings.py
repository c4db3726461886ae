"""The settings of JAX under which training runs, whatever those of the process are.

Optax raises Python floats to whole powers, and Equinox starts from Python numbers, which strict
promotion and transfer guards refuse; and with 64 bits random numbers would be others. Models need
no such exception: their forward pass converts, broadcasts and transfers explicitly.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import jax

__all__ = ["training_settings"]


@contextmanager
def training_settings() -> Iterator[None]:
    """Sets what training rests on: 32 bits, implicit promotion and transfers; also a decorator."""
    with (
        jax.enable_x64(False),
        jax.numpy_dtype_promotion("standard"),
        jax.numpy_rank_promotion("allow"),
        jax.transfer_guard("allow"),
    ):
        yield
