"""Places: which rules fired, and why a head read what it read, in words."""

import pytest

import alta
from alta.errors import ProgramError
from alta.lang import paths
from alta.lang.values import UNDEFINED
from tests.alta.lang.toys import toy, toy_function

PARITY = alta.run(alta.programs.parity_sequential_relative(), "START 1 0 1")
SORT = alta.run(alta.programs.sort_unique(max_value=3), "BOS 3 1")


def reading(run, head, position=0, layer=1):
    return run.at(layer, position).reads[head]


def read_by(position, tokens=(0, 1, 1, 2), **head):
    """What a position reads of x, with its reasons."""
    program = toy(heads={"h": alta.qkv(**{"query": "x", "key": "x", "value": "x", **head})})
    return reading(alta.run(program, tokens), "h", position)


def test_a_rule_that_fires_is_named_with_what_it_changes():
    place = PARITY.at(2, 2)
    rule = "parity=0 & done=0 & parity_left=1 & done_left=1 -> parity := 1"
    assert rule in map(str, place.rules)
    assert f"parity: 0 → 1, by the rule '{rule}'" in str(place)
    assert (place.before["parity"], place.after["parity"]) == (0, 1)


def test_every_change_of_a_program_has_its_rule():
    for layer in range(1, PARITY.n_layers + 1):
        for position in range(4):
            place = PARITY.at(layer, position)
            written = {rule.variable: rule.value for rule in place.rules}
            assert {**place.before, **written} == place.after
            assert bool(place.rules) != ("no rule fires" in str(place))


def test_a_head_says_what_it_selects_and_what_is_there():
    assert str(reading(PARITY, "parity_left", 1)) == (
        "parity_left reads 0: selects what is 1 to the left: position 0, where 'parity' is 0"
    )


def test_a_head_that_finds_nothing_or_several_says_so():
    first = reading(PARITY, "parity_left")
    assert (first.value, first.selected) == (UNDEFINED, ())
    assert first.why.endswith("no position; a categorical value needs exactly one")
    several = read_by(1)
    assert (several.value, several.selected) == (UNDEFINED, (1, 2))
    assert several.why == (
        "selects all with 'x' = 1, its own 'x': positions 1 (itself), 2; "
        "a categorical value needs exactly one"
    )


def test_masks_are_told_in_words():
    assert "all up to itself with" in read_by(3, relative_position_mask=alta.causal()).why
    assert "all before itself with" in read_by(3, relative_position_mask=alta.before()).why
    near = read_by(3, relative_position_mask=[-1, 0, 2]).why
    assert "what is 1 to the left or itself or 2 to the right with" in near


def test_a_mean_says_whose_it_is():
    mean = reading(SORT, "mean", 2)
    assert "'token' in {0,1}, its own 'up_to': positions 0, 2 (itself)" in mean.why
    assert mean.why.endswith("the mean of their 'bos'")


def test_attention_of_a_program_is_shared_among_what_is_selected():
    assert PARITY.attention[0]["parity_left"] == ((), ((0, 1.0),), ((1, 1.0),), ((2, 1.0),))
    assert SORT.attention[0]["mean"][2] == ((0, 1 / 2), (2, 1 / 2))


@pytest.mark.parametrize(("layer", "position"), [(0, 0), (4, 0), (1, 4), (1, -5)])
def test_a_place_outside_of_the_run_is_refused(layer, position):
    with pytest.raises(IndexError, match=r"expected (1 … 3|0 … 3)"):
        PARITY.at(layer, position)


def test_positions_count_from_the_end_as_well():
    assert PARITY.at(1, -1) == PARITY.at(1, 3)


def test_a_function_with_too_many_paths_has_rules_at_a_place(monkeypatch):
    monkeypatch.setattr(paths, "MAX_PATHS", 2)
    program = toy_function(lambda z: z.__setitem__("y", z["x"]))
    with pytest.raises(ProgramError, match="no rules"):
        _ = program.rules
    (rule,) = alta.run(program, [2]).at(1, 0).rules
    assert (rule.variable, rule.value) == ("y", 2)
