"""Whatever the answers of tools and device may depend on is part of the surroundings."""

from __future__ import annotations

import pytest

from alta_verify.cache import surroundings as module
from alta_verify.cache.surroundings import surroundings, tools


def test_tools_are_named_with_their_versions():
    assert {"python", "numpy"} <= tools().keys()
    assert tools().items() <= surroundings().items()


def test_the_device_and_what_steers_it_are_named():
    assert {"jax", "device", "processor", "settings", "environment"} <= surroundings().keys()


@pytest.mark.parametrize("name", ["XLA_FLAGS", "JAX_SOMETHING", "OMP_NUM_THREADS"])
def test_a_variable_that_may_change_results_makes_a_difference(name, monkeypatch):
    before = surroundings()
    monkeypatch.setenv(name, "another value")
    assert surroundings() != before
    monkeypatch.setenv("EDITOR", "another value")
    monkeypatch.delenv(name)
    assert "EDITOR" not in surroundings()["environment"]


def test_another_processor_is_another_witness(monkeypatch):
    before = surroundings()
    monkeypatch.setattr(module, "_processor", lambda: "flags: none")
    assert surroundings() != before
