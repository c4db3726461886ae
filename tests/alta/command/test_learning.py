"""The commands for learning take their arguments, and do what they say, importing late."""

import json
import subprocess
import sys

import pytest

import alta
from alta.command import learning
from alta.command.main import main
from alta.command.parsers import CommandParser
from alta.errors import AltaError
from alta.learn import read_traces
from alta.learn.training.data import inputs_of, tokens_of
from tests.alta.learn.programs import texts

RELATIVE = alta.programs.parity_sequential_relative()
DATA = ["program", "--data", "parity:3"]
WORDS = {
    "traces": [*DATA, "-o", "out.parquet"],
    "minimal": DATA,
    "train": [*DATA, "-o", "out", "--configuration", "small"],
    "evaluate": [*DATA, "--block", "block"],
    "learn": ["parity", "-o", "out"],
}


def parser():
    parser = CommandParser(prog="alta")
    learning.add_learning(parser.add_subparsers())
    return parser


@pytest.mark.parametrize("command", WORDS)
def test_a_command_is_carried_out_by_its_action(command, folder, monkeypatch):
    called = []
    action = {"learn": "_study"}.get(command, f"_{command}")
    monkeypatch.setattr(learning, action, called.append)
    options = parser().parse_args([command, *WORDS[command]])
    options.action(options)
    assert called == [options]


@pytest.mark.parametrize("command", WORDS)
def test_a_command_without_its_arguments_is_refused(command, folder):
    with pytest.raises(AltaError, match=f"required: .*; see 'alta {command} --help'"):
        parser().parse_args([command])


@pytest.mark.parametrize("command", ["traces", "train", "learn"])
def test_what_is_random_has_a_seed(command, folder):
    assert parser().parse_args([command, *WORDS[command]]).seed == 0
    assert parser().parse_args([command, *WORDS[command], "--seed", "3"]).seed == 3


# --- what the commands do -------------------------------------------------------------------------


def call(capsys, *arguments):
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_traces_are_written(capsys, tmp_path):
    file = tmp_path / "t.parquet"
    arguments = ("traces", RELATIVE.name, "--data", "all:4", "-o", file, "--vectors")
    status, out, _ = call(capsys, *arguments)
    assert status == 0
    traces = read_traces(file)
    assert out == (
        f"parity_sequential_relative: {len(traces)} distinct of {traces.total} transitions in 15 "
        f"runs; written to {file}\n"
    )


def test_minimal_counts_rules_and_evaluates(capsys):
    arguments = ("--data", "parity:9:5", "--test", "parity:12:5", "--form", "dense")
    status, out, _ = call(
        capsys, "minimal", "parity_sequential_absolute", "--with", "max_length=12", *arguments
    )
    lines = out.splitlines()
    assert status == 0
    assert lines[0].endswith("48 rules fire (dense); 52 with the 4 resets of head outputs")
    assert lines[1].startswith("parity:12:5: ")
    assert lines[2].startswith("parity_sequential_absolute_minimal: ")


def test_minimal_prints_rules_and_what_is_not_needed(capsys):
    status, out, _ = call(capsys, "minimal", RELATIVE.name, "--data", "parity:3", "--rules")
    assert status == 0
    assert "  parity=1 & done=0 & parity_left=1 & done_left=1 -> done := 1\n" in out
    assert "not needed: 0 rules never fire" in out


def test_sets_of_inputs_have_names(tmp_path):
    assert inputs_of(RELATIVE, "parity:4:2:1") == tokens_of(RELATIVE, texts(4, 2, 1))
    assert len(inputs_of(RELATIVE, "parity:4")) == 5 * 50
    assert sorted(inputs_of(RELATIVE, "all:2")) == [(2,), (2, 0), (2, 1)]
    assert len(inputs_of(RELATIVE, "sample:7:5")) == 7
    (tmp_path / "texts").write_text("101\n0\n")
    assert inputs_of(RELATIVE, f"file:{tmp_path / 'texts'}") == [(2, 1, 0, 1), (2, 0)]
    scan = alta.programs.scan()
    parts = [inputs_of(scan, f"scan:length:{part}") for part in ("train", "test")]
    assert list(map(len, parts)) == [16990, 3920]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("parties:20", "no set of inputs 'parties'"),
        ("parity", r"expected parity:MAX_LEN"),
        ("parity:x", r"expected parity:MAX_LEN.*whole numbers"),
        ("scan:length", "expected scan or"),
        ("all:", "expected all:MAX_LEN"),
    ],
)
def test_other_names_are_refused(name, message):
    with pytest.raises(AltaError, match=message):
        inputs_of(RELATIVE, name)


def test_a_text_that_a_program_does_not_take_is_named():
    with pytest.raises(AltaError, match="input 1 of 'parity_sequential_relative'"):
        tokens_of(RELATIVE, ["10", "12"])


def test_nothing_of_learning_is_loaded_before_it_is_asked_for():
    code = (
        "import sys, alta.command.main\n"
        "alta.command.main.main(['list'])\n"
        "print([name for name in sys.modules if name.startswith('alta.learn.')])\n"
        "import alta.learn\n"
        "print({'jax', 'pyarrow', 'optax', 'matplotlib'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == ["[]", "set()"]


@pytest.mark.campaign
def test_a_block_is_trained_and_evaluated(capsys, tmp_path):
    folder, figures, drawn = tmp_path / "block", tmp_path / "e.json", tmp_path / "e.png"
    config = ("--configuration", "sequential_relative_cpu", "--steps", "40")
    sets = ("--data", "parity:5:4", "--test", "parity:6:2")
    status, out, _ = call(capsys, "train", RELATIVE.name, *sets, *config, "-o", folder)
    assert status == 0
    reduced = "sequential_relative_cpu (reduced: smaller than in the paper's Table 1)"
    assert out.startswith(f"{reduced}: hidden 128")
    assert "40 steps in " in out
    assert sorted(path.name for path in folder.iterdir()) == [
        "block.safetensors",
        "metrics.jsonl",
        "state.safetensors",
    ]
    options = ("--by", "1", "--json", figures, "--plot", drawn)
    status, out, _ = call(
        capsys, "evaluate", RELATIVE.name, "--block", folder, "--data", "parity:6:2", *options
    )
    assert status == 0
    assert out.startswith("parity_sequential_relative, learned: ")
    assert "| 1 | right | inputs | accuracy |" in out
    assert json.loads(figures.read_text())["inputs"] == 14
    assert drawn.read_bytes().startswith(b"\x89PNG")


def test_a_folder_without_a_block_is_refused(capsys, tmp_path):
    arguments = ("--block", tmp_path, "--data", "parity:6:2")
    status, _, error = call(capsys, "evaluate", RELATIVE.name, *arguments)
    assert status == 2
    assert "expected block.safetensors in it" in error
