"""Errors are one line with status 2, and --debug shows the traceback."""

import pytest

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
