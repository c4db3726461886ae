"""Ctrl-C ends a command with status 130 and one line, whatever it is doing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cases.interrupting import interrupted

BIN = Path(sys.executable).parent
MODULE = (sys.executable, "-m", "alta_verify")

# Programs that never get ready, each in another kind of code.
SLOW = """
import hashlib
import multiprocessing
import time


class Swallows:
    def __del__(self):
        print("ready", flush=True)
        while True:
            pass


def sleeping():
    print("ready", flush=True)
    time.sleep(600)


def native():
    print("ready", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"word", b"salt", 10**9)


def freeing():
    Swallows()


def catching():
    print("ready", flush=True)
    while True:
        try:
            time.sleep(600)
        except BaseException:
            pass


def forking():
    multiprocessing.get_context("fork").Process(target=time.sleep, args=(600,)).start()
    sleeping()
"""


@pytest.mark.parametrize("moment", [0, 0.05, 0.2, 0.5, 1, 2.5])
def test_ctrl_c_ends_a_proof(moment):
    # It imports JAX, compiles, samples and asks solvers, for longer than that.
    ended = interrupted([BIN / "alta-verify", "subleq", "--no-cache"], moment)
    assert ended.interrupted
    assert ended.quiet, ended


@pytest.mark.parametrize("moment", [0, 0.3])
@pytest.mark.parametrize(
    "command",
    [
        pytest.param([BIN / "alta", "run", "addition", "1+2", "--compiled"], id="alta run"),
        pytest.param(
            [sys.executable, "-m", "alta", "run", "scan", "jump twice", "--compiled"], id="-m alta"
        ),
        pytest.param([*MODULE, "scan", "--no-cache"], id="-m alta_verify"),
    ],
)
def test_ctrl_c_ends_other_commands(command, moment):
    ended = interrupted(command, moment)
    assert ended.quiet or not ended.interrupted, ended


@pytest.mark.parametrize("name", ["sleeping", "native", "freeing", "catching", "forking"])
@pytest.mark.parametrize("command", [[BIN / "alta", "run"], [BIN / "alta-verify"]], ids=str)
def test_ctrl_c_ends_a_command_in_any_code(command, name, folder):
    (folder / "slow.py").write_text(SLOW)
    ended = interrupted([*command, f"slow.py:{name}"], 0.1, ready="ready")
    assert ended.quiet, ended


CHECK = """
import sys, time
import alta_verify.check.__main__ as command
from alta_verify.command.main import main

class Swallows:
    def __del__(self):
        wait()

def wait(*_, **__):
    print("ready", flush=True)
    time.sleep(600)

command.check = {check}
sys.argv = ["alta-verify", "check", "."]
main()
"""


@pytest.mark.parametrize("check", ["wait", "lambda *_, **__: Swallows() and None"])
def test_ctrl_c_ends_a_check(check):
    command = [sys.executable, "-c", CHECK.format(check=check)]
    ended = interrupted(command, 0.05, listening=False, ready="ready")
    assert ended.quiet, ended


CLEANING = """
import pathlib, time
from alta.interruption import on_interruption, run_process

def command():
    left, gone = pathlib.Path("left"), pathlib.Path("gone")
    with on_interruption(left.unlink):
        left.touch()
    with on_interruption(gone.unlink), on_interruption(lambda: 1 // 0):
        gone.touch()
        print("ready", flush=True)
        {wait}

run_process("cleaning", command)
"""


@pytest.mark.parametrize(
    "wait", ["time.sleep(600)", "import hashlib; hashlib.pbkdf2_hmac('sha256', b'', b'', 10**9)"]
)
def test_what_is_half_done_is_cleaned_up(wait, folder):
    ended = interrupted([sys.executable, "-c", CLEANING.format(wait=wait)], 0, ready="ready")
    assert ended.quiet, ended
    assert [path.name for path in folder.iterdir()] == ["left"]
