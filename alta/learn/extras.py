"""The extra ``learn``: libraries that only some of what is here needs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from alta.errors import AltaError

__all__ = ["needed"]


def needed(module: str, user: str) -> Any:
    """Returns a module of a library of this extra.

    Raises:
        AltaError: when it is not installed, saying what uses it and how to install it.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        library = module.partition(".")[0]
        raise AltaError(
            f"{user} needs {library}, which is not installed: pip install 'alta-verify[learn]'"
        ) from error
