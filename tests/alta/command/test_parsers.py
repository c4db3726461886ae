"""Errors are one line with status 2 and blamed on the user's own; --debug shows the traceback."""

import math

import pytest

import alta
from alta.command.parsers import blamed
from tests.cases.command_line import MAINS


@pytest.mark.parametrize(
    ("name", "words", "shown"),
    [
        pytest.param(
            "alta", ["run", "programs.py:layers_raise", "0"], "lambda n: 1 // 0", id="while running"
        ),
        pytest.param("alta-verify", ["programs.py:raises"], "return 1 // 0", id="while building"),
        pytest.param("alta", ["list", "--nonsense"], "arguments: --nonsense", id="while reading"),
    ],
)
def test_debug_shows_the_traceback_and_keeps_the_exit_status(name, words, shown, files, call):
    status, out, err = call(MAINS[name], *words, "--debug")
    assert (status, out) == (2, "")
    assert err.startswith("Traceback (most recent call last)")
    assert shown in err


def test_an_interruption_says_so_and_no_more(files, call):
    for name, words in (("alta", ["run"]), ("alta-verify", [])):
        status, out, err = call(MAINS[name], *words, "programs.py:interrupts")
        assert (status, out, err) == (130, "", f"{name}: interrupted\n")


# --- blame ----------------------------------------------------------------------------------------


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
