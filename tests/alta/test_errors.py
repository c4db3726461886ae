"""Errors say what, where and what to try, and nothing in them steers a terminal."""

import pytest

import alta
from alta.errors import AltaError, ConflictError, ExecutionError, nearest


@pytest.mark.parametrize("name", [name for name in alta.__all__ if name.endswith("Error")])
def test_every_error_is_a_value_error_of_alta(name):
    assert issubclass(getattr(alta, name), AltaError)
    assert issubclass(AltaError, ValueError)


def test_an_error_of_a_run_gets_its_place_from_whoever_knows_it():
    error = ConflictError("both fire", variable="x")
    assert (str(error), error.position, error.layer) == ("both fire", None, None)
    placed = error.at(position=5, layer=3)
    assert type(placed) is ConflictError
    assert (placed.kind, placed.variable) == ("conflict", "x")
    assert str(placed) == "layer 3, position 5: both fire"


@pytest.mark.parametrize(
    "error", [AltaError("name \x1b[2J"), ExecutionError("name \x1b[2J", variable="x")]
)
def test_no_character_of_an_error_steers_a_terminal(error):
    assert str(error) == r"name \x1b[2J"


def test_an_unknown_name_gets_the_nearest_ones():
    assert nearest("partiy", ["parity", "done"]) == "did you mean 'parity'?"
    assert nearest("sun", ["sum", "run", "q"]) == "did you mean 'sum' or 'run'?"


def test_a_name_like_no_other_gets_the_first_ones():
    assert nearest("quux", ["a", "b"]) == "known names: a, b"
    assert nearest("quux", map(str, range(13))).endswith("10, 11, …")
    assert nearest("quux", []) == "known names: (none)"


def test_an_unknown_name_is_compared_with_so_many_names_only():
    numbers = list(map(str, range(1000)))
    assert nearest("parity", [*numbers[1:], "parity_"]) == "did you mean 'parity_'?"
    assert nearest("parity", [*numbers, "parity_"]).startswith("known names: 0, 1, ")
