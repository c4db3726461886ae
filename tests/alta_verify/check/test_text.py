"""The checker reads canonical texts and no others."""

from __future__ import annotations

import pytest

import alta
from alta.inputs.parser import MAX_NESTING
from alta.inputs.pattern import MAX_POSITIONS
from alta.lang import parsing as language_limits
from alta.lang.program import program_text
from alta_verify.check import limits
from alta_verify.check.refused import Refused
from alta_verify.check.text import read_program
from tests.alta.lang.test_parsing import MEANT, all_kinds
from tests.alta.lang.toys import PROGRAMS

each = pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)


@each
def test_canonical_texts_are_read(program):
    read_program(program_text(program))


@pytest.mark.parametrize("text", MEANT.values(), ids=MEANT)
def test_a_program_has_no_other_text_such_as_one_with(text):
    with pytest.raises(Refused, match="cannot be read"):
        read_program(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("subsets [[],[0],[1,2]]", "subsets [[0],[],[1,2]]"),
        ("values [0.25,0.75]", "values [0.75,0.25]"),
        ("values [-3.0,1e-07,0.1]", "values [-3.0,0.1,1e-07]"),
        ("mask [-1,0]", "mask [0,-1]"),
        ("n := 1e+300", "n := 1e300"),
        ("n := 1e+300", "n := 1e999"),
        ("n := 1e+300", "n := NaN"),
        ("values [0.25,0.75]", "values [0.25,NaN]"),
        ("values [-3.0,1e-07,0.1]", "values [-3.0,1e-07,Infinity]"),
        ("halt n=-3.0", "halt n=-3"),
        ("of 3 token [[1,2],[0],[0]]", "of 3 token [[2,1],[0],[0]]"),
        ("rule mean=1", "rule mean=2"),
        ("rule mean=1", "rule mean=-1"),
    ],
)
def test_a_text_in_another_order_or_with_numbers_written_otherwise_is_refused(old, new):
    text = program_text(all_kinds())
    read_program(text)
    assert text.count(old) == 1
    with pytest.raises(Refused, match="cannot be read"):
        read_program(text.replace(old, new))
    with pytest.raises(alta.ProgramError):
        alta.parse_program(text.replace(old, new))


def test_a_length_that_is_there_twice_is_refused():
    text, lengths = program_text(all_kinds()), [f'"{length}": "."' for length in range(5)]
    again = [*lengths[:1], '"0": null', *lengths[1:]]
    read_program(text.replace("inputs anything", f"inputs lengths {{{', '.join(lengths)}}}"))
    with pytest.raises(Refused, match="cannot be read: it is not the canonical text"):
        read_program(text.replace("inputs anything", f"inputs lengths {{{', '.join(again)}}}"))


def test_nothing_of_a_text_that_is_no_language_reaches_the_theorem():
    text = program_text(all_kinds())
    for language in (
        'anything "every sorted list"',
        "anything\x9b",
        "everything",
        "regex anything",
    ):
        with pytest.raises(Refused, match="cannot be read"):
            read_program(text.replace("inputs anything", f"inputs {language}"))


def test_both_readers_have_the_same_limits():
    assert limits.MAX_TEXT == language_limits.MAX_TEXT
    assert limits.MAX_DIGITS == language_limits.MAX_DIGITS
    assert limits.MAX_COORDINATES == language_limits.MAX_COORDINATES
    assert limits.MAX_SYMBOLS == MAX_POSITIONS
    assert limits.MAX_NESTING == MAX_NESTING
