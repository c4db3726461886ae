"""A machine is asked about the states between its steps, twice, and says where a run departs."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from alta.errors import AltaError
from alta_verify import specs
from alta_verify.specs.simulation import Simulates
from alta_verify.specs.specification import Indefinite


def counting(step: Any = lambda n: n + 1) -> Simulates:
    made = specs.simulates(len, step, lambda z: z["n"][0], every=3)
    assert isinstance(made, Simulates)
    return made


def states(*numbers: int) -> list[dict[str, list[int]]]:
    return [{"n": [number]} for number in numbers]


def test_the_step_in_which_a_run_departs_is_said():
    assert counting().wrong((7,), states(1, 2, 3)) is None
    assert counting().wrong((7,), states(1, 2, 2)) == 2
    assert counting().wrong((7,), states(2, 3)) == 0
    assert "3 layers later" in counting().statement


def test_a_machine_that_raises_or_changes_its_mind_is_not_definite():
    with pytest.raises(Indefinite, match="raises ZeroDivisionError"):
        counting(lambda n: n // 0).wrong((7,), states(1, 2))
    numbers = count(2)
    with pytest.raises(Indefinite, match="says True, and asked again False"):
        counting(lambda _: next(numbers)).wrong((7,), states(1, 2))


def test_arguments_are_checked():
    with pytest.raises(AltaError, match=r"simulates: step: expected a function of a state"):
        specs.simulates(len, 1, len)
    with pytest.raises(AltaError, match="every: expected a number of layers, got 0"):
        specs.simulates(len, len, len, every=0)
