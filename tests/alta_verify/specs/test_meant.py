"""What users pass becomes a specification, or is refused."""

from __future__ import annotations

import pytest

import alta
from alta.errors import AltaError
from alta_verify import specs
from alta_verify.specs.agreement import Agrees
from alta_verify.specs.meant import as_specification
from alta_verify.specs.specification import Function


def test_functions_programs_and_specifications_are_taken():
    pattern = specs.accepts("0*")
    assert as_specification(pattern) is pattern
    assert as_specification(sorted) == Function(sorted)
    program = alta.programs.parity_sequential_relative()
    assert as_specification(program) == Agrees(program)


def test_anything_else_is_refused():
    with pytest.raises(AltaError, match=r"spec: expected a function of the tokens, a program.* 3"):
        as_specification(3)
