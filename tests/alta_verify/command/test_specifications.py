"""Specifications are found by the names that users type."""

from __future__ import annotations

from dataclasses import replace

import pytest

import alta
from alta.errors import AltaError
from alta_verify.command.specifications import find_specification
from alta_verify.specs.specification import Accepts, Function

PROGRAM = alta.programs.parity_sequential_relative()

FILE = """
from alta_verify import specs
def zeros(tokens):
    return [0] * len(tokens)
pattern = specs.accepts("0*")
number = 3
"""


def test_the_oracle_is_the_programs_own():
    assert find_specification("oracle", PROGRAM) == Function(PROGRAM.oracle)


def test_functions_and_specifications_are_found_in_files(tmp_path):
    (tmp_path / "meant.py").write_text(FILE)
    found = find_specification("meant.py:zeros", PROGRAM, tmp_path)
    assert isinstance(found, Function)
    assert found.answer((2, 1), ()) == (0, 0)
    assert isinstance(find_specification("meant.py:pattern", PROGRAM, tmp_path), Accepts)
    with pytest.raises(AltaError, match=r"expected a function of the tokens.* got 3"):
        find_specification("meant.py:number", PROGRAM, tmp_path)
    with pytest.raises(AltaError, match=r"has no 'zeroes'; did you mean 'zeros'"):
        find_specification("meant.py:zeroes", PROGRAM, tmp_path)


def test_what_names_nothing_is_refused():
    with pytest.raises(AltaError, match=r"has no oracle: say what was meant with --spec FILE.py:F"):
        find_specification("oracle", replace(PROGRAM, oracle=None))
    with pytest.raises(
        AltaError, match=r"spec 'parity': expected oracle, a shipped program, or FILE"
    ):
        find_specification("parity", PROGRAM)
