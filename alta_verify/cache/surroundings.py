"""The surroundings: the versions, the settings and the device that a verification ran with."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Final

import jax
import jaxlib.version
import ml_dtypes
import numpy as np

from alta_verify.solver.smt import solver_versions

__all__ = ["surroundings", "tools"]

# Environment variables with these prefixes can change what JAX computes.
_SETTINGS: Final = ("CUDA_", "JAX_", "MKL_", "NVIDIA_", "OMP_", "TF_", "XLA_")


def tools() -> dict[str, str]:
    """Returns what the answers of solvers and interpreters may depend on, in words.

    It names more than can matter: a difference too many costs time, one too few a theorem.
    """
    return {
        "python": f"{sys.implementation.name} {sys.version} {sys.flags}",
        "numpy": np.__version__,
        **solver_versions(),
    }


def surroundings() -> dict[str, str]:
    """Returns what the answers of tools and device may depend on, in words."""
    # Where JAX would compute now, which contexts and settings can change.
    (device,) = jax.numpy.zeros(()).devices()
    return {
        **tools(),
        "ml_dtypes": ml_dtypes.__version__,
        "jax": f"{jax.__version__} {jaxlib.version.__version__}",
        "device": f"{device.platform} {device.device_kind} {device.client.platform_version}",
        # JAX calls every processor "cpu", but compiles for the instructions of the one at hand.
        "processor": f"{platform.system()} {platform.machine()} {_processor()}",
        "settings": repr(_settings()),
        "environment": repr(
            sorted(item for item in os.environ.items() if item[0].startswith(_SETTINGS))
        ),
    }


def _settings() -> list[tuple[str, object]]:
    """Returns every setting of JAX with the value it has in this thread, if it can have another."""
    return [
        (name, getattr(jax.config, name, value))
        for name, value in sorted(jax.config.values.items())
    ]


def _processor() -> str:
    """Returns model and instructions of the first processor, where the system tells."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor()
    first = text.partition("\n\n")[0]
    told = ("model name", "flags", "CPU", "Features")
    return "; ".join(line for line in first.splitlines() if line.startswith(told))
