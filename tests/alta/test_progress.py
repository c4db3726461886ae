"""Progress is shown on a terminal and nowhere else."""

import io
import sys

import pytest

from alta.progress import announce, listening, progress_bar, tell


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


def test_what_is_told_is_heard_by_whoever_listens():
    heard: list[str] = []
    tell("to nobody")
    with listening(heard.append):
        tell("layer 1")
        with listening(lambda _: None):
            tell("to another")
        tell("layer 2")
    tell("to nobody")
    assert heard == ["layer 1", "layer 2"]


def test_nothing_is_announced_where_there_is_no_terminal(capsys):
    announce("it takes a minute")
    assert capsys.readouterr().err == ""
