"""SCAN and its splits as generated have the commands of the published files."""

import pytest

from alta.datasets import SPLITS, scan_commands, scan_split
from alta.errors import AltaError, TokenError
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


# --- splits ---------------------------------------------------------------------------------------

SIZES = {
    "simple": (16_728, 4_182),
    "length": (16_990, 3_920),
    "addprim_jump": (14_670, 7_706),
    "addprim_turn_left": (21_890, 1_208),
    "template_jump_around_right": (18_528, 1_173),
    "template_right": (15_225, 4_476),
    "template_opposite_right": (15_225, 4_476),
    "template_around_right": (15_225, 4_476),
}

CHARACTERS = {
    "addprim_turn_left": (3_974_537, 173_679),
    "template_right": (3_173_282, 729_823),
    "template_opposite_right": (2_990_057, 871_363),
}


def commands(pairs):
    return {command for command, _ in pairs}


def test_every_split_is_named():
    assert list(SPLITS) == list(SIZES)


@pytest.mark.parametrize("name", SIZES)
def test_a_split_has_the_published_sizes(name):
    training, test = scan_split(name)
    assert (len(training), len(test)) == SIZES[name]


@pytest.mark.parametrize("name", CHARACTERS)
def test_a_split_has_as_many_characters_as_the_published_files(name):
    training, test = scan_split(name)
    assert (published_size(training), published_size(test)) == CHARACTERS[name]


@pytest.mark.parametrize("name", SIZES)
def test_no_pair_is_in_both_sets_or_out_of_scan(name):
    training, test = scan_split(name)
    assert not commands(training) & commands(test)
    assert set(training) | set(test) <= set(PAIRS)
    assert len(set(test)) == len(test)


def test_a_random_split_is_settled_by_its_seed():
    assert scan_split("simple", seed=1) == scan_split("simple", seed=1)
    assert scan_split("simple", seed=1) != scan_split("simple", seed=2)
    training, test = scan_split("simple")
    assert set(training) | set(test) == set(PAIRS)


@pytest.mark.parametrize("name", [name for name in SIZES if name != "simple"])
def test_a_split_by_rule_does_not_depend_on_the_seed(name):
    assert scan_split(name, seed=1) == scan_split(name, seed=2)


def test_training_is_on_at_most_22_actions():
    training, test = scan_split("length")
    assert max(len(actions.split()) for _, actions in training) == 22
    assert min(len(actions.split()) for _, actions in test) > 22


@pytest.mark.parametrize(
    ("name", "primitive"), [("addprim_jump", "jump"), ("addprim_turn_left", "turn left")]
)
def test_a_primitive_is_trained_on_alone_and_is_a_tenth_of_the_set(name, primitive):
    training, test = scan_split(name)
    copies = [command for command, _ in training if primitive in command]
    assert set(copies) == {primitive}
    assert len(copies) * 10 == len(training)
    assert all(primitive in command for command in commands(test))


def test_a_template_is_tested_only():
    training, test = scan_split("template_jump_around_right")
    assert all("jump around right" in command for command in commands(test))
    assert not any("jump around right" in command for command in commands(training))
    assert "jump around left" in commands(training)
    assert "run around right" in commands(training)


@pytest.mark.parametrize("turning", ["right", "opposite right", "around right"])
def test_a_template_of_any_verb_leaves_out_turn(turning):
    training, test = scan_split(f"template_{turning.replace(' ', '_')}")
    used = commands(training) | commands(test)
    assert {f"{verb} {turning}" for verb in ("walk", "look", "run", "jump")} <= commands(test)
    assert not any(f" turn {turning} " in f" {command} " for command in used)


def test_an_unknown_split_is_refused_with_the_nearest_names():
    with pytest.raises(AltaError, match="no split 'addprim_jmup' of SCAN; did you mean 'addprim_j"):
        scan_split("addprim_jmup")
