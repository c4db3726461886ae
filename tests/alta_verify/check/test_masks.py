"""Masks of the checker mean what those of the language mean."""

from __future__ import annotations

import pytest

from alta.lang.masks import EVERYWHERE, before, causal
from alta.lang.masks import Mask as Declared
from alta_verify.check.masks import NAMED, Mask

PAIRS = {
    "everywhere": (Mask("-"), EVERYWHERE),
    "causal": (Mask("causal"), causal()),
    "before": (Mask("before"), before()),
    "some offsets": (Mask(None, frozenset({2, -1, 0})), Declared((-1, 0, 2))),
    "one offset": (Mask(None, frozenset({-4})), Declared((-4,))),
}


@pytest.mark.parametrize(("mask", "declared"), PAIRS.values(), ids=PAIRS)
def test_a_mask_answers_as_the_one_of_the_language(mask, declared):
    assert str(mask) == str(declared)
    assert (mask.everywhere, mask.single) == (declared.everywhere, declared.single)
    for length in range(1, 6):
        assert mask.most(length) == declared.most(length)
        assert mask.within(length) == set(declared.offsets(length))
        for i in range(length):
            allowed = [j for j in range(length) if mask.allows(j - i)]
            assert allowed == list(declared.sources(i, length))


def test_every_name_is_tried():
    assert {mask.name for mask, _ in PAIRS.values()} == {*NAMED, None}
