"""The page on UNKNOWN says of every kind of obligation what its entry in the table says."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from alta_verify.prove.computes.table import KINDS as COMPUTES
from alta_verify.prove.equivalence.table import KINDS as EQUIVALENCE
from alta_verify.prove.theorem import SAMPLING, Kind
from docs.trusted_base import ROOT

PAGE = ROOT / "docs" / "how-to" / "choose-bounds.md"

THEOREM = ROOT / "docs" / "explanation" / "theorem.md"


def rows() -> Iterator[str]:
    """Yields the table for the page: run ``python -m tests.docs.test_obligations`` to see it."""
    yield "| obligation | why it can stay open | what to try |"
    yield "|:--|:--|:--|"
    pairs: dict[str, Kind[Any]] = {**EQUIVALENCE}
    # Both theorems begin with sampling, in their own ways.
    del pairs[SAMPLING]
    kinds: list[tuple[str, Kind[Any]]] = [*COMPUTES.items(), *pairs.items()]
    for name, kind in kinds:
        yield f"| `{name}` | {kind.open_when} | {kind.advice} |"


def test_the_page_has_the_table():
    assert "\n".join(rows()) in PAGE.read_text(encoding="utf-8")


def test_every_kind_of_obligation_has_a_file_of_its_name_that_the_theorem_names():
    text = THEOREM.read_text(encoding="utf-8")
    for name in COMPUTES:
        source = ROOT / "alta_verify" / "prove" / "computes" / f"{name}.py"
        assert source.read_text(encoding="utf-8").startswith(f'"""``{name}')
        assert f"| `{name}" in text


if __name__ == "__main__":
    sys.stdout.write("\n".join(rows()) + "\n")
