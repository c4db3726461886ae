"""The shipped programs: found by name, built in sizes, and right."""

import random
import tomllib
from inspect import Parameter, signature
from pathlib import Path

import pytest

import alta
from alta.errors import AltaError, ProgramError

shipped = pytest.mark.parametrize("name", alta.programs.names())


@shipped
def test_a_program_has_the_name_of_its_function(name):
    program = alta.programs.get(name)
    assert program.name == name
    assert program == getattr(alta.programs, name)()
    assert name in alta.programs.__all__


@shipped
def test_sizes_are_keywords_with_defaults(name):
    parameters = signature(getattr(alta.programs, name)).parameters.values()
    assert all(parameter.kind is Parameter.KEYWORD_ONLY for parameter in parameters)
    assert all(parameter.default is not Parameter.empty for parameter in parameters)


@shipped
def test_a_program_has_an_oracle_that_says_what_it_computes(name):
    program = alta.programs.get(name)
    tokens = program.inputs.sample(random.Random(0), 20)
    assert program.oracle is not None
    assert list(alta.run(program, tokens).outputs) == list(program.oracle(tokens))


def test_an_unknown_program_is_refused_with_the_nearest_names():
    with pytest.raises(AltaError) as caught:
        alta.programs.get("parity_sequential_relativ")
    assert "no shipped program 'parity_sequential_relativ'" in str(caught.value)
    assert "did you mean 'parity_sequential_relative'" in str(caught.value)


def test_a_name_like_no_other_is_refused_with_the_known_names():
    with pytest.raises(AltaError, match="'quux'; known names: parity_sequential_relative, "):
        alta.programs.get("quux")


def test_an_unknown_size_is_refused_with_the_nearest_one():
    with pytest.raises(AltaError, match="has no size 'max_len'; did you mean 'max_length'"):
        alta.programs.get("parity_sequential_absolute", max_len=5)
    with pytest.raises(AltaError, match=r"has no size 'max_length'; known names: \(none\)"):
        alta.programs.get("parity_sequential_relative", max_length=5)


def test_a_size_changes_the_program():
    program = alta.programs.get("parity_sequential_absolute", max_length=7)
    assert program.position_range == program.variables["index"].size == 7
    assert program == alta.programs.parity_sequential_absolute(max_length=7)
    assert program != alta.programs.parity_sequential_absolute()


@pytest.mark.parametrize("size", [0, -1, 2.5, "4"], ids=repr)
def test_a_size_that_makes_no_sense_is_refused(size):
    with pytest.raises(ProgramError, match="range of a variable: expected"):
        alta.programs.parity_sequential_absolute(max_length=size)


@shipped
def test_a_program_is_verified_with_the_tests_and_at_its_full_size_at_least_with_the_campaigns(
    name,
):
    text = (Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)["tool"]["alta_verify"]
    assert table["max_len"] == 20
    entries = [{"program": entry} if isinstance(entry, str) else entry for entry in table["verify"]]
    of_program = [entry for entry in entries if entry["program"] == name]
    assert any("marks" not in entry for entry in of_program)
    # Whatever else is said, sizes or a shorter input, would make the theorem a smaller one.
    assert any(entry.keys() <= {"program", "name", "marks"} for entry in of_program)
