"""The shipped programs, each a function whose keyword parameters are sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alta.errors import AltaError, nearest
from alta.lang.program import Program
from alta.programs.addition import addition
from alta.programs.parity import (
    parity_sequential_absolute,
    parity_sequential_relative,
    parity_sum_mod_2,
    parity_sum_mod_2_intermediate,
)
from alta.programs.scan_programs import scan, scan_parser
from alta.programs.sort_unique import sort_unique
from alta.programs.subleq import subleq

__all__ = [
    "addition",
    "get",
    "names",
    "parity_sequential_absolute",
    "parity_sequential_relative",
    "parity_sum_mod_2",
    "parity_sum_mod_2_intermediate",
    "scan",
    "scan_parser",
    "sort_unique",
    "subleq",
]

_PROGRAMS: dict[str, Callable[..., Program]] = {
    function.__name__: function
    for function in (
        parity_sequential_relative,
        parity_sequential_absolute,
        parity_sum_mod_2,
        parity_sum_mod_2_intermediate,
        addition,
        sort_unique,
        subleq,
        scan_parser,
        scan,
    )
}


def names() -> tuple[str, ...]:
    """Returns the names of the shipped programs."""
    return tuple(_PROGRAMS)


def get(name: str, **sizes: Any) -> Program:
    """Builds a shipped program by name.

    Args:
        name: one of `names()`.
        sizes: keyword parameters of the program's function.

    Raises:
        AltaError: for an unknown name, with the nearest ones, or an unknown size.
    """
    if name not in _PROGRAMS:
        raise AltaError(f"no shipped program {name!r}; {nearest(name, _PROGRAMS)}")
    # Every size is a keyword with a default.
    defaults = _PROGRAMS[name].__kwdefaults__ or {}
    for size in sizes:
        if size not in defaults:
            raise AltaError(f"program {name!r} has no size {size!r}; {nearest(size, defaults)}")
    return _PROGRAMS[name](**sizes)
