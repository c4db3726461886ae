"""What was meant, in whatever form: from what users pass to a specification."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from alta.errors import AltaError
from alta.lang.program import Program
from alta_verify.specs.agreement import Agrees
from alta_verify.specs.specification import Specification, function

__all__ = ["Meant", "as_specification"]

Meant: TypeAlias = Specification | Program | Callable[[list[int]], Any]
"""What can be passed as a specification."""


def as_specification(spec: Meant) -> Specification:
    """Returns what was passed as a specification; a function is one for all positions."""
    if isinstance(spec, Specification):
        return spec
    if isinstance(spec, Program):
        return Agrees(spec)
    if not callable(spec):
        raise AltaError(
            "spec: expected a function of the tokens, a program, or what alta_verify.specs makes "
            f"(function, predicate, accepts, transducer, always, simulates), got {spec!r}"
        )
    return function(spec)
