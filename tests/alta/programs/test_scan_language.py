"""The input language of a SCAN program is the commands that fit."""

import random
from typing import Any

import pytest

import alta
from tests.alta.programs.scans import COMMANDS, LONGEST, PROGRAMS, both_programs


@both_programs
def test_the_input_language_is_the_data_set(program):
    assert program.inputs.count(program.position_range) == len(COMMANDS)
    assert all(program.inputs.contains(program.encode(command)) for command in COMMANDS)


def test_most_commands_have_the_shorter_length():
    parser, program = PROGRAMS["scan_parser"], PROGRAMS["scan"]
    assert parser.inputs.lengths(100) == (11,)
    assert program.inputs.lengths(100) == (20, 49)
    assert program.inputs.count(20) == 15_886
    assert len(COMMANDS) - program.inputs.count(20) == 5_024
    for command, actions in COMMANDS.items():
        assert len(program.encode(command)) == (20 if len(actions.split()) <= 19 else 49)


@pytest.mark.parametrize(("command", "length"), [("walk", 20), (LONGEST, 49)])
def test_a_command_is_no_input_in_another_length(command, length):
    program = PROGRAMS["scan"]
    tokens = program.encode(command)
    blank = tokens[-1]
    assert len(tokens) == length
    for size in (len(command.split()) + 2, 20, 21, 48, 49):
        padded = (tokens + [blank] * 49)[:size]
        assert program.inputs.contains(padded) == (size == length)


@pytest.mark.parametrize("short_length", [49, 60])
def test_a_shorter_length_that_is_no_shorter_leaves_one_length(short_length):
    program: Any = alta.programs.scan(short_length=short_length)
    assert program.inputs.lengths(100) == (49,)
    assert program.inputs.count(49) == len(COMMANDS)


@pytest.mark.parametrize(("words", "actions"), [(1, 1), (3, 3), (4, 8), (5, 48), (9, 7)])
def test_a_smaller_program_takes_the_commands_that_fit(words, actions):
    program: Any = alta.programs.scan(max_words=words, max_actions=actions)
    fitting = {
        tuple(program.encode(command))
        for command, answer in COMMANDS.items()
        if len(command.split()) <= words and len(answer.split()) <= actions
    }
    assert set(program.inputs.enumerate(program.position_range)) == fitting
    tokens = program.inputs.sample(random.Random(0), program.position_range)
    assert list(alta.run(program, tokens).outputs) == program.oracle(tokens)


def test_a_smaller_parser_takes_the_commands_that_fit():
    program: Any = alta.programs.scan_parser(max_words=4)
    fitting = {tuple(program.encode(command)) for command in COMMANDS if len(command.split()) <= 4}
    assert set(program.inputs.enumerate(program.position_range)) == fitting
