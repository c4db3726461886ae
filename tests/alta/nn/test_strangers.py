"""Whatever is in a small stored model, it is refused with a reason and within its memory."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import alta
from tests.alta.nn.strangers import CASES

NAMES = sorted(CASES)

RIGHT = {"a longest input"}
"""What may be so."""


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    program = alta.programs.parity_sequential_absolute(max_length=6)
    program = alta.replace(program, inputs=alta.inputs.anything())
    model = alta.compile(program)
    for number, name in enumerate(NAMES):
        model.save(folder / f"{number:02}")
        CASES[name](folder / f"{number:02}")
    model.save(folder / "honest")
    done = subprocess.run(
        [sys.executable, "-m", "tests.alta.nn.strangers", str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", NAMES)
def test_a_strangers_model_is_refused_that_has(name, outcome):
    reason = outcome["reasons"][f"{NAMES.index(name):02}"]
    assert reason.startswith("loaded" if name in RIGHT else "refused: ")
    assert len(reason) < 1000


def test_none_of_it_takes_much_memory(outcome):
    assert outcome["reasons"]["honest"] == "loaded"
    assert outcome["most"] < 512
