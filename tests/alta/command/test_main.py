"""The command alta says how to call it, and imports no more than it needs."""

from alta.command.main import main


def test_help_says_how_to_call_it(call):
    status, out, err = call(main, "--help")
    assert (status, err) == (0, "")
    assert "list the shipped programs" in out
    status, out, _ = call(main, "run", "--help")
    assert status == 0
    assert "package.module:attribute or" in " ".join(out.split())
