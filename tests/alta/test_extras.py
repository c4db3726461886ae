"""Extras: what is not installed is named, with the extra that has it."""

import pytest

from alta.errors import AltaError
from alta.extras import needed


def test_a_library_that_is_there_is_returned():
    assert needed("optax", "train").__name__ == "optax"


def test_a_library_that_is_missing_is_named_with_its_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "optax", None)
    with pytest.raises(AltaError, match=r"train needs optax.*alta-verify\[learn\]"):
        needed("optax", "train")
