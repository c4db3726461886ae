"""Progress is shown on a terminal and nowhere else."""

import io
import sys

import pytest

from alta.progress import progress_bar


class Terminal(io.StringIO):
    """Standard error that says it is a terminal."""

    def isatty(self):
        return True


def test_without_a_terminal_there_is_nothing_to_tell(capsys):
    with progress_bar("proving") as progress:
        assert progress is None
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("title", ["proving", "[red]brackets"])
def test_a_terminal_shows_title_and_count(title, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress_bar(title) as progress:
        assert progress is not None
        progress(3, 7)
    assert title in terminal.getvalue()
    assert "3/7" in terminal.getvalue()
