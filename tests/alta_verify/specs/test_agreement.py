"""Another program says what was meant, where it says anything."""

from __future__ import annotations

import pytest

import alta
from alta.errors import AltaError
from alta_verify.specs.agreement import Agrees
from alta_verify.specs.meant import as_specification
from alta_verify.specs.specification import Indefinite

PARITY = alta.programs.parity_sequential_relative()
MEAN = alta.programs.parity_sum_mod_2(max_length=4)


def test_the_outputs_of_a_program_are_what_was_meant():
    other = as_specification(PARITY)
    assert isinstance(other, Agrees)
    assert other.bound(MEAN).answer((2, 1, 1), ()) == (0, 1, 0)
    assert other.statement.endswith("that of the program 'parity_sequential_relative'")
    assert {place: demand.value for place, demand in other.demands((0, 1), 2).items()} == {
        0: 0,
        1: 1,
    }


def test_outside_of_its_language_and_where_it_fails_it_says_nothing():
    with pytest.raises(Indefinite, match="outside of its language"):
        Agrees(PARITY).answer((1, 1), ())
    endless = alta.replace(PARITY, halt=alta.halt_spec("parity", 1))
    with pytest.raises(Indefinite, match="its run never ends"):
        Agrees(endless).answer((2, 0), ())


def test_a_program_over_other_tokens_is_refused():
    with pytest.raises(AltaError, match=r"spec: program 'parity.*' has other tokens than program"):
        Agrees(PARITY).bound(alta.programs.parity_sequential_absolute())
