"""The commands as processes of their own: pipes, terminals, signals."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import alta

BIN = Path(sys.executable).parent
RELATIVE = "parity_sequential_relative"
LONG = "1" * 60


def environment(**changes):
    return {**os.environ, "PYTHONUNBUFFERED": "", "TERM": "xterm-256color", **changes}


def run(command, *arguments, **changes):
    return subprocess.run(
        [BIN / command, *arguments],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env=environment(**changes),
        timeout=120,
    )


def on_a_terminal(*command):
    """Runs a command whose output and error output are a terminal, and returns both together."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment()) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:
                break
            if not part:
                break
            shown += part
    os.close(ours)
    return process.returncode, shown.decode()


def test_alta_list_prints_the_names():
    result = run("alta", "list")
    assert (result.returncode, result.stderr) == (0, "")
    assert [line.split()[0] for line in result.stdout.splitlines()] == list(alta.programs.names())


@pytest.mark.parametrize(
    ("module", "words", "absent"),
    [
        ("alta", ["list"], ("jax",)),
        ("alta", ["--help"], ("jax", "numpy")),
        ("alta", ["--version"], ("jax", "numpy")),
        ("alta", ["run"], ("jax", "numpy")),
        ("alta_verify", ["--help"], ("jax", "numpy", "z3")),
        ("alta_verify", ["--version"], ("jax", "numpy", "z3")),
        ("alta_verify", ["--nonsense"], ("jax", "numpy", "z3")),
        ("alta_verify", ["no_such_program"], ("jax", "z3")),
    ],
    ids=str,
)
def test_what_needs_no_proof_loads_no_more_than_it_needs(module, words, absent):
    code = f"import sys; from {module}.command.main import main; main({words!r})"
    result = run("python", "-c", f"{code}; print(*sys.modules)")
    assert not {*absent} & {*result.stdout.splitlines()[-1].split()}


@pytest.mark.parametrize("command", ["alta", "alta-verify"])
def test_a_command_says_its_version(command):
    result = run(command, "--version")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"{command} {alta.__version__}\n"


@pytest.mark.parametrize(
    "module", ["alta.command.main", "alta_verify.command.main", "alta", "alta_verify"]
)
def test_a_command_line_is_a_module_too(module):
    result = run("python", "-m", module, "--help")
    assert result.returncode == 0
    assert result.stdout.startswith(f"usage: {module.split('.')[0].replace('_', '-')} ")


def test_a_piped_trace_is_plain_text():
    result = run("alta", "run", RELATIVE, "--trace", "11", FORCE_COLOR="1")
    assert (result.returncode, result.stderr) == (0, "")
    expected = alta.run(alta.programs.parity_sequential_relative(), "START 1 1")
    assert result.stdout == f"{expected}\n\n0\n"


def test_a_piped_report_is_plain_text_and_shows_no_progress():
    result = run("alta-verify", RELATIVE, "--max-len", "5", FORCE_COLOR="1")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("PROVED")
    assert "\x1b" not in result.stdout


def test_a_terminal_shows_a_trace_in_bold():
    status, shown = on_a_terminal(BIN / "alta", "run", RELATIVE, "--trace", "11")
    assert status == 0
    assert "\x1b[1m" in shown
    assert shown.endswith("0\r\n")


def test_a_terminal_shows_progress_and_colours():
    command = [BIN / "alta-verify", RELATIVE, "--max-len", "5"]
    status, shown = on_a_terminal(*command)
    assert status == 0
    progress, _, report = shown.partition("PROVED")
    assert "sampling" in progress or "reading" in progress
    assert "\x1b[" in report


def test_a_refutation_is_exit_status_1_of_the_process(models):
    weights = str(models / "sabotaged")
    result = run("alta-verify", RELATIVE, "--max-len", "5", "--weights", weights, "--json", "-")
    assert (result.returncode, result.stderr) == (1, "")
    assert json.loads(result.stdout)["verdict"] == "REFUTED"


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["alta", "list"], id="alta list"),
        pytest.param(["alta", "run", RELATIVE, "--trace", LONG], id="alta run"),
        pytest.param(["alta-verify", "--help"], id="help"),
        pytest.param(["alta-verify", RELATIVE, "--max-len", "3"], id="alta-verify"),
    ],
)
def test_a_closed_pipe_ends_a_command_quietly(command):
    name, *arguments = command
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run(
        [BIN / name, *arguments],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
        env=environment(),
        timeout=120,
    )
    os.close(writer)
    assert result.stderr == b""
    assert result.returncode == 128 + signal.SIGPIPE


def test_head_takes_the_first_line_of_a_trace():
    result = subprocess.run(
        f"'{BIN}/alta' run {RELATIVE} --trace {LONG} | head -1",
        shell=True,
        capture_output=True,
        check=False,
        encoding="utf-8",
        env=environment(),
        timeout=120,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(f"{RELATIVE}: outputs 0 1 0 1")
    assert result.stdout.count("\n") == 1


def test_a_full_disk_is_an_error_in_one_line():
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [BIN / "alta", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            encoding="utf-8",
            env=environment(),
            timeout=120,
        )
    assert result.returncode == 2
    assert result.stderr == "alta: error: [Errno 28] No space left on device\n"


def test_without_standard_output_nothing_is_lost_but_the_output():
    result = subprocess.run(
        f"'{BIN}/alta' list >&-",
        shell=True,
        stderr=subprocess.PIPE,
        check=False,
        env=environment(),
        timeout=120,
    )
    assert (result.returncode, result.stderr) == (0, b"")


def test_an_output_without_the_character_gets_a_question_mark():
    result = run("alta", "run", RELATIVE, "--trace", "1", PYTHONIOENCODING="ascii")
    assert (result.returncode, result.stderr) == (0, "")
    assert "parity_left              ?\n" in result.stdout


def test_an_error_of_a_process_is_one_line_and_debug_shows_the_traceback(programs_py):
    words = ["programs.py:raises", "--max-len", "3"]
    result = run("alta-verify", *words)
    message = (
        ": in raises: ZeroDivisionError: integer division or modulo by zero (--debug shows the "
        "traceback)\n    return 1 // 0\n"
    )
    assert (result.returncode, result.stdout) == (2, "")
    # Warnings of the programs in the file may come first.
    assert "alta-verify: error: programs.py:" in result.stderr
    assert result.stderr.endswith(message)
    result = run("alta-verify", *words, "--debug")
    assert result.returncode == 2
    assert "Traceback (most recent call last)" in result.stderr
    assert "return 1 // 0" in result.stderr


def test_ctrl_c_ends_a_command_in_one_line(folder):
    (folder / "slow.py").write_text(
        "import time\n\n\ndef program():\n    print('ready', flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [BIN / "alta", "run", "slow.py:program"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "alta: interrupted\n")
