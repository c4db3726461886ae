"""Files with programs, good and bad, and models on disk for the command lines."""

import sys
from dataclasses import replace

import jax
import numpy as np
import pytest

import alta
from alta.command.main import main as alta_main
from alta_verify.command.main import main as verify_main

PROGRAMS = """
import asyncio
import sys

import alta

START = 2


def parity():
    return alta.programs.parity_sequential_relative()


def sized(*, max_length=4, name="sized"):
    return alta.programs.parity_sequential_absolute(max_length=max_length)


def toy(rules, **options):
    return alta.program_spec_from_rules(
        variables={"x": alta.input_var(3), "y": alta.var(3)},
        heads={},
        rules=rules,
        **{"output_name": "y", "input_range": 3, "layers": 1, **options},
    )


def copied():
    return toy([alta.rule({"x": x}, "y", x) for x in range(3)], name="copied")


def conflict():
    return toy([alta.rule({"x": 1}, "y", 1), alta.rule({"x": 1}, "y", 2)], name="conflict")


def endless():
    return toy([], layers=None)


def words():
    return toy([], vocab=("left", "right", "jump"), name="words")


def malformed():
    return toy([], output_name="z")


def raises():
    return 1 // 0


def raises_in_two_lines():
    raise RuntimeError("one line\\n  and another")


def unclosed():
    return alta.inputs.regex("0 (1")


def leaves():
    sys.exit(0)


def interrupts():
    raise KeyboardInterrupt


def layers_raise():
    return toy([], layers=lambda n: 1 // 0)


def layers_leave():
    return toy([], layers=lambda n: sys.exit(0))


def layers_cancel():
    def cancel(length):
        raise asyncio.CancelledError("stop")

    return toy([], layers=cancel)


def encode_raises():
    return toy([], encode=lambda text: [][0], vocab=("a", "b", "c"))


def needs(size):
    return parity()


program = parity()
nothing = toy([], inputs=alta.inputs.sequences([]), name="nothing")
number = 3


def function():
    return number
"""


@pytest.fixture(autouse=True)
def user_cache(tmp_path_factory, monkeypatch):
    """A cache of this test's own, in place of that of whoever runs the tests."""
    home = tmp_path_factory.mktemp("user")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    return home / "alta-verify"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty working folder; what is imported from it is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture
def programs_py(folder):
    """A working folder with a file of programs."""
    (folder / "programs.py").write_text(PROGRAMS)
    return folder


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """A folder of saved models of relative parity: right, sabotaged, poisoned; and of another."""
    folder = tmp_path_factory.mktemp("models")
    program = alta.programs.parity_sequential_relative()
    right = alta.compile(program)
    right.save(folder / "right")
    mlp = right.weights.mlp
    # The first neuron is that of a rule for parity; now it never fires.
    bias = mlp.lookup_in_bias.copy()
    bias[0] -= 9
    silent = replace(mlp, lookup_in_bias=bias)
    right.with_weights(replace(right.weights, mlp=silent)).save(folder / "sabotaged")
    poisoned = jax.tree.map(np.array, right.weights)
    poisoned.mlp.lookup_out[1, 2] = np.nan
    right.with_weights(poisoned).save(folder / "poisoned")
    alta.compile(alta.programs.parity_sequential_absolute(max_length=4)).save(folder / "other")
    return folder


@pytest.fixture
def call(capsys):
    """Runs a command in this process: returns its exit status, output and error output."""

    def run(main, *arguments):
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


MAINS = {"alta": alta_main, "alta-verify": verify_main}


@pytest.fixture
def files(programs_py, models):
    """Beside the programs, files and folders that are none."""
    (programs_py / "broken.py").write_text("program = nothing\n")
    (programs_py / "leaving.py").write_text("import sys\n\nsys.exit(0)\n")
    (programs_py / "wrong.py").write_text("def program(:\n")
    (programs_py / "binary.py").write_bytes(b"\xff\xfe\x00")
    (programs_py / "folder.py").mkdir()
    edited = programs_py / "edited"
    edited.mkdir()
    for name in ("manifest.json", "weights.safetensors"):
        (edited / name).write_bytes((models / "right" / name).read_bytes())
    with (edited / "weights.safetensors").open("ab") as file:
        file.write(b"\0")
    return programs_py


def check_one_line(call, name, arguments, message):
    """Checks that a command says what is wrong in one line, with status 2."""
    status, out, err = call(MAINS[name], *arguments)
    assert status == 2
    assert out == ""
    assert err.startswith(f"{name}: error: ")
    # What follows the first line is shown as it is: a line of the user's code, or a mark in it.
    assert all(line.startswith("    ") for line in err.splitlines()[1:])
    assert err.endswith("\n")
    assert message in err


ODD = """
import alta


def flip(z):
    z["bit"] == 1


program = alta.program_spec(
    {"bit": alta.input_var(2)}, {}, flip, "bit", 2, name="flip", layers=1, oracle=lambda t: []
)
"""


@pytest.fixture
def odd(tmp_path, monkeypatch):
    """A program of which several things are odd."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd_flip.py").write_text(ODD)
    return "odd_flip.py:program"
