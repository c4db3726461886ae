"""The SCAN programs carry out and take apart the commands of SCAN, and say what they refuse."""

import random
from typing import Any

import pytest

import alta
from alta.errors import AltaError, TokenError
from alta.programs.scan_grammar import Tree, parse_command
from tests.alta.programs.scans import COMMANDS, LONGEST, PROGRAMS, SHORTEST, both_programs

ANSWERS = {
    "jump": "JUMP",
    "jump left": "LTURN JUMP",
    "jump around right": "RTURN JUMP RTURN JUMP RTURN JUMP RTURN JUMP",
    "turn left twice": "LTURN LTURN",
    "jump thrice": "JUMP JUMP JUMP",
    "jump opposite left and walk thrice": "LTURN LTURN JUMP WALK WALK WALK",
    "jump opposite left after walk around left": (
        "LTURN WALK LTURN WALK LTURN WALK LTURN WALK LTURN LTURN JUMP"
    ),
    "jump twice after walk": "WALK JUMP JUMP",
    "turn opposite right after turn around left": "LTURN LTURN LTURN LTURN RTURN RTURN",
}


def as_text(program, command):
    """What the program should answer."""
    return COMMANDS[command] if program.name == "scan" else str(parse_command(command))


@both_programs
@pytest.mark.parametrize("command", ANSWERS)
def test_a_command_is_answered(program, command):
    assert alta.run(program, program.encode(command)).text == as_text(program, command)
    assert COMMANDS[command] == ANSWERS[command]


@both_programs
def test_a_sample_of_commands_is_answered(program):
    sample = random.Random(0).sample(sorted(COMMANDS), 25)
    runs = alta.run_batch(program, [program.encode(command) for command in sample])
    for command, run in zip(sample, runs, strict=True):
        assert run.halted
        assert run.text == as_text(program, command)
        assert list(run.outputs) == program.oracle(run.tokens)


@pytest.mark.campaign
@both_programs
def test_every_command_is_answered(program):
    commands = sorted(COMMANDS)
    for start in range(0, len(commands), 1000):
        chunk = commands[start : start + 1000]
        runs = alta.run_batch(program, [program.encode(command) for command in chunk])
        for command, run in zip(chunk, runs, strict=True):
            assert run.text == as_text(program, command)
            assert list(run.outputs) == program.oracle(run.tokens)


@both_programs
@pytest.mark.parametrize("command", [SHORTEST, LONGEST])
def test_the_shortest_and_the_longest_command_are_answered_at_every_position(program, command):
    tokens = program.encode(command)
    run = alta.run(program, tokens)
    assert list(run.outputs) == program.oracle(tokens)
    [again] = alta.run_batch(program, [tokens])
    assert (again.outputs, again.n_layers) == (run.outputs, run.n_layers)


def outcome(program, tokens):
    """What a run ends with: its outputs, or that it fails or does not halt."""
    try:
        run = alta.run(program, tokens, max_layers=30)
    except AltaError:
        return None
    return list(run.outputs) if run.halted else None


SMALL: dict[str, Any] = {
    "scan": alta.programs.scan(max_words=3, max_actions=4),
    "scan_parser": alta.programs.scan_parser(max_words=3),
}


NEEDED = {
    "scan": ("input_pointer", "node", "shape", "action", "left", "output"),
    "scan_parser": ("input_pointer", "rule"),
}


@pytest.mark.parametrize(
    ("program", "variable"),
    [(program, name) for program, names in NEEDED.items() for name in names],
)
def test_a_program_without_a_rule_that_fires_is_wrong(program, variable):
    program = SMALL[program]
    tokens = program.encode("jump left twice")
    states = [state.after_attention for state in alta.run(program, tokens).states]
    fired = [
        rule
        for rule in program.rules_by_variable[variable]
        if any(rule.fires(local) for state in states for local in state)
    ]
    assert fired
    for rule in fired[:2]:
        remaining = [run_local for run_local in program.rules if run_local != rule]
        assert outcome(alta.replace(program, rules=remaining), tokens) != program.oracle(tokens)


def test_the_shorter_length_is_for_the_user_to_choose():
    program: Any = alta.programs.scan(short_length=33)
    assert program.inputs.lengths(100) == (33, 49)
    tokens = program.encode("jump around left thrice and run around right")
    assert (len(tokens), program.inputs.contains(tokens)) == (33, True)
    assert list(alta.run(program, tokens).outputs) == program.oracle(tokens)


@both_programs
def test_text_that_is_no_command_is_refused(program):
    with pytest.raises(TokenError, match="expected 'left' or 'right', got 'twice' as word 3"):
        program.encode("jump opposite twice")


def test_a_command_that_does_not_fit_is_refused():
    small: Any = alta.programs.scan_parser(max_words=2)
    with pytest.raises(TokenError, match=r"expected at most 2 words, got 3; .* greater max_words"):
        small.encode("walk and run")
    program: Any = alta.programs.scan(max_words=4, max_actions=7)
    with pytest.raises(TokenError, match=r"expected at most 7 actions, got 8; .* max_actions"):
        program.encode("run around left")
    with pytest.raises(TokenError, match="expected at most 4 words, got 5"):
        program.encode("run left and run left")


def test_nothing_decodes_to_nothing():
    assert all(program.decode([0] * program.position_range) == "" for program in PROGRAMS.values())


def test_a_tree_decodes_to_its_text():
    program = PROGRAMS["scan_parser"]
    tokens = program.encode("look opposite right")
    assert program.decode(program.oracle(tokens)) == str(Tree("opposite right", (Tree("look"),)))
