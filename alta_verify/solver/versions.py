"""The versions of the solvers, whose answers are believed."""

from __future__ import annotations

import pysat
import z3

__all__ = ["solver_versions"]


def solver_versions() -> dict[str, str]:
    """Returns the version of each solver by name."""
    return {"z3": z3.get_full_version(), "pysat": pysat.__version__}
