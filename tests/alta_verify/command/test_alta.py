"""One command for programs and proofs: ``alta-verify`` is another name for a part of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from alta.command.main import main as alta
from alta_verify.command.alta import parser
from alta_verify.command.arguments import parser as alias_parser
from alta_verify.command.main import main as alias
from tests.cases.command_line import check_one_line

RELATIVE = "parity_sequential_relative"


@pytest.mark.parametrize(
    "words",
    [
        [RELATIVE, "--max-len", "4"],
        [RELATIVE, "--max-len", "4", "--weights", "{models}/sabotaged"],
        [RELATIVE, "--max-len", "4", "--timeout", "0"],
        ["programs.py:nothing"],
        ["check", "{models}"],
    ],
    ids=["proved", "refuted", "open", "vacuous", "refused"],
)
def test_both_names_say_the_same_with_the_same_status(words, files, models, call):
    words = [word.format(models=models) for word in words]
    first = call(alta, *(words if words[0] == "check" else ["verify", *words]))
    second = call(alias, *words)
    assert first[0] == second[0]
    # Times differ, and where the text is broken with them.
    assert first[1].split(maxsplit=2)[:2] == second[1].split(maxsplit=2)[:2]
    assert first[2] == second[2]


def test_both_names_have_the_same_options():
    (commands,) = parser()._subparsers._group_actions
    first, second = (
        [(action.option_strings, action.dest, action.help) for action in each._actions]
        for each in (commands.choices["verify"], alias_parser())
    )
    assert [each for each in second if each[0] != ["--version"]] == first


def test_a_check_has_the_name_that_it_was_called_by(call, tmp_path):
    assert "alta check: error: " in call(alta, "check", tmp_path / "nowhere")[2]
    assert call(alta, "check", "--help")[1].startswith("usage: alta check ")


def test_a_check_by_this_name_loads_nothing_heavy(tmp_path):
    code = (
        "import sys; from alta.command.main import main; "
        f"main(['check', {str(tmp_path)!r}]); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert loaded & {"jax", "numpy", "z3", "pysat", "shtab"} == set()


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["verfy"], "did you mean 'verify'?"),
        ([RELATIVE], f"a program stands behind a command: alta verify {RELATIVE}"),
        (["file.py:program"], "alta verify file.py:program"),
        (["verify", "parity_sequential_relativ"], f"did you mean '{RELATIVE}'"),
        (["verify", RELATIVE, "--max-lne", "4"], "did you mean '--max-len'"),
        (["run", RELATIVE, "1", "--max-len", "4"], "did you mean '--max-layers'"),
        (["completion", "bsh"], "did you mean 'bash'"),
    ],
    ids=str,
)
def test_a_slip_is_answered_with_what_may_be_meant(words, hint, call):
    check_one_line(call, "alta", words, hint)


def test_every_command_says_what_it_does():
    (commands,) = parser()._subparsers._group_actions
    assert {action.dest for action in commands._choices_actions} == set(commands.choices)
    assert {"verify", "check", "test", "show", "trace", "lint"} <= set(commands.choices)
