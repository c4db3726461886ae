"""Shells complete commands, options, names of programs and files."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from alta.command.main import main

# What bash does when somebody presses the tabulator behind some words.
TABULATOR = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
function=$(complete -p "$1" | sed 's/.*-F \\([^ ]*\\).*/\\1/')
"$function" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    path = tmp_path_factory.mktemp("shell") / "alta.bash"
    with pytest.MonkeyPatch.context() as patch, path.open("w") as file:
        patch.setattr("sys.stdout", file)
        assert main(["completion", "bash"]) == 0
    return path


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("words", "completions"),
    [
        (["alta", "ver"], "verify"),
        (["alta", "verify", "scan"], "scan scan_parser"),
        (["alta", "verify", "scan", "--max-l"], "--max-layers --max-len"),
        (["alta", "verify", "scan", "--against", "sub"], "subleq"),
        (["alta", "show", "fil"], "file.py"),
        (["alta", "verify", "scan", "--weights", "fo"], "folder"),
        (["alta", "verify", "scan", "--certificate", "f"], "folder"),
        (["alta", "check", "fo"], "folder"),
        (["alta-verify", "scan", "--no-c"], "--no-cache"),
        (["alta-verify", "add"], "addition"),
    ],
    ids=str,
)
def test_bash_completes(words, completions, script, tmp_path):
    (tmp_path / "file.py").touch()
    (tmp_path / "file.txt").touch()
    (tmp_path / "folder").mkdir()
    done = subprocess.run(
        ["bash", "-c", TABULATOR, "bash", script, *words],
        capture_output=True,
        encoding="utf-8",
        check=True,
        cwd=tmp_path,
    )
    assert " ".join(sorted(done.stdout.split())) == completions
    assert done.stderr == ""


def test_zsh_has_a_script_of_its_own(capsys):
    assert main(["completion", "zsh"]) == 0
    out = capsys.readouterr().out
    assert out.count("#compdef alta") == 2
    assert "_alta_programs() { compadd parity_sequential_relative " in out
