"""What is concluded of all of something is refused of nothing."""

from __future__ import annotations

import pytest

from alta_verify.check.numbers import Span, hull
from alta_verify.check.refused import Refused, nonempty


@pytest.mark.parametrize("some", [[0], {0: 0}, {0}, (0,), "0", 1], ids=repr)
def test_what_there_is_is_returned(some):
    assert nonempty(some, "numbers") is some


@pytest.mark.parametrize("some", [[], {}, set(), (), "", 0], ids=repr)
def test_of_nothing_nothing_is_concluded(some):
    with pytest.raises(Refused, match="there are no numbers, so that nothing can be concluded"):
        nonempty(some, "numbers")


@pytest.mark.parametrize("bound", [hull, Span.of])
def test_no_bounds_are_those_of_no_numbers(bound):
    with pytest.raises(Refused, match="there are no numbers"):
        bound([])
