"""The decoder of the SCAN program takes a layer an action and a visit."""

import pytest

import alta
from alta.programs.scan_grammar import REPETITIONS, parse_command
from tests.alta.programs.scans import COMMANDS, LONGEST, PROGRAMS, SHORTEST


def visits(tree):
    """How often carrying out a tree goes from a repetition or conjunction to a child."""
    if not tree.children:
        return 0
    times = {"twice": 2, "thrice": 3}.get(tree.rule, 4 if "around" in tree.rule else 1)
    inner = times * sum(map(visits, tree.children))
    return inner + (
        times * len(tree.children) if tree.rule in (*REPETITIONS, "and", "after") else 0
    )


@pytest.mark.parametrize("command", [SHORTEST, "walk and walk", "turn left twice", LONGEST])
def test_layers_are_words_and_actions_and_visits(command):
    tree = parse_command(command)
    parser, program = PROGRAMS["scan_parser"], PROGRAMS["scan"]
    parsing = len(command.split()) + 2
    assert alta.run(parser, parser.encode(command)).n_layers == parsing
    layers = parsing + len(tree.actions) + visits(tree)
    assert alta.run(program, program.encode(command)).n_layers == layers


def test_no_command_takes_more_than_67_layers():
    layers = {
        len(command.split()) + 2 + len(tree.actions) + visits(tree): command
        for command in COMMANDS
        for tree in [parse_command(command)]
    }
    assert (min(layers), max(layers)) == (4, 67)
