"""Extras: libraries that only some of what is here needs."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

from alta.errors import AltaError

__all__ = ["needed"]

# The extra of this package with which each library is installed.
_EXTRAS: Final = {
    "distributed": "cluster",
    "equinox": "learn",
    "matplotlib": "learn",
    "matplotlib.figure": "learn",
    "optax": "learn",
    "pyarrow": "learn",
    "pyarrow.parquet": "learn",
}


def needed(module: str, user: str) -> Any:
    """Returns a module of a library that need not be installed.

    Args:
        module: its name.
        user: what needs it, for people.

    Raises:
        AltaError: when it is not installed, saying how to install it.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        library, extra = module.partition(".")[0], _EXTRAS[module]
        raise AltaError(
            f"{user} needs {library}, which is not installed: pip install 'alta-verify[{extra}]'"
        ) from error
