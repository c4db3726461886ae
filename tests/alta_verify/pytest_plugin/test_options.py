"""Options are checked by name and by value, and complaints say what would be right."""

from __future__ import annotations

import pytest

from alta_verify.pytest_plugin.options import OPTIONS, checked

RIGHT = {"max_len": 1, "max_layers": 0, "timeout": 0.5, "dtype": "float16", "allow": ("UNKNOWN",)}


def test_right_options_are_taken_and_lists_become_tuples():
    assert checked(RIGHT, OPTIONS, "here") == RIGHT
    assert checked({"allow": ["VACUOUS"]}, OPTIONS, "here") == {"allow": ("VACUOUS",)}


WRONG = {
    "max_len": (0, 'a whole number of at least 1, or "any", got 0'),
    "max_layers": (True, "a whole number of at least 0, got True"),
    "timeout": (-1, "a number of seconds, got -1"),
    "dtype": ("double", "one of float64, float32, bfloat16, float16, got 'double'"),
    "allow": (["PROVED"], 'a list of verdicts, of "UNKNOWN" and "VACUOUS", got'),
}


@pytest.mark.parametrize("name", list(WRONG))
def test_a_wrong_value_is_shown_with_what_was_expected(name):
    value, complaint = WRONG[name]
    with pytest.raises(pytest.UsageError) as error:
        checked({name: value}, OPTIONS, "here")
    assert str(error.value).startswith(f"here: {name}: expected {complaint}")


def test_to_allow_a_refutation_is_to_expect_a_failure():
    with pytest.raises(pytest.UsageError, match="a refutation that is expected is an xfail"):
        checked({"allow": ["REFUTED"]}, OPTIONS, "here")


def test_an_unknown_name_is_answered_with_the_nearest_or_with_all():
    with pytest.raises(
        pytest.UsageError, match="here: unknown option 'maxlen'; did you mean 'max_len'"
    ):
        checked({"maxlen": 3}, OPTIONS, "here")
    with pytest.raises(pytest.UsageError, match="known: max_len, max_layers, timeout"):
        checked({"q": 3}, OPTIONS, "here")


def test_a_file_can_ask_for_every_length():
    assert checked({"max_len": "any"}, OPTIONS, "here") == {"max_len": None}
