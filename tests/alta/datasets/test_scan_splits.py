"""The splits of SCAN have the sizes of the published files, and the content of their rules."""

import pytest

from alta.datasets import SPLITS, scan_commands, scan_split
from alta.errors import AltaError
from tests.alta.datasets.test_scan import published_size

PAIRS = scan_commands()

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
