"""Views say things as pages show them."""

import pytest

from alta.pages.views import Fired


@pytest.mark.parametrize(
    ("positions", "text"),
    [((), ""), ((3,), "3"), ((0, 1, 2, 5), "0–2, 5"), ((1, 3, 4), "1, 3–4")],
)
def test_positions_that_follow_each_other_are_a_range(positions, text):
    assert Fired("rule", positions).places == text
