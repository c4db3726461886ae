"""Extras: libraries that only some of what is here needs, and the extra that installs each."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from alta.errors import AltaError

__all__ = ["needed"]


def needed(module: str, user: str, extra: str = "learn") -> Any:
    """Returns a module of an extra, for a user who is told of one that is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        library = module.partition(".")[0]
        raise AltaError(
            f"{user} needs {library}, which is not installed: pip install 'alta-verify[{extra}]'"
        ) from error
