"""Noise on every weight is proved where it is little, and refuted where it is a mistake."""

from __future__ import annotations

import pytest

import alta
from alta_verify import Verdict, verify
from tests.alta_verify.boxes.noisy_models import LONGEST, MODEL, PROGRAM
from tests.cases.noise import noisy
from tests.properties.running import courses, differences


@pytest.mark.parametrize(
    ("deviation", "verdict"),
    [(1e-6, Verdict.PROVED), (2e-3, Verdict.UNKNOWN), (1e-2, Verdict.REFUTED)],
)
def test_noise_is_judged_by_how_much_it_is(deviation, verdict):
    model = noisy(MODEL, deviation)
    report = verify(PROGRAM, model, max_len=LONGEST)
    assert report.verdict is verdict
    wrong = any(differences(model, course) for course in courses(PROGRAM, LONGEST))
    assert wrong is (verdict is Verdict.REFUTED)


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("name", "max_len", "dtype", "deviation"),
    [
        ("parity_sequential_absolute", 12, "float32", 1e-7),
        ("parity_sequential_absolute", 12, "float64", 1e-7),
        ("parity_sequential_absolute", 12, "bfloat16", 1e-7),
        ("addition", 20, "float32", 1e-7),
        ("scan_parser", 11, "float32", 1e-8),
    ],
)
def test_noise_on_shipped_programs_is_proved(name, max_len, dtype, deviation):
    program = getattr(alta.programs, name)()
    model = noisy(alta.compile(program, max_len=max_len, dtype=dtype), deviation)
    assert verify(program, model, max_len=max_len).proved
