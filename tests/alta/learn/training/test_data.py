"""Sets of inputs by name, as a command line gives them."""

import pytest

import alta
from alta.errors import AltaError
from alta.learn.training.data import inputs_of

PROGRAM = alta.programs.parity_sequential_relative()


@pytest.mark.parametrize(
    ("name", "count"),
    [("all:2", 3), ("sample:4:6", 4), ("sample:4:6:1", 4)],
)
def test_a_set_has_as_many_inputs_as_it_says(name, count):
    assert len(inputs_of(PROGRAM, name)) >= count


def test_a_sample_depends_on_its_seed_alone():
    assert inputs_of(PROGRAM, "sample:9:6:1") == inputs_of(PROGRAM, "sample:9:6:1")
    assert inputs_of(PROGRAM, "sample:9:6:1") != inputs_of(PROGRAM, "sample:9:6:2")


def test_a_file_has_an_input_a_line(tmp_path):
    (tmp_path / "inputs.txt").write_text("01\n11\n")
    program = alta.programs.parity_sequential_absolute()
    assert len(inputs_of(program, f"file:{tmp_path / 'inputs.txt'}")) == 2


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("alle:3", "no set of inputs 'alle'; did you mean 'all'"),
        ("all", "expected"),
        ("all:x", "with whole numbers"),
        ("sample:1", "expected"),
        ("scan:jump", "expected"),
    ],
)
def test_wrong_sets_are_refused(name, message):
    with pytest.raises(AltaError, match=message):
        inputs_of(PROGRAM, name)
