"""Formulas: conjunctions and disjunctions in one context of z3, folded where they are constant.

They are made by the C interface of z3, since its Python operators look at every operand again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, final

import z3

__all__ = ["Formulas"]


@final
class Formulas:
    """Makes formulas in one context."""

    def __init__(self, context: z3.Context) -> None:
        """Takes the context."""
        self._context = context
        self.true = z3.BoolVal(True, context)
        self.false = z3.BoolVal(False, context)

    def conj(self, parts: Iterable[Any]) -> Any:
        """Returns the conjunction; `true` for none."""
        return self._joined(z3.Z3_mk_and, parts, self.true, self.false)

    def disj(self, parts: Iterable[Any]) -> Any:
        """Returns the disjunction; `false` for none."""
        return self._joined(z3.Z3_mk_or, parts, self.false, self.true)

    def neg(self, part: Any) -> Any:
        """Returns the negation."""
        if part is self.true:
            return self.false
        if part is self.false:
            return self.true
        return z3.BoolRef(z3.Z3_mk_not(self._context.ref(), part.as_ast()), self._context)

    def _joined(self, make: Any, parts: Iterable[Any], neutral: Any, absorbing: Any) -> Any:
        kept = []
        for part in parts:
            if part is absorbing:
                return absorbing
            if part is not neutral:
                kept.append(part)
        if not kept:
            return neutral
        if len(kept) == 1:
            return kept[0]
        array = (z3.Ast * len(kept))(*[part.as_ast() for part in kept])
        return z3.BoolRef(make(self._context.ref(), len(kept), array), self._context)
