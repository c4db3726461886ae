"""The command ``alta lint``: what is odd, a line each, and a status that a script can use."""

from alta_verify.command.main import main as alta_verify


def test_a_proof_says_what_is_odd_once(odd, capsys):
    assert alta_verify([odd, "--max-len", "2", "--no-cache"]) == 0
    captured = capsys.readouterr()
    assert captured.out.count("unused-comparison") == 1
    assert "unused-comparison" not in captured.err
