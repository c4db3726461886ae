"""SCAN as generated has the commands of the published files."""

import pytest

from alta.datasets import scan_commands
from alta.errors import TokenError
from alta.programs.scan_grammar import WORDS, parse_command

PAIRS = scan_commands()
COMMANDS = dict(PAIRS)

PUBLISHED_NAMES = {
    "WALK": "I_WALK",
    "LOOK": "I_LOOK",
    "RUN": "I_RUN",
    "JUMP": "I_JUMP",
    "LTURN": "I_TURN_LEFT",
    "RTURN": "I_TURN_RIGHT",
}


def published_size(pairs):
    """How many characters a published file with these pairs has."""
    return sum(
        len(f"IN: {command} OUT: {' '.join(PUBLISHED_NAMES[act] for act in actions.split())}\n")
        for command, actions in pairs
    )


def test_there_are_20910_commands_and_no_two_are_the_same():
    assert len(PAIRS) == len(COMMANDS) == 20910


def test_there_are_as_many_characters_as_in_the_published_file():
    assert published_size(PAIRS) == 4_080_388


def test_the_order_is_always_the_same_and_a_caller_cannot_change_it():
    pairs = scan_commands()
    pairs.reverse()
    assert scan_commands() == PAIRS != pairs


@pytest.mark.parametrize(
    ("command", "actions"),
    [
        ("jump", "JUMP"),
        ("jump left", "LTURN JUMP"),
        ("jump around right", "RTURN JUMP RTURN JUMP RTURN JUMP RTURN JUMP"),
        ("turn left twice", "LTURN LTURN"),
        ("jump thrice", "JUMP JUMP JUMP"),
        ("jump opposite left and walk thrice", "LTURN LTURN JUMP WALK WALK WALK"),
        (
            "jump opposite left after walk around left",
            "LTURN WALK LTURN WALK LTURN WALK LTURN WALK LTURN LTURN JUMP",
        ),
        ("turn around right", "RTURN RTURN RTURN RTURN"),
        ("turn opposite left", "LTURN LTURN"),
    ],
)
def test_the_examples_of_the_paper_are_there(command, actions):
    assert COMMANDS[command] == actions


def test_commands_have_at_most_nine_words_and_48_actions():
    assert {len(command.split()) for command in COMMANDS} == set(range(1, 10))
    lengths = {len(actions.split()) for actions in COMMANDS.values()}
    assert (min(lengths), max(lengths)) == (1, 48)
    assert {word for command in COMMANDS for word in command.split()} == set(WORDS)


def test_they_are_all_the_commands_of_up_to_four_words_that_the_parser_accepts():
    accepted, ahead = set(), [""]
    for _ in range(4):
        ahead = [f"{start} {word}".strip() for start in ahead for word in WORDS]
        accepted |= {command for command in ahead if is_command(command)}
    assert accepted == {command for command in COMMANDS if len(command.split()) <= 4}


def is_command(text):
    try:
        parse_command(text)
    except TokenError:
        return False
    return True
