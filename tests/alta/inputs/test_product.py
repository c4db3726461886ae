"""The common language has the sequences that are in both languages, and no others."""

from itertools import product

import pytest

from alta import inputs
from alta.errors import InputLanguageError
from alta.inputs.product import Common, common_language, intersection
from tests.alta.inputs.toys import DESCRIPTIONS, VOCAB

WORDS = [word for length in range(4) for word in product(range(3), repeat=length)]
KINDS = ("regex", "distinct", "sequences", "lengths", "anything")


@pytest.mark.parametrize("left", KINDS)
@pytest.mark.parametrize("right", KINDS)
def test_the_common_language_has_what_both_languages_have(left, right):
    first, second = DESCRIPTIONS[left].bind(VOCAB, None), DESCRIPTIONS[right].bind(VOCAB, None)
    common = common_language(first, second)
    expected = [word for word in WORDS if first.contains(word) and second.contains(word)]
    assert list(common.enumerate(3)) == expected
    assert [word for word in WORDS if common.contains(word)] == expected


def test_the_shorter_position_range_holds_of_the_common_language():
    spec = inputs.regex("0*")
    for ranges in ((2, None), (None, 2), (2, 5)):
        first, second = (spec.bind(VOCAB, limit) for limit in ranges)
        common = common_language(first, second)
        assert (common.spec, common.position_range) == (spec, 2)


def test_the_product_of_automata_is_made_once_for_all_lengths():
    pair = (inputs.regex(pattern).bind(VOCAB, None) for pattern in ("0 .*", ".* 1"))
    common = common_language(*pair)
    assert common.automaton(2) is common.automaton(7)


def test_an_intersection_keeps_no_state_that_is_not_reached():
    automata = [inputs.regex(pattern).bind(VOCAB, None).automaton(0) for pattern in ("0 1", "1 0")]
    assert len(intersection(*automata).transitions) == 1
    assert intersection(*automata).longest == 0


def test_a_common_language_has_no_text():
    common = Common(*(inputs.regex(pattern).bind(VOCAB, None) for pattern in "01"))
    with pytest.raises(InputLanguageError, match="common part of two input languages has no text"):
        common.to_text()
    assert common.decimal_range(3) == 3
