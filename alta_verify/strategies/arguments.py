"""Arguments: what strategies can be asked for, and complaints about what they cannot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from alta.errors import AltaError, nearest

__all__ = ["check_counts", "check_names"]


def check_counts(what: str, least: int, **counts: Any) -> None:
    """Checks that arguments are whole numbers that are not too small.

    Args:
        what: the strategy, for the complaint.
        least: the least that makes sense.
        counts: the arguments by name.

    Raises:
        AltaError: naming the argument and what was expected.
    """
    for name, value in counts.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise AltaError(f"{what}: {name}: expected an int of at least {least}, got {value!r}")


def check_names(
    what: str, argument: str, names: Iterable[str], known: Sequence[str]
) -> tuple[str, ...]:
    """Returns names that were chosen, at least one, of those that there are.

    Args:
        what: the strategy, for the complaint.
        argument: which of its arguments.
        names: what was chosen.
        known: what there is.

    Raises:
        AltaError: naming what is not there, and what is.
    """
    if isinstance(names, str):
        raise AltaError(f"{what}: {argument}: expected several names, got one text, {names!r}")
    chosen = tuple(names)
    for name in chosen:
        if name not in known:
            raise AltaError(f"{what}: {argument}: no {name!r}; {nearest(str(name), known)}")
    if not chosen:
        raise AltaError(f"{what}: {argument}: expected at least one of {', '.join(known)}")
    return chosen
