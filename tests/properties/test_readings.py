"""Generated functions are read as they run, on every input of small languages."""

from __future__ import annotations

import warnings
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from alta_verify.reading import numbers, sums
from tests.alta_verify.reading.spec_functions import Unread, disagreements, function_of, sources

SHAPES = st.sampled_from([(1, 3), (2, 3), (3, 2), (3, 3)])


def check(source: str, shape: tuple[int, int], counts: Counter[str]) -> None:
    counts["drawn"] += 1
    try:
        assert list(disagreements(function_of(source), *shape)) == [], source
        counts["read"] += 1
    except Unread:
        counts["refused"] += 1


@given(sources(), SHAPES)
@settings(max_examples=12, suppress_health_check=list(HealthCheck), deadline=None)
def test_a_function_is_read_as_it_runs(source, shape):
    check(source, shape, Counter())


@pytest.mark.campaign
@pytest.mark.parametrize("most", [sums.MOST_VALUES, 12])
def test_thousands_of_functions_are_read_as_they_run(most, monkeypatch):
    monkeypatch.setattr(sums, "MOST_VALUES", most)
    monkeypatch.setattr(numbers, "_NARROW", 256 if most > 12 else 3)
    counts: Counter[str] = Counter()

    @given(sources(), SHAPES)
    @settings(
        max_examples=2500,
        suppress_health_check=list(HealthCheck),
        deadline=None,
        phases=[Phase.generate],
        database=None,
    )
    def run(source, shape):
        check(source, shape, counts)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        run()
    assert counts["read"] > 9 * counts["refused"], counts
