"""What is concluded of all of something is left open of nothing."""

from __future__ import annotations

import pytest

from alta_verify.arithmetic.formats import Span
from alta_verify.arithmetic.interval import hull
from alta_verify.universal import Empty, nonempty


@pytest.mark.parametrize("some", [[0], {0: 0}, {0}, (0,), "0", 1], ids=repr)
def test_what_there_is_is_returned(some):
    assert nonempty(some, "numbers") is some


@pytest.mark.parametrize("some", [[], {}, set(), (), "", 0], ids=repr)
def test_of_nothing_nothing_is_concluded(some):
    with pytest.raises(Empty, match="there are no numbers, so that nothing can be concluded"):
        nonempty(some, "numbers")


@pytest.mark.parametrize("bound", [hull, Span.of])
def test_no_bounds_are_those_of_no_numbers(bound):
    with pytest.raises(ValueError, match="empty"):
        bound([])
