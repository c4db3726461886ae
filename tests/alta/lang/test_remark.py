"""Remarks are warned of once each, at the line that they are about."""

import warnings

import pytest

from alta.errors import ProgramWarning
from alta.lang.remark import Remark, issue

SOMEWHERE = Remark("odd-line", "look here", "x", "/some/where/program.py", 7)
NOWHERE = Remark("odd-part", "look at 'x'", "x")


def warned(*remarks):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        issue(remarks, "toy", stacklevel=1)
    return caught


def test_a_remark_reads_as_place_and_text_and_kind():
    assert str(SOMEWHERE) == "program.py, line 7: look here [odd-line]"
    assert str(NOWHERE) == "look at 'x' [odd-part]"


def test_a_remark_on_a_line_is_warned_of_at_that_line():
    [warning] = warned(SOMEWHERE)
    assert (warning.filename, warning.lineno) == (SOMEWHERE.file, 7)
    assert str(warning.message) == "program 'toy': look here [odd-line]"
    assert warning.category is ProgramWarning


def test_a_remark_on_no_line_is_warned_of_where_the_program_is_built():
    [warning] = warned(NOWHERE)
    assert warning.filename == __file__


def test_the_same_remark_is_warned_of_once():
    assert len(warned(NOWHERE, SOMEWHERE, NOWHERE)) == 2


@pytest.mark.parametrize("name", ["a\x1b[2J", "\u202e"])
def test_no_character_of_a_remark_steers_a_terminal(name):
    assert name not in str(Remark("odd", f"look at {name}"))
