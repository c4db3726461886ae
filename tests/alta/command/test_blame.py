"""An error is blamed on the user's line, and on nobody's where there is none."""

import math

import pytest

import alta
from alta.command.blame import blamed


def caught(function):
    with pytest.raises(Exception) as raised:  # noqa: PT011 - whatever it is
        function()
    return blamed(raised.value)


def divides():
    return 1 // 0


def test_an_error_in_the_user_s_code_has_place_name_and_line():
    said = caught(divides)
    assert f"{__file__.rpartition('/')[2]}:" in said
    assert ": in divides: ZeroDivisionError: " in said
    assert said.endswith("(--debug shows the traceback)\n    return 1 // 0")


def test_an_error_below_the_user_s_code_is_blamed_on_the_call():
    said = caught(lambda: alta.programs.get("no_such_program"))
    assert ": in <lambda>: AltaError: no shipped program" in said


def test_an_error_that_no_line_of_the_user_s_raised_has_no_place():
    # The frames of this file are cut off, as if a library had called a library.
    with pytest.raises(ValueError, match="domain") as raised:
        math.sqrt(-1)
    said = blamed(raised.value.with_traceback(None))
    assert said == "ValueError: math domain error (--debug shows the traceback)"


def test_of_a_file_that_is_no_python_the_line_is_shown():
    said = caught(lambda: compile("x = (\ny\n\n", "folder/file.py", "exec"))
    assert said.startswith("folder/file.py:1: SyntaxError: '(' was never closed")


def test_an_error_of_several_lines_is_one():
    assert "RuntimeError: one and two (" in blamed(RuntimeError("one\n  and two"))
