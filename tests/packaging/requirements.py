"""What the project says that it needs, as packages that are imported."""

from __future__ import annotations

import re
import tomllib

from tests.house.tree import ROOT

__all__ = ["BESIDE", "CORE", "PROJECT", "imported"]

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

# What a distribution is called, and what it is imported as, where that differs.
IMPORTED = {"python-sat": "pysat", "z3-solver": "z3"}


def imported(requirements: list[str]) -> set[str]:
    """Returns the packages that requirements are imported as."""
    names = [re.split(r"[<>=\[;]", each)[0] for each in requirements]
    return {IMPORTED.get(name, name) for name in names}


CORE = imported(PROJECT["dependencies"])

# A module that is for users of an extra alone may import it at once; pytest comes with its users.
BESIDE: dict[str, set[str]] = {
    "alta_verify.pytest_plugin": {"pytest", "_pytest"},
    "alta.learn": {"equinox", "optax", "pyarrow"},
    "alta_verify.learning": {"equinox", "optax"},
    "alta.exports": {"onnx", "torch", "transformer_lens"},
    # JAX has brought them.
    "alta_verify.cache.key": {"jaxlib", "ml_dtypes"},
}
