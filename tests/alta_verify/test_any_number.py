"""Programs that hold thirds are proved in every format, and twins that are off by a bit refuted.

A judge that shares no code with either side sees the same.
"""

from __future__ import annotations

import numpy as np
import pytest

import alta
import alta_verify
from alta.nn.model import Model
from alta_verify.check.run import check
from tests.alta_verify.mutants import with_arrays
from tests.judge.formats import FORMATS
from tests.judge.judgement import Claim
from tests.judge.text import read
from tests.judge.weights import loaded

LENGTH = 2

THIRDS = alta.numeric_var(input_init_fn=lambda token: token / 3, values=(0, 1 / 3, 2 / 3, 1))


def held() -> alta.Program:
    """Outputs a third that nothing writes, and tests it."""

    def ffn(z):
        z["above"] = int(z["x"] > 1 / 3)

    variables = {"x": THIRDS, "above": alta.var(2)}
    return alta.program_spec(
        variables=variables, heads={}, ffn_fn=ffn, output_name="x", input_range=4, layers=1
    )


def written() -> alta.Program:
    """Replaces numbers by others that are on no common grid, up to the halt."""

    def ffn(z):
        after = {0: 1 / 3, 1 / 3: -0.1, -0.1: 2 / 3, 2 / 3: 1}
        if z["x"] in after:
            z["x"] = after[z["x"]]

    x = alta.numeric_var(input_init_fn=lambda token: token / 3, values=(-0.1, 0, 1 / 3, 2 / 3, 1))
    return alta.program_spec(
        variables={"x": x},
        heads={},
        ffn_fn=ffn,
        output_name="x",
        input_range=4,
        halt=alta.halt_spec("x", 1),
    )


def copied() -> alta.Program:
    """Reads its own number through a head, by its bucket, and writes it."""

    def ffn(z):
        if z["same"] > 0.5:
            z["y"] = z["same"]
        z["x"] = {0: 1 / 3, 1 / 3: 2 / 3, 2 / 3: 1, 1: 0}[z["x"]]

    return alta.program_spec(
        variables={"x": THIRDS, "y": alta.numeric_var(default=0.1)},
        heads={"same": alta.v_relative("x", 0)},
        ffn_fn=ffn,
        output_name="y",
        input_range=4,
        layers=2,
    )


def averaged() -> alta.Program:
    """Tests means of thirds, and writes numbers that depend on them."""

    def ffn(z):
        if z["mean"] > 0.5 and z["go"] == 0:
            z["x"] = 0.1
            z["go"] = 1

    mean = alta.numeric_var(values=(0.2, 0.85))
    return alta.program_spec(
        variables={"x": THIRDS, "go": alta.var(2), "any": alta.var(1)},
        heads={"mean": alta.qkv("any", "any", "x", output_spec=mean)},
        ffn_fn=ffn,
        output_name="x",
        input_range=4,
        layers=2,
    )


PROGRAMS = {build.__name__: build() for build in (held, written, copied, averaged)}


def compiled(name: str, dtype: str) -> Model:
    return alta.compile(PROGRAMS[name], max_len=LENGTH, dtype=dtype)


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_with_thirds_are_proved_and_their_certificates_hold(name, dtype, tmp_path):
    model = compiled(name, dtype)
    report = alta_verify.verify(PROGRAMS[name], model, max_len=LENGTH)
    assert report.verdict is alta_verify.Verdict.PROVED
    report.save(tmp_path / "certificate")
    assert check(tmp_path / "certificate").checked
    model.save(tmp_path / "model")
    claim = Claim(read(alta.program_text(PROGRAMS[name])), LENGTH)
    assert list(claim.findings(loaded(tmp_path / "model"), exact=True)) == []


@pytest.mark.parametrize("dtype", FORMATS)
def test_a_third_that_is_off_by_the_last_place_is_refuted(dtype, tmp_path):
    model = compiled("held", dtype)
    table = np.array(model.weights.token_embedding)
    (column,) = model.layout.columns["x"]
    table[1, column] = np.nextafter(table[1, column], table[2, column])
    wrong = with_arrays(model, {"token_embedding": table})
    report = alta_verify.verify(PROGRAMS["held"], wrong, max_len=LENGTH)
    assert report.verdict is alta_verify.Verdict.REFUTED
    assert report.counterexample.variable == "x"
    wrong.save(tmp_path / "model")
    claim = Claim(read(alta.program_text(PROGRAMS["held"])), LENGTH)
    assert list(claim.findings(loaded(tmp_path / "model")))
