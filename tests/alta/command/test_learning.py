"""The commands for learning take their arguments without importing what takes long."""

import pytest

from alta.command.learning import add_learning
from alta.command.learning_actions import ACTIONS
from alta.command.parsers import CommandParser
from alta.errors import AltaError

DATA = ["program", "--data", "parity:3"]
WORDS = {
    "traces": [*DATA, "-o", "out.parquet"],
    "minimal": DATA,
    "train": [*DATA, "-o", "out", "--configuration", "small"],
    "evaluate": [*DATA, "--block", "block"],
    "learn": ["parity", "-o", "out"],
}


@pytest.fixture
def parser(folder):
    parser = CommandParser(prog="alta")
    add_learning(parser.add_subparsers())
    return parser


def test_every_command_has_its_action():
    assert WORDS.keys() == ACTIONS.keys()


@pytest.mark.parametrize("command", WORDS)
def test_a_command_is_carried_out_by_its_action(command, parser, monkeypatch):
    monkeypatch.setitem(ACTIONS, command, lambda options: len(options.command))
    options = parser.parse_args([command, *WORDS[command]])
    assert options.action(options) == len(command)


@pytest.mark.parametrize("command", WORDS)
def test_a_command_without_its_arguments_is_refused(command, parser):
    with pytest.raises(AltaError, match=f"required: .*; see 'alta {command} --help'"):
        parser.parse_args([command])


@pytest.mark.parametrize("command", ["traces", "train", "learn"])
def test_what_is_random_has_a_seed(command, parser):
    assert parser.parse_args([command, *WORDS[command]]).seed == 0
    assert parser.parse_args([command, *WORDS[command], "--seed", "3"]).seed == 3
