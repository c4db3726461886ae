"""Obligations that are shown in another way than they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from alta_verify.encode.network import Network
from alta_verify.obligation import Obligation
from alta_verify.prove.computes import table as computes
from alta_verify.prove.equivalence import table as equivalence
from alta_verify.prove.meets import table as meets

__all__ = [
    "left_to_z3",
    "named",
    "show_instead",
    "shown_for_every_length_instead",
    "shown_in_pairs_instead",
]


def left_to_z3(patch: pytest.MonkeyPatch) -> None:
    """Lets nothing be seen from the rule that fires, so that z3 is asked."""
    patch.setattr(Network, "firing_cases", lambda *_: None)


def show_instead(patch: pytest.MonkeyPatch, kind: str, show: Callable[..., Any]) -> None:
    """Shows the obligations of a kind, about a model and a program, in another way."""
    table: Any = computes.KINDS
    patch.setitem(table, kind, replace(table[kind], show=show))


def shown_in_pairs_instead(patch: pytest.MonkeyPatch, kind: str, show: Callable[..., Any]) -> None:
    """Shows the obligations of a kind, about two programs, in another way."""
    table: Any = equivalence.KINDS
    patch.setitem(table, kind, replace(table[kind], show=show))


def shown_for_every_length_instead(
    patch: pytest.MonkeyPatch, kind: str, show: Callable[..., Any]
) -> None:
    """Shows the obligations of a kind, about inputs of every length, in another way."""
    table: Any = meets.EVERY_LENGTH
    patch.setitem(table, kind, replace(table[kind], show=show))


def named(name: str) -> Obligation:
    """Returns the obligation of a name."""
    kind, _, subject = name.removesuffix("]").partition("[")
    return Obligation(kind, subject or None)
