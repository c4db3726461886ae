"""Certificates of small programs, written once."""

from __future__ import annotations

from pathlib import Path

import pytest

import alta
from alta_verify import verify

SMALL = {
    "relative": (alta.programs.parity_sequential_relative, 6),
    "sum": (lambda: alta.programs.parity_sum_mod_2(max_length=4), 4),
    "sort": (lambda: alta.programs.sort_unique(max_value=3), 4),
}
"""Programs with the longest input; value sets are enough for the first two."""


@pytest.fixture(scope="session")
def certificates(tmp_path_factory) -> dict[str, Path]:
    """A certificate of each."""
    folder = tmp_path_factory.mktemp("certificates")
    for name, (program, max_len) in SMALL.items():
        verify(program(), max_len=max_len).save(folder / name)
    return {name: folder / name for name in SMALL}


@pytest.fixture(scope="session")
def certificate(certificates) -> Path:
    """The certificate of relative parity."""
    return certificates["relative"]


@pytest.fixture(scope="session")
def with_runs(certificates) -> Path:
    """A certificate for which value sets are not enough."""
    return certificates["sort"]
