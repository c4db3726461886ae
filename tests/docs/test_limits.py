"""The page on limits of files has every limit, with its number."""

from __future__ import annotations

from types import ModuleType

import pytest

from alta.inputs import determinise
from alta.inputs import parser as patterns
from alta.inputs import pattern as pattern_tree
from alta.lang import parsing
from alta.nn import storage
from alta_verify.check import limits as checked
from docs.trusted_base import ROOT

PAGE = (ROOT / "docs" / "reference" / "limits.md").read_text(encoding="utf-8")

LIMITS = [
    (module, name)
    for module in (parsing, patterns, pattern_tree, determinise, storage, checked)
    for name in vars(module)
    if name.startswith("MAX_") and name in module.__all__
]


@pytest.mark.parametrize(("module", "name"), LIMITS, ids=lambda one: getattr(one, "__name__", one))
def test_a_limit_is_on_the_page(module: ModuleType, name: str):
    number = getattr(module, name)
    assert any(name in line and str(number) in line for line in PAGE.splitlines())
